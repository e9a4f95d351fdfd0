"""What can be done with sales orders, and what the other services' facts do to them."""

from __future__ import annotations

from sales.orders.rules import CancelLine, Order
from sales.orders.service.commands import amend_order, cancel_order, lock_order, release_order
from sales.orders.service.facts import (
    Settlement,
    take_reservations,
    take_settlements,
    take_shipments,
)
from sales.orders.service.placing import (
    WantedLine,
    WantedOrder,
    place_orders,
    price_order,
)
from sales.orders.service.reading import (
    OrderDetails,
    get_order,
    list_orders,
    resolve_id,
    shipped_after,
    shipped_of,
)
from sales.orders.service.saving import document_of

__all__ = [
    "CancelLine", "Order", "OrderDetails", "Settlement", "WantedLine", "WantedOrder",
    "amend_order", "cancel_order", "document_of", "get_order", "list_orders", "lock_order", "place_orders",
    "price_order", "release_order", "resolve_id", "shipped_after", "shipped_of", "take_reservations", "take_settlements",
    "take_shipments",
]  # fmt: skip
