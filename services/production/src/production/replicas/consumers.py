"""Masterdata's events keep the replicas."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming import Consumers
from production.replicas import service
from tongheng_contracts.masterdata import (
    CompanyChanged,
    ItemChanged,
    PartnerChanged,
    TaxCodeChanged,
    WarehouseChanged,
)

consumers = Consumers()


@consumers.on(ItemChanged)
async def on_items_changed(session: AsyncSession, events: Sequence[ItemChanged]) -> None:
    """Keep items."""
    await service.keep_items(session, [event.item for event in events])


@consumers.on(PartnerChanged)
async def on_partners_changed(session: AsyncSession, events: Sequence[PartnerChanged]) -> None:
    """Keep suppliers."""
    await service.keep_partners(session, [event.partner for event in events])


@consumers.on(WarehouseChanged)
async def on_warehouses_changed(session: AsyncSession, events: Sequence[WarehouseChanged]) -> None:
    """Keep warehouses."""
    await service.keep_warehouses(session, [event.warehouse for event in events])


@consumers.on(CompanyChanged)
async def on_companies_changed(session: AsyncSession, events: Sequence[CompanyChanged]) -> None:
    """Keep companies."""
    await service.keep_companies(session, [event.company_record for event in events])


@consumers.on(TaxCodeChanged)
async def on_tax_codes_changed(session: AsyncSession, events: Sequence[TaxCodeChanged]) -> None:
    """Keep tax codes."""
    await service.keep_tax_codes(session, [event.tax_code for event in events])
