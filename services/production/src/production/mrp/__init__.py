"""Material requirements planning: arrays in, arrays out; no database, no network, no clock."""

from production.mrp.inputs import (
    Calendars,
    Changes,
    Demands,
    Edges,
    Horizon,
    ItemSites,
    Receipts,
)
from production.mrp.plan import Differences, Plan, PlannedOrders
from production.mrp.values import (
    MICRO,
    QUANTITY_MAX,
    CycleFound,
    InvalidInput,
    LotRule,
    Message,
    QuantityOverflow,
    ReceiptKind,
    Role,
    Source,
    decimal_of,
    micro,
    micros,
)

__all__ = [
    "MICRO",
    "QUANTITY_MAX",
    "Calendars",
    "Changes",
    "CycleFound",
    "Demands",
    "Differences",
    "Edges",
    "Horizon",
    "InvalidInput",
    "ItemSites",
    "LotRule",
    "Message",
    "Plan",
    "PlannedOrders",
    "QuantityOverflow",
    "ReceiptKind",
    "Receipts",
    "Role",
    "Source",
    "decimal_of",
    "micro",
    "micros",
]
