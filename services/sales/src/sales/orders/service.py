"""What can be done with sales orders, and what the other services' facts do to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.auth import Principal
from chassis.errors import (
    BusinessError,
    Duplicate,
    Forbidden,
    InvalidState,
    NotFound,
    OutOfScope,
    UnknownReference,
)
from chassis.http import check_version
from chassis.ids import uuid7
from chassis.numbers import draw
from chassis.outbox import emit
from chassis.paging import Page, PageRequest, page
from sales.credit import service as credit
from sales.credit.rules import Request
from sales.orders import rules, store
from sales.orders.rules import CancelLine, Line, Order, Reserved, ReservedLine
from sales.orders.tables import orders as orders_table
from sales.pricing.rules import price_line
from sales.replicas import service as replicas
from sales.replicas.rules import Company, Item, Partner, Warehouse
from tongheng_contracts.envelope import Event
from tongheng_contracts.inventory import Reservation, Shipment
from tongheng_contracts.sales import (
    OrderCancelled,
    OrderChanged,
    OrderPlaced,
    OrderStatus,
    SalesOrder,
    SalesOrderLine,
)

ZERO = Decimal(0)
BACKDATE = "sales.order.backdate"


@dataclass(frozen=True, slots=True)
class WantedLine:
    """A line as it was asked for."""

    item: str
    quantity: Decimal
    unit: str | None = None
    unit_price: Decimal | None = None
    warehouse: str | None = None


@dataclass(frozen=True, slots=True)
class WantedOrder:
    """An order as it was asked for; references by code or id."""

    company: str
    customer: str
    lines: Sequence[WantedLine]
    currency: str | None = None
    priority: int = 100
    requested_date: date | None = None
    business_date: date | None = None
    channel_number: str | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """That an order was invoiced, credited or paid, by a fact of finance."""

    source_event: UUID
    order: UUID
    company: str
    kind: str
    """invoice, credit_note, reduction (goods credited before they were invoiced) or payment."""
    document: UUID
    number: str
    amount: Decimal
    business_date: str
    posting_date: str


@dataclass(frozen=True, slots=True)
class Known:
    """The master data that a batch of orders refers to."""

    companies: Mapping[str, Company]
    customers: Mapping[str, Partner]
    items: Mapping[str, Item]
    warehouses: Mapping[str, Warehouse]


@dataclass(frozen=True, slots=True)
class OrderDetails:
    """An order with what inventory says of it."""

    order: Order
    reserved: Sequence[Mapping[str, Any]] = ()
    shipments: Sequence[Any] = ()


# --- placing ---------------------------------------------------------------------------------------------------


async def place_orders(
    session: AsyncSession, caller: Principal, wanted: Sequence[WantedOrder | BusinessError]
) -> list[Order | BusinessError]:
    """Place orders: price them, ask for credit, hold what is beyond it. Each is answered, the good ones are written.

    What was refused already, while it was read, stays refused.
    """
    known = await _load_known(session, [want for want in wanted if isinstance(want, WantedOrder)])
    results: list[Order | BusinessError] = [
        _attempt(caller, known, want) if isinstance(want, WantedOrder) else want for want in wanted
    ]
    await _refuse_duplicates(session, results)
    placed = [result for result in results if isinstance(result, Order)]
    if not placed:
        return results
    await _decide_credit(session, known, placed)
    await _number(session, placed)

    recorded_at = await store.insert_orders(session, placed)
    for order in placed:
        order.placed_at = order.recorded_at = recorded_at
        order.loaded_version = order.version
    await credit.move_exposure(session, _moves(placed), locked=True)
    await record(session, *(_audit("place", order, before=None) for order in placed))
    await emit(session, *(OrderPlaced(order=document_of(order)) for order in placed), case_of=_case)
    return results


async def _load_known(session: AsyncSession, wanted: Sequence[WantedOrder]) -> Known:
    return Known(
        companies=await replicas.resolve_companies(session, (want.company for want in wanted)),
        customers=await replicas.resolve_partners(session, (want.customer for want in wanted)),
        items=await replicas.resolve_items(
            session, (line.item for want in wanted for line in want.lines)
        ),
        warehouses=await replicas.resolve_warehouses(
            session,
            (
                line.warehouse
                for want in wanted
                for line in want.lines
                if line.warehouse is not None
            ),
        ),
    )


def _attempt(caller: Principal, known: Known, want: WantedOrder) -> Order | BusinessError:
    try:
        return _drafted(caller, known, want)
    except BusinessError as refusal:
        return refusal


def _drafted(caller: Principal, known: Known, want: WantedOrder) -> Order:
    """The order as asked for, priced; nothing is written yet."""
    rules.check_lines(len(want.lines))
    company = _company_of(caller, known, want.company)
    customer = _customer_of(known, want.customer)
    if want.currency is not None and want.currency != company.currency:
        raise rules.CurrencyNotSupported(
            currency=want.currency, company_currency=company.currency, field="/currency"
        )
    today = replicas.day_in(company.time_zone)
    business_date = want.business_date or today
    now = datetime.now(UTC)  # until the database says
    if business_date < today and not caller.may(BACKDATE):
        raise Forbidden(permission=BACKDATE, field="/business_date")
    lines = [
        _line_of(caller, known, company, line, number=index + 1)
        for index, line in enumerate(want.lines)
    ]
    net, tax = rules.total_of(lines)
    return Order(
        id=uuid7(), number="", company=company.code, version=1, status=OrderStatus.PENDING,
        business_date=business_date, posting_date=business_date, customer=customer.code,
        currency=company.currency, priority=want.priority, requested_date=want.requested_date,
        channel_number=want.channel_number, placed_at=now, recorded_at=now, hold_reasons=(),
        amount_net=net, amount_tax=tax, lines=lines,
    )  # fmt: skip


def _company_of(caller: Principal, known: Known, reference: str) -> Company:
    company = known.companies.get(reference)
    if company is None or not caller.sees(company.code):
        if replicas.is_code(reference):
            caller.check_company(reference)
        # By id, what is outside the scope does not exist.
        raise UnknownReference(what=("company", "公司"), reference=reference, field="/company")
    if not company.active:
        raise InvalidState(
            en=f"Company {company.code} is no longer active.",
            zh=f"公司“{company.code}”已停用。",
            field="/company",
        )
    return company


def _customer_of(known: Known, reference: str) -> Partner:
    customer = known.customers.get(reference)
    if customer is None or not customer.customer:
        raise UnknownReference(what=("customer", "客户"), reference=reference, field="/customer")
    if customer.blocked or not customer.active:
        raise InvalidState(
            en=f"Customer {customer.code} is blocked or no longer active.",
            zh=f"客户“{customer.code}”已冻结或停用。",
            field="/customer",
        )
    return customer


def _line_of(
    caller: Principal, known: Known, company: Company, want: WantedLine, *, number: int
) -> Line:
    field = f"/lines/{number - 1}"
    item = known.items.get(want.item)
    if item is None:
        raise UnknownReference(what=("item", "物料"), reference=want.item, field=f"{field}/item")
    priced = price_line(
        item, quantity=want.quantity, unit=want.unit, unit_price=want.unit_price, field=field
    )
    return Line(
        line=number, item=item.code, quantity=priced.quantity, unit=priced.unit,
        warehouse=_warehouse_of(caller, known, company, want.warehouse, field=f"{field}/warehouse"),
        unit_price=priced.unit_price, amount_net=priced.amount_net, amount_tax=priced.amount_tax,
        tax_code=priced.tax_code, tax_rate=priced.tax_rate, price_source=priced.price_source,
    )  # fmt: skip


def _warehouse_of(
    caller: Principal, known: Known, company: Company, reference: str | None, *, field: str
) -> str | None:
    if reference is None:
        return None
    warehouse = known.warehouses.get(reference)
    if warehouse is not None and not caller.sees(warehouse.company) and replicas.is_code(reference):
        raise OutOfScope(what=(f"Warehouse {reference}", f"仓库“{reference}”"), field=field)
    if warehouse is None or warehouse.company != company.code:
        raise UnknownReference(what=("warehouse", "仓库"), reference=reference, field=field)
    if not warehouse.active:
        raise InvalidState(
            en=f"Warehouse {warehouse.code} is no longer active.",
            zh=f"仓库“{warehouse.code}”已停用。",
            field=field,
        )
    return warehouse.code


async def _refuse_duplicates(session: AsyncSession, results: list[Order | BusinessError]) -> None:
    """A channel's number stands for one order; asked under the customers' lock, so that two at once queue up."""
    numbered = [
        (index, (result.company, result.customer, result.channel_number))
        for index, result in enumerate(results)
        if isinstance(result, Order) and result.channel_number is not None
    ]
    if not numbered:
        return
    await credit.lock(session, ((company, customer) for _, (company, customer, _) in numbered))
    taken = await store.known_channel_numbers(session, [key for _, key in numbered])
    for index, (company, customer, number) in numbered:
        if (company, customer, number) in taken:
            results[index] = Duplicate(what=("An order", "订单"), field="/channel_number")
        taken.add((company, customer, number))


async def _decide_credit(session: AsyncSession, known: Known, placed: Sequence[Order]) -> None:
    # By the day it is now, for a limit ends whatever day the order bears.
    today = {
        company.code: replicas.day_in(company.time_zone) for company in known.companies.values()
    }
    requests = [
        Request((order.company, order.customer), order.amount_gross, today[order.company])
        for order in placed
    ]
    for order, reasons in zip(placed, await credit.decide(session, requests), strict=True):
        order.hold_reasons = reasons
        order.status = OrderStatus.ON_HOLD if reasons else OrderStatus.PENDING
        order.amount_open = rules.open_amount(order)


async def _number(session: AsyncSession, placed: Sequence[Order]) -> None:
    by_year: dict[int, list[Order]] = {}
    for order in placed:
        by_year.setdefault(order.business_date.year, []).append(order)
    for year, orders in sorted(by_year.items()):
        numbers = await draw(session, "order_numbers", "SO", year, len(orders))
        for order, number in zip(orders, numbers, strict=True):
            order.number = number


# --- commands on an order --------------------------------------------------------------------------------------


async def release_order(session: AsyncSession, reference: str, *, expected: int | None) -> Order:
    """Let a held order pass, whatever its customer's credit says; it counts from now on."""
    order = await _lock_one(session, reference, expected=expected)
    before = _told(order)
    rules.release(order)
    await _save(session, [order], audit=_audit("release", order, before=before))
    return order


