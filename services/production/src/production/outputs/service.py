"""Handing over what orders make, at their cost; closing orders with what is left in work."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import numbers
from chassis.errors import InvalidState
from chassis.http import check_version
from chassis.ids import uuid7
from chassis.outbox import emit
from production.boms import service as boms
from production.costing import service as costing
from production.costing.rules import ZERO, CostEntry, Costs, EntryKind, entries_of
from production.inspections import service as inspections
from production.orders import rules as order_rules
from production.orders import service as orders
from production.orders.rules import Order
from production.outputs import store
from production.outputs.rules import Completed, Made, beside_of, complete, is_final
from production.replicas import service as replicas
from production.replicas.rules import check_quantity
from tongheng_contracts.inventory import Issue, ProductionReceipt
from tongheng_contracts.production import (
    Output,
    OutputLine,
    OutputReported,
    ProductionClosing,
    ProductionOrderClosed,
)
from tongheng_contracts.production import ProductionOrderStatus as Status


@dataclass(frozen=True, slots=True)
class Completion:
    """What is handed over, as it was entered."""

    quantity: Decimal
    warehouse: str | None = None
    lot: str = ""
    final: bool = False
    business_date: date | None = None


async def complete_order(
    session: AsyncSession, ref: str, asked: Completion, *, expected: int | None = None
) -> Order:
    """Hand over good pieces. Its cost is stated as soon as all material asked for has been given out.

    Raises:
        TooMuchCompleted: more than is good.
    """
    (before,) = await orders.lock(session, [ref])
    check_version(expected, before.version)
    before.check_released()
    item = (await replicas.resolve_items(session, {before.item: "/item"}))[before.item]
    check_quantity(item, asked.quantity, field="/quantity")
    order_rules.check_completion(before, asked.quantity)
    if before.is_reported:
        order_rules.check_inspected(
            before, asked.quantity, await inspections.waiting(session, before)
        )
    warehouse = before.warehouse
    if asked.warehouse is not None:
        places = await replicas.resolve_warehouses(
            session, before.company, {asked.warehouse: "/warehouse"}
        )
        warehouse = places[asked.warehouse].code
    day = asked.business_date or await replicas.today(session, before.company)
    now = before
    if not before.is_reported:
        now = await _reported(session, before, asked.quantity, day)
    left = now.quantity_left
    final = is_final(wanted=asked.final, quantity=asked.quantity, left=left)
    now = replace(
        now,
        quantity_completed=now.quantity_completed + asked.quantity,
        version=before.version + 1,
        status=Status.COMPLETED if final else now.status,
    )
    (number,) = await numbers.draw(session, "output_numbers", "OP", day.year)
    await store.add(
        session,
        {
            "id": uuid7(),
            "number": number,
            "company": before.company,
            "order_id": before.id,
            "status": "waiting",
            "kind": "main",
            "quantity": asked.quantity,
            "warehouse": warehouse,
            "lot": asked.lot,
            "final": final,
            "receipt": "",
            "business_date": day,
            "posting_date": day,
        },
    )
    await orders.save(session, "production.order.complete", [(before, now)])
    await _state_waiting(session, now)
    return now


async def _reported(session: AsyncSession, order: Order, quantity: Decimal, day: date) -> Order:
    # An item without a routing: what is handed over went through its one operation, and used up what it needs.
    (operation,) = order.operations
    good = order.quantity_completed + quantity
    now = order_rules.with_operation(order, replace(operation, good=good))
    used = order_rules.backflush(now, operation.operation, good)
    return await orders.request(session, now, used, reason="backflush", day=day)


async def _state_waiting(session: AsyncSession, order: Order) -> None:
    """Give their cost to what was handed over, when nothing that was asked for is still to come."""
    if order.awaits_material:
        return
    rows = await store.waiting(session, order.id)
    if not rows:
        return
    work = (await costing.in_work(session, [order.id]))[order.id]
    bom = None if order.bom is None else await boms.get(session, str(order.bom))
    earlier = order.quantity_completed - sum((row["quantity"] for row in rows), ZERO)
    for row in rows:
        left = order.quantity - order.quantity_scrapped - earlier
        main = Made(order.item, order.unit, row["quantity"], row["warehouse"], row["lot"], "main")
        beside = (
            beside_of(bom.outputs, bom.base_quantity, row["quantity"], row["warehouse"])
            if bom is not None
            else ((), (), ())
        )
        lines = complete(Completed(main, *beside), work, left=left, final=row["final"])
        await _state(session, order, row, lines)
        work = work - sum((line.costs for line in lines), Costs())
        earlier += row["quantity"]


async def _state(
    session: AsyncSession, order: Order, row: RowMapping, lines: Sequence[Made]
) -> None:
    fact = Output(
        id=row["id"],
        number=row["number"],
        company=order.company,
        business_date=row["business_date"].isoformat(),
        posting_date=row["posting_date"].isoformat(),
        order=order.id,
        order_number=order.number,
        final=row["final"],
        lines=[_line(n, made) for n, made in enumerate(lines, start=1)],
        cost=sum((made.costs.total for made in lines), ZERO),
    )
    entries: list[CostEntry] = []
    for n, made in enumerate(lines, start=1):
        entries += entries_of(
            -made.costs,
            order=order.id,
            company=order.company,
            kind=EntryKind.BY_PRODUCT if made.kind == "by" else EntryKind.OUTPUT,
            source=fact.id,
            number=fact.number,
            line=n,
            item=made.item,
            quantity=made.quantity,
        )
    await costing.enter(session, entries)
    await store.state(session, fact)
    await emit(session, OutputReported(output=fact), case=orders.case_of(order))


def _line(number: int, made: Made) -> OutputLine:
    return OutputLine(
        line=number,
        item=made.item,
        quantity=made.quantity,
        unit=made.unit,
        warehouse=made.warehouse,
        lot=made.lot,
        kind=made.kind,
        material=made.costs.material,
        labour=made.costs.labour,
        overhead=made.costs.overhead,
        subcontract=made.costs.subcontract,
        cost=made.costs.total,
    )


class NotWorthThat(InvalidState):
    """What falls off is said to be worth more than the material in work."""

    en = "Only {left} of material is in work for order {number}."
    zh = "订单 {number} 的在制材料仅余 {left}。"


async def hand_over_by_product(
    session: AsyncSession,
    order: Order,
    *,
    item: str,
    quantity: Decimal,
    value: Decimal,
    warehouse: str | None,
    day: date,
) -> None:
    """What fell off goes to stock at its value, which lowers the order's material cost."""
    known = (await replicas.resolve_items(session, {item: "/by_product/item"}))[item]
    check_quantity(known, quantity, field="/by_product/quantity")
    place = order.warehouse
    if warehouse is not None:
        found = await replicas.resolve_warehouses(
            session, order.company, {warehouse: "/by_product/warehouse"}
        )
        place = found[warehouse].code
    work = (await costing.in_work(session, [order.id]))[order.id]
    if value > work.material:
        raise NotWorthThat(left=f"{work.material:.2f}", number=order.number)
    (number,) = await numbers.draw(session, "output_numbers", "OP", day.year)
    row: dict[str, object] = {
        "id": uuid7(),
        "number": number,
        "company": order.company,
        "order_id": order.id,
        "status": "waiting",
        "kind": "by",
        "quantity": quantity,
        "warehouse": place,
        "lot": "",
        "final": False,
        "receipt": "",
        "business_date": day,
        "posting_date": day,
    }
    await store.add(session, row)
    made = Made(known.code, known.base_unit, quantity, place, "", "by", Costs(material=value))
    await _state(session, order, row, [made])  # pyright: ignore[reportArgumentType]


