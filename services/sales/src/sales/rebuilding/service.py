"""Sales's replicas of master data and of what production tells of its orders and quotations, made again by their own handlers.

See `chassis.rebuilding`. What sales decides is not derived: it comes from the backup of its database.
"""

from __future__ import annotations

from chassis.consuming import Consumers
from chassis.rebuilding import Rebuild
from sales.outlook import consumers as outlook
from sales.replicas import consumers as replicas

PLAN = Rebuild(
    tables=(
        "item_replicas", "partner_replicas", "warehouse_replicas", "company_replicas", "tax_code_replicas",
        "promise_changes", "engineering_requests",
    ),
    replicas=Consumers.join(replicas.consumers, outlook.consumers),
)  # fmt: skip
