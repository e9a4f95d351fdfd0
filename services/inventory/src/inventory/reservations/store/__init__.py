"""How demands, holds and pegs are read and written; all by statements over many rows."""

from __future__ import annotations

from inventory.reservations.store.holds import (
    add_holds,
    find_notes,
    holds_of_deliveries,
    holds_of_orders,
    lines_with_holds,
    move_holds,
    read_notes,
    remove_holds,
    reserved_totals,
    set_picked,
    ship,
    with_goods,
)
from inventory.reservations.store.lines import (
    count,
    count_versions,
    demands_of,
    find_order,
    insert_orders,
    orders,
    save_demands,
    update_orders,
    waiting,
)
from inventory.reservations.store.pegs import pegs_of_items, pegs_of_orders, replace_pegs

__all__ = [
    "add_holds",
    "count",
    "count_versions",
    "demands_of",
    "find_notes",
    "find_order",
    "holds_of_deliveries",
    "holds_of_orders",
    "insert_orders",
    "lines_with_holds",
    "move_holds",
    "orders",
    "pegs_of_items",
    "pegs_of_orders",
    "read_notes",
    "remove_holds",
    "replace_pegs",
    "reserved_totals",
    "save_demands",
    "set_picked",
    "ship",
    "update_orders",
    "waiting",
    "with_goods",
]
