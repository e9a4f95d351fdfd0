"""Master data as it changes."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming import Consumers
from chassis.replicas import keep
from sales.replicas import tables
from tongheng_contracts.masterdata import (
    CompanyChanged,
    Item,
    ItemChanged,
    PartnerChanged,
    TaxCodeChanged,
    WarehouseChanged,
)

consumers = Consumers()


def _units(item: Item) -> dict[str, list[int]]:
    return {unit.unit: [unit.numerator, unit.denominator] for unit in item.units}


@consumers.on(CompanyChanged)
async def on_companies_changed(session: AsyncSession, events: Sequence[CompanyChanged]) -> None:
    """Keep who sells, in which currency and time zone."""
    await keep(session, tables.companies, [event.company_record for event in events])


@consumers.on(ItemChanged)
async def on_items_changed(session: AsyncSession, events: Sequence[ItemChanged]) -> None:
    """Keep what can be sold."""
    records = [event.item for event in events]
    await keep(session, tables.items, records, units=_units)


@consumers.on(PartnerChanged)
async def on_partners_changed(session: AsyncSession, events: Sequence[PartnerChanged]) -> None:
    """Keep to whom we sell."""
    records = [event.partner for event in events]
    await keep(session, tables.partners, records, customer=lambda p: "customer" in p.roles)


@consumers.on(WarehouseChanged)
async def on_warehouses_changed(session: AsyncSession, events: Sequence[WarehouseChanged]) -> None:
    """Keep where goods can leave from."""
    records = [event.warehouse for event in events]
    await keep(session, tables.warehouses, records, company_code=lambda w: w.company)


@consumers.on(TaxCodeChanged)
async def on_tax_codes_changed(session: AsyncSession, events: Sequence[TaxCodeChanged]) -> None:
    """Keep the tax rates."""
    await keep(session, tables.tax_codes, [event.tax_code for event in events])
