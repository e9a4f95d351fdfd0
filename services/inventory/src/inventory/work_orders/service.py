"""Stock set aside for production orders, and what they have asked for; the caller holds the items' locks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.outbox import emit
from inventory.stock.rules import ZERO, Balance, ItemKey
from inventory.supplies import service as supplies
from inventory.valuation.rules import Book
from inventory.work_orders import store
from inventory.work_orders.rules import (
    RELEASED,
    Component,
    Hold,
    Request,
    Short,
    free_in,
    shortages,
)
from tongheng_contracts.inventory import Expected, MaterialShort, Reservation, ReservationLine
from tongheng_contracts.production import MaterialRequest, ProductionOrder


async def items_of(
    session: AsyncSession, orders: Sequence[ProductionOrder], requests: Sequence[MaterialRequest]
) -> set[ItemKey]:
    """The items that these documents concern, by what they say now and by what they said before."""
    keys = {ItemKey(o.company, c.item) for o in orders for c in o.components}
    keys |= {ItemKey(r.company, line.item) for r in requests for line in r.lines}
    if orders:
        known = await store.components_of(session, [order.id for order in orders])
        keys |= {component.item_key for component in known}
    return keys


async def keep_orders(
    session: AsyncSession, book: Book, orders: Sequence[ProductionOrder]
) -> set[ItemKey]:
    """Set material aside for released orders, and let it go of ended ones; the items of which some became free."""
    if not orders:
        return set()
    newest = {o.id: o for o in sorted(orders, key=lambda order: order.version)}
    heads = [
        {
            "id": o.id,
            "number": o.number,
            "company": o.company,
            "version": o.version,
            "status": o.status,
            "item": o.item,
            "warehouse": o.warehouse,
            "demand_order": o.demand_order,
        }
        for o in newest.values()
    ]
    needs = [
        {
            "order_id": o.id,
            "line": c.line,
            "company": o.company,
            "item": c.item,
            "unit": c.unit,
            "warehouse": c.warehouse,
            "quantity": c.quantity,
        }
        for o in newest.values()
        for c in o.components
    ]
    changed = await store.keep(session, heads, needs)
    ended = [ref for ref in changed if newest[ref].status != RELEASED]
    freed = await _let_go(session, book, ended)
    active = [ref for ref in changed if newest[ref].status == RELEASED]
    await hold(session, book, await store.components_of(session, active) if active else [])
    return freed


async def hold(session: AsyncSession, book: Book, wanted: Sequence[Component]) -> None:
    """Set aside what is free for components, in the order given."""
    made: list[Hold] = []
    for component in wanted:
        places = [
            b
            for b in book.in_warehouse(component.item_key, component.warehouse)
            if b.id is not None
        ]
        for balance, quantity in free_in(places, component.missing):
            assert balance.id is not None
            book.hold(balance, quantity)
            made.append(
                Hold(
                    component.order_id,
                    component.line,
                    component.company,
                    component.item,
                    balance.id,
                    quantity,
                )
            )
    await store.add_holds(session, made)


async def _let_go(session: AsyncSession, book: Book, ids: Collection[UUID]) -> set[ItemKey]:
    gone = await store.holds_of(session, ids) if ids else []
    by_id = {b.id: b for b in book.balances.values()}
    for each in gone:
        book.hold(by_id[each.balance_id], -each.quantity)
    await store.let_go(session, gone)
    return {ItemKey(each.company, each.item) for each in gone}


async def hold_more(session: AsyncSession, book: Book, keys: Collection[ItemKey]) -> None:
    """Set aside what has come in, for the orders that lack it."""
    await hold(session, book, await store.lacking(session, keys) if keys else [])


async def ask(session: AsyncSession, requests: Sequence[MaterialRequest]) -> list[Request]:
    """Keep what production asks for; what is new of it."""
    return await store.add_requests(
        session,
        [
            Request(
                id=r.id,
                line=n,
                company=r.company,
                number=r.number,
                order_id=r.order,
                order_number=r.order_number,
                component=line.line,
                item=line.item,
                unit=line.unit,
                warehouse=line.warehouse,
                quantity=line.quantity,
                issued=ZERO,
                business_date=date.fromisoformat(r.business_date),
            )
            for r in requests
            for n, line in enumerate(r.lines, start=1)
        ],
    )


async def waiting(session: AsyncSession, keys: Collection[ItemKey]) -> list[Request]:
    """What was asked for of these items and is still to be given out."""
    return await store.waiting(session, keys) if keys else []


async def wanted(session: AsyncSession, keys: Collection[ItemKey]) -> set[ItemKey]:
    """Of these items those that production waits for, or lacks."""
    if not keys:
        return set()
    found = {request.item_key for request in await store.waiting(session, keys)}
    return found | {component.item_key for component in await store.lacking(session, keys)}


async def items_waited_for(session: AsyncSession, orders: Collection[UUID]) -> set[ItemKey]:
    """The items that these orders wait for."""
    return {r.item_key for r in await store.waiting_of(session, orders)} if orders else set()


async def take_from_holds(
    session: AsyncSession, book: Book, wanted: Sequence[Request]
) -> dict[tuple[UUID, int], list[tuple[Balance, Decimal]]]:
    """What is set aside for the components that are asked for: it is to be given out now, and no longer held."""
    orders = {request.order_id for request in wanted}
    left = await store.holds_of(session, orders)
    by_id = {b.id: b for b in book.balances.values()}
    found: dict[tuple[UUID, int], list[tuple[Balance, Decimal]]] = {}
    gone: list[Hold] = []
    for request in wanted:
        missing = request.left
        for n, each in enumerate(left):
            same = (each.order_id, each.line) == (request.order_id, request.component)
            taken = min(missing, each.quantity)
            if same and taken > ZERO and each.balance_id in by_id:
                left[n] = replace(each, quantity=each.quantity - taken)
                missing -= taken
                gone.append(replace(each, quantity=taken))
                found.setdefault((request.id, request.line), []).append(
                    (by_id[each.balance_id], taken)
                )
    await store.let_go(session, gone)
    return found


async def count_issued(session: AsyncSession, given: Sequence[tuple[Request, Decimal]]) -> None:
    """Count what was given out."""
    for request, quantity in given:
        request.issued += quantity
    await store.count_issued(session, given)


async def tell_shortages(
    session: AsyncSession,
    orders: Collection[UUID],
    promised: dict[tuple[str, str, str], Decimal],
) -> None:
    """Say what orders wait for that nobody has ordered, whenever that changes."""
    if not orders:
        return
    mine = await store.waiting_of(session, orders)
    before = await store.stated(session, orders)
    if not mine and not before:
        return
    keys = {request.item_key for request in mine}
    everybody = await waiting(session, keys)
    open_ones = await supplies.open_supplies(session, keys)
    found: dict[UUID, list[Short]] = {}
    for company, item, warehouse in sorted({(*r.item_key, r.warehouse) for r in mine}):
        asked = [r for r in everybody if (*r.item_key, r.warehouse) == (company, item, warehouse)]
        coming = [
            s for s in open_ones if (s.company, s.item, s.warehouse) == (company, item, warehouse)
        ]
        covered = shortages(asked, coming, promised.get((company, item, warehouse), ZERO))
        for request, short in zip(asked, covered, strict=True):
            if request.order_id in orders:
                found.setdefault(request.order_id, []).append(short)
    heads = {r.order_id: (r.order_number, r.company) for r in mine}
    told: list[MaterialShort] = []
    for order in sorted(orders):
        version, last = before.get(order, (0, None))
        if order not in heads and last is None:
            continue
        number, company = heads.get(order) or (last["number"], last["company"])
        document = _statement(order, number, company, version + 1, found.get(order, []), last)
        lines = [line.model_dump(mode="json") for line in document.lines]
        if last is None and not any(line.uncovered for line in document.lines):
            continue
        if last is not None and lines == last["lines"]:
            continue
        kept = {"number": number, "company": company, "lines": lines}
        await store.state(session, order, company, version + 1, kept)
        told.append(MaterialShort(reservation=document))
    await emit(session, *told, case_of=lambda event: event.key)


def _statement(
    order: UUID,
    number: str,
    company: str,
    version: int,
    short: Sequence[Short],
    last: Any,
) -> Reservation:
    lines: dict[int, ReservationLine] = {}
    if last is not None:
        # What is no longer missing is said to be so.
        for row in last["lines"]:
            line = ReservationLine.model_validate(row)
            lines[line.line] = line.model_copy(
                update={"shipped": line.quantity, "expected": [], "uncovered": ZERO}
            )
    sums: dict[int, list[Short]] = {}
    for each in short:
        sums.setdefault(each.line, []).append(each)
    for number_of, parts in sums.items():
        lines[number_of] = ReservationLine(
            line=number_of,
            item=parts[0].item,
            unit=parts[0].unit,
            quantity=sum((p.quantity for p in parts), ZERO),
            cancelled=ZERO,
            held=[],
            shipped=sum((p.issued for p in parts), ZERO),
            expected=[
                Expected(
                    source=supply.number,
                    source_id=supply.order_id,
                    source_line=supply.line,
                    warehouse=supply.warehouse,
                    quantity=quantity,
                    date=supply.due_date.isoformat() if supply.due_date else None,
                )
                for p in parts
                for supply, quantity in p.expected
            ],
            uncovered=sum((p.uncovered for p in parts), ZERO),
            warehouse=parts[0].warehouse,
        )
    return Reservation(
        id=order,
        number=number,
        company=company,
        version=version,
        order_version=version,
        released=False,
        lines=[lines[n] for n in sorted(lines)],
    )


async def find(session: AsyncSession, ref: str) -> Row[Any] | None:
    """A production order by id or number."""
    return await store.find(session, ref)


async def components_of(session: AsyncSession, order: UUID) -> list[Component]:
    """What an order needs, holds and was given."""
    return await store.components_of(session, [order])


async def held_totals(session: AsyncSession) -> dict[str, tuple[Decimal, int]]:
    """What is set aside for production orders per company, and by how many holds."""
    return await store.held_totals(session)