async def amend_order(
    session: AsyncSession, reference: str, *, expected: int | None, changes: Mapping[str, Any]
) -> Order:
    """Change priority or requested date."""
    order = await _lock_one(session, reference, expected=expected)
    before = _told(order)
    changed = rules.amend(
        order,
        priority=changes.get("priority", order.priority),
        requested_date=changes.get("requested_date", order.requested_date),
    )
    if changed:
        await _save(session, [order], audit=_audit("change", order, before=before))
    return order


async def cancel_order(
    session: AsyncSession,
    reference: str,
    *,
    expected: int | None,
    lines: Sequence[CancelLine] | None,
    action: str,
) -> Order:
    """Ask that lines, or all that is open, be cancelled; a held order is cancelled at once.

    `action` is cancel or close: closing short is the same, asked for by somebody who is content with what was shipped.
    """
    order = await _lock_one(session, reference, expected=expected)
    before = _told(order)
    named = {line.item for line in order.lines} if lines is not None else set[str]()
    rules.request_cancellation(order, lines, items=await replicas.resolve_items(session, named))
    await _save(session, [order], audit=_audit(action, order, before=before))
    return order


async def _lock_one(session: AsyncSession, reference: str, *, expected: int | None) -> Order:
    order_id = await resolve_id(session, reference)
    order = (await store.load_orders(session, [order_id], lock=True)).get(order_id)
    if order is None:
        raise _not_found()
    check_version(expected, order.version)
    return order


