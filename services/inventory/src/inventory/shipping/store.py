"""How shipments are written, and found again when goods come back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from inventory.database import arrays, columns_of, insert_rows
from inventory.shipping.rules import ShipmentCost
from inventory.shipping.tables import shipment_lines, shipments


async def insert(
    session: AsyncSession,
    heads: Sequence[Mapping[str, object]],
    lines: Sequence[Mapping[str, object]],
) -> None:
    """Write shipments."""
    await insert_rows(session, shipments, heads)
    await insert_rows(session, shipment_lines, lines)


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
