"""Queries of purchase orders, many at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.ids import uuid7
from purchasing.orders.rules import COMMITTED, Order, OrderLine
from purchasing.orders.tables import (
    approvals,
    billed_lines,
    commitments,
    movements,
    order_lines,
    orders,
)
from tongheng_contracts.purchasing import PurchaseOrderStatus as Status


def _line(row: RowMapping) -> OrderLine:
    return OrderLine(
        line=row["line"],
        item=row["item"],
        quantity=row["quantity"],
        unit=row["unit"],
        unit_price=row["unit_price"],
        amount_net=row["amount_net"],
        amount_tax=row["amount_tax"],
        tax_code=row["tax_code"],
        tax_rate=row["tax_rate"],
        due_date=row["due_date"],
        purchase_quantity=row["purchase_quantity"],
        purchase_unit=row["purchase_unit"],
        quantity_cancelled=row["quantity_cancelled"],
        quantity_received=row["quantity_received"],
        quantity_returned=row["quantity_returned"],
        quantity_billed=row["quantity_billed"],
        billed_price=row["billed_price"],
        agreement_id=row["agreement_id"],
        agreement_line=row["agreement_line"],
        agreement_number=row["agreement_number"],
    )


def _order(row: RowMapping, lines: Iterable[OrderLine]) -> Order:
    return Order(
        id=row["id"],
        number=row["number"],
        company=row["company"],
        version=row["version"],
        status=Status(row["status"]),
        business_date=row["business_date"],
        posting_date=row["posting_date"],
        supplier=row["supplier"],
        warehouse=row["warehouse"],
        currency=row["currency"],
        tolerance=row["tolerance"],
        payment_days=row["payment_days"],
        lines=tuple(lines),
        recorded_at=row["recorded_at"],
        approvals_needed=row["approvals_needed"],
        approvals_given=row["approvals_given"],
    )


def is_named(ref: str) -> ColumnElement[bool]:
    """The order with this id or number."""
    try:
        return orders.c.id == UUID(ref)
    except ValueError:
        return orders.c.number == ref


async def load(
    session: AsyncSession, condition: ColumnElement[bool], *, lock: bool = False
) -> list[Order]:
    """Orders with their lines; locked in order of id when they are to be changed."""
    query = select(orders).where(condition).order_by(orders.c.id)
    if lock:
        query = query.with_for_update()
    heads = (await session.execute(query)).mappings().all()
    return await with_lines(session, heads)


async def with_lines(session: AsyncSession, heads: Sequence[RowMapping]) -> list[Order]:
    """Orders of these rows, in the order given."""
    if not heads:
        return []
    # A statement of its own after the lock: it sees what the lock waited for.
    found = await session.execute(
        select(order_lines)
        .where(order_lines.c.order_id == func.any([head["id"] for head in heads]))
        .order_by(order_lines.c.order_id, order_lines.c.line)
    )
    lines: dict[UUID, list[OrderLine]] = {}
    for row in found.mappings():
        lines.setdefault(row["order_id"], []).append(_line(row))
    return [_order(head, lines.get(head["id"], [])) for head in heads]


async def load_many(
    session: AsyncSession, ids: Collection[UUID], *, lock: bool = False
) -> list[Order]:
    """Orders by id."""
    if not ids:
        return []
    return await load(session, orders.c.id == func.any(sorted(ids)), lock=lock)


def _head_values(order: Order) -> dict[str, object]:
    return {
        "id": order.id,
        "number": order.number,
        "company": order.company,
        "version": order.version,
        "status": order.status.value,
        "business_date": order.business_date,
        "posting_date": order.posting_date,
        "supplier": order.supplier,
        "warehouse": order.warehouse,
        "currency": order.currency,
        "tolerance": order.tolerance,
        "payment_days": order.payment_days,
        "amount_net": order.amount_net,
        "amount_tax": order.amount_tax,
        "amount_gross": order.amount_net + order.amount_tax,
        "approvals_needed": order.approvals_needed,
        "approvals_given": order.approvals_given,
    }


def _line_values(order: Order, line: OrderLine) -> dict[str, object]:
    return {
        "order_id": order.id,
        "line": line.line,
        "company": order.company,
        "item": line.item,
        "quantity": line.quantity,
        "unit": line.unit,
        "unit_price": line.unit_price,
        "amount_net": line.amount_net,
        "amount_tax": line.amount_tax,
        "tax_code": line.tax_code,
        "tax_rate": line.tax_rate,
        "due_date": line.due_date,
        "purchase_quantity": line.purchase_quantity,
        "purchase_unit": line.purchase_unit,
        "quantity_cancelled": line.quantity_cancelled,
        "quantity_received": line.quantity_received,
        "quantity_returned": line.quantity_returned,
        "quantity_billed": line.quantity_billed,
        "billed_price": line.billed_price,
        "agreement_id": line.agreement_id,
        "agreement_line": line.agreement_line,
        "agreement_number": line.agreement_number,
    }


async def add(session: AsyncSession, new: Sequence[Order]) -> None:
    """Insert orders with their lines."""
    if not new:
        return
    await session.execute(insert(orders), [_head_values(order) for order in new])
    await session.execute(
        insert(order_lines), [_line_values(order, line) for order in new for line in order.lines]
    )


async def save(session: AsyncSession, changes: Sequence[tuple[Order, Order]]) -> None:
    """Write what differs between the locked orders and their next state."""
    heads = [_head_values(new) for old, new in changes if _head_values(old) != _head_values(new)]
    if heads:
        await session.execute(
            update(orders)
            .where(orders.c.id == bindparam("_id"))
            .values({name: bindparam(name) for name in heads[0] if name != "id"}),
            [{**head, "_id": head["id"]} for head in heads],
            execution_options={"synchronize_session": False},
        )
    gone: list[dict[str, object]] = []
    written: list[dict[str, object]] = []
    for old, new in changes:
        before = {line.line: line for line in old.lines}
        after = {line.line: line for line in new.lines}
        gone.extend({"_order": old.id, "_line": n} for n in before.keys() - after.keys())
        written.extend(
            _line_values(new, line) for n, line in after.items() if before.get(n) != line
        )
    if gone:
        await session.execute(
            delete(order_lines).where(
                order_lines.c.order_id == bindparam("_order"),
                order_lines.c.line == bindparam("_line"),
            ),
            gone,
            execution_options={"synchronize_session": False},
        )
    if written:
        statement = upsert(order_lines)
        keys = ("order_id", "line", "company")
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=[order_lines.c.order_id, order_lines.c.line],
                set_={n: statement.excluded[n] for n in written[0] if n not in keys},
            ),
            written,
        )
    await _commit_to(session, changes)


async def _commit_to(session: AsyncSession, changes: Sequence[tuple[Order, Order]]) -> None:
    rows: list[dict[str, object]] = []
    for old, new in changes:
        before, after = old.commitment, new.commitment
        if before != after:
            rows.append(
                {
                    "id": uuid7(),
                    "company": new.company,
                    "order_id": new.id,
                    "amount": after.amount - before.amount,
                    "quantity": after.quantity - before.quantity,
                    "orders": after.orders - before.orders,
                }
            )
    if rows:
        await session.execute(insert(commitments), rows)


async def count_movements(
    session: AsyncSession, rows: Sequence[Mapping[str, object]]
) -> list[tuple[UUID, int, Decimal]]:
    """Keep the lines of facts; gives back those that were not counted before, by order and line."""
    if not rows:
        return []
    ordered = sorted(rows, key=lambda row: (str(row["source_event"]), int(str(row["line"]))))
    statement = (
        upsert(movements)
        .on_conflict_do_nothing()
        .returning(movements.c.order_id, movements.c.order_line, movements.c.quantity)
    )
    counted = await session.execute(statement, [dict(row) for row in ordered])
    return [(o, n, q) for o, n, q in counted.all()]


async def replace_bills(
    session: AsyncSession, bills: Collection[UUID], rows: Sequence[Mapping[str, object]]
) -> None:
    """Keep bills as finance last told of them, and count them on the orders' lines."""
    known = await session.execute(
        select(billed_lines.c.order_id, billed_lines.c.order_line).where(
            billed_lines.c.bill_id == func.any(sorted(bills))
        )
    )
    places = {(o, n) for o, n in known.all()}
    places |= {(UUID(str(row["order_id"])), int(str(row["order_line"]))) for row in rows}
    # The orders' lock: bills of the same line that are counted at once would each miss the other.
    await session.execute(
        select(orders.c.id)
        .where(orders.c.id == func.any(sorted({o for o, _ in places})))
        .order_by(orders.c.id)
        .with_for_update()
    )
    await session.execute(
        delete(billed_lines).where(billed_lines.c.bill_id == func.any(sorted(bills)))
    )
    if rows:
        await session.execute(insert(billed_lines), [dict(row) for row in rows])
    await session.execute(
        text(
            "UPDATE purchase_order_lines l SET quantity_billed = s.billed, billed_price = s.price"
            " FROM (SELECT k.order_id, k.line, coalesce(sum(b.quantity), 0) AS billed,"
            " (array_agg(b.unit_price ORDER BY b.business_date DESC, b.bill_id DESC, b.line DESC))[1] AS price"
            " FROM unnest(CAST(:orders AS uuid[]), CAST(:lines AS int[])) AS k (order_id, line)"
            " LEFT JOIN billed_lines b ON b.order_id = k.order_id AND b.order_line = k.line"
            " GROUP BY k.order_id, k.line) s WHERE l.order_id = s.order_id AND l.line = s.line"
        ),
        {"orders": [o for o, _ in sorted(places)], "lines": [n for _, n in sorted(places)]},
    )


