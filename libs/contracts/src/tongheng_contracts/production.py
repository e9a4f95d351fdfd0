"""Production's documents and facts: BOMs, production orders, what was reported, made and spent, plans."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from .envelope import Document, Event, Fact, Part, document, fact
from .privacy import PersonalText, PublicText
from .values import Amount, Price, Quantity


class ProductionOrderStatus(StrEnum):
    """A production order's states (REQUIREMENTS PR-5)."""

    PLANNED = "planned"
    RELEASED = "released"
    COMPLETED = "completed"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class EngineeringStatus(StrEnum):
    """An engineering request's states (REQUIREMENTS PR-4)."""

    REQUESTED = "requested"
    IN_ENGINEERING = "in_engineering"
    DESIGNED = "designed"
    RELEASED = "released"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


class BomComponent(Part):
    """What goes into `base_quantity` of the item."""

    line: int
    item: PublicText
    quantity: Quantity
    unit: PublicText
    scrap_rate: Price = Decimal(0)
    """Share of the component that is lost: 0.02 asks for 2 % more."""
    operation: int | None = None
    """The operation that needs it."""
    backflush: bool = False
    """Taken by itself when the operation is reported; else issued by hand."""
    alternate_of: int | None = None
    """The line that this one may replace."""
    priority: int = 0
    valid_from: str | None = None
    valid_to: str | None = None
    """First day without it."""


class BomOutput(Part):
    """What comes out beside the item: a co-product with its share of the cost, or a by-product at a fixed value."""

    line: int
    item: PublicText
    quantity: Quantity
    unit: PublicText
    kind: PublicText
    """co or by."""
    cost_share: Price = Decimal(0)
    unit_value: Price = Decimal(0)


class Bom(Document):
    """A bill of material: one revision, valid from a day on, of one company and, if said, one warehouse."""

    item: PublicText
    warehouse: str = ""
    revision: PublicText
    valid_from: PublicText
    valid_to: str | None = None
    base_quantity: Quantity
    yield_rate: Price = Decimal(1)
    """Good pieces per piece started: 0.97 for 97 %."""
    components: list[BomComponent]
    outputs: list[BomOutput] = []


class EngineeringRequest(Document):
    """Something that nobody has made yet: asked for, engineered, and released with its item and bill of material."""

    customer: str = ""
    quotation: UUID | None = None
    quotation_number: str = ""
    quotation_line: int | None = None
    order: UUID | None = None
    """The sales order that it was raised for by hand."""
    order_number: str = ""
    order_line: int | None = None
    description: str
    description_en: str = ""
    specification: PersonalText = ""
    attributes: dict[str, str] = {}
    quantity: Quantity
    unit: PublicText
    requested_date: str | None = None
    assignee: PersonalText = ""
    """Who engineers it."""
    due_date: str | None = None
    """When it is expected to be designed."""
    lead_time_days: int | None = None
    """How long making it is expected to take from then on."""
    item: PublicText = ""
    """What it became; empty until it is designed."""
    bom: str = ""
    """The number of the bill of material that was in force at the release."""
    routing: str = ""
    released_on: str | None = None
    reason: PersonalText = ""
    """Why it was rejected, cancelled or given back."""


class ProductionComponent(Part):
    """What a production order needs of one item, and from where."""

    line: int
    item: PublicText
    quantity: Quantity
    unit: PublicText
    warehouse: str
    backflush: bool = False


class ProductionOrder(Document):
    """An order to make something. Inventory sets its components aside while it is released."""

    item: PublicText
    quantity: Quantity
    """Started; the good ones are fewer by the yield."""
    unit: PublicText
    warehouse: str
    start_date: str | None
    due_date: str | None
    demand_order: UUID | None = None
    """The sales order that it is made for."""
    quantity_completed: Quantity = Decimal(0)
    quantity_scrapped: Quantity = Decimal(0)
    components: list[ProductionComponent]


class MaterialRequestLine(Part):
    """A component to give out."""

    line: int
    """The production order's component line; 0 for an item that is not on it."""
    item: PublicText
    quantity: Quantity
    unit: PublicText
    warehouse: str


class MaterialRequest(Fact):
    """Production asks for material; inventory gives what there is, and the rest when it comes."""

    order: UUID
    order_number: str
    reason: str
    """issue or backflush."""
    lines: list[MaterialRequestLine]


class OperationReport(Fact):
    """What was done in one operation: pieces, time, and what that costs."""

    order: UUID
    order_number: str
    item: PublicText
    operation: int
    work_centre: str
    good: Quantity
    scrapped: Quantity
    rework: Quantity
    hours: Quantity
    labour_rate: Price
    overhead_rate: Price
    labour: Amount
    overhead: Amount


class OutputLine(Part):
    """What was made, and what it costs by element."""

    line: int
    item: PublicText
    quantity: Quantity
    unit: PublicText
    warehouse: str
    lot: str = ""
    kind: PublicText
    """main, co or by."""
    material: Amount
    labour: Amount
    overhead: Amount
    subcontract: Amount
    cost: Amount


class Output(Fact):
    """Finished goods, and what fell off, handed over to stock at the order's cost."""

    order: UUID
    order_number: str
    final: bool
    """The last of the order: it carries all that is left in work."""
    lines: list[OutputLine]
    cost: Amount


class Subcontract(Fact):
    """Work done by a supplier (委外), billed by him."""

    order: UUID
    order_number: str
    operation: int
    supplier: str
    supplier_number: str
    """The number of his invoice."""
    quantity: Quantity
    currency: PublicText
    due_date: str
    amount_net: Amount
    amount_tax: Amount
    amount_gross: Amount
    tax_code: PublicText
    tax_rate: Price


