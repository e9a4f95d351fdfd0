"""What can be done with advances: book one, apply it to invoices or bills later."""

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
from chassis.errors import BusinessError, NotFound, TransientError, ValidationFailed
from chassis.http import Principal
from chassis.ids import derived, uuid7
from chassis.numbers import draw
from chassis.outbox import emit
from finance.accounts import service as accounts
from finance.accounts.rules import is_bank_account
from finance.open_items import service as open_items
from finance.payments import service as payments
from finance.payments.rules import ROLES, SIDES, Direction
from finance.posting import service as posting
from finance.posting.rules.defaults import ADVANCE_IN, ADVANCE_OUT
from finance.posting.rules.entries import PostingFact
from finance.replicas import service as replicas
from tongheng_contracts.finance import (
    Advance,
    AdvanceApplication,
    AdvanceApplied,
    AdvancePaid,
    AdvanceReceived,
)

from . import store
from .rules import ACCOUNTS, amount_to_apply, check_day


@dataclass(frozen=True, slots=True)
class AdvanceAsked:
    """An advance as it was entered."""

    company: str
    direction: Direction
    partner: str
    amount: Decimal
    bank_account: str
    reference: str
    business_date: date | None
    posting_date: date | None


@dataclass(frozen=True, slots=True)
class ApplicationAsked:
    """An application as it was entered; without an amount as much as can be applied."""

    amount: Decimal | None
    allocations: Sequence[tuple[str, Decimal]] | None
    """Document and amount; None: the order's first, then the oldest."""
    order: str | None
    business_date: date | None
    posting_date: date | None


async def enter_advance(session: AsyncSession, asked: AdvanceAsked, *, caller: Principal) -> UUID:
    """Book money that came or went before its document, with its voucher.

    Raises:
        PeriodClosed: the day belongs to a closed period.
        ValidationFailed: the account holds no money.
    """
    caller.check_company(asked.company)
    company = await replicas.company_of(session, asked.company)
    known = await replicas.partners_named(session, {asked.partner})
    role = ROLES[asked.direction]
    partner = replicas.in_role(known, asked.partner, role=role, field="/partner").code
    caller.check_partner(partner)
    if not is_bank_account(asked.bank_account):
        raise ValidationFailed(
            en="{account} is no bank or cash account.", zh="{account} 不是银行或现金科目。",
            account=asked.bank_account, field="/bank_account",
        )  # fmt: skip
    await accounts.check_postable(session, company.code, {asked.bank_account: "/bank_account"})
    day = asked.business_date or await replicas.today_of(session, company.code)
    posting_date = asked.posting_date or day
    advance = uuid7()
    [number] = await draw(session, "advance_numbers", "AD", day.year, 1)
    await store.add(session, {
        "id": advance, "number": number, "company": company.code, "direction": asked.direction.value,
        "account": ACCOUNTS[asked.direction], "partner": partner, "currency": company.currency,
        "bank_account": asked.bank_account, "reference": asked.reference, "amount": asked.amount,
        "open_amount": asked.amount, "business_date": day, "posting_date": posting_date,
    })  # fmt: skip
    told = Advance(
        id=advance, number=number, company=company.code, business_date=day.isoformat(),
        posting_date=posting_date.isoformat(), partner=partner, currency=company.currency, amount=asked.amount,
        account=ACCOUNTS[asked.direction], bank_account=asked.bank_account, reference=asked.reference,
    )  # fmt: skip
    incoming = asked.direction is Direction.RECEIVED
    await emit(session, AdvanceReceived(advance=told) if incoming else AdvancePaid(advance=told))
    fact = PostingFact(
        topic=ADVANCE_IN if incoming else ADVANCE_OUT, source_event=None, source_id=advance, source_number=number,
        company=company.code, business_date=day, posting_date=posting_date, amounts={"amount": asked.amount},
        attributes={"bank_account": asked.bank_account}, partner=partner, currency=company.currency,
    )  # fmt: skip
    await posting.post_facts(session, [fact], strict=True)
    await record(
        session,
        AuditEntry(
            action=f"finance.advance.{asked.direction.value}",
            document_type="finance.advance",
            document_id=advance,
            number=number,
            company=company.code,
            after={"partner": partner, "amount": asked.amount, "bank_account": asked.bank_account},
        ),
    )
    return advance


