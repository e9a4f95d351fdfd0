"""Production's replicas of master data and its outlook on stock, demand and supply, made again by their own handlers.

See `chassis.rebuilding`. What production decides and reports is not derived: it comes from the backup of its database.
"""

from __future__ import annotations

from chassis.consuming import Consumers
from chassis.rebuilding import Rebuild
from production.outlook import consumers as outlook
from production.replicas import consumers as replicas

PLAN = Rebuild(
    tables=(
        "item_replicas", "warehouse_replicas", "company_replicas", "supplier_replicas", "tax_code_replicas",
        "stock_flows", "stock_levels", "sales_demands", "purchase_supplies", "supplier_offers",
        "transfer_supplies", "quoted_lines",
    ),
    replicas=Consumers.join(replicas.consumers, outlook.consumers),
    unhashed={"stock_flows": ("recorded_at",)},
    surrogates={"item_replicas": ("code", "key"), "warehouse_replicas": ("code", "key")},
    # Nothing is marked row by row meanwhile: pictures of plans are made anew.
    steps=("INSERT INTO plan_marks (company, item) SELECT company, '' FROM planned_companies",),
)  # fmt: skip
