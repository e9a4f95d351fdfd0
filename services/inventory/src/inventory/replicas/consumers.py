"""Masterdata's changes."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming import Consumers
from chassis.replicas import keep
from inventory.replicas import tables
from tongheng_contracts.masterdata import CompanyChanged, ItemChanged, WarehouseChanged

consumers = Consumers()


@consumers.on(ItemChanged)
async def on_items_changed(session: AsyncSession, events: Sequence[ItemChanged]) -> None:
    """Keep the items as masterdata has them."""
    await keep(session, tables.items, [event.item for event in events])


@consumers.on(WarehouseChanged)
async def on_warehouses_changed(session: AsyncSession, events: Sequence[WarehouseChanged]) -> None:
    """Keep the warehouses as masterdata has them."""
    await keep(session, tables.warehouses, [event.warehouse for event in events])


@consumers.on(CompanyChanged)
async def on_companies_changed(session: AsyncSession, events: Sequence[CompanyChanged]) -> None:
    """Keep the companies as masterdata has them."""
    await keep(session, tables.companies, [event.company_record for event in events])
