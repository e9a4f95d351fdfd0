"""Quotations raise engineering requests."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming import Consumers
from production.engineering import service
from tongheng_contracts.sales import QuoteChanged, QuoteIssued

consumers = Consumers()


@consumers.on(QuoteIssued, QuoteChanged)
async def on_quotes(session: AsyncSession, events: Sequence[QuoteIssued | QuoteChanged]) -> None:
    """Engineer what was offered and has no item yet, for as long as it is wanted."""
    await service.follow_quotations(session, [event.quotation for event in events])
