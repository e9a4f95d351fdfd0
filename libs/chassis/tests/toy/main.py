"""The smallest service: notes of documents that it hears of, told on."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming import Consumers
from chassis.errors import TransientError
from chassis.outbox import emit
from chassis.service import Service
from chassis.settings import ServiceSettings
from tongheng_contracts.inventory import GoodsShipped
from tongheng_contracts.masterdata import ItemChanged
from tongheng_contracts.sales import (
    OrderCancelled,
    OrderChanged,
    OrderPlaced,
    ReturnAuthorised,
    SalesReturn,
)

consumers = Consumers()
passing_troubles: list[Exception] = []


@consumers.on(OrderPlaced, OrderChanged, OrderCancelled)
async def on_orders(
    session: AsyncSession, events: Sequence[OrderPlaced | OrderChanged | OrderCancelled]
) -> None:
    """Write down what was heard, newest version only; tell it on as a return."""
    if passing_troubles:
        raise passing_troubles.pop()
    for event in events:
        if event.order.customer == "POISON":
            raise ValueError("this one can't be applied")
        await session.execute(
            text("INSERT INTO heard VALUES (:e, :d, :v, :w)"),
            {
                "e": event.envelope.id,
                "d": event.order.id,
                "v": event.order.version,
                "w": event.contract.topic,
            },
        )
        await emit(
            session,
            ReturnAuthorised(
                sales_return=SalesReturn(
                    id=event.order.id, number="R", company=event.order.company, version=event.order.version,
                    status="authorised", business_date="2026-11-22", order=event.order.id, order_number="SO",
                    customer="C", currency="CNY", reason="", lines=[],
                )
            ),
        )  # fmt: skip


@consumers.on(GoodsShipped)
async def on_goods_shipped(session: AsyncSession, events: Sequence[GoodsShipped]) -> None:
    """Write down each fact."""
    for event in events:
        await session.execute(
            text("INSERT INTO heard VALUES (:e, :d, 0, 'shipped')"),
            {"e": event.envelope.id, "d": event.shipment.id},
        )


@consumers.on(ItemChanged)
async def on_items_changed(session: AsyncSession, events: Sequence[ItemChanged]) -> None:
    """Always in trouble with the outside."""
    raise TransientError("the outside is not there")


def build(settings: ServiceSettings | None = None) -> Service:
    """The toy, composed."""
    return Service(
        name="toy",
        directory=Path(__file__).parent,
        settings=settings or ServiceSettings(),
        consumers=[consumers],
    )


def order(
    id: UUID,
    version: int,
    *,
    customer: str = "C001",
    topic: type[OrderPlaced | OrderChanged | OrderCancelled] = OrderPlaced,
) -> OrderPlaced | OrderChanged | OrderCancelled:
    """An order event with what matters here."""
    return topic.model_validate(
        {
            "order": {
                "id": id, "number": f"SO-{version}", "company": "E01", "version": version, "status": "pending",
                "business_date": "2026-11-22", "customer": customer, "currency": "CNY", "priority": 100,
                "requested_date": None, "placed_at": "2026-11-22T00:00:00Z", "lines": [],
                "amount_net": Decimal(0), "amount_tax": Decimal(0), "amount_gross": Decimal(0),
            }
        }
    )  # fmt: skip
