"""Inventory's replicas of master data, made again by their own handlers; see `chassis.rebuilding`.

What inventory decides is not derived: it comes from the backup of its database.
"""

from __future__ import annotations

from chassis.rebuilding import Rebuild
from inventory.replicas import consumers as replicas

PLAN = Rebuild(
    tables=("item_replicas", "warehouse_replicas", "company_replicas"),
    replicas=replicas.consumers,
)  # fmt: skip
