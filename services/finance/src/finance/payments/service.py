"""What can be done with payments: book money that came in or went out, and settle what it pays."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.errors import BusinessError, NotFound, UnknownReference, ValidationFailed
from chassis.http import Principal
from chassis.ids import derived, uuid7
from chassis.models import trusted
from chassis.numbers import draw
from chassis.outbox import emit
from finance.accounts import service as accounts
from finance.accounts.rules import is_bank_account
from finance.open_items import service as open_items
from finance.open_items.rules import OpenItem, PartnerAccount, Settlement, Side
from finance.periods import service as periods
from finance.posting import service as posting
from finance.posting.rules.defaults import ADVANCE_APPLIED, PAID_IN, PAID_OUT
from finance.posting.rules.entries import PostingFact
from finance.replicas import service as replicas
from finance.replicas.rules import Company
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
    clearing: bool = False
    """No money moves: the account is one that another payment of the same transaction clears."""
    from_advance: bool = False
    """The money came or went before: the account is the one that holds the advance."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A payment whose names are known."""

    given: Given
    company: Company
    partner: str
    side: Side
    order: tuple[UUID, str] | None
    day: date
    posting_date: date


@dataclass(frozen=True, slots=True)
class _Made:
    """A payment and what it settles."""

    id: UUID
    number: str
    asked: _Asked
    settlements: Sequence[Settlement]
    on_account: Decimal
    case: UUID | None


async def enter_payments(
    session: AsyncSession,
    given: Sequence[Given | BusinessError],
    *,
    caller: Principal | None = None,
) -> list[UUID | BusinessError]:
    """Book payments one after the other, settle what each pays, and post their vouchers; or refuse it with its reason.

    Refused with `Overpayment`: more than is open of what was named, or than the supplier is owed at all; with
    `PeriodClosed`: the day belongs to a closed period.
    """
    results: list[UUID | BusinessError] = []
    asked = await _asked(session, given, caller)
    book = await _open_book(session, [one for one in asked if isinstance(one, _Asked)])
    made: list[_Made] = []
    for one in asked:
        if isinstance(one, BusinessError):
            results.append(one)
            continue
        try:
            payment = book.settle(one)
        except BusinessError as refusal:
            results.append(refusal)
            continue
        made.append(payment)
        results.append(payment.id)
    if made:
        await _save(session, await _numbered(session, made))
    return results


async def _asked(
    session: AsyncSession, given: Sequence[Given | BusinessError], caller: Principal | None
) -> list[_Asked | BusinessError]:
    proper = [one for one in given if isinstance(one, Given)]
    companies = await replicas.companies_of(session, {one.company for one in proper})
    partners = await replicas.partners_named(session, {one.partner for one in proper})
    orders = await store.orders_named(
        session, [(one.company, one.order) for one in proper if one.order is not None]
    )
    checks = _Checks(session)
    asked: list[_Asked | BusinessError] = []
    for one in given:
        if isinstance(one, BusinessError):
            asked.append(one)
            continue
        try:
            if caller is not None:
                caller.check_company(one.company)
            company = companies.get(one.company)
            if company is None:
                raise UnknownReference(
                    what=("company", "公司"), reference=one.company, field="/company"
                )
            role = ROLES[one.direction]
            partner = replicas.in_role(partners, one.partner, role=role, field="/partner").code
            if caller is not None:
                caller.check_partner(partner)
            await checks.money_account(company.code, one.bank_account, clearing=one.clearing)
            order = orders.get((one.company, one.order)) if one.order is not None else None
            if one.order is not None and order is None:
                raise UnknownReference(
                    what=("shipped order", "已发货订单"), reference=one.order, field="/order"
                )
            day = one.business_date or await checks.today(company.code)
            posting_date = one.posting_date or day
            await checks.open_day(company.code, posting_date)
        except BusinessError as refusal:
            asked.append(refusal)
            continue
        side = SIDES[one.direction]
        asked.append(_Asked(one, company, partner, side, order, day, posting_date))
    return asked