async def take_issues(session: AsyncSession, issues: Sequence[tuple[UUID, Issue]]) -> None:
    """Material was given out: it costs the order what inventory says, and outputs may get their cost now."""
    mine = [(event, issue) for event, issue in issues if issue.production_order is not None]
    locked = await orders.lock_ids(
        session, {issue.production_order for _, issue in mine if issue.production_order}
    )
    entries: list[CostEntry] = []
    given: dict[UUID, dict[int, Decimal]] = {}
    for event, issue in mine:
        assert issue.production_order is not None
        order = locked.get(issue.production_order)
        if order is None:
            continue
        lines = given.setdefault(order.id, {})
        known = {c.line for c in order.components}
        for line in issue.lines:
            entries += entries_of(
                Costs(material=line.cost),
                order=order.id,
                company=order.company,
                kind=EntryKind.ISSUE,
                source=event,
                number=issue.number,
                line=line.line,
                item=line.item,
                quantity=line.quantity,
            )
            if line.order_line in known:
                lines[line.order_line] = lines.get(line.order_line, ZERO) + line.quantity
    await costing.enter(session, entries)
    changes: list[tuple[Order, Order]] = []
    for ref in sorted(given):
        before = locked[ref]
        after = order_rules.receive(before, given[ref])
        changes.append((before, replace(after, version=before.version + 1)))
    await orders.save(session, "production.order.take_material", changes)
    for _, after in changes:
        await _state_waiting(session, after)


async def take_receipts(session: AsyncSession, receipts: Sequence[ProductionReceipt]) -> None:
    """Inventory has taken outputs in."""
    await store.mark_received(session, {each.output: each.number for each in receipts})


class AwaitsMaterial(InvalidState):
    """Material that was asked for is still to come."""

    en = "Order {number} still waits for material that it has asked for."
    zh = "订单 {number} 仍有未发出的请领物料。"


async def close_order(
    session: AsyncSession, ref: str, *, expected: int | None = None, day: date | None = None
) -> Order:
    """End an order: what is still in work leaves it as a variance. What comes later is closed again."""
    (before,) = await orders.lock(session, [ref])
    check_version(expected, before.version)
    if await store.waiting(session, before.id):
        raise AwaitsMaterial(number=before.number)
    work = (await costing.in_work(session, [before.id]))[before.id]
    after = before
    if before.status is not Status.CLOSED:
        after = order_rules.advance(before, Status.CLOSED)
    elif work.total == ZERO and not work.items():
        raise InvalidState(now=before.status)
    else:
        after = replace(before, version=before.version + 1)
    on = day or await replicas.today(session, before.company)
    (number,) = await numbers.draw(session, "closing_numbers", "CL", on.year)
    fact = ProductionClosing(
        id=uuid7(),
        number=number,
        company=before.company,
        business_date=on.isoformat(),
        posting_date=on.isoformat(),
        order=before.id,
        order_number=before.number,
        item=before.item,
        material=work.material,
        labour=work.labour,
        overhead=work.overhead,
        subcontract=work.subcontract,
        cost=work.total,
    )
    await costing.enter(
        session,
        entries_of(
            -work,
            order=before.id,
            company=before.company,
            kind=EntryKind.VARIANCE,
            source=fact.id,
            number=fact.number,
            item=before.item,
        ),
    )
    await store.add_closing(session, fact)
    await emit(session, ProductionOrderClosed(closing=fact), case=orders.case_of(before))
    await orders.save(session, "production.order.close", [(before, after)])
    return after


async def outputs_of(session: AsyncSession, ids: Collection[UUID]) -> Sequence[RowMapping]:
    """What orders have made, as it was handed over."""
    return await store.of_orders(session, ids) if ids else []
