"""How notifications are asked for over HTTP: everybody his own, without a permission."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel
from sqlalchemy import Row

from chassis.http import Principal, Session, commands, principal_of
from chassis.paging import Page, Paging, page
from chassis.problems import language_of
from chassis.rows import by_name
from workflow.notifications import service
from workflow.notifications.tables import notifications as table

router = commands("workflow", "notifications")


class NotificationView(BaseModel):
    """Something the caller is to know, in his language; `read_at` is null until he has read it."""

    id: UUID
    kind: str
    text: str
    document_type: str
    document_id: str
    recorded_at: datetime
    read_at: datetime | None


class Unread(BaseModel):
    """How many are not read."""

    unread: int


@router.get("", response_model=Page[NotificationView])
async def list_notifications(
    request: Request,
    session: Session,
    paging: Paging,
    caller: Annotated[Principal, Depends(principal_of)],
    unread: Annotated[bool, Query()] = False,
) -> Page[NotificationView]:
    """What you are told, newest first."""
    language = language_of(request.headers.get("accept-language"))

    def made(row: Row[Any]) -> NotificationView:
        found = by_name(row)
        return NotificationView(
            id=found["id"],
            kind=found["kind"],
            text=found["text_zh"] if language == "zh" else found["text_en"],
            document_type=found["document_type"],
            document_id=found["document_id"],
            recorded_at=found["recorded_at"],
            read_at=found["read_at"],
        )

    return await page(
        session,
        service.addressed_to(caller, unread=unread),
        paging,
        key=(table.c.id,),
        allowed_sorts={"id": table.c.id},
        default_sort="-id",
        make=made,
    )


@router.get("/unread", response_model=Unread)
async def count_unread(
    session: Session, caller: Annotated[Principal, Depends(principal_of)]
) -> Unread:
    """How many you have not read."""
    return Unread(unread=await service.unread(session, caller))


@router.post("/{notification}/read", status_code=204, response_class=Response)
async def read_notification(
    notification: UUID, session: Session, caller: Annotated[Principal, Depends(principal_of)]
) -> Response:
    """Say that you have read it."""
    await service.mark_read(session, caller, notification)
    return Response(status_code=204)
