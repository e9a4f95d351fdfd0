"""Deliveries as they are shown, with their goods or their shipments."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.paging import Page, PageRequest
from inventory.bins import service as bins
from inventory.deliveries import service as deliveries
from inventory.deliveries.rules import DeliveryStatus
from inventory.reservations import service as reservations
from inventory.reservations.rules import Hold
from inventory.shipping import store
from inventory.stock.rules import ZERO


async def list_deliveries(
    session: AsyncSession, paging: PageRequest, **filters: str | None
) -> Page[dict[str, Any]]:
    """Delivery notes with their goods, the oldest first."""
    found = await deliveries.listed(session, paging, **filters)
    whole = await _with_goods(session, found.items)
    return Page(items=[whole[row["id"]] for row in found.items], next=found.next)


async def find_view(session: AsyncSession, ref: str) -> dict[str, Any] | None:
    """A delivery note with its goods, by id or number."""
    found = await deliveries.find(session, [ref])
    return (await views(session, [found[ref].id]))[found[ref].id] if found else None


async def views(session: AsyncSession, notes: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """Some delivery notes with their goods."""
    return await _with_goods(session, await deliveries.heads(session, notes))


async def _with_goods(
    session: AsyncSession, heads: Sequence[dict[str, Any]]
) -> dict[UUID, dict[str, Any]]:
    """What is on open notes is held; what was on shipped ones is in their shipment."""
    shipped = [row["id"] for row in heads if row["status"] == DeliveryStatus.SHIPPED]
    shipments = await store.by_delivery(session, shipped) if shipped else {}
    open_notes = [row["id"] for row in heads if row["id"] not in shipments]
    holds = await reservations.holds_of_notes(session, open_notes)
    demands = (
        await reservations.demands_of(session, {hold.order_id for hold in holds}) if holds else {}
    )
    places = await bins.order_of(session, {hold.balance_id for hold in holds})
    whole: dict[UUID, dict[str, Any]] = {}
    for row in heads:
        view: dict[str, Any] = {**row, "order": row["order_id"], "lines": []}
        whole[row["id"]] = view
        shipment = shipments.get(row["id"])
        if shipment is not None:
            view |= {
                "shipment": shipment["id"],
                "carrier": shipment["carrier"],
                "tracking_number": shipment["tracking_number"],
                "cost": shipment["cost"],
                "amount_gross": shipment["amount_net"] + shipment["amount_tax"],
            }
            view["lines"] = [shipped_line(line) for line in shipment["lines"]]
    nowhere = ("", "", 0)

    def on_the_way(hold: Hold) -> tuple[int, str, int]:
        place, _, order = places.get(hold.balance_id, nowhere)
        return order, place, hold.line

    for hold in sorted(holds, key=on_the_way):
        assert hold.delivery_id is not None
        place, zone, _ = places.get(hold.balance_id, nowhere)
        whole[hold.delivery_id]["lines"].append(
            {
                "line": hold.line,
                "item": hold.item_key.item,
                "unit": demands[hold.key].unit,
                "lot": hold.lot,
                "bin": place,
                "zone": zone,
                "quantity": hold.quantity,
                "picked": hold.quantity if hold.picked else ZERO,
            }
        )
    return whole


def shipped_line(line: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "line": line["order_line"],
        "item": line["item"],
        "unit": line["unit"],
        "lot": line["lot"],
        "quantity": line["quantity"],
        "picked": line["quantity"],
        "cost": line["cost"],
        "amount_net": line["amount_net"],
        "amount_gross": line["amount_net"] + line["amount_tax"],
    }
