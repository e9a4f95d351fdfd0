"""Orders are confirmed to customers; whom to write to, and how things are called, is masterdata's to say."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming import Consumers
from tongheng_contracts.masterdata import CompanyChanged, ItemChanged, PartnerChanged
from tongheng_contracts.sales import OrderCancelled, OrderChanged, OrderPlaced
from workflow.mails import service, store

consumers = Consumers()
records = Consumers()
"""What only keeps what masterdata says: it can be given it again."""


@consumers.on(OrderPlaced, OrderChanged, OrderCancelled)
async def on_orders(
    session: AsyncSession, events: Sequence[OrderPlaced | OrderChanged | OrderCancelled]
) -> None:
    """Write down what is to be confirmed."""
    await service.confirm_orders(session, events)


@records.on(PartnerChanged)
async def on_partners(session: AsyncSession, events: Sequence[PartnerChanged]) -> None:
    """Keep whom to write to."""
    rows = [
        {
            "code": each.partner.code,
            "name": each.partner.name,
            "name_en": each.partner.name_en,
            "language": each.partner.language,
            "email": each.partner.email,
        }
        for each in sorted(events, key=lambda one: one.partner.code)
    ]
    await store.keep_partners(session, rows)


@records.on(ItemChanged)
async def on_items(session: AsyncSession, events: Sequence[ItemChanged]) -> None:
    """Keep how items are called."""
    rows = [
        {
            "kind": "item",
            "code": each.item.code,
            "name": each.item.name,
            "name_en": each.item.name_en,
        }
        for each in sorted(events, key=lambda one: one.item.code)
    ]
    await store.keep_names(session, rows)


@records.on(CompanyChanged)
async def on_companies(session: AsyncSession, events: Sequence[CompanyChanged]) -> None:
    """Keep how companies are called."""
    rows = [
        {
            "kind": "company",
            "code": each.company_record.code,
            "name": each.company_record.name,
            "name_en": each.company_record.name_en,
        }
        for each in sorted(events, key=lambda one: one.company_record.code)
    ]
    await store.keep_names(session, rows)
