"""What the routes of all master records share: filters, versions, on and off."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from chassis.http import IfMatch, Session, etag, requires
from chassis.values import Input
from masterdata.records import service
from masterdata.records.rules import RecordStatus
from masterdata.records.service import Kept, Kind, RecordT, SwitchedT

# --- lists -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wanted:
    """What every list of master records can be narrowed by."""

    prefix: str | None
    active: bool | None


async def _wanted(
    q: Annotated[
        str | None, Query(description="How code or name begins, in either language.", max_length=64)
    ] = None,
    active: Annotated[
        Literal["true", "false"] | None, Query(description="Active ones only, or inactive.")
    ] = None,
) -> Wanted:
    return Wanted(prefix=q, active=None if active is None else active == "true")


Filters = Annotated[Wanted, Depends(_wanted)]
"""The parameters `q` and `active`."""

Reference = Annotated[str, Query(min_length=1, max_length=64)]
"""A filter by another record's code or id."""


# --- one record ------------------------------------------------------------------------------------------------


def shown(response: Response, record: RecordT) -> RecordT:
    """The record as answer, with its version."""
    etag(response, record.version)
    return record


def created(request: Request, response: Response, record: RecordT) -> RecordT:
    """The new record as answer, with its version and address."""
    response.headers["Location"] = f"{request.url.path}/{record.id}"
    return shown(response, record)


def changes_in(body: Input) -> dict[str, Any]:
    """The fields that a PATCH names; what it leaves out stays."""
    return body.model_dump(exclude_unset=True)


def add_reading(router: APIRouter, kind: Kind[RecordT]) -> None:
    """GET one by code or id."""

    async def get_one(ref: str, response: Response, session: Session) -> Kept:
        return shown(response, await service.load(session, kind, ref))

    may = [requires(f"masterdata.{kind.name}.read")]
    router.add_api_route(
        "/{ref}", get_one, methods=["GET"], response_model=kind.model, dependencies=may
    )


def add_switching(router: APIRouter, kind: Kind[SwitchedT]) -> None:
    """POST to activate or deactivate one."""

    async def activate(ref: str, response: Response, session: Session, version: IfMatch) -> Kept:
        status = RecordStatus.ACTIVE
        return shown(response, await service.switch(session, kind, ref, status, expected=version))

    async def deactivate(ref: str, response: Response, session: Session, version: IfMatch) -> Kept:
        status = RecordStatus.INACTIVE
        return shown(response, await service.switch(session, kind, ref, status, expected=version))

    may = [requires(f"masterdata.{kind.name}.change")]
    for step in (activate, deactivate):
        router.add_api_route(
            f"/{{ref}}/{step.__name__}",
            step,
            methods=["POST"],
            response_model=kind.model,
            dependencies=may,
        )