async def lock_order(session: AsyncSession, order_id: UUID) -> Order:
    """An order whose shipped quantities stay as they are until the end of this transaction."""
    order = (await store.load_orders(session, [order_id], lock=True)).get(order_id)
    if order is None:
        raise _not_found()
    return order


async def resolve_id(session: AsyncSession, reference: str) -> UUID:
    """The id of an order given by id or number."""
    order_id = replicas.as_id(reference) or await store.find_id(session, number=reference)
    if order_id is None:
        raise _not_found()
    return order_id


def _not_found() -> NotFound:
    return NotFound(what=("sales order", "销售订单"))


# --- facts of other services -----------------------------------------------------------------------------------


async def take_reservations(
    session: AsyncSession, answers: Sequence[tuple[datetime, Reservation]]
) -> None:
    """Take in inventory's answers: progress, promised dates, and what of a cancellation was possible."""
    newest: dict[UUID, tuple[datetime, Reservation]] = {}
    for at, reservation in answers:
        if reservation.id not in newest or newest[reservation.id][1].version < reservation.version:
            newest[reservation.id] = (at, reservation)
    found = await _lock_known(session, newest, with_lines=False)
    taken = await store.save_reservations(session, [newest[order][1] for order in sorted(newest)])
    cancelling = {
        order: found[order] for order in taken if found[order].status is OrderStatus.CANCELLING
    }
    if cancelling:
        await store.load_lines(session, cancelling)
    companies = await replicas.resolve_companies(session, (found[order].company for order in taken))
    touched: list[Order] = []
    for order_id in sorted(taken):
        at, reservation = newest[order_id]
        order = found[order_id]
        company = companies.get(order.company)
        today = replicas.day_in(company.time_zone if company is not None else "", at)
        before = (order.status, order.promised_date)
        rules.apply_reservation(order, reserved_of(reservation), today=today)
        rules.close_if_settled(order)
        if order.changed or before != (order.status, order.promised_date):
            touched.append(order)
    await _save(session, touched)


