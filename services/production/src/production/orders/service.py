"""What can be done with production orders: make, release, ask for their material, cancel."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import RowMapping, Select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import numbers
from chassis.audit import AuditEntry, record
from chassis.auth import Principal
from chassis.errors import BusinessError, NotFound
from chassis.http import check_version
from chassis.ids import uuid7
from chassis.outbox import emit
from production.boms import service as boms
from production.boms.rules import NoBom
from production.costing import service as costing
from production.orders import rules, store
from production.orders.rules import (
    IMPLICIT,
    ZERO,
    Component,
    NothingToIssue,
    Operation,
    Order,
)
from production.replicas import service as replicas
from production.replicas.rules import check_quantity
from production.routings import service as routings
from tongheng_contracts.production import (
    MaterialRequest,
    MaterialRequested,
    MaterialRequestLine,
    ProductionComponent,
    ProductionOrder,
    ProductionOrderChanged,
    ProductionOrderReleased,
)
from tongheng_contracts.production import ProductionOrderStatus as Status

WHAT = ("production order", "生产订单")


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order as it was entered; references are codes or ids."""

    company: str
    item: str
    quantity: Decimal
    warehouse: str
    start_date: date | None = None
    due_date: date | None = None
    demand_order: UUID | None = None
    demand_line: int | None = None
    planned_order: UUID | None = None
    business_date: date | None = None


def document_of(order: Order) -> ProductionOrder:
    """The order as others see it."""
    return ProductionOrder(
        id=order.id,
        number=order.number,
        company=order.company,
        version=order.version,
        status=order.status.value,
        business_date=order.business_date.isoformat(),
        item=order.item,
        quantity=order.quantity,
        unit=order.unit,
        warehouse=order.warehouse,
        start_date=order.start_date.isoformat() if order.start_date else None,
        due_date=order.due_date.isoformat() if order.due_date else None,
        demand_order=order.demand_order,
        quantity_completed=order.quantity_completed,
        quantity_scrapped=order.quantity_scrapped,
        components=[
            ProductionComponent(
                line=c.line,
                item=c.item,
                quantity=c.quantity,
                unit=c.unit,
                warehouse=c.warehouse,
                backflush=c.backflush,
            )
            for c in order.components
        ],
    )


async def add_orders(
    session: AsyncSession, caller: Principal | None, asked: Sequence[NewOrder | BusinessError]
) -> list[Order | BusinessError]:
    """Make orders, each with its bill and routing as they are on its day; or refuse it with its reason."""
    results: list[Order | BusinessError] = []
    for each in asked:
        if isinstance(each, BusinessError):
            results.append(each)
            continue
        try:
            results.append(await _made(session, caller, each))
        except BusinessError as refusal:
            results.append(refusal)
    made = [each for each in results if isinstance(each, Order)]
    by_year: dict[int, list[int]] = {}
    for index, each in enumerate(results):
        if isinstance(each, Order):
            by_year.setdefault(each.business_date.year, []).append(index)
    for year, places in by_year.items():
        drawn = await numbers.draw(session, "order_numbers", "MO", year, len(places))
        for index, number in zip(places, drawn, strict=True):
            order = results[index]
            assert isinstance(order, Order)
            results[index] = replace(order, number=number)
    made = [each for each in results if isinstance(each, Order)]
    await store.add(session, made)
    await _record(session, "production.order.add", [(None, each) for each in made])
    return results


