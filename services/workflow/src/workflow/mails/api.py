"""How mails are asked for over HTTP."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, cast
from uuid import UUID

from fastapi import Query, Request
from pydantic import BaseModel
from sqlalchemy import Row, select

from chassis.http import Session, commands, requires
from chassis.paging import Page, Paging, page
from chassis.problems import language_of
from chassis.rows import by_name, filtered
from workflow.mails import service
from workflow.mails.rules import REASON_TEXTS, Reason, Status
from workflow.mails.tables import mails as table

router = commands("workflow", "mails")

READ = requires("workflow.mail.read")
Word = Annotated[str | None, Query(max_length=100)]


class MailView(BaseModel):
    """A mail to a partner. `reason_text` says in your language why it was not sent; `answer` is the mail server's."""

    id: UUID
    kind: str
    company: str
    document_type: str
    document_id: UUID
    number: str
    partner: str
    recipient: str
    language: str
    status: Status
    reason: Reason
    reason_text: str
    attempts: int
    message_id: str
    answer_code: int | None
    answer: str
    due_at: datetime | None
    """The next attempt; null when there is none."""
    sent_at: datetime | None
    recorded_at: datetime


def _view(found: Mapping[str, Any], request: Request) -> MailView:
    chinese = language_of(request.headers.get("accept-language")) == "zh"
    waiting = found["status"] == Status.WAITING.value
    told: dict[str, Any] = {name: found[name] for name in MailView.model_fields if name in found}
    told["due_at"] = found["due_at"] if waiting else None
    told["reason_text"] = REASON_TEXTS[Reason(found["reason"])][int(chinese)]
    return MailView(**told)


@router.get("", response_model=Page[MailView], dependencies=[READ])
async def list_mails(
    request: Request,
    session: Session,
    paging: Paging,
    company: Word = None,
    partner: Word = None,
    number: Word = None,
    document: Annotated[UUID | None, Query()] = None,
    kind: Word = None,
    status: Annotated[Status | None, Query()] = None,
) -> Page[MailView]:
    """Mails within your scope, newest first."""

    def made(row: Row[Any]) -> MailView:
        return _view(cast("Mapping[str, Any]", by_name(row)), request)

    query = filtered(
        select(table),
        (table.c.company, company),
        (table.c.partner, partner),
        (table.c.number, number),
        (table.c.document_id, document),
        (table.c.kind, kind),
        (table.c.status, None if status is None else status.value),
    )
    return await page(
        session,
        query,
        paging,
        key=(table.c.recorded_at, table.c.id),
        allowed_sorts={"recorded_at": table.c.recorded_at},
        default_sort="-recorded_at",
        make=made,
    )


@router.get("/{mail}", response_model=MailView, dependencies=[READ])
async def get_mail(mail: UUID, request: Request, session: Session) -> MailView:
    """One mail, and what became of it."""
    return _view(await service.found(session, mail), request)


@router.post("/{mail}/send", response_model=MailView, dependencies=[requires("workflow.mail.send")])
async def send_mail_again(mail: UUID, request: Request, session: Session) -> MailView:
    """Have a mail sent that was not sent, failed, or did not arrive."""
    return _view(await service.send_again(session, mail), request)
