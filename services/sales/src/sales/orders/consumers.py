"""What inventory and finance tell of our orders."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming import Consumers
from sales.orders import service
from sales.orders.service import Settlement
from tongheng_contracts.finance import CreditNoteIssued, InvoiceIssued, PaymentReceived
from tongheng_contracts.inventory import GoodsShipped, StockReserved, StockShort

consumers = Consumers()


@consumers.on(StockReserved, StockShort)
async def on_stock_reserved(
    session: AsyncSession, events: Sequence[StockReserved | StockShort]
) -> None:
    """Show what is held, expected and missing; settle cancellations."""
    await service.take_reservations(
        session, [(event.envelope.time, event.reservation) for event in events]
    )


@consumers.on(GoodsShipped)
async def on_goods_shipped(session: AsyncSession, events: Sequence[GoodsShipped]) -> None:
    """Count what has left."""
    await service.take_shipments(session, [(event.envelope.id, event.shipment) for event in events])


@consumers.on(InvoiceIssued)
async def on_invoices_issued(session: AsyncSession, events: Sequence[InvoiceIssued]) -> None:
    """Count what was invoiced."""
    await service.take_settlements(
        session,
        [
            Settlement(
                event.envelope.id, event.invoice.order, event.invoice.company, "invoice", event.invoice.id,
                event.invoice.number, event.invoice.amount_gross, event.invoice.business_date,
                event.invoice.posting_date,
            )
            for event in events
        ],
    )  # fmt: skip


@consumers.on(CreditNoteIssued)
async def on_credit_notes_issued(session: AsyncSession, events: Sequence[CreditNoteIssued]) -> None:
    """Count what was credited, after or before it was invoiced."""
    await service.take_settlements(
        session,
        [
            Settlement(
                event.envelope.id, note.order, note.company, "credit_note" if note.invoiced else "reduction",
                note.id, note.number, note.amount_gross, note.business_date, note.posting_date,
            )
            for event in events
            for note in (event.credit_note,)
        ],
    )  # fmt: skip


@consumers.on(PaymentReceived)
async def on_payments_received(session: AsyncSession, events: Sequence[PaymentReceived]) -> None:
    """Count what was paid of each order; money on account belongs to none."""
    settlements: list[Settlement] = []
    for event in events:
        payment = event.payment
        by_order: dict[UUID, Decimal] = {}
        for allocation in payment.allocations:
            if allocation.order is not None:
                by_order[allocation.order] = (
                    by_order.get(allocation.order, Decimal(0)) + allocation.amount
                )
        settlements.extend(
            Settlement(
                event.envelope.id, order, payment.company, "payment", payment.id, payment.number, amount,
                payment.business_date, payment.posting_date,
            )
            for order, amount in by_order.items()
        )  # fmt: skip
    await service.take_settlements(session, settlements)
