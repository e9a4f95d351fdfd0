"""Masterdata's records and purchasing's orders, as they change."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming import Consumers
from chassis.replicas import keep
from tongheng_contracts.masterdata import (
    CompanyChanged,
    ItemChanged,
    PartnerChanged,
    TaxCodeChanged,
)
from tongheng_contracts.purchasing import PurchaseOrderApproved, PurchaseOrderChanged

from . import service, tables

consumers = Consumers()


@consumers.on(CompanyChanged)
async def on_companies_changed(session: AsyncSession, events: Sequence[CompanyChanged]) -> None:
    """Keep companies."""
    await keep(session, tables.companies, [event.company_record for event in events])


@consumers.on(PartnerChanged)
async def on_partners_changed(session: AsyncSession, events: Sequence[PartnerChanged]) -> None:
    """Keep customers and suppliers."""
    await keep(session, tables.partners, [event.partner for event in events])


@consumers.on(ItemChanged)
async def on_items_changed(session: AsyncSession, events: Sequence[ItemChanged]) -> None:
    """Keep items' names."""
    await keep(session, tables.items, [event.item for event in events])


@consumers.on(TaxCodeChanged)
async def on_tax_codes_changed(session: AsyncSession, events: Sequence[TaxCodeChanged]) -> None:
    """Keep tax rates."""
    await keep(session, tables.tax_codes, [event.tax_code for event in events])


@consumers.on(PurchaseOrderApproved, PurchaseOrderChanged)
async def on_purchase_orders_changed(
    session: AsyncSession, events: Sequence[PurchaseOrderApproved | PurchaseOrderChanged]
) -> None:
    """Keep what was ordered and at which price."""
    await service.keep_purchase_orders(session, [event.order for event in events])