def listing(
    *,
    company: str | None = None,
    supplier: str | None = None,
    warehouse: str | None = None,
    status: str | None = None,
    number: str | None = None,
    item: str | None = None,
    due_before: date | None = None,
    agreement: str | None = None,
) -> Select[tuple[object, ...]]:
    """Order heads by what a buyer looks for."""
    query = select(orders)
    given = {
        "company": company,
        "supplier": supplier,
        "warehouse": warehouse,
        "status": status,
        "number": number,
    }
    for name, value in given.items():
        if value is not None:
            query = query.where(orders.c[name] == value)
    if item is not None or due_before is not None or agreement is not None:
        lines = select(order_lines.c.line).where(
            order_lines.c.order_id == orders.c.id,
            true() if item is None else order_lines.c.item == item,
            true() if due_before is None else order_lines.c.due_date < due_before,
            true() if agreement is None else order_lines.c.agreement_number == agreement,
        )
        query = query.where(lines.exists())
    return query


OPEN_VALUES = text(
    "WITH present AS ("
    " SELECT o.company, sum(round(l.amount_net * l.open / l.quantity, 2)) AS amount, sum(l.open) AS quantity,"
    " count(DISTINCT o.id) AS orders FROM purchase_orders o CROSS JOIN LATERAL ("
    " SELECT amount_net, quantity, greatest(0, quantity - quantity_cancelled - quantity_received) AS open"
    " FROM purchase_order_lines WHERE order_id = o.id) l"
    " WHERE o.status = ANY(:statuses) GROUP BY o.company),"
    " later AS (SELECT company, sum(amount) AS amount, sum(quantity) AS quantity, sum(orders) AS orders"
    " FROM commitments WHERE recorded_at > :cut GROUP BY company)"
    " SELECT coalesce(p.company, l.company) AS company, coalesce(p.amount, 0) - coalesce(l.amount, 0) AS amount,"
    " coalesce(p.quantity, 0) - coalesce(l.quantity, 0) AS quantity, coalesce(p.orders, 0) - coalesce(l.orders, 0) AS orders"
    " FROM present p FULL JOIN later l USING (company) ORDER BY 1"
)


