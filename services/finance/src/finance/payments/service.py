"""What can be done with payments: book money that came in or went out, and settle what it pays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.errors import NotFound, UnknownReference, ValidationFailed
from chassis.ids import derived, uuid7
from chassis.numbers import draw
from chassis.outbox import emit
from finance.accounts import service as accounts
from finance.accounts.rules import is_bank_account
from finance.open_items import service as open_items
from finance.open_items.rules import OpenItem, Settlement, Side
from finance.posting import service as posting
from finance.posting.rules.defaults import PAID_IN, PAID_OUT
from finance.posting.rules.entries import PostingFact
from finance.replicas import service as replicas
from tongheng_contracts.finance import Allocation, Payment, PaymentMade, PaymentReceived

from . import store
from .rules import ROLES, SIDES, Direction, check_in_flight, items_named, settle


@dataclass(frozen=True, slots=True)
class Given:
    """A payment as it was entered."""

    company: str
    direction: Direction
    partner: str
    amount: Decimal
    bank_account: str
    business_date: date | None
    posting_date: date | None
    reference: str
    order: str | None
    allocations: Sequence[tuple[str, Decimal]] | None
    """Document and amount; None: the oldest first."""


async def enter_payment(session: AsyncSession, given: Given) -> UUID:
    """Book a payment, settle what it pays, and post its voucher.

    Raises:
        Overpayment: more than is open of what was named, or than the supplier is owed at all.
        PeriodClosed: the day belongs to a closed period.
    """
    company = await replicas.company_of(session, given.company)
    partner = await replicas.partner_of(
        session, given.partner, role=ROLES[given.direction], field="/partner"
    )
    if not is_bank_account(given.bank_account):
        raise ValidationFailed(
            en="{account} is no bank or cash account.", zh="{account} 不是银行或现金科目。", account=given.bank_account,
            field="/bank_account",
        )  # fmt: skip
    await accounts.check_postable(session, company.code, {given.bank_account: "/bank_account"})
    order = await _order_of(session, given)
    side = SIDES[given.direction]
    items = await open_items.lock_open(session, company.code, side, partner.code)
    if given.direction is Direction.PAID:
        check_in_flight(
            await store.bills_in_flight(session, company.code, partner.code), items, given.amount
        )
    named = None
    if given.allocations is not None:
        known = await open_items.named(session, company.code, [one[0] for one in given.allocations])
        named = items_named(given.allocations, known, partner=partner.code, side=side)
    settled = settle(
        given.direction, given.amount, items, named=named, order=order[0] if order else None
    )

    day = given.business_date or await replicas.today_of(session, company.code)
    posting_date = given.posting_date or day
    payment = uuid7()
    prefix = "RC" if given.direction is Direction.RECEIVED else "PM"
    (number,) = await draw(session, "payment_numbers", prefix, day.year)
    await store.insert_payment(session, {
        "id": payment, "number": number, "company": company.code, "version": 1, "status": "posted",
        "direction": given.direction.value, "partner": partner.code, "currency": company.currency,
        "bank_account": given.bank_account, "reference": given.reference, "order_id": order[0] if order else None,
        "order_number": order[1] if order else "", "amount": given.amount, "on_account": settled.rest,
        "business_date": day, "posting_date": posting_date,
    })  # fmt: skip
    await open_items.settle(session, payment, company.code, settled.settlements)
    on_account = OpenItem(
        id=derived(payment, "on_account"), company=company.code, side=Side.RECEIVABLE, partner=partner.code,
        document_type="on_account", document_id=payment, number=number, order_id=order[0] if order else None,
        order_number=order[1] if order else "", currency=company.currency, amount=-settled.rest,
        open_amount=-settled.rest, business_date=day, due_date=day,
    )  # fmt: skip
    await open_items.open_documents(session, [on_account])
    told = Payment(
        id=payment, number=number, company=company.code, business_date=day.isoformat(),
        posting_date=posting_date.isoformat(), partner=partner.code, currency=company.currency, amount=given.amount,
        bank_account=given.bank_account, reference=given.reference,
        allocations=_allocations(settled.settlements), on_account=settled.rest, order=order[0] if order else None,
        order_number=order[1] if order else "",
    )  # fmt: skip
    incoming = given.direction is Direction.RECEIVED
    case = (
        order[0]
        if order
        else next((one.item.order_id for one in settled.settlements if one.item.order_id), None)
    )
    await emit(
        session, PaymentReceived(payment=told) if incoming else PaymentMade(payment=told), case=case
    )
    fact = PostingFact(
        topic=PAID_IN if incoming else PAID_OUT, source_event=None, source_id=payment, source_number=number,
        company=company.code, business_date=day, posting_date=posting_date, amounts={"amount": given.amount},
        attributes={"bank_account": given.bank_account}, partner=partner.code, currency=company.currency, case_id=case,
        case_number=next((one.item.order_number for one in settled.settlements if one.item.order_id == case), ""),
    )  # fmt: skip
    await posting.post_facts(session, [fact], strict=True)
    await record(session, AuditEntry(
        action=f"finance.payment.{given.direction.value}", document_type="finance.payment", document_id=payment,
        number=number, company=company.code,
        after={
            "partner": partner.code, "amount": given.amount, "on_account": settled.rest,
            "settled": {one.item.number: str(one.amount) for one in settled.settlements},
        },
    ))  # fmt: skip
    return payment


def _allocations(settlements: Sequence[Settlement]) -> list[Allocation]:
    return [
        Allocation(
            open_item=one.item.id,
            document_number=one.item.number,
            order=one.item.order_id,
            amount=one.amount,
        )
        for one in settlements
    ]


async def _order_of(session: AsyncSession, given: Given) -> tuple[UUID, str] | None:
    if given.order is None:
        return None
    found = await store.order_named(session, given.company, given.order)
    if found is None:
        raise UnknownReference(
            what=("shipped order", "已发货订单"), reference=given.order, field="/order"
        )
    return found


async def find_payment(
    session: AsyncSession, reference: str
) -> tuple[Row[Any], Sequence[Mapping[str, object]]]:
    """A payment by id or number, with what it settled."""
    row = await store.find(session, reference)
    if row is None:
        raise NotFound(what=("payment", "收付款单"))
    return row, (await open_items.allocations_of(session, [row.id]))[row.id]


async def allocations_of(
    session: AsyncSession, payments: Sequence[UUID]
) -> Mapping[UUID, list[Mapping[str, object]]]:
    """What these payments settled."""
    return await open_items.allocations_of(session, payments)


def selected(
    *,
    company: str | None,
    direction: str | None,
    partner: str | None,
    order: str | None,
    number: str | None,
) -> Select[Any]:
    """Payments as a list shows them."""
    return store.selected(
        company=company, direction=direction, partner=partner, order=order, number=number
    )