async def _made(session: AsyncSession, caller: Principal | None, asked: NewOrder) -> Order:
    company = await replicas.resolve_company(session, asked.company)
    if caller is not None:
        caller.check_company(company.code)
    item = (await replicas.resolve_items(session, {asked.item: "/item"}))[asked.item]
    check_quantity(item, asked.quantity, field="/quantity")
    places = await replicas.resolve_warehouses(
        session, company.code, {asked.warehouse: "/warehouse"}
    )
    warehouse = places[asked.warehouse].code
    day = asked.business_date or await replicas.today(session, company.code)
    on = asked.start_date or day
    bom = await boms.bom_for(session, company.code, item.code, on, warehouse)
    needs = await boms.needs_of(session, bom, asked.quantity, on, warehouse)
    if not needs:
        raise NoBom(item=item.code, day=on.isoformat(), field="/item")
    known = await replicas.find_items(session, {need.item for need in needs})
    routing = await routings.routing_for(session, company.code, item.code, on, warehouse)
    steps = (
        tuple(
            Operation(
                operation=s.operation,
                work_centre=s.work_centre,
                description=s.description,
                setup_hours=s.setup_hours,
                run_hours=s.run_hours,
                queue_hours=s.queue_hours,
                setup_family=s.setup_family,
                supplier=s.supplier,
            )
            for s in routing.steps
        )
        if routing is not None
        else (Operation(operation=IMPLICIT, work_centre=""),)
    )
    return Order(
        id=uuid7(),
        number="",
        company=company.code,
        version=1,
        status=Status.PLANNED,
        item=item.code,
        unit=item.base_unit,
        quantity=asked.quantity,
        warehouse=warehouse,
        start_date=asked.start_date,
        due_date=asked.due_date,
        bom=bom.id,
        routing=routing.id if routing is not None else None,
        demand_order=asked.demand_order,
        demand_line=asked.demand_line,
        planned_order=asked.planned_order,
        quantity_completed=ZERO,
        business_date=day,
        posting_date=day,
        components=tuple(
            Component(
                line=n,
                item=need.item,
                unit=known[need.item].base_unit,
                quantity=need.quantity,
                decimals=known[need.item].quantity_decimals,
                warehouse=warehouse,
                operation=need.operation,
                backflush=need.backflush,
            )
            for n, need in enumerate(needs, start=1)
        ),
        operations=steps,
    )


async def _record(
    session: AsyncSession, action: str, changes: Sequence[tuple[Order | None, Order]]
) -> None:
    await record(
        session,
        *(
            AuditEntry(
                action=action,
                document_type="production.order",
                document_id=after.id,
                number=after.number,
                company=after.company,
                before=None
                if before is None
                else {"status": before.status, "completed": before.quantity_completed},
                after={
                    "status": after.status,
                    "item": after.item,
                    "quantity": after.quantity,
                    "completed": after.quantity_completed,
                },
            )
            for before, after in changes
        ),
    )


def case_of(order: Order) -> UUID:
    """The business case: the sales order that it is made for, else its own."""
    return order.demand_order or order.id


async def lock(session: AsyncSession, refs: Collection[str]) -> list[Order]:
    """The orders named, locked in order of id, given in the order asked."""
    found = await store.ids_of(session, refs)
    if len(found) < len(set(refs)):
        raise NotFound(what=WHAT)
    locked = await lock_ids(session, set(found.values()))
    if locked.keys() < set(
        found.values()
    ):  # some are read to decide upon others, and not his to change
        raise NotFound(what=WHAT)
    return [locked[found[ref]] for ref in refs]


async def lock_ids(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Order]:
    """The orders with these ids that there are, locked in order of id."""
    if not ids:
        return {}
    return {o.id: o for o in await store.load(session, store.are_orders(ids), lock=True)}


async def save(session: AsyncSession, action: str, changes: Sequence[tuple[Order, Order]]) -> None:
    """Write changed orders; each change is a version, and those of the head are told."""
    await store.save(session, changes)
    told = [
        after
        for before, after in changes
        if (before.status, before.quantity_completed, before.due_date)
        != (after.status, after.quantity_completed, after.due_date)
        and before.status is not Status.PLANNED
    ]
    cases = {str(order.id): case_of(order) for order in told}
    await emit(
        session,
        *(ProductionOrderChanged(order=document_of(order)) for order in told),
        case_of=lambda event: cases[event.key],
    )
    await _record(session, action, [(before, after) for before, after in changes])


async def release_orders(
    session: AsyncSession, refs: Sequence[str], *, expected: int | None = None
) -> list[Order]:
    """Let orders be worked on: inventory sets their material aside."""
    locked = {order.id: order for order in await lock(session, refs)}.values()
    for order in locked:
        check_version(expected, order.version)
    changes = [(order, rules.advance(order, Status.RELEASED)) for order in locked]
    await store.save(session, changes)
    cases = {str(after.id): case_of(after) for _, after in changes}
    await emit(
        session,
        *(ProductionOrderReleased(order=document_of(after)) for _, after in changes),
        case_of=lambda event: cases[event.key],
    )
    await _record(session, "production.order.release", [(b, a) for b, a in changes])
    return [after for _, after in changes]


