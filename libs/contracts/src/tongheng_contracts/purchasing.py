"""Purchasing's documents: requisitions, orders, returns to suppliers, supplier items."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from .envelope import Document, Event, Part, document
from .privacy import PersonalText, Public, PublicText
from .values import Amount, Price, Quantity


class PurchaseOrderStatus(StrEnum):
    """A purchase order's states (REQUIREMENTS PU-4). Drafts are never published."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    PARTLY_RECEIVED = "partly_received"
    RECEIVED = "received"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class RequisitionLine(Part):
    """A wish to buy, with the demand that it serves."""

    line: int
    item: PublicText
    quantity: Quantity
    unit: PublicText
    warehouse: str
    due_date: str | None
    supplier: str | None
    demand_order: UUID | None
    demand_line: int | None
    quantity_ordered: Quantity = Decimal(0)
    """Of `quantity`: what became purchase orders."""


class Requisition(Document):
    """A purchase requisition (采购申请)."""

    origin: str
    """manual, shortage, reorder or mrp."""
    lines: list[RequisitionLine]
    demand_order: UUID | None = None
    """The sales order whose shortage raised it."""


class PurchaseOrderLine(Part):
    """One line. Amounts belong to the ordered quantity."""

    line: int
    item: PublicText
    quantity: Quantity
    unit: PublicText
    unit_price: Price
    """Net, per base unit, in the order's currency."""
    amount_net: Amount
    amount_tax: Amount
    tax_code: PublicText
    tax_rate: Annotated[Price, Public]
    due_date: str
    quantity_cancelled: Quantity


class PurchaseOrder(Document):
    """The whole order as the supplier sees it."""

    supplier: str
    warehouse: str
    currency: PublicText
    tolerance: Price
    """Over-receipt allowed, as a share of the ordered quantity: 0.02 for 2 %."""
    payment_days: int
    lines: list[PurchaseOrderLine]
    amount_net: Amount
    amount_tax: Amount
    amount_gross: Amount


class PurchaseReturnLine(Part):
    """What goes back to the supplier, and the price he credits."""

    line: int
    order_line: int
    item: PublicText
    quantity: Quantity
    unit: PublicText
    unit_price: Price
    amount_net: Amount
    amount_tax: Amount
    tax_code: PublicText
    tax_rate: Annotated[Price, Public]


class PurchaseReturn(Document):
    """A return to a supplier, authorised to leave."""

    purchase_order: UUID
    purchase_order_number: str
    supplier: str
    warehouse: str
    currency: PublicText
    reason: PersonalText
    lines: list[PurchaseReturnLine]


class SupplierItem(Part):
    """What a supplier offers of an item. `id` is derived from supplier and item."""

    id: UUID
    supplier: str
    item: PublicText
    unit: PublicText
    """Unit of purchase, as the supplier counts."""
    unit_price: Price
    currency: PublicText
    lead_time_days: int
    minimum_quantity: Quantity
    multiple_quantity: Quantity | None = None
    maximum_quantity: Quantity | None = None
    preferred: bool = False
    active: bool = True
    version: int


@document(
    "purchasing.RequisitionRaised",
    part="requisition",
    en="Something needs buying.",
    zh="采购申请已提出或变更。",
    consumers=("production",),
)
class RequisitionRaised(Event):
    requisition: Requisition


@document(
    "purchasing.PurchaseOrderApproved",
    part="order",
    en="A purchase order may be received.",
    zh="采购订单已批准。",
    consumers=("finance", "inventory", "production"),
)
class PurchaseOrderApproved(Event):
    order: PurchaseOrder


@document(
    "purchasing.PurchaseOrderChanged",
    part="order",
    en="A purchase order was submitted, changed, received, closed or cancelled.",
    zh="采购订单已变更。",
    consumers=("finance", "inventory", "production"),
)
class PurchaseOrderChanged(Event):
    order: PurchaseOrder


@document(
    "purchasing.PurchaseReturnAuthorised",
    part="purchase_return",
    document="purchasing.return",
    en="Goods may go back to the supplier.",
    zh="采购退货已批准。",
    consumers=("inventory",),
)
class PurchaseReturnAuthorised(Event):
    purchase_return: PurchaseReturn


@document(
    "purchasing.SupplierItemChanged",
    part="supplier_item",
    en="A supplier's offer of an item changed.",
    zh="供应商物料已变更。",
    consumers=("production",),
)
class SupplierItemChanged(Event):
    supplier_item: SupplierItem
