"""Masterdata's events keep the replicas."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming import Consumers
from chassis.replicas import keep
from production.replicas import tables
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
    await keep(session, tables.items, [event.item for event in events])


@consumers.on(PartnerChanged)
async def on_partners_changed(session: AsyncSession, events: Sequence[PartnerChanged]) -> None:
    """Keep suppliers."""
    records = [event.partner for event in events]
    await keep(
        session,
        tables.suppliers,
        records,
        active=lambda p: p.active and not p.blocked,
        supplies=lambda p: "supplier" in p.roles,
    )


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