def reserved_of(reservation: Reservation) -> Reserved:
    """Inventory's answer in our terms."""
    return Reserved(
        order_version=reservation.order_version,
        released=reservation.released,
        lines=tuple(
            ReservedLine(
                line=line.line,
                cancelled=line.cancelled,
                held=sum((held.quantity for held in line.held), ZERO),
                expected=tuple(
                    date.fromisoformat(supply.date) if supply.date else None
                    for supply in line.expected
                ),
                uncovered=line.uncovered,
            )
            for line in reservation.lines
        ),
    )


async def take_shipments(session: AsyncSession, shipped: Sequence[tuple[UUID, Shipment]]) -> None:
    """Count what has left: per line, in the customer's exposure, and towards completion."""
    found = await _lock_known(session, (shipment.order for _, shipment in shipped), with_lines=True)
    days = {
        day: date.fromisoformat(day)
        for _, one in shipped
        for day in (one.business_date, one.posting_date)
    }
    new = await store.insert_shipments(session, sorted(shipped, key=lambda pair: pair[1].id), days)
    fresh = [shipment for _, shipment in shipped if shipment.id in new]
    for shipment in fresh:
        order = found[shipment.order]
        quantities: dict[int, Decimal] = {}
        for line in shipment.lines:
            quantities[line.order_line] = quantities.get(line.order_line, ZERO) + line.quantity
        rules.apply_shipment(order, quantities, amount_gross=shipment.amount_gross)
    touched = [found[order] for order in sorted({shipment.order for shipment in fresh})]
    for order in touched:
        rules.close_if_settled(order)
    await credit.record_shipments(
        session,
        [
            credit.Shipped(
                one.id, (found[one.order].company, found[one.order].customer), one.amount_gross
            )
            for one in fresh
        ],
    )
    await _save(session, touched, accounts_locked=True)


