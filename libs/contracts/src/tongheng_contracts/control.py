"""Control totals: what each service says of its own books at a cut, so that finance can prove that they tie out."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from .envelope import Event, Part, control
from .values import Amount, Quantity


class ControlTotal(Part):
    """One total over everything recorded up to the cut."""

    company: str
    name: str
    """stock, received, shipped_cost, shipped_gross, in_transit, reserved…"""
    key: str = ""
    """What it is of: a valuation class, a partner; empty for the whole company."""
    amount: Amount
    quantity: Quantity
    count: int


class RecentFact(Part):
    """A fact recorded shortly before the cut: it names what may be in flight."""

    event: UUID
    topic: str
    number: str
    company: str
    recorded_at: datetime


class ParkedNote(Part):
    """A message that the service could not apply, or that waits behind such a one. The service's own desk has it whole."""

    event: UUID
    topic: str
    key: str = ""
    company: str = ""
    status: str
    reason: str
    """The kind of the error; `unreadable` where the message does not fit its contract."""
    parked_at: datetime


class ControlReport(Part):
    """A service's totals at its watermark. Everything recorded up to `cut` is published."""

    id: UUID
    service: str
    version: int
    cut: datetime
    offsets: dict[str, int] = {}
    """Last published offset by `topic/partition`."""
    totals: list[ControlTotal]
    recent: list[RecentFact] = []
    parked: list[ParkedNote] = []
    """What waits for a person, oldest first; at most 200."""


@control(
    "masterdata.ControlTotals",
    part="report",
    en="Masterdata's control totals.",
    zh="主数据服务控制合计。",
    consumers=("workflow",),
)
class MasterdataControlTotals(Event):
    report: ControlReport


@control(
    "identity.ControlTotals",
    part="report",
    en="Identity's control totals.",
    zh="身份服务控制合计。",
    consumers=("workflow",),
)
class IdentityControlTotals(Event):
    report: ControlReport


@control(
    "purchasing.ControlTotals",
    part="report",
    en="Purchasing's control totals.",
    zh="采购服务控制合计。",
    consumers=("workflow",),
)
class PurchasingControlTotals(Event):
    report: ControlReport


@control(
    "sales.ControlTotals",
    part="report",
    en="Sales' control totals.",
    zh="销售服务控制合计。",
    consumers=("workflow",),
)
class SalesControlTotals(Event):
    report: ControlReport


@control(
    "inventory.ControlTotals",
    part="report",
    en="Inventory's control totals.",
    zh="库存服务控制合计。",
    consumers=("finance", "workflow"),
)
class InventoryControlTotals(Event):
    report: ControlReport


@control(
    "production.ControlTotals",
    part="report",
    en="Production's control totals.",
    zh="生产服务控制合计。",
    consumers=("finance", "workflow"),
)
class ProductionControlTotals(Event):
    report: ControlReport


@control(
    "finance.ControlTotals",
    part="report",
    en="Finance's control totals.",
    zh="财务服务控制合计。",
    consumers=("workflow",),
)
class FinanceControlTotals(Event):
    report: ControlReport


@control(
    "workflow.ControlTotals",
    part="report",
    en="Workflow's control totals.",
    zh="流程服务控制合计。",
    consumers=("workflow",),
)
class WorkflowControlTotals(Event):
    report: ControlReport


CONTROL_EVENTS: dict[str, type[Event]] = {
    "masterdata": MasterdataControlTotals,
    "identity": IdentityControlTotals,
    "purchasing": PurchasingControlTotals,
    "sales": SalesControlTotals,
    "inventory": InventoryControlTotals,
    "production": ProductionControlTotals,
    "finance": FinanceControlTotals,
    "workflow": WorkflowControlTotals,
}
"""The event type of each service's control totals."""


def control_totals_event(service: str) -> type[Event]:
    """The event type of a service's control totals."""
    return CONTROL_EVENTS[service]
