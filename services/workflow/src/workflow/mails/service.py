"""Write down what is to be confirmed; send what is due; show what became of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.context import system_context
from chassis.database import Database
from chassis.errors import InvalidState, NotFound
from chassis.ids import derived
from tongheng_contracts.sales import OrderCancelled, OrderChanged, OrderPlaced, SalesOrder
from workflow.mails import store
from workflow.mails.rules import (
    CONFIRMED,
    ORDER_CONFIRMATION,
    Confirmation,
    ConfirmedLine,
    Outcome,
    Reason,
    Status,
    confirmation_mail,
    is_news,
    language_of,
    next_attempt,
    still_wanted,
)
from workflow.mails.sending import Answer, Server, send
from workflow.mails.store import Addressee, Waiting

log = structlog.get_logger(__name__)

AT_ONCE = 16
"""Mails that are taken in hand together."""
LEASE_SECONDS = 300.0
"""When whoever has mails in hand ends before he settles them, they are sent again after this, under their Message-ID."""
IDLE_SECONDS = 2.0

MAILS = Counter("tongheng_mails", "Mails by what came of an attempt", ["outcome"])


class AlreadyWaiting(InvalidState):
    """Nothing to do: it is on its way."""

    en = "The mail is waiting to be sent already."
    zh = "邮件已在待发送队列中。"


OrderEvent = OrderPlaced | OrderChanged | OrderCancelled


async def confirm_orders(session: AsyncSession, events: Sequence[OrderEvent]) -> None:
    """An order that is held no more is confirmed to its customer, once."""
    now = datetime.now(UTC)
    rows: list[dict[str, object]] = []
    for event in sorted(events, key=lambda each: (each.order.id, each.order.version)):
        order = event.order
        if order.status not in CONFIRMED:
            continue
        fresh = is_news(event.envelope.time, now)
        rows.append(
            {
                "id": derived(order.id, ORDER_CONFIRMATION),
                "kind": ORDER_CONFIRMATION,
                "company": order.company,
                "document_type": "sales.order",
                "document_id": order.id,
                "number": order.number,
                "partner": order.customer,
                "created_by": event.envelope.actor,
                "content": json.dumps(_content(order), ensure_ascii=False),
                "status": (Status.WAITING if fresh else Status.NOT_SENT).value,
                "reason": (Reason.NONE if fresh else Reason.LATE).value,
            }
        )
    await store.add(session, rows)


def _content(order: SalesOrder) -> dict[str, object]:
    """What is confirmed: what is still wanted of each line."""
    wanted = [
        (
            line,
            *still_wanted(line.quantity, line.quantity_cancelled, line.amount_net, line.amount_tax),
        )
        for line in order.lines
        if line.quantity_cancelled < line.quantity
    ]
    net = sum((net for _, _, net, _ in wanted), Decimal(0))
    tax = sum((tax for _, _, _, tax in wanted), Decimal(0))
    return {
        "currency": order.currency,
        "ordered_on": order.business_date,
        "requested_date": order.requested_date or "",
        "amount_net": str(net),
        "amount_tax": str(tax),
        "amount_gross": str(net + tax),
        "lines": [
            {
                "line": line.line,
                "item": line.item,
                "quantity": str(quantity),
                "unit": line.unit,
                "unit_price": str(line.unit_price),
                "amount_net": str(line_net),
            }
            for line, quantity, line_net, _ in wanted
        ],
    }


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail with all that it needs, or the reason why it can't be sent now."""

    waiting: Waiting
    addressee: Addressee | None
    content: Confirmation | None


async def take(session: AsyncSession) -> list[Letter]:
    """Take in hand what is due, and look up whom it goes to and how things are called."""
    found = await store.take(session, limit=AT_ONCE, lease=LEASE_SECONDS)
    if not found:
        return []
    known = await store.addressees(session, (each.partner for each in found))
    wanted = {("company", each.company) for each in found}
    wanted |= {("item", str(line["item"])) for each in found for line in each.content["lines"]}
    names = await store.names(session, wanted)
    return [
        Letter(
            each, addressee, None if addressee is None else _confirmation(each, addressee, names)
        )
        for each in found
        for addressee in [known.get(each.partner)]
    ]


