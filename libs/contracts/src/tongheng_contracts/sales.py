"""Sales' documents: quotations, orders and returns."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from .envelope import Document, Event, Part, document
from .privacy import PersonalText, Public, PublicText
from .values import Amount, Price, Quantity


class OrderStatus(StrEnum):
    """A sales order's states (REQUIREMENTS SA-3)."""

    ON_HOLD = "on_hold"
    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    CLOSED = "closed"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"


class SalesOrderLine(Part):
    """One line. Amounts belong to `quantity`, the ordered one; the line's rate is derived."""

    line: int
    item: PublicText
    quantity: Quantity
    unit: PublicText
    warehouse: str | None = None
    """Ship from here only; None: sourced by rule."""
    unit_price: Price
    amount_net: Amount
    amount_tax: Amount
    amount_gross: Amount
    tax_code: PublicText
    tax_rate: Annotated[Price, Public]
    quantity_cancelled: Quantity
    """Cancelled or closed short: no longer wanted."""


class SalesOrder(Document):
    """The whole order. Inventory reserves while status is pending, processing; never on_hold."""

    customer: str
    currency: PublicText
    priority: int
    """Low numbers are served first."""
    requested_date: str | None
    placed_at: str
    hold_reasons: list[str] = []
    lines: list[SalesOrderLine]
    amount_net: Amount
    amount_tax: Amount
    amount_gross: Amount


class NonStandard(Part):
    """What nobody has made yet (非标), in the customer's words."""

    engineering_request: UUID
    """By this id production engineers it; another description is another request."""
    description: str
    description_en: str = ""
    specification: PersonalText = ""
    attributes: dict[str, str] = {}


class QuotationLine(Part):
    """What is offered: an item, or something that has none yet and is described."""

    line: int
    item: Annotated[str | None, Public]
    """None: it must be engineered first."""
    quantity: Quantity
    """In the item's base unit; as quoted where there is no item yet."""
    unit: PublicText
    warehouse: str | None = None
    unit_price: Price
    amount_net: Amount
    amount_tax: Amount
    amount_gross: Amount
    tax_code: PublicText
    tax_rate: Annotated[Price, Public]
    non_standard: NonStandard | None = None
    """What has, or had when it was first offered, no item."""


class Quotation(Document):
    """The whole quotation as it was issued, and what became of it."""

    customer: str
    currency: PublicText
    valid_until: str
    """The last day on which an order may be made of it."""
    requested_date: str | None
    revision: int
    """How often it was issued."""
    order: UUID | None = None
    """The order that it became; its lines have the same numbers."""
    order_number: str = ""
    reason: PersonalText = ""
    lines: list[QuotationLine]
    amount_net: Amount
    amount_tax: Amount
    amount_gross: Amount


class SalesReturnLine(Part):
    """What comes back. `shipment` and `shipment_line` name the delivery that brought it, when the customer knows."""

    line: int
    order_line: int
    item: PublicText
    quantity: Quantity
    unit: PublicText
    shipment: UUID | None = None
    amount_net: Amount
    amount_tax: Amount
    amount_gross: Amount
    tax_code: PublicText
    tax_rate: Annotated[Price, Public]


class SalesReturn(Document):
    """A return merchandise authorisation (RMA)."""

    order: UUID
    order_number: str
    customer: str
    currency: PublicText
    reason: PersonalText
    lines: list[SalesReturnLine]


@document(
    "sales.QuoteIssued",
    part="quotation",
    en="A quotation was offered to a customer: its next revision.",
    zh="报价单已发出（新版次）。",
    consumers=("production",),
)
class QuoteIssued(Event):
    quotation: Quotation


@document(
    "sales.QuoteChanged",
    part="quotation",
    en="A quotation that was issued is drafted anew, has a line's item now, was accepted or cancelled.",
    zh="已发出的报价单重新起草、行已有物料、被接受或取消。",
    consumers=("production",),
)
class QuoteChanged(Event):
    quotation: Quotation


@document(
    "sales.OrderPlaced",
    part="order",
    en="A sales order exists: pending, or on hold.",
    zh="销售订单已下达：待处理或暂挂。",
    consumers=("inventory", "production", "workflow"),
)
class OrderPlaced(Event):
    order: SalesOrder


@document(
    "sales.OrderChanged",
    part="order",
    en="A sales order changed: released, amended, cancelling, completed, closed.",
    zh="销售订单已变更。",
    consumers=("inventory", "production", "workflow"),
)
class OrderChanged(Event):
    order: SalesOrder


@document(
    "sales.OrderCancelled",
    part="order",
    en="A sales order is cancelled as a whole.",
    zh="销售订单已取消。",
    consumers=("inventory", "production", "workflow"),
)
class OrderCancelled(Event):
    order: SalesOrder


@document(
    "sales.ReturnAuthorised",
    part="sales_return",
    document="sales.return",
    en="A customer may send goods back.",
    zh="销售退货已批准。",
    consumers=("inventory",),
)
class ReturnAuthorised(Event):
    sales_return: SalesReturn