async def apply_advance(
    session: AsyncSession, reference: str, asked: ApplicationAsked, *, caller: Principal
) -> UUID:
    """Settle invoices or bills with what is left of an advance: a payment whose money comes from the advance's account.

    Raises:
        NotFound: there is no such advance, or the caller does not see it.
        AdvanceSpent, NothingToApplyTo, Overpayment, BeforeTheAdvance: it cannot be applied so.
    """
    found: Any = await store.find(session, reference, lock=True)
    if found is None:
        raise NotFound(what=("advance", "预收/预付单"))
    caller.check_company(found.company)
    caller.check_partner(found.partner)
    direction = Direction(found.direction)
    items = await open_items.lock_open(
        session, [(found.company, SIDES[direction].value, found.partner)]
    )
    named = None if asked.allocations is None else [amount for _, amount in asked.allocations]
    amount = amount_to_apply(
        found.open_amount, items, asked.amount, named, number=found.number, partner=found.partner
    )
    day = asked.business_date or max(
        await replicas.today_of(session, found.company), found.business_date
    )
    posting_date = asked.posting_date or day
    check_day(posting_date, found.posting_date)
    [payment] = await payments.enter_payments(
        session,
        [
            payments.Given(
                company=found.company, direction=direction, partner=found.partner, amount=amount,
                bank_account=found.account, business_date=day, posting_date=posting_date, reference=found.number,
                order=asked.order, allocations=asked.allocations, clearing=True, from_advance=True,
            )
        ],
        caller=caller,
    )  # fmt: skip
    if isinstance(payment, BusinessError):
        raise payment
    if not await store.take(session, found.id, amount):
        raise TransientError("an advance changed although it was locked")
    (row, _) = (await payments.found(session, [payment]))[payment]
    application = derived(payment, "advance_application")
    await store.add_application(session, {
        "id": application, "number": row.number, "company": found.company, "advance": found.id, "payment": payment,
        "partner": found.partner, "amount": amount, "business_date": day, "posting_date": posting_date,
    })  # fmt: skip
    await emit(
        session,
        AdvanceApplied(
            application=AdvanceApplication(
                id=application, number=row.number, company=found.company, business_date=day.isoformat(),
                posting_date=posting_date.isoformat(), advance=found.id, advance_number=found.number, payment=payment,
                partner=found.partner, amount=amount,
            )
        ),
    )  # fmt: skip
    left = found.open_amount - amount
    await record(
        session,
        AuditEntry(
            action="finance.advance.apply",
            document_type="finance.advance",
            document_id=found.id,
            number=found.number,
            company=found.company,
            before={"open_amount": found.open_amount},
            after={"open_amount": left, "payment": row.number},
        ),
    )
    return found.id


async def find_advance(session: AsyncSession, reference: str) -> tuple[Row[Any], list[Row[Any]]]:
    """An advance by id or number, with what was applied of it.

    Raises:
        NotFound: there is none, or the caller does not see it.
    """
    row = await store.find(session, reference)
    if row is None:
        raise NotFound(what=("advance", "预收/预付单"))
    return row, (await store.applications_of(session, [row.id]))[row.id]


async def applications_of(
    session: AsyncSession, ids: Sequence[UUID]
) -> Mapping[UUID, list[Row[Any]]]:
    """What was applied of each of these advances."""
    return await store.applications_of(session, ids)


def selected(
    *,
    company: str | None,
    direction: str | None,
    partner: str | None,
    number: str | None,
    open_only: bool,
) -> Select[Any]:
    """Advances as a list shows them."""
    return store.selected(
        company=company,
        direction=direction,
        partner=partner,
        number=number,
        open_only=open_only,
    )