def _confirmation(
    mail: Waiting, addressee: Addressee, names: Mapping[tuple[str, str], tuple[str, str]]
) -> Confirmation:
    def called(kind: str, code: str, otherwise: str) -> str:
        name, name_en = names.get((kind, code), (otherwise, ""))
        return name_en or name if language == "en" else name

    content: Mapping[str, Any] = mail.content
    language = language_of(addressee.language)
    english = language == "en" and addressee.name_en
    return Confirmation(
        number=mail.number,
        company=called("company", mail.company, mail.company),
        customer=addressee.name_en if english else addressee.name,
        currency=content["currency"],
        ordered_on=content["ordered_on"],
        requested_date=content["requested_date"],
        amount_net=Decimal(content["amount_net"]),
        amount_tax=Decimal(content["amount_tax"]),
        amount_gross=Decimal(content["amount_gross"]),
        lines=[
            ConfirmedLine(
                line=line["line"],
                item=line["item"],
                name=called("item", line["item"], ""),
                quantity=Decimal(line["quantity"]),
                unit=line["unit"],
                unit_price=Decimal(line["unit_price"]),
                amount_net=Decimal(line["amount_net"]),
            )
            for line in content["lines"]
        ],
    )


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a mail that was in hand. `wait`: seconds to the next attempt; below zero: there is none."""

    letter: Letter
    status: Status
    reason: Reason = Reason.NONE
    message_id: str = ""
    code: int | None = None
    answer: str = ""
    wait: float = -1.0


async def deliver(letter: Letter, server: Server | None) -> Settled:
    """Send one mail, or say why not."""
    if server is None:
        return Settled(letter, Status.NOT_SENT, Reason.NO_SERVER)
    if letter.addressee is None:
        # His record comes by another topic: it may be later than the order.
        return _later(Settled(letter, Status.WAITING), Reason.NO_ADDRESS, Status.NOT_SENT)
    if not letter.addressee.email or letter.content is None:
        return Settled(letter, Status.NOT_SENT, Reason.NO_ADDRESS)
    message_id = f"<{letter.waiting.id}@{server.sender.rpartition('@')[2] or 'localhost'}>"
    message = confirmation_mail(
        letter.content,
        letter.addressee.language,
        sender=server.sender,
        recipient=letter.addressee.email,
        message_id=message_id,
    )
    answer: Answer = await send(server, message, letter.addressee.email)
    MAILS.labels(answer.outcome.value).inc()
    made = Settled(letter, Status.SENT, message_id=message_id, code=answer.code, answer=answer.text)
    if answer.outcome is Outcome.SENT:
        return made
    log.warning(
        "a mail was not taken", mail=str(letter.waiting.id), code=answer.code,
        attempt=letter.waiting.attempts, outcome=answer.outcome.value,
    )  # fmt: skip
    if answer.outcome is Outcome.REFUSED:
        return replace(made, status=Status.FAILED, reason=Reason.REFUSED)
    return _later(made, Reason.GAVE_UP, Status.FAILED)


def _later(made: Settled, reason: Reason, at_last: Status) -> Settled:
    wait = next_attempt(made.letter.waiting.attempts)
    if wait is None:
        return replace(made, status=at_last, reason=reason)
    return replace(made, status=Status.WAITING, wait=wait.total_seconds())


async def settle(session: AsyncSession, settled: Sequence[Settled]) -> None:
    """Write down what became of mails."""
    await store.settle(
        session,
        [
            {
                "id": each.letter.waiting.id,
                "status": each.status.value,
                "reason": each.reason.value,
                "recipient": each.letter.addressee.email if each.letter.addressee else "",
                "language": each.letter.addressee.language if each.letter.addressee else "",
                "message_id": each.message_id,
                "code": each.code,
                "answer": each.answer,
                "wait": each.wait,
            }
            for each in settled
        ],
    )


async def post(database: Database, server: Server | None) -> int:
    """Send what is due once; how many were in hand."""
    context = system_context("workflow")
    async with database.transaction(context) as session:
        letters = await take(session)
    if letters:
        settled = await asyncio.gather(*(deliver(each, server) for each in letters))
        async with database.transaction(context) as session:
            await settle(session, settled)
    return len(letters)


async def keep_posting(database: Database, server: Server | None) -> None:
    """Send what is due, until cancelled."""
    while True:
        if not await post(database, server):
            await asyncio.sleep(IDLE_SECONDS)


async def found(session: AsyncSession, mail: UUID, *, lock: bool = False) -> Mapping[str, Any]:
    """A mail that the caller sees.

    Raises:
        NotFound: he sees none such.
    """
    row = await store.one(session, mail, lock=lock)
    if row is None:
        raise NotFound(what=("mail", "邮件"))
    return row


async def send_again(session: AsyncSession, mail: UUID) -> Mapping[str, Any]:
    """Have a mail sent that was not, or that did not arrive; under its Message-ID, so that whoever has it sees it once.

    Raises:
        AlreadyWaiting: it is waiting to be sent.
    """
    before = await found(session, mail, lock=True)
    if before["status"] == Status.WAITING.value:
        raise AlreadyWaiting
    await store.again(session, mail)
    after = await found(session, mail)
    await record(
        session,
        AuditEntry(
            action="workflow.mail.send",
            document_type="mail",
            document_id=mail,
            number=str(before["number"]),
            company=str(before["company"]),
            before={"status": before["status"], "reason": before["reason"]},
            after={"status": after["status"]},
        ),
    )
    return after