class _Checks:
    """What many payments ask alike is asked once."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._known: dict[tuple[object, ...], date | BusinessError | None] = {}

    async def today(self, company: str) -> date:
        """The company's day."""
        key = ("today", company)
        if key not in self._known:
            self._known[key] = await replicas.today_of(self._session, company)
        found = self._known[key]
        assert isinstance(found, date)
        return found

    async def money_account(self, company: str, account: str, *, clearing: bool) -> None:
        """Refuse an account that holds no money, but for one that is cleared at once, or takes no postings."""
        if not clearing and not is_bank_account(account):
            raise ValidationFailed(
                en="{account} is no bank or cash account.", zh="{account} 不是银行或现金科目。", account=account,
                field="/bank_account",
            )  # fmt: skip
        await self._once(
            ("account", company, account),
            lambda: accounts.check_postable(self._session, company, {account: "/bank_account"}),
        )

    async def open_day(self, company: str, day: date) -> None:
        """Refuse a day of a closed period."""
        await self._once(
            ("day", company, day),
            lambda: periods.posting_days(self._session, {(company, day)}, strict=True),
        )

    async def _once(self, key: tuple[object, ...], ask: Callable[[], Awaitable[object]]) -> None:
        if key not in self._known:
            try:
                await ask()
                self._known[key] = None
            except BusinessError as refusal:
                self._known[key] = refusal
        found = self._known[key]
        if isinstance(found, BusinessError):
            raise found


class _OpenBook:
    """What is open with the partners of a batch, as it stands after each of its payments."""

    def __init__(
        self,
        items: Sequence[OpenItem],
        named: Sequence[OpenItem],
        in_flight: Mapping[tuple[str, str], Sequence[str]],
    ) -> None:
        self._items = {one.id: one for one in (*named, *items)}
        self._named = [one.id for one in named]
        self._open: dict[PartnerAccount, list[UUID]] = {}
        for one in items:
            self._open.setdefault((one.company, one.side, one.partner), []).append(one.id)
        self._in_flight = in_flight

    def settle(self, asked: _Asked) -> _Made:
        """What a payment settles; the next one finds it settled."""
        given, company = asked.given, asked.company.code
        account = (company, asked.side.value, asked.partner)
        mine = [self._items[one] for one in self._open.get(account, ())]
        items = [one for one in mine if one.open_amount]
        if given.direction is Direction.PAID:
            waiting = self._in_flight.get((company, asked.partner), ())
            check_in_flight(waiting, items, given.amount)
        named = None
        if given.allocations is not None:
            known = [self._items[one] for one in self._named]
            known = [*(one for one in known if one.company == company), *mine]
            named = items_named(given.allocations, known, partner=asked.partner, side=asked.side)
        order = asked.order[0] if asked.order else None
        settled = settle(given.direction, given.amount, items, named=named, order=order)
        for one in settled.settlements:
            before = self._items[one.item.id]
            self._items[before.id] = replace(before, open_amount=before.open_amount - one.amount)
        case = order or next(
            (one.item.order_id for one in settled.settlements if one.item.order_id), None
        )
        made = _Made(uuid7(), "", asked, settled.settlements, settled.rest, case)
        if settled.rest:
            item = _on_account(made)
            self._items[item.id] = item
            self._open.setdefault(account, []).append(item.id)
        return made


async def _open_book(session: AsyncSession, asked: Sequence[_Asked]) -> _OpenBook:
    # Locked first: what is named is read as it stands then.
    items = await open_items.lock_open(
        session, [(one.company.code, one.side.value, one.partner) for one in asked]
    )
    references = [name for one in asked for name, _ in one.given.allocations or ()]
    named = await open_items.named(session, {one.company.code for one in asked}, references)
    suppliers = [(one.company.code, one.partner) for one in asked if one.side is Side.PAYABLE]
    return _OpenBook(items, named, await store.bills_in_flight(session, suppliers))


async def _numbered(session: AsyncSession, made: Sequence[_Made]) -> list[_Made]:
    places: dict[tuple[str, int], list[int]] = {}
    for index, one in enumerate(made):
        incoming = one.asked.given.direction is Direction.RECEIVED
        places.setdefault(("RC" if incoming else "PM", one.asked.day.year), []).append(index)
    numbered = list(made)
    for (prefix, year), indices in places.items():
        drawn = await draw(session, "payment_numbers", prefix, year, len(indices))
        for index, number in zip(indices, drawn, strict=True):
            numbered[index] = replace(made[index], number=number)
    return numbered


async def _save(session: AsyncSession, made: Sequence[_Made]) -> None:
    await store.insert_payments(session, [_row(one) for one in made])
    await open_items.open_documents(session, [_on_account(one) for one in made])
    numbers = {_on_account(one).id: one.number for one in made if one.on_account}
    made = [
        replace(one, settlements=[_renamed(part, numbers) for part in one.settlements])
        for one in made
    ]
    await open_items.settle(
        session, [(one.id, one.asked.company.code, one.settlements) for one in made]
    )
    cases: dict[str, object] = {str(one.id): one.case for one in made}
    await emit(session, *(_told(one) for one in made), case_of=lambda event: cases[event.key])
    await posting.post_facts(session, [_fact(one) for one in made], strict=True)
    await record(session, *(_audit(one) for one in made))


