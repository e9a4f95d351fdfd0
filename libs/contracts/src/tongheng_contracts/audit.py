"""The audit trail: what each service recorded of who did what, in chapters whose hashes hold on to one another."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from .envelope import Event, Part, fact
from .privacy import Personal, PersonalText


class AuditRecord(Part):
    """One command, sign-in or change of rights: who, what, when, from where, before and after."""

    seq: int
    """Its place in the service's trail: 1, 2, 3… without a gap."""
    recorded_at: datetime
    actor: PersonalText
    client: str
    address: Annotated[str, Personal] = ""
    """From where he asked; empty for what no request caused."""
    request_id: str
    trace: str
    action: str
    outcome: str
    """done, or refused."""
    document_type: str
    document_id: str
    number: str
    company: str
    before: Annotated[dict[str, Any] | None, Personal] = None
    after: Annotated[dict[str, Any] | None, Personal] = None
    code: str = ""
    """Why it was refused."""
    digest: str
    """SHA-256 of the entry as the service keeps it, hexadecimal."""
    shortened: bool = False
    """`before` and `after` were too long to travel; the service has them."""


class AuditChapter(Part):
    """The next entries of one service's trail. `hash` is that of the last entry, over all before it."""

    id: UUID
    service: str
    first: int
    last: int
    previous_hash: str
    hash: str
    records: list[AuditRecord]


@fact(
    "masterdata.AuditRecorded",
    part="chapter",
    en="A chapter of masterdata's audit trail.",
    zh="主数据服务的一段审计轨迹。",
    consumers=("workflow",),
)
class MasterdataAuditRecorded(Event):
    chapter: AuditChapter


@fact(
    "identity.AuditRecorded",
    part="chapter",
    en="A chapter of identity's audit trail.",
    zh="身份服务的一段审计轨迹。",
    consumers=("workflow",),
)
class IdentityAuditRecorded(Event):
    chapter: AuditChapter


@fact(
    "purchasing.AuditRecorded",
    part="chapter",
    en="A chapter of purchasing's audit trail.",
    zh="采购服务的一段审计轨迹。",
    consumers=("workflow",),
)
class PurchasingAuditRecorded(Event):
    chapter: AuditChapter


@fact(
    "sales.AuditRecorded",
    part="chapter",
    en="A chapter of sales' audit trail.",
    zh="销售服务的一段审计轨迹。",
    consumers=("workflow",),
)
class SalesAuditRecorded(Event):
    chapter: AuditChapter


@fact(
    "inventory.AuditRecorded",
    part="chapter",
    en="A chapter of inventory's audit trail.",
    zh="库存服务的一段审计轨迹。",
    consumers=("workflow",),
)
class InventoryAuditRecorded(Event):
    chapter: AuditChapter


@fact(
    "production.AuditRecorded",
    part="chapter",
    en="A chapter of production's audit trail.",
    zh="生产服务的一段审计轨迹。",
    consumers=("workflow",),
)
class ProductionAuditRecorded(Event):
    chapter: AuditChapter


@fact(
    "finance.AuditRecorded",
    part="chapter",
    en="A chapter of finance's audit trail.",
    zh="财务服务的一段审计轨迹。",
    consumers=("workflow",),
)
class FinanceAuditRecorded(Event):
    chapter: AuditChapter


@fact(
    "workflow.AuditRecorded",
    part="chapter",
    en="A chapter of workflow's audit trail.",
    zh="流程服务的一段审计轨迹。",
    consumers=("workflow",),
)
class WorkflowAuditRecorded(Event):
    chapter: AuditChapter


AUDIT_EVENTS: dict[str, type[Event]] = {
    "masterdata": MasterdataAuditRecorded,
    "identity": IdentityAuditRecorded,
    "purchasing": PurchasingAuditRecorded,
    "sales": SalesAuditRecorded,
    "inventory": InventoryAuditRecorded,
    "production": ProductionAuditRecorded,
    "finance": FinanceAuditRecorded,
    "workflow": WorkflowAuditRecorded,
}
"""The event type of each service's audit trail."""