async def take_settlements(session: AsyncSession, settlements: Sequence[Settlement]) -> None:
    """Count what was invoiced, credited and paid; an order that is settled is closed."""
    if not settlements:
        return
    found = await _lock_known(session, (one.order for one in settlements), with_lines=False)
    new = await store.insert_settlements(session, [_settlement_row(one) for one in settlements])
    touched: dict[UUID, Order] = {}
    for one in settlements:
        if (one.source_event, one.order) in new:
            order = touched[one.order] = found[one.order]
            rules.settle(order, one.kind, one.amount)
    for order in touched.values():
        rules.close_if_settled(order)
    closed = {order.id: order for order in touched.values() if order.changed}
    if closed:
        await store.load_lines(session, closed)
    await _save(session, [touched[order] for order in sorted(touched)])


def _settlement_row(one: Settlement) -> dict[str, object]:
    return {
        "source_event": one.source_event, "order_id": one.order, "company": one.company, "kind": one.kind,
        "document": one.document, "number": one.number, "amount": one.amount,
        "business_date": date.fromisoformat(one.business_date), "posting_date": date.fromisoformat(one.posting_date),
    }  # fmt: skip


async def _lock_known(
    session: AsyncSession, ids: Iterable[UUID], *, with_lines: bool
) -> dict[UUID, Order]:
    """The orders that facts tell of, locked. Sales made them all: a fact about another one cannot be right."""
    wanted = set(ids)
    found = await store.load_orders(session, wanted, lock=True, with_lines=with_lines)
    for missing in sorted(wanted - set(found)):
        raise UnknownReference(what=("sales order", "销售订单"), reference=missing)
    return found


# --- saving and telling ----------------------------------------------------------------------------------------


async def _save(
    session: AsyncSession,
    orders: Sequence[Order],
    *,
    audit: AuditEntry | None = None,
    accounts_locked: bool = False,
) -> None:
    """Write changed orders back, book what they count against credit, and tell of new versions."""
    await store.save_orders(session, orders)
    await store.save_lines(
        session,
        [
            (order.id, line)
            for order in orders
            for line in order.lines
            if line.progress != line.loaded
        ],
    )
    await credit.move_exposure(session, _moves(orders), locked=accounts_locked)
    if audit is not None:
        await record(session, audit)
    await emit(session, *(_event(order) for order in orders if order.changed), case_of=_case)


def _event(order: Order) -> Event:
    if order.status is OrderStatus.CANCELLED:
        return OrderCancelled(order=document_of(order))
    return OrderChanged(order=document_of(order))


def _case(event: Event) -> object:
    return event.key


def _moves(orders: Sequence[Order]) -> list[credit.Move]:
    return [
        credit.Move(
            (order.company, order.customer),
            order.id,
            order.amount_open - order.loaded_open,
            int(order.counting) - int(order.loaded_counting),
        )
        for order in orders
    ]


def document_of(order: Order) -> SalesOrder:
    """The order as it is published."""
    return SalesOrder(
        id=order.id, number=order.number, company=order.company, version=order.version, status=order.status.value,
        business_date=order.business_date.isoformat(), customer=order.customer, currency=order.currency,
        priority=order.priority,
        requested_date=order.requested_date.isoformat() if order.requested_date is not None else None,
        placed_at=order.placed_at.isoformat(), hold_reasons=list(order.hold_reasons),
        lines=[
            SalesOrderLine(
                line=line.line, item=line.item, quantity=line.quantity, unit=line.unit, warehouse=line.warehouse,
                unit_price=line.unit_price, amount_net=line.amount_net, amount_tax=line.amount_tax,
                amount_gross=line.amount_gross, tax_code=line.tax_code, tax_rate=line.tax_rate,
                quantity_cancelled=line.cancelled + line.cancel_requested,
            )
            for line in order.lines
        ],
        amount_net=order.amount_net, amount_tax=order.amount_tax, amount_gross=order.amount_gross,
    )  # fmt: skip


