"""Inventory tells when the goods have left."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming import Consumers
from purchasing.returns import service
from tongheng_contracts.inventory import GoodsReturned

consumers = Consumers()


@consumers.on(GoodsReturned)
async def on_goods_returned(session: AsyncSession, events: Sequence[GoodsReturned]) -> None:
    """Count what left of returns to suppliers."""
    left: dict[UUID, dict[int, Decimal]] = {}
    for event in events:
        if event.goods_return.direction == "to_supplier":
            lines = left.setdefault(event.goods_return.authorisation, {})
            for line in event.goods_return.lines:
                lines[line.order_line] = lines.get(line.order_line, Decimal(0)) + line.quantity
    await service.count_left(session, left)
