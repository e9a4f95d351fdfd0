"""How the audit trail is asked for over HTTP."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query
from pydantic import BaseModel, JsonValue
from sqlalchemy import Row

from chassis.http import Principal, Session, commands, requires
from chassis.paging import Page, Paging, page
from chassis.rows import by_name
from chassis.values import TimeIn
from workflow.audit_trail import service
from workflow.audit_trail.tables import audit_records as table

READ = "workflow.audit_entry.read"

router = commands("workflow", "audit-entries")
chains_router = commands("workflow", "audit-chains")

Word = Annotated[str | None, Query(max_length=300)]
Moment = Annotated[TimeIn | None, Query()]


class AuditEntryView(BaseModel):
    """Who did, or tried to do, what to which document. `shortened`: before and after are with the service only."""

    service: str
    seq: int
    recorded_at: datetime
    actor: str
    client: str
    address: str
    request_id: str
    trace: str
    action: str
    outcome: Literal["done", "refused"]
    document_type: str
    document_id: str
    number: str
    company: str
    before: JsonValue
    after: JsonValue
    code: str
    shortened: bool


class AuditChainView(BaseModel):
    """What was collected of one service. `whole`: nothing is missing, and each hash follows from the one before."""

    service: str
    entries: int
    first: int
    last: int
    whole: bool
    collected_at: datetime


def _view(row: Row[tuple[object, ...]]) -> AuditEntryView:
    found = by_name(row)
    return AuditEntryView(**{name: found[name] for name in AuditEntryView.model_fields})


@router.get("", response_model=Page[AuditEntryView])
async def list_audit_entries(
    session: Session,
    paging: Paging,
    caller: Annotated[Principal, requires(READ)],
    service_: Annotated[str | None, Query(alias="service", max_length=40)] = None,
    document: Word = None,
    number: Word = None,
    document_type: Word = None,
    actor: Word = None,
    address: Word = None,
    action: Word = None,
    company: Word = None,
    outcome: Annotated[Literal["done", "refused"] | None, Query()] = None,
    since: Moment = None,
    until: Moment = None,
) -> Page[AuditEntryView]:
    """Entries of all services within your companies, newest first; whoever is limited further sees his own. `action` may end in `*`."""
    query = service.search(
        {
            "service": service_,
            "document_id": document,
            "number": number,
            "document_type": document_type,
            "actor": actor,
            "address": address,
            "company": company,
            "outcome": outcome,
        },
        action=action,
        since=since,
        until=until,
    )
    return await page(
        session,
        query,
        paging,
        key=(table.c.recorded_at, table.c.service, table.c.seq),
        allowed_sorts={"recorded_at": table.c.recorded_at},
        default_sort="-recorded_at",
        make=_view,
    )


@chains_router.get("", response_model=list[AuditChainView])
async def list_audit_chains(
    session: Session, caller: Annotated[Principal, requires(READ)]
) -> list[AuditChainView]:
    """Whether the trail of each service is whole."""
    return [
        AuditChainView(
            service=each["service"],
            entries=each["entries"],
            first=each["first"],
            last=each["last"],
            whole=bool(each["intact"]) and not each["breaks"],
            collected_at=each["collected_at"],
        )
        for each in await service.chains(session)
    ]