class Nonconformance(Document):
    """Pieces that are not as they must be, and what is decided about them."""

    order: UUID
    order_number: str
    item: PublicText
    operation: int | None
    quantity: Quantity
    defect: PublicText
    decision: str
    """open, use, rework, subcontract or scrap."""
    text: PersonalText = ""


class ProductionClosing(Fact):
    """An order's end: what is still in work leaves it as a variance, by element. Signed."""

    order: UUID
    order_number: str
    item: PublicText
    material: Amount
    labour: Amount
    overhead: Amount
    subcontract: Amount
    cost: Amount


class MrpRun(Document):
    """A finished planning run."""

    items: int
    planned_orders: int
    exceptions: int
    horizon: str
    """The last day planned."""
    mode: PublicText = "full"
    """full or net_change."""
    items_planned: int = 0
    """How many item-sites were written anew."""


class PromiseChange(Fact):
    """By the plan a sales order line can be delivered on another day than was told last; the number is the order's."""

    order: UUID
    order_line: int
    item: PublicText
    sequence: int
    """Counts up by order line: a reader who knows a higher one has been told something newer."""
    wanted_date: str
    """The day that the line asks for; today where it names none."""
    old_date: str | None
    new_date: str | None
    """None: part of it has no supply."""
    cause: PublicText
    """late (it waits for a supply), missing (part of it has none) or on_time."""
    waiting_item: PublicText = ""
    waiting_document: str = ""
    """The late order or requisition, where there is one."""
    reason: str
    reason_en: str


class Firmed(Fact):
    """A planned order that the planner accepted: purchasing buys, production makes, inventory transfers."""

    planned_order: UUID
    kind: PublicText
    """buy, make or transfer."""
    item: PublicText
    quantity: Quantity
    unit: PublicText
    warehouse: str
    from_warehouse: str = ""
    start_date: str
    due_date: str
    supplier: str | None = None
    demand_order: UUID | None = None
    demand_line: int | None = None


@document(
    "production.BomChanged",
    part="bom",
    en="A bill of material was entered, changed or ended.",
    zh="物料清单已新建、变更或失效。",
)
class BomChanged(Event):
    bom: Bom


@document(
    "production.EngineeringRequestChanged",
    part="engineering_request",
    en="An engineering request was raised or changed, or is released with its item.",
    zh="工程需求已提出、变更，或已随物料发布。",
    consumers=("sales",),
)
class EngineeringRequestChanged(Event):
    engineering_request: EngineeringRequest


@document(
    "production.ProductionOrderReleased",
    part="order",
    en="A production order may be worked on; its material is wanted.",
    zh="生产订单已下达，需要备料。",
    consumers=("inventory",),
)
class ProductionOrderReleased(Event):
    order: ProductionOrder


@document(
    "production.ProductionOrderChanged",
    part="order",
    en="A production order was changed, completed, closed or cancelled.",
    zh="生产订单已变更、完工、关闭或取消。",
    consumers=("inventory",),
)
class ProductionOrderChanged(Event):
    order: ProductionOrder


@fact(
    "production.MaterialRequested",
    part="request",
    en="Production asks for material of an order.",
    zh="生产订单请求领料。",
    consumers=("inventory",),
)
class MaterialRequested(Event):
    request: MaterialRequest


@fact(
    "production.OperationReported",
    part="report",
    en="Work on an order was reported: pieces, hours, labour and overhead.",
    zh="工序已报工：数量、工时、人工与制造费用。",
    consumers=("finance",),
)
class OperationReported(Event):
    report: OperationReport


@fact(
    "production.OutputReported",
    part="output",
    en="Something was made and handed over to stock, at its cost.",
    zh="产出已报完工，按成本交库。",
    consumers=("inventory",),
)
class OutputReported(Event):
    output: Output


@fact(
    "production.SubcontractReceived",
    part="subcontract",
    en="Subcontracted work came back with its bill.",
    zh="委外加工已收回并收到发票。",
    consumers=("finance",),
)
class SubcontractReceived(Event):
    subcontract: Subcontract


@document(
    "production.NonconformanceRaised",
    part="nonconformance",
    en="Pieces are not as they must be, or it was decided about them.",
    zh="发现不合格品，或已作出处理决定。",
)
class NonconformanceRaised(Event):
    nonconformance: Nonconformance


@fact(
    "production.ProductionOrderClosed",
    part="closing",
    en="A production order was closed; what is left in work is its variance.",
    zh="生产订单已关闭，剩余在制成本为差异。",
    consumers=("finance",),
)
class ProductionOrderClosed(Event):
    closing: ProductionClosing


@document(
    "production.MrpCompleted",
    part="run",
    document="production.mrp_run",
    en="A planning run is done.",
    zh="物料需求计划运算完成。",
)
class MrpCompleted(Event):
    run: MrpRun


@fact(
    "production.PlannedOrderFirmed",
    part="firmed",
    en="A planned order was accepted.",
    zh="计划订单已确认。",
    consumers=("inventory", "purchasing"),
)
class PlannedOrderFirmed(Event):
    firmed: Firmed


@fact(
    "production.PromiseChanged",
    part="change",
    en="A sales order line can be delivered on another day than was told last, or no more.",
    zh="销售订单行的可交货日期与上次告知的不同，或已无法交货。",
    consumers=("sales",),
)
class PromiseChanged(Event):
    change: PromiseChange
