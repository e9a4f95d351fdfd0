"""How the parked messages of all services are asked for over HTTP. They are settled at their own service's desk."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel
from sqlalchemy import Row, select

from chassis.errors import OutOfScope
from chassis.http import Principal, Session, commands, requires
from chassis.paging import Page, Paging, page
from chassis.rows import by_name, filtered
from workflow.parked.tables import parked_messages as table

READ = "operations.parked.read"

router = commands("workflow", "parked-messages")


class ParkedMessageView(BaseModel):
    """A message that a service could not apply, or that waits behind such a one. `desk`: where it is shown whole and settled."""

    service: str
    event_id: UUID
    topic: str
    key: str
    company: str
    status: Literal["parked", "waiting"]
    reason: str
    parked_at: datetime
    desk: str


def _view(row: Row[tuple[object, ...]]) -> ParkedMessageView:
    found = by_name(row)
    told = {name: found[name] for name in ParkedMessageView.model_fields if name in found}
    desk = f"/api/v1/{found['service']}/parked-messages/{found['event_id']}"
    return ParkedMessageView(**told, desk=desk)


@router.get("", response_model=Page[ParkedMessageView])
async def list_parked_of_all(
    session: Session,
    paging: Paging,
    caller: Annotated[Principal, requires(READ)],
    service: Annotated[str | None, Query(max_length=40)] = None,
    topic: Annotated[str | None, Query(max_length=200)] = None,
    key: Annotated[str | None, Query(max_length=200)] = None,
    status: Annotated[Literal["parked", "waiting"] | None, Query()] = None,
) -> Page[ParkedMessageView]:
    """What waits for a person in any service, oldest first, as the services said a few seconds ago."""
    if caller.companies is not None:
        # A message that could not be read may be anybody's.
        raise OutOfScope(what=("Parked messages of all companies", "所有公司的滞留消息"))
    query = filtered(
        select(table),
        (table.c.service, service),
        (table.c.topic, topic),
        (table.c.key, key),
        (table.c.status, status),
    )
    return await page(
        session,
        query,
        paging,
        key=(table.c.parked_at, table.c.service, table.c.event_id),
        allowed_sorts={"parked_at": table.c.parked_at},
        make=_view,
    )
