"""How shipments are written, and found again when goods come back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.rows import arrays, columns_of, inserting, rows_of
from chassis.statements import Statement
from inventory.locks import Rank, enter
from inventory.shipping.rules import ShipmentCost
from inventory.shipping.tables import shipment_lines, shipments

_HEAD = (
    "id",
    "number",
    "company",
    "delivery_id",
    "order_id",
    "order_number",
    "customer",
    "warehouse",
    "currency",
    "carrier",
    "tracking_number",
    "cost",
    "amount_net",
    "amount_tax",
    "business_date",
    "posting_date",
)
_LINE = (
    "shipment_id",
    "line",
    "company",
    "order_id",
    "order_line",
    "item",
    "unit",
    "lot",
    "quantity",
    "valuation_class",
    "cost",
    "amount_net",
    "amount_tax",
    "tax_code",
    "tax_rate",
    "business_date",
    "posting_date",
)
# A shipment is the last step of its delivery note: both in one statement, guarded by the note's state.
_SHIP = Statement(
    f"WITH heads AS ({inserting(shipments, _HEAD, 'head_')}),"
    f" lines AS ({inserting(shipment_lines, _LINE, 'line_')})"
    " UPDATE deliveries d SET status = 'shipped', version = d.version + 1, business_date = new.day,"
    " posting_date = new.day"
    " FROM unnest(CAST(:head_delivery_id AS uuid[]), CAST(:head_business_date AS date[])) AS new (id, day)"
    " WHERE d.id = new.id AND d.status IN ('released', 'picked') RETURNING d.id"
)


async def insert(
    session: AsyncSession,
    heads: Sequence[Mapping[str, object]],
    lines: Sequence[Mapping[str, object]],
) -> None:
    """Write shipments; their delivery notes have left with them."""
    values = {f"head_{name}": column for name, column in columns_of(heads).items()}
    values |= {f"line_{name}": column for name, column in columns_of(lines).items()}
    done = await rows_of(session, _SHIP, values)
    assert len(done) == len(heads), "locked notes leave once"


async def by_delivery(session: AsyncSession, notes: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """The shipments of some delivery notes, with their lines."""
    heads = (
        await session.execute(select(shipments).where(shipments.c.delivery_id.in_(notes)))
    ).mappings()
    found: dict[UUID, dict[str, Any]] = {row["id"]: {**row, "lines": []} for row in heads}
    if found:
        query = select(shipment_lines).where(shipment_lines.c.shipment_id.in_(list(found)))
        for row in (await session.execute(query.order_by(shipment_lines.c.line))).mappings():
            found[row["shipment_id"]]["lines"].append(dict(row))
    return {head["delivery_id"]: head for head in found.values()}


async def returnable(
    session: AsyncSession, order_id: UUID, order_lines: Collection[int]
) -> list[ShipmentCost]:
    """Shipment lines of an order that not everything came back from, the latest first, locked."""
    lines = shipment_lines.c
    enter(session, Rank.SOURCES, [order_id])
    query = (
        select(
            lines.shipment_id,
            lines.line,
            lines.order_line,
            lines.item,
            lines.lot,
            lines.quantity,
            lines.returned,
            lines.valuation_class,
            lines.cost,
        )
        .where(lines.order_id == order_id, lines.order_line.in_(order_lines))
        .where(lines.returned < lines.quantity)
        .order_by(lines.shipment_id.desc(), lines.line.desc())
        .with_for_update()
    )
    return [ShipmentCost(*row) for row in (await session.execute(query)).tuples()]


async def count_returned(
    session: AsyncSession, returned: Mapping[tuple[UUID, int], Decimal]
) -> None:
    """Count what came back per shipment line."""
    rows = [
        {"shipment_id": shipment, "line": line, "quantity": quantity}
        for (shipment, line), quantity in sorted(returned.items())
    ]
    await session.execute(
        text(
            "UPDATE shipment_lines s SET returned = s.returned + new.quantity FROM "
            + arrays(shipment_id="uuid", line="integer", quantity="numeric")
            + " WHERE s.shipment_id = new.shipment_id AND s.line = new.line"
        ),
        columns_of(rows),
    )
