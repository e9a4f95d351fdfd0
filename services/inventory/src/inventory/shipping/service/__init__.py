"""Goods leave to customers: at cost, with their share of the order's amounts."""

from __future__ import annotations

from inventory.shipping.service.leaving import Shipping, ship_deliveries
from inventory.shipping.service.picking import pick_delivery
from inventory.shipping.service.reading import find_view, list_deliveries
from inventory.shipping.service.sources import count_returned, returnable

__all__ = [
    "Shipping",
    "count_returned",
    "find_view",
    "list_deliveries",
    "pick_delivery",
    "returnable",
    "ship_deliveries",
]
