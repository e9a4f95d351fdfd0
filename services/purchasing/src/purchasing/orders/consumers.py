"""What inventory and finance tell of purchase orders."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming import Consumers
from purchasing.orders import service
from purchasing.orders.service import Movement
from tongheng_contracts.finance import BillMatched
from tongheng_contracts.inventory import GoodsReceived, GoodsReturned

consumers = Consumers()

TO_SUPPLIER = "to_supplier"


@consumers.on(GoodsReceived)
async def on_goods_received(session: AsyncSession, events: Sequence[GoodsReceived]) -> None:
    """Count what arrived."""
    lines = [
        Movement(
            source_event=event.envelope.id,
            source_id=event.receipt.id,
            source_number=event.receipt.number,
            line=line.line,
            company=event.receipt.company,
            order=event.receipt.purchase_order,
            order_line=line.order_line,
            quantity=line.accepted,
            business_date=date.fromisoformat(event.receipt.business_date),
            posting_date=date.fromisoformat(event.receipt.posting_date),
        )
        for event in events
        for line in event.receipt.lines
    ]
    await service.count_received(session, lines)


@consumers.on(GoodsReturned)
async def on_goods_returned(session: AsyncSession, events: Sequence[GoodsReturned]) -> None:
    """Count what went back to suppliers."""
    lines = [
        Movement(
            source_event=event.envelope.id,
            source_id=event.goods_return.id,
            source_number=event.goods_return.number,
            line=line.line,
            company=event.goods_return.company,
            order=event.goods_return.order,
            order_line=line.order_line,
            quantity=line.quantity,
            business_date=date.fromisoformat(event.goods_return.business_date),
            posting_date=date.fromisoformat(event.goods_return.posting_date),
        )
        for event in events
        if event.goods_return.direction == TO_SUPPLIER
        for line in event.goods_return.lines
    ]
    await service.count_returned(session, lines)


@consumers.on(BillMatched)
async def on_bills_matched(session: AsyncSession, events: Sequence[BillMatched]) -> None:
    """Keep what is billed."""
    await service.count_billed(session, [event.bill for event in events])
