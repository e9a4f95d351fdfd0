"""Valuation as other features use it: a book is opened under the items' locks, written once; later costs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis import numbers
from chassis.ids import derived
from chassis.outbox import emit
from inventory.stock import service as stock
from inventory.stock.rules import ZERO, ItemKey, Origin
from inventory.tallies import service as tallies
from inventory.tallies.rules import Tally
from inventory.valuation import store
from inventory.valuation.rules import (
    Book,
    Destination,
    Inflow,
    ItemValue,
    TracedShare,
    trace,
    whereabouts,
)
from tongheng_contracts.finance import Bill, BillLine
from tongheng_contracts.inventory import (
    CostAdjusted,
    CostAdjustment,
    CostAdjustmentLine,
    CostShare,
)


async def open_book(session: AsyncSession, keys: Collection[ItemKey]) -> Book:
    """Lock the items, and read where they lie and what they are worth.

    The lock is taken first of all: documents, and then orders, are locked after it.
    """
    if not keys:
        return Book({}, {})
    values = await store.lock(session, keys)
    balances = await stock.balances_of(session, keys)
    return Book(values, {balance.key: balance for balance in balances})


async def lock_held(session: AsyncSession, keys: Collection[ItemKey]) -> dict[ItemKey, ItemValue]:
    """Lock items that something is held of, and read what they are worth."""
    return await store.lock(session, keys, known=True) if keys else {}


async def write(session: AsyncSession, book: Book) -> None:
    """Write the moves with the balances and values that follow from them.

    Raises:
        InsufficientStock: a balance would go below what is reserved there.
    """
    changed = book.changed_balances()
    await stock.make_places(session, changed)
    if not await store.post(session, changed, book.moves, book.changed_values()):
        raise stock.refusal(changed)
    book.written()


async def values_of(session: AsyncSession, keys: Collection[ItemKey]) -> dict[ItemKey, Decimal]:
    """What some items are worth."""
    return await store.values_of(session, keys) if keys else {}


async def items_of(session: AsyncSession, bills: Sequence[Bill]) -> set[ItemKey]:
    """The items that bills bring differences to."""
    lines = [line for bill in bills for line in _different(bill)]
    inflows = await store.inflows(session, {_place(line) for line in lines}) if lines else {}
    return {inflow.key for inflow in inflows.values()}


def _different(bill: Bill) -> list[BillLine]:
    return [line for line in bill.lines if line.difference and line.receipt is not None]


async def adjust_costs(session: AsyncSession, bills: Sequence[Bill]) -> None:
    """Bring the price differences of bills to where the goods are: once per bill, no old entry is touched."""
    if not bills:
        return
    known = await store.causes_known(session, [bill.id for bill in bills])
    wanted = {bill.id: _different(bill) for bill in bills if bill.id not in known}
    bills = [bill for bill in bills if wanted.get(bill.id)]
    if not bills:
        return
    inflows = await store.inflows(session, {_place(x) for lines in wanted.values() for x in lines})
    book = await open_book(session, {inflow.key for inflow in inflows.values()})
    drawn = await numbers.draw(
        session,
        "cost_adjustment_numbers",
        "CA",
        date.fromisoformat(bills[0].posting_date).year,
        len(bills),
    )
    facts = [
        await _adjust(session, book, bill, wanted[bill.id], inflows, number)
        for bill, number in zip(bills, drawn, strict=True)
    ]
    await write(session, book)
    await store.insert_cost_adjustments(session, facts)
    await tallies.add(session, [tally for fact in facts for tally in _tallies(fact)])
    for fact in facts:
        await emit(session, CostAdjusted(adjustment=fact))


def _place(line: BillLine) -> tuple[UUID, int]:
    assert line.receipt is not None, "a difference names its receipt"
    assert line.receipt_line is not None, "a difference names its receipt line"
    return (line.receipt, line.receipt_line)


async def _adjust(
    session: AsyncSession,
    book: Book,
    bill: Bill,
    lines: Sequence[BillLine],
    inflows: Mapping[tuple[UUID, int], Inflow],
    number: str,
) -> CostAdjustment:
    fact = derived(bill.id, "cost")
    origin = Origin(
        "inventory.CostAdjusted",
        fact,
        number,
        date.fromisoformat(bill.business_date),
        date.fromisoformat(bill.posting_date),
    )
    made: list[CostAdjustmentLine] = []
    for n, line in enumerate(lines, start=1):
        receipt, receipt_line = _place(line)
        inflow = inflows[receipt, receipt_line]
        shares = await _trace(session, book, inflow, line.difference)
        on_hand = sum((s.amount for s in shares if s.destination == Destination.ON_HAND), ZERO)
        if on_hand:
            book.revalue(inflow.key, on_hand, unit=inflow.unit, origin=origin, line=n)
        made.append(
            CostAdjustmentLine(
                receipt=receipt,
                receipt_line=receipt_line,
                item=inflow.key.item,
                valuation_class=book.values[inflow.key].valuation_class,
                quantity=line.quantity,
                amount=line.difference,
                shares=[CostShare(destination=s.destination, amount=s.amount) for s in shares],
            )
        )
    return CostAdjustment(
        id=fact,
        number=number,
        company=bill.company,
        business_date=bill.business_date,
        posting_date=bill.posting_date,
        cause="bill",
        cause_id=bill.id,
        cause_number=bill.number,
        supplier=bill.supplier,
        lines=made,
        amount=sum((line.amount for line in made), ZERO),
    )


async def _trace(
    session: AsyncSession, book: Book, inflow: Inflow, difference: Decimal
) -> list[TracedShare]:
    gone = await store.outflows(session, inflow.key, inflow.end - inflow.quantity, inflow.end)
    places = whereabouts(inflow.end, inflow.quantity, gone)
    fallback = await store.last_destination(session, inflow.key)
    return trace(
        difference,
        places,
        bearable=book.values[inflow.key].amount,
        fallback=fallback or Destination.EXPENSE,
    )


def _tallies(fact: CostAdjustment) -> list[Tally]:
    return [
        Tally(fact.company, "cost_adjusted", share.amount, ZERO, share.destination)
        for line in fact.lines
        for share in line.shares
    ]


async def class_totals(
    session: AsyncSession, cut: datetime
) -> list[tuple[str, str, Decimal, Decimal, int]]:
    """Value, quantity and number of items by company and valuation class at the cut."""
    return await store.class_totals(session, cut)
