"""Master data as it changes."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming import Consumers
from sales.replicas import service
from tongheng_contracts.masterdata import (
    CompanyChanged,
    ItemChanged,
    PartnerChanged,
    TaxCodeChanged,
    WarehouseChanged,
)

consumers = Consumers()


@consumers.on(CompanyChanged)
async def on_companies_changed(session: AsyncSession, events: Sequence[CompanyChanged]) -> None:
    """Keep who sells, in which currency and time zone."""
    await service.keep_companies(session, [event.company_record for event in events])


@consumers.on(ItemChanged)
async def on_items_changed(session: AsyncSession, events: Sequence[ItemChanged]) -> None:
    """Keep what can be sold."""
    await service.keep_items(session, [event.item for event in events])


@consumers.on(PartnerChanged)
async def on_partners_changed(session: AsyncSession, events: Sequence[PartnerChanged]) -> None:
    """Keep to whom we sell."""
    await service.keep_partners(session, [event.partner for event in events])


@consumers.on(WarehouseChanged)
async def on_warehouses_changed(session: AsyncSession, events: Sequence[WarehouseChanged]) -> None:
    """Keep where goods can leave from."""
    await service.keep_warehouses(session, [event.warehouse for event in events])


@consumers.on(TaxCodeChanged)
async def on_tax_codes_changed(session: AsyncSession, events: Sequence[TaxCodeChanged]) -> None:
    """Keep the tax rates."""
    await service.keep_tax_codes(session, [event.tax_code for event in events])
