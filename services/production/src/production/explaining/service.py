"""The tree of a cost, and the way of a lot, from what was told of stock and orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from production.costing import service as costing
from production.explaining.rules import Books, Entry, Explanation, Movement, Step
from production.orders import service as orders
from production.outlook import service as outlook

ITEMS_MAX = 500


async def why(session: AsyncSession, company: str, item: str) -> Step:
    """What all of an item that came into stock has cost, step by step."""
    movements: dict[str, list[Movement]] = {}
    entries: dict[UUID, list[Entry]] = {}
    numbers: dict[UUID, str] = {}
    waiting = [item]
    while waiting and len(movements) < ITEMS_MAX:
        code = waiting.pop()
        if code in movements:
            continue
        rows = await outlook.flows_of(session, company, code)
        movements[code] = [
            Movement(r["kind"], r["quantity"], r["amount"], r["number"], r["order_id"])
            for r in rows
            if r["kind"] != "transfer"
        ]
        made = {r["order_id"] for r in rows if r["kind"] == "production"} - entries.keys()
        for order in await orders.by_ids(session, made):
            numbers[order.id] = order.number
            entries[order.id] = [
                Entry(e["kind"], e["element"], e["item"], e["quantity"], e["amount"])
                for e in await costing.entries(session, order.id)
            ]
            waiting += [e.item for e in entries[order.id] if e.element == "material" and e.kind == "issue"]  # fmt: skip
    return Explanation(Books(movements, entries, numbers)).of_item(item)


@dataclass(frozen=True, slots=True)
class Trace:
    """A step on the way of a lot."""

    level: int
    kind: str
    """issue, production or shipment."""
    item: str
    lot: str
    quantity: Decimal
    number: str
    order: UUID | None


async def whither(session: AsyncSession, company: str, item: str, lot: str) -> list[Trace]:
    """Where a lot has gone: the orders that took it, what they made, and to whom that was shipped."""
    found: list[Trace] = []
    seen: set[tuple[str, str]] = set()
    waiting = [(item, lot, 0)]
    while waiting and len(seen) < ITEMS_MAX:
        code, of_lot, level = waiting.pop(0)
        if (code, of_lot) in seen:
            continue
        seen.add((code, of_lot))
        rows = await outlook.flows_of(session, company, code)
        mine = [r for r in rows if not of_lot or r["lot"] == of_lot]
        found += _traced(level, [r for r in mine if r["kind"] in ("issue", "shipment")])
        taken = {r["order_id"] for r in mine if r["kind"] == "issue" and r["order_id"]}
        made = [
            r for r in await outlook.flows_of_orders(session, taken) if r["kind"] == "production"
        ]
        found += _traced(level + 1, made)
        waiting += [(r["item"], r["lot"], level + 1) for r in made]
    return found


def _traced(level: int, rows: Sequence[RowMapping]) -> list[Trace]:
    return [
        Trace(level, r["kind"], r["item"], r["lot"], abs(r["quantity"]), r["number"], r["order_id"])
        for r in rows
    ]
