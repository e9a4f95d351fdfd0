"""Shortages become requisitions, once each."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming import Consumers
from purchasing.requisitions import service
from purchasing.requisitions.service import Stated, StatedRule
from tongheng_contracts.inventory import (
    GoodsReceived,
    MaterialShort,
    StockAlertRaised,
    StockReserved,
    StockShort,
)
from tongheng_contracts.masterdata import ItemChanged
from tongheng_contracts.production import PlannedOrderFirmed

consumers = Consumers()


@consumers.on(StockReserved, StockShort, MaterialShort)
async def on_stock_reserved(
    session: AsyncSession, events: Sequence[StockReserved | StockShort | MaterialShort]
) -> None:
    """Ask for what sales and production orders neither hold nor expect, and no more for what they do."""
    stated = [Stated(event.envelope.id, event.envelope.time, event.reservation) for event in events]
    await service.follow(session, stated)


@consumers.on(StockAlertRaised)
async def on_stock_alerts(session: AsyncSession, events: Sequence[StockAlertRaised]) -> None:
    """Ask for what runs low by a reorder rule, and no more when there is enough again."""
    stated = [StatedRule(e.envelope.id, e.envelope.time, e.alert) for e in events]
    await service.follow(session, stated)


@consumers.on(GoodsReceived)
async def on_goods_received(session: AsyncSession, events: Sequence[GoodsReceived]) -> None:
    """Inventory counts on a purchase order when it has received of it."""
    seen: dict[UUID, datetime] = {}
    for event in events:
        order, at = event.receipt.purchase_order, event.envelope.time
        seen[order] = min(seen.get(order, at), at)
    await service.note_received(session, seen)


@consumers.on(PlannedOrderFirmed)
async def on_planned_orders_firmed(
    session: AsyncSession, events: Sequence[PlannedOrderFirmed]
) -> None:
    """Ask for what the planner has decided to buy."""
    await service.follow_plans(
        session, [event.firmed for event in events if event.firmed.kind == "buy"]
    )


@consumers.on(ItemChanged)
async def on_items_changed(session: AsyncSession, events: Sequence[ItemChanged]) -> None:
    """Items that became known, or are made instead of bought now."""
    await service.reconsider_items(session, {event.item.code for event in events})
