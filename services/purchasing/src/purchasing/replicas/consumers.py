"""Masterdata's events keep the replicas."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming import Consumers
from chassis.replicas import keep
from purchasing.replicas import tables
from tongheng_contracts.masterdata import (
    CompanyChanged,
    Item,
    ItemChanged,
    PartnerChanged,
    TaxCodeChanged,
    WarehouseChanged,
)

consumers = Consumers()


def _units(item: Item) -> list[dict[str, object]]:
    return [unit.model_dump(mode="json") for unit in item.units]


@consumers.on(ItemChanged)
async def on_items_changed(session: AsyncSession, events: Sequence[ItemChanged]) -> None:
    """Keep items."""
    records = [event.item for event in events]
    await keep(session, tables.items, records, units=_units)


@consumers.on(PartnerChanged)
async def on_partners_changed(session: AsyncSession, events: Sequence[PartnerChanged]) -> None:
    """Keep partners."""
    await keep(session, tables.partners, [event.partner for event in events])


@consumers.on(WarehouseChanged)
async def on_warehouses_changed(session: AsyncSession, events: Sequence[WarehouseChanged]) -> None:
    """Keep warehouses."""
    await keep(session, tables.warehouses, [event.warehouse for event in events])


@consumers.on(CompanyChanged)
async def on_companies_changed(session: AsyncSession, events: Sequence[CompanyChanged]) -> None:
    """Keep companies."""
    await keep(session, tables.companies, [event.company_record for event in events])


@consumers.on(TaxCodeChanged)
async def on_tax_codes_changed(session: AsyncSession, events: Sequence[TaxCodeChanged]) -> None:
    """Keep tax codes."""
    await keep(session, tables.tax_codes, [event.tax_code for event in events])