async def cancel_order(session: AsyncSession, ref: str, *, expected: int | None = None) -> Order:
    """Give an order up that nothing has gone into yet."""
    (before,) = await lock(session, [ref])
    check_version(expected, before.version)
    work = (await costing.in_work(session, [before.id]))[before.id]
    after = rules.cancel(before, has_cost=work.total != ZERO)
    await save(session, "production.order.cancel", [(before, after)])
    return after


async def reschedule(
    session: AsyncSession,
    ref: str,
    start_date: date | None,
    due_date: date | None,
    *,
    expected: int | None = None,
) -> Order:
    """Move an order that is not finished to other days."""
    (before,) = await lock(session, [ref])
    check_version(expected, before.version)
    if before.status not in (Status.PLANNED, Status.RELEASED):
        rules.advance(before, Status.PLANNED)
    after = replace(
        before,
        start_date=start_date or before.start_date,
        due_date=due_date or before.due_date,
        version=before.version + 1,
    )
    await save(session, "production.order.reschedule", [(before, after)])
    return after


async def issue_material(
    session: AsyncSession, ref: str, quantities: Mapping[int, Decimal] | None
) -> Order:
    """Ask inventory for an order's material: all that was not asked for yet, or some lines."""
    (before,) = await lock(session, [ref])
    before.check_released()
    wanted = rules.outstanding(before) if quantities is None else dict(quantities)
    if not wanted:
        raise NothingToIssue(number=before.number)
    after = await request(session, before, wanted, reason="issue")
    after = replace(after, version=before.version + 1)
    await save(session, "production.order.issue", [(before, after)])
    return after


async def request(
    session: AsyncSession,
    order: Order,
    quantities: Mapping[int, Decimal],
    *,
    reason: str,
    day: date | None = None,
) -> Order:
    """Ask inventory for material; the order with what is asked, which the caller saves."""
    if not quantities:
        return order
    asked = rules.ask(order, quantities)
    on = day or await replicas.today(session, order.company)
    (number,) = await numbers.draw(session, "request_numbers", "MR", on.year)
    fact = MaterialRequest(
        id=uuid7(),
        number=number,
        company=order.company,
        business_date=on.isoformat(),
        posting_date=on.isoformat(),
        order=order.id,
        order_number=order.number,
        reason=reason,
        lines=[
            MaterialRequestLine(
                line=line,
                item=c.item,
                quantity=quantity,
                unit=c.unit,
                warehouse=c.warehouse,
            )
            for line, quantity in sorted(quantities.items())
            for c in (order.component(line),)
        ],
    )
    await store.add_requests(session, [fact])
    await emit(session, MaterialRequested(request=fact), case=case_of(order))
    return asked


async def get(session: AsyncSession, ref: str) -> Order:
    """One order by id or number."""
    found = await store.load(session, store.is_order(ref))
    if not found:
        raise NotFound(what=WHAT)
    return found[0]


async def with_lines(session: AsyncSession, heads: Sequence[RowMapping]) -> list[Order]:
    """The listed orders with their lines."""
    return await store.with_lines(session, heads)


def listing(**filters: object) -> Select[tuple[object, ...]]:
    """Orders by what a planner looks for."""
    return store.listing(**filters)


async def open_orders(
    session: AsyncSession, company: str, items: Collection[str] | None = None
) -> list[Order]:
    """A company's orders that are not finished; only those that make or need some items when these are named."""
    return await store.open_orders(session, company, items)


async def by_ids(session: AsyncSession, ids: Collection[UUID]) -> list[Order]:
    """The orders with these ids that there are."""
    return await store.load(session, store.are_orders(ids)) if ids else []


async def made_for(session: AsyncSession, sales_order: UUID, ids: Collection[UUID]) -> list[Order]:
    """The orders that are made for a sales order, and those with the ids given."""
    return await store.load(session, store.is_for(sales_order) | store.are_orders(ids))