def _renamed(part: Settlement, numbers: Mapping[UUID, str]) -> Settlement:
    # Money on account of a payment of the same batch: it had no number yet when it was used.
    number = numbers.get(part.item.id)
    return part if number is None else replace(part, item=replace(part.item, number=number))


def _row(one: _Made) -> dict[str, object]:
    asked, given = one.asked, one.asked.given
    return {
        "id": one.id, "number": one.number, "company": asked.company.code, "version": 1, "status": "posted",
        "direction": given.direction.value, "partner": asked.partner, "currency": asked.company.currency,
        "bank_account": given.bank_account, "reference": given.reference,
        "order_id": asked.order[0] if asked.order else None, "order_number": asked.order[1] if asked.order else "",
        "amount": given.amount, "on_account": one.on_account, "business_date": asked.day,
        "posting_date": asked.posting_date,
    }  # fmt: skip


def _on_account(one: _Made) -> OpenItem:
    asked = one.asked
    return OpenItem(
        id=derived(one.id, "on_account"), company=asked.company.code, side=Side.RECEIVABLE, partner=asked.partner,
        document_type="on_account", document_id=one.id, number=one.number,
        order_id=asked.order[0] if asked.order else None, order_number=asked.order[1] if asked.order else "",
        currency=asked.company.currency, amount=-one.on_account, open_amount=-one.on_account, business_date=asked.day,
        due_date=asked.day,
    )  # fmt: skip


def _told(one: _Made) -> PaymentReceived | PaymentMade:
    asked, given = one.asked, one.asked.given
    told = Payment(
        id=one.id, number=one.number, company=asked.company.code, business_date=asked.day.isoformat(),
        posting_date=asked.posting_date.isoformat(), partner=asked.partner, currency=asked.company.currency,
        amount=given.amount, bank_account=given.bank_account, reference=given.reference,
        allocations=_allocations(one.settlements), on_account=one.on_account,
        order=asked.order[0] if asked.order else None, order_number=asked.order[1] if asked.order else "",
    )  # fmt: skip
    incoming = given.direction is Direction.RECEIVED
    return PaymentReceived(payment=told) if incoming else PaymentMade(payment=told)


def _fact(one: _Made) -> PostingFact:
    asked, given = one.asked, one.asked.given
    orders = (part.item.order_number for part in one.settlements if part.item.order_id == one.case)
    topic = PAID_IN if given.direction is Direction.RECEIVED else PAID_OUT
    return PostingFact(
        topic=ADVANCE_APPLIED if given.from_advance else topic, source_event=None, source_id=one.id,
        source_number=one.number, company=asked.company.code, business_date=asked.day, posting_date=asked.posting_date,
        amounts={"amount": given.amount}, attributes={"bank_account": given.bank_account, "direction": given.direction.value}, partner=asked.partner,
        currency=asked.company.currency, case_id=one.case, case_number=next(orders, ""),
    )  # fmt: skip


def _audit(one: _Made) -> AuditEntry:
    given = one.asked.given
    return AuditEntry(
        action=f"finance.payment.{given.direction.value}", document_type="finance.payment", document_id=one.id,
        number=one.number, company=one.asked.company.code,
        after={
            "partner": one.asked.partner, "amount": given.amount, "on_account": one.on_account,
            "settled": {part.item.number: str(part.amount) for part in one.settlements},
        },
    )  # fmt: skip


def _allocations(settlements: Sequence[Settlement]) -> list[Allocation]:
    return [
        trusted(Allocation, {
            "open_item": one.item.id, "document_number": one.item.number, "order": one.item.order_id,
            "amount": one.amount,
        })
        for one in settlements
    ]  # fmt: skip


async def find_payment(
    session: AsyncSession, reference: str
) -> tuple[Row[Any], Sequence[Mapping[str, object]]]:
    """A payment by id or number, with what it settled."""
    row = await store.find(session, reference)
    if row is None:
        raise NotFound(what=("payment", "收付款单"))
    return row, (await open_items.allocations_of(session, [row.id]))[row.id]


async def found(
    session: AsyncSession, ids: Sequence[UUID]
) -> Mapping[UUID, tuple[Row[Any], Sequence[Mapping[str, object]]]]:
    """These payments, each with what it settled."""
    rows = await store.found(session, ids)
    settled = await open_items.allocations_of(session, ids)
    return {one: (rows[one], settled[one]) for one in rows}


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
