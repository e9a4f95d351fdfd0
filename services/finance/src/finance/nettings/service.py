"""Set off what a partner owes against what he is owed: two payments through a clearing account, at once or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.errors import BusinessError, NotFound
from chassis.http import Principal
from chassis.ids import uuid7
from chassis.numbers import draw
from finance.open_items import service as open_items
from finance.open_items.rules import Side
from finance.payments import service as payments
from finance.payments.rules import ROLES, Direction
from finance.replicas import service as replicas

from . import store
from .rules import CLEARING, amount_to_net


@dataclass(frozen=True, slots=True)
class NettingAsked:
    """A netting as it was entered; without an amount as much as can be set off."""

    company: str
    partner: str
    amount: Decimal | None
    reference: str
    business_date: date | None
    posting_date: date | None


async def enter_netting(session: AsyncSession, asked: NettingAsked, *, caller: Principal) -> UUID:
    """Set off the oldest items of both sides, each with its voucher; the clearing account is 0.00 afterwards.

    Raises:
        NothingToNet: one side has nothing open.
        Overpayment: more than the smaller side has.
    """
    caller.check_company(asked.company)
    known = await replicas.partners_named(session, {asked.partner})
    partner = asked.partner
    for role in ROLES.values():
        partner = replicas.in_role(known, asked.partner, role=role, field="/partner").code
    caller.check_partner(partner)
    items = await open_items.lock_open(
        session, [(asked.company, side.value, partner) for side in Side]
    )
    amount, receivable, payable = amount_to_net(items, asked.amount, partner=partner)
    day = asked.business_date or await replicas.today_of(session, asked.company)
    posting_date = asked.posting_date or day
    [number] = await draw(session, "netting_numbers", "NT", day.year, 1)
    both = await payments.enter_payments(
        session,
        [
            payments.Given(
                company=asked.company, direction=direction, partner=partner, amount=amount,
                bank_account=CLEARING, business_date=day, posting_date=posting_date, reference=number,
                order=None, allocations=None, clearing=True,
            )
            for direction in (Direction.RECEIVED, Direction.PAID)
        ],
        caller=caller,
    )  # fmt: skip
    made: list[UUID] = []
    for one in both:
        if isinstance(one, BusinessError):
            raise one
        made.append(one)
    netting = uuid7()
    paid = await payments.found(session, made)
    await store.add(session, {
        "id": netting, "number": number, "company": asked.company, "partner": partner,
        "currency": paid[made[0]][0].currency, "reference": asked.reference, "amount": amount,
        "receivable_before": receivable, "payable_before": payable, "payment_received": made[0],
        "payment_made": made[1], "business_date": day, "posting_date": posting_date,
    })  # fmt: skip
    await record(
        session,
        AuditEntry(
            action="finance.netting.enter",
            document_type="finance.netting",
            document_id=netting,
            number=number,
            company=asked.company,
            after={"partner": partner, "amount": amount},
        ),
    )
    return netting


async def find_netting(session: AsyncSession, reference: str) -> Row[Any]:
    """A netting by id or number.

    Raises:
        NotFound: there is none, or the caller does not see it.
    """
    row = await store.find(session, reference)
    if row is None:
        raise NotFound(what=("netting", "往来抵销单"))
    return row


def selected(*, company: str | None, partner: str | None, number: str | None) -> Select[Any]:
    """Nettings as a list shows them."""
    return store.selected(company=company, partner=partner, number=number)
