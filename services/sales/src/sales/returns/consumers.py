"""Goods that come back."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming import Consumers
from sales.returns import service
from tongheng_contracts.inventory import GoodsReturned

consumers = Consumers()


@consumers.on(GoodsReturned)
async def on_goods_returned(session: AsyncSession, events: Sequence[GoodsReturned]) -> None:
    """Mark returns as received; what goes back to suppliers is purchasing's."""
    await service.take_goods(session, [(event.envelope.id, event.goods_return) for event in events])
