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
from production.mrp.messages import Messages, messages_of
from production.mrp.pegging import MrpRecord, Node, Pegs, Tracer, pegs_of, record_of
from production.mrp.plan import Differences, Plan, PlannedOrders
from production.mrp.promise import Capacity, Lever, Promise, Reason, promise
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
    "Capacity",
    "Changes",
    "CycleFound",
    "Demands",
    "Differences",
    "Edges",
    "Horizon",
    "InvalidInput",
    "ItemSites",
    "Lever",
    "LotRule",
    "Message",
    "Messages",
    "MrpRecord",
    "Node",
    "Pegs",
    "Plan",
    "PlannedOrders",
    "Promise",
    "QuantityOverflow",
    "Reason",
    "ReceiptKind",
    "Receipts",
    "Role",
    "Source",
    "Tracer",
    "decimal_of",
    "messages_of",
    "micro",
    "micros",
    "pegs_of",
    "promise",
    "record_of",
]