def _told(order: Order) -> dict[str, object]:
    return {
        "version": order.version, "status": order.status.value, "hold_reasons": list(order.hold_reasons),
        "priority": order.priority, "requested_date": order.requested_date,
        "cancelled": {
            str(line.line): str(line.cancelled + line.cancel_requested)
            for line in order.lines
            if line.cancelled or line.cancel_requested
        },
    }  # fmt: skip


def _audit(action: str, order: Order, *, before: Mapping[str, object] | None) -> AuditEntry:
    after = _told(order)
    if before is None:
        after |= {
            "customer": order.customer,
            "amount_gross": str(order.amount_gross),
            "lines": len(order.lines),
        }
    return AuditEntry(
        action=f"sales.order.{action}", document_type="sales.order", document_id=order.id, number=order.number,
        company=order.company, before=before, after=after,
    )  # fmt: skip


# --- reading ---------------------------------------------------------------------------------------------------


async def get_order(session: AsyncSession, reference: str) -> OrderDetails:
    """An order with what inventory holds, expects and has shipped of it."""
    order_id = await resolve_id(session, reference)
    order = (await store.load_orders(session, [order_id], lock=False)).get(order_id)
    if order is None:
        raise _not_found()
    reserved = (await store.load_reservations(session, [order_id])).get(order_id, [])
    return OrderDetails(order, reserved, await store.load_shipments(session, order_id))


async def shipped_of(session: AsyncSession, order: UUID) -> dict[UUID, dict[int, Decimal]]:
    """What each of an order's shipments brought, by order line."""
    brought: dict[UUID, dict[int, Decimal]] = {}
    for row in await store.load_shipments(session, order):
        quantities = brought.setdefault(row.id, {})
        for line in row.lines:
            number = int(line["order_line"])
            quantities[number] = quantities.get(number, ZERO) + Decimal(str(line["quantity"]))
    return brought


async def list_orders(
    session: AsyncSession, paging: PageRequest, *, company: str | None = None, customer: str | None = None,
    status: Sequence[str] = (), number: str | None = None, item: str | None = None,
    channel_number: str | None = None, placed_from: date | None = None, placed_to: date | None = None,
) -> Page[Order]:  # fmt: skip
    """Orders without their lines, by the filters given, newest first."""
    query = store.orders_query(
        company=company, customer=customer, status=status, number=number, item=item, channel_number=channel_number,
        placed_from=placed_from, placed_to=placed_to,
    )  # fmt: skip
    sorts = {
        "placed_at": orders_table.c.placed_at, "business_date": orders_table.c.business_date,
        "amount_gross": orders_table.c.amount_gross, "priority": orders_table.c.priority,
        "number": orders_table.c.number, "id": orders_table.c.id,
    }  # fmt: skip
    return await page(
        session,
        query,
        paging,
        key=[orders_table.c.id],
        allowed_sorts=sorts,
        default_sort="-id",
        make=store.order_of,
    )


async def shipped_after(session: AsyncSession, cut: datetime) -> dict[str, tuple[Decimal, int]]:
    """Per company, gross and number of shipments recorded after a cut."""
    return await store.shipped_after(session, cut)


__all__ = [
    "CancelLine", "Known", "Order", "OrderDetails", "Settlement", "WantedLine", "WantedOrder",
    "amend_order", "cancel_order", "document_of", "get_order", "list_orders", "lock_order", "place_orders",
    "release_order", "resolve_id", "shipped_after", "shipped_of", "take_reservations", "take_settlements",
    "take_shipments",
]  # fmt: skip
