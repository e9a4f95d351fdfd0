"""Inventory's and production's facts, and the companies whose books are opened."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming import Consumers
from finance.posting import service as posting
from tongheng_contracts.envelope import Event
from tongheng_contracts.inventory import (
    CostAdjusted,
    GoodsReceived,
    GoodsReturned,
    GoodsShipped,
    MaterialIssued,
    ProductionReceived,
    StockAdjusted,
)
from tongheng_contracts.masterdata import CompanyChanged, PartnerChanged
from tongheng_contracts.production import (
    OperationReported,
    ProductionOrderClosed,
    SubcontractReceived,
)

from . import service

consumers = Consumers()


@consumers.on(CompanyChanged)
async def on_companies_changed(session: AsyncSession, events: Sequence[CompanyChanged]) -> None:
    """Give a new company its books: chart of accounts, periods, posting rules."""
    await posting.open_books(session, [event.company_record.code for event in events])


@consumers.on(PartnerChanged)
async def on_partners_changed(session: AsyncSession, events: Sequence[PartnerChanged]) -> None:
    """Decide on what was shipped to a customer before he was known."""
    await service.decide_shipments(session, [event.partner.code for event in events])


# One handler for all of them: a batch is posted in one pass, and its rows are locked in one order.
@consumers.on(
    GoodsReceived,
    GoodsShipped,
    GoodsReturned,
    StockAdjusted,
    MaterialIssued,
    CostAdjusted,
    ProductionReceived,
    OperationReported,
    SubcontractReceived,
    ProductionOrderClosed,
)
async def on_facts(session: AsyncSession, events: Sequence[Event]) -> None:
    """Post goods received, shipped, returned, adjusted, issued and made, work done, and later costs."""
    await service.book_facts(session, events)
