"""Stock is held for orders here, and every order is told what it has, what is coming and what is missing."""

from __future__ import annotations

from inventory.reservations.service.notes import (
    count_shipped,
    holds_of_notes,
    move_to_note,
    open_notes,
    pick,
    split_note,
)
from inventory.reservations.service.pegging import promised
from inventory.reservations.service.placing import apply_documents, settle
from inventory.reservations.service.reading import demands_of, find_order, reserved_totals
from inventory.reservations.service.sourcing import sourcing_of
from inventory.reservations.service.telling import news_of, reservation_of, tell

__all__ = [
    "apply_documents",
    "count_shipped",
    "demands_of",
    "find_order",
    "holds_of_notes",
    "move_to_note",
    "news_of",
    "open_notes",
    "pick",
    "promised",
    "reservation_of",
    "reserved_totals",
    "settle",
    "sourcing_of",
    "split_note",
    "tell",
]
