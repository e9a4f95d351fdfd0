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


@control(
    "masterdata.ControlTotals",
    part="report",
    en="Masterdata's control totals.",
    zh="主数据服务控制合计。",
)
class MasterdataControlTotals(Event):
    report: ControlReport


@control(
    "identity.ControlTotals",
    part="report",
    en="Identity's control totals.",
    zh="身份服务控制合计。",
)
class IdentityControlTotals(Event):
    report: ControlReport


@control(
    "purchasing.ControlTotals",
    part="report",
    en="Purchasing's control totals.",
    zh="采购服务控制合计。",
)
class PurchasingControlTotals(Event):
    report: ControlReport


@control("sales.ControlTotals", part="report", en="Sales' control totals.", zh="销售服务控制合计。")
class SalesControlTotals(Event):
    report: ControlReport


@control(
    "inventory.ControlTotals",
    part="report",
    en="Inventory's control totals.",
    zh="库存服务控制合计。",
    consumers=("finance",),
)
class InventoryControlTotals(Event):
    report: ControlReport


@control(
    "production.ControlTotals",
    part="report",
    en="Production's control totals.",
    zh="生产服务控制合计。",
    consumers=("finance",),
)
class ProductionControlTotals(Event):
    report: ControlReport


@control(
    "finance.ControlTotals", part="report", en="Finance's control totals.", zh="财务服务控制合计。"
)
class FinanceControlTotals(Event):
    report: ControlReport


def control_totals_event(service: str) -> type[Event]:
    """The event type of a service's control totals."""
    return {
        "masterdata": MasterdataControlTotals,
        "identity": IdentityControlTotals,
        "purchasing": PurchasingControlTotals,
        "sales": SalesControlTotals,
        "inventory": InventoryControlTotals,
        "production": ProductionControlTotals,
        "finance": FinanceControlTotals,
    }[service]