async def open_values(
    session: AsyncSession, cut: datetime
) -> list[tuple[str, Decimal, Decimal, int]]:
    """Per company what suppliers owed at the cut: net amount, quantity, number of orders."""
    rows = await session.execute(
        OPEN_VALUES, {"statuses": sorted(s.value for s in COMMITTED), "cut": cut}
    )
    return [
        (company, value, quantity, int(count)) for company, value, quantity, count in rows.all()
    ]


async def approved_by_caller(session: AsyncSession, order: UUID) -> bool:
    """Whether who acts has given one of the order's approvals."""
    mine = approvals.c.created_by == func.coalesce(
        func.current_setting("tongheng.subject", True), ""
    )
    found = await session.scalar(
        select(func.count()).select_from(approvals).where(approvals.c.order_id == order, mine)
    )
    return bool(found)


async def add_approval(session: AsyncSession, order: Order) -> None:
    """Note that who acts has given the order its latest approval."""
    await session.execute(
        insert(approvals).values(
            order_id=order.id,
            approval=order.approvals_given,
            company=order.company,
            business_date=order.business_date,
            posting_date=order.posting_date,
        )
    )


async def entered_by(session: AsyncSession, order: UUID) -> str:
    """Who entered the order."""
    return str(await session.scalar(select(orders.c.created_by).where(orders.c.id == order)))
