"""Usage over HTTP: asked for by the program itself or by who manages it; told by the gateways, beside the public API."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from chassis.access import Authenticator
from chassis.auth import bearer_token
from chassis.context import system_context
from chassis.errors import BusinessError, PayloadTooLarge, ValidationFailed
from chassis.http import Principal, Session, Transactions, commands, principal_of, requires
from chassis.paging import Page, Paging, page
from chassis.problems import answer
from chassis.values import DateIn
from identity.usage import service
from identity.usage.rules import Count, HourCount, Total

BODY_MAX = 16 * 1024
TOLD_MAX = 2**53

router = commands("identity", "clients")
own_router = commands("identity", "me")
totals_router = commands("identity", "usage")

Since = Annotated[DateIn | None, Query(description="The first day (UTC); 30 days where left out.")]
Until = Annotated[DateIn | None, Query(description="The last day; today where left out.")]


class DayView(BaseModel):
    """One day (UTC): all calls; those refused (4xx), asked too often (429), failed (5xx)."""

    day: date
    calls: int
    refused: int
    limited: int
    failed: int


class HourView(BaseModel):
    """One hour, which begins at `hour`; counted as a day is."""

    hour: datetime
    calls: int
    refused: int
    limited: int
    failed: int


class UsageView(BaseModel):
    """A program's days on which it asked for anything, and the hours of the last two; the newest first, ten seconds behind."""

    client_id: str
    days: list[DayView]
    hours: list[HourView]


class TotalView(BaseModel):
    """A program and what it asked for within the days asked for."""

    id: UUID
    client_id: str
    name: str
    active: bool
    requests_per_second: int
    calls: int
    refused: int
    limited: int
    failed: int
    last_day: date | None


async def _usage(
    session: Session, reference: str, since: date | None, until: date | None
) -> UsageView:
    client, counts, by_hour = await service.of_client(session, reference, since, until)
    days = [
        DayView(
            day=each.day, calls=each.calls, refused=each.refused, limited=each.limited, failed=each.failed
        )
        for each in counts
    ]  # fmt: skip
    hours = [
        HourView(
            hour=each.hour, calls=each.calls, refused=each.refused, limited=each.limited, failed=each.failed
        )
        for each in by_hour
    ]  # fmt: skip
    return UsageView(client_id=client.client_id, days=days, hours=hours)


def _of_row(row: Any) -> TotalView:
    return TotalView(**asdict(Total(*row[:10])))


@totals_router.get("", response_model=Page[TotalView])
async def list_usage(
    session: Session,
    paging: Paging,
    caller: Annotated[Principal, requires("identity.client.read")],
    since: Since = None,
    until: Until = None,
) -> Page[TotalView]:
    """How much each client all of whose companies are within your scope asked for; who asked for nothing has zeros."""
    query = service.totals(since, until)
    found = query.selected_columns
    sorts = {name: found[name] for name in ("client_id", "calls", "refused", "limited", "failed")}
    return await page(
        session, query, paging, key=[found["id"]], allowed_sorts=sorts, default_sort="-calls", make=_of_row
    )  # fmt: skip


@router.get("/{reference}/usage", response_model=UsageView)
async def get_client_usage(
    reference: str,
    session: Session,
    caller: Annotated[Principal, requires("identity.client.read")],
    since: Since = None,
    until: Until = None,
) -> UsageView:
    """How much a client asked for, by day and by hour."""
    return await _usage(session, reference, since, until)


@own_router.get("/usage", response_model=UsageView)
async def get_own_usage(
    session: Session,
    caller: Annotated[Principal, Depends(principal_of)],
    since: Since = None,
    until: Until = None,
) -> UsageView:
    """How much you asked for, by day and by hour; for programs (a person is 404)."""
    return await _usage(session, caller.subject, since, until)


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=False)

    class Day(BaseModel):
        model_config = ConfigDict(extra="forbid")

        day: date
        calls: int = Field(ge=0, le=TOLD_MAX)
        refused: int = Field(ge=0, le=TOLD_MAX)
        limited: int = Field(ge=0, le=TOLD_MAX)
        failed: int = Field(ge=0, le=TOLD_MAX)

    class Hour(BaseModel):
        model_config = ConfigDict(extra="forbid")

        hour: AwareDatetime
        calls: int = Field(ge=0, le=TOLD_MAX)
        refused: int = Field(ge=0, le=TOLD_MAX)
        limited: int = Field(ge=0, le=TOLD_MAX)
        failed: int = Field(ge=0, le=TOLD_MAX)

    gateway: UUID
    days: list[Day] = Field(max_length=10)
    hours: list[Hour] = Field(default=[], max_length=10)


told_router = APIRouter(include_in_schema=False)


@told_router.post("/usage", status_code=204, response_class=Response)
async def take_usage(request: Request) -> Response:
    """One gateway's sums of the caller's days.

    It is no path of the public API, so nobody comes here through the gateway; and the counts are those of the token that
    comes along, so who is past the gateway cannot tell them of anybody else.
    """
    authenticator = cast("Authenticator", request.app.state.authenticator)
    database = cast("Transactions", request.app.state.database)
    try:
        claims = await authenticator.claims(bearer_token(request.headers.get("authorization")))
        told = _Told.model_validate_json(await read_body(request))
        counts = [Count(**each.model_dump()) for each in told.days]
        hours = [HourCount(**each.model_dump()) for each in told.hours]
        async with database.transaction(system_context("identity.usage")) as session:
            await service.take(session, claims.client, told.gateway, counts, hours)
    except ValidationError:
        return answer(request, ValidationFailed())
    except BusinessError as error:
        return answer(request, error)
    return Response(status_code=204)


async def read_body(request: Request) -> bytes:
    """The body of what a gateway tells, counted while it comes."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_MAX:
            raise PayloadTooLarge(limit=f"{BODY_MAX // 1024} KiB", headers={"Connection": "close"})
    return body
