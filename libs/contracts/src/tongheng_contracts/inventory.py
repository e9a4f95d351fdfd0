"""Inventory's documents and facts: what is held, received, shipped, returned, transferred, adjusted, issued, and its cost."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from .envelope import Event, Fact, Part, document, fact
from .privacy import PersonalText, Public, PublicText
from .values import Amount, Price, Quantity


class Held(Part):
    """Stock set aside for an order line in one warehouse, not yet shipped."""

    warehouse: str
    quantity: Quantity
    picked: Quantity


class Expected(Part):
    """Supply on its way that an order line waits for."""

    source: str
    """Number of the purchase order, transfer or production order."""
    source_id: UUID
    source_line: int
    warehouse: str
    quantity: Quantity
    date: str | None


class ReservationLine(Part):
    """One order line: ordered = held + shipped + expected + uncovered + cancelled."""

    line: int
    item: PublicText
    unit: PublicText
    quantity: Quantity
    """Ordered, as of `order_version`."""
    cancelled: Quantity
    """Of what was asked to be cancelled: what is really released; picked or shipped goods stay."""
    held: list[Held]
    shipped: Quantity
    expected: list[Expected]
    uncovered: Quantity
    """Neither held nor expected: to be bought or made."""
    warehouse: str | None
    """Where an uncovered quantity is wanted."""


class Reservation(Part):
    """What inventory holds, expects and misses for one sales order. Its id is the order's."""

    id: UUID
    number: str
    """The order's number."""
    company: str
    version: int
    order_version: int
    """The newest order version that this answers."""
    released: bool
    """True when a cancellation was asked and everything not picked or shipped is released."""
    placed_at: datetime | None = None
    lines: list[ReservationLine]


class StockAlert(Part):
    """What an item misses in a warehouse by its reorder rule. Its id is the rule's."""

    id: UUID
    company: str
    version: int
    item: PublicText
    unit: PublicText
    warehouse: str
    minimum: Quantity
    maximum: Quantity
    position: Quantity
    """Free, on the road and on order, without what orders hold or wait for."""
    quantity: Quantity
    """Up to the maximum; 0: there is enough."""
    counted: list[UUID]
    """The purchase orders in the position."""


class ShipmentLine(Part):
    """One shipped order line. Amounts are the line's share, so that the shipments of a line sum to the line."""

    line: int
    order_line: int
    item: PublicText
    quantity: Quantity
    unit: PublicText
    lot: str = ""
    valuation_class: str
    cost: Amount
    amount_net: Amount
    amount_tax: Amount
    amount_gross: Amount
    tax_code: PublicText
    tax_rate: Annotated[Price, Public]


class Shipment(Fact):
    """Goods that left to a customer, with what they cost and what they are sold for."""

    order: UUID
    order_number: str
    customer: str
    warehouse: str
    currency: PublicText
    carrier: str = ""
    tracking_number: str = ""
    lines: list[ShipmentLine]
    cost: Amount
    amount_net: Amount
    amount_tax: Amount
    amount_gross: Amount


class ReceiptLine(Part):
    """One received purchase order line: `amount` is the accepted quantity at the order's price."""

    line: int
    order_line: int
    item: PublicText
    accepted: Quantity
    rejected: Quantity
    unit: PublicText
    unit_price: Price
    amount: Amount
    valuation_class: str
    lot: str = ""
    expiry_date: str | None = None
    tax_code: PublicText
    tax_rate: Annotated[Price, Public]
    bin: PublicText = ""
    """Where it was put; empty: in no bin."""


class Receipt(Fact):
    """Goods that arrived from a supplier and were inspected."""

    purchase_order: UUID
    purchase_order_number: str
    supplier: str
    warehouse: str
    currency: PublicText
    lines: list[ReceiptLine]
    amount: Amount


class ReturnLine(Part):
    """What came back or went back: its value in the stock ledger, and what is credited for it."""

    line: int
    order_line: int
    item: PublicText
    quantity: Quantity
    unit: PublicText
    valuation_class: str
    cost: Amount
    amount_net: Amount
    amount_tax: Amount
    amount_gross: Amount
    tax_code: PublicText
    tax_rate: Annotated[Price, Public]
    shipment: UUID | None = None
    """The shipment that a customer's return comes from."""
    receipt: UUID | None = None
    """The receipt that a return to a supplier comes from."""
    receipt_line: int | None = None


class GoodsReturn(Fact):
    """A customer's return (`from_customer`), or a return to a supplier (`to_supplier`)."""

    direction: str
    authorisation: UUID
    """The RMA or purchase return that allowed it."""
    authorisation_number: str
    order: UUID
    order_number: str
    partner: str
    warehouse: str
    currency: PublicText
    lines: list[ReturnLine]
    cost: Amount
    amount_net: Amount
    amount_tax: Amount
    amount_gross: Amount


class TransferLine(Part):
    """What moves between warehouses, at its share of the value."""

    line: int
    item: PublicText
    quantity: Quantity
    unit: PublicText
    valuation_class: str
    cost: Amount


class TransferMovement(Fact):
    """One end of a transfer: shipped from, or received at."""

    transfer: UUID
    transfer_number: str
    from_warehouse: str
    to_warehouse: str
    lines: list[TransferLine]


class TransferOrderLine(Part):
    """A line of a transfer."""

    line: int
    item: PublicText
    unit: PublicText
    lot: str
    quantity: Quantity
    received: Quantity
    """Of what was shipped, what has arrived."""


class TransferOrder(Part):
    """Goods that are to go, or go, from one warehouse to another."""

    id: UUID
    number: str
    company: str
    version: int
    status: PublicText
    """open, in_transit, received or cancelled."""
    from_warehouse: str
    to_warehouse: str
    business_date: str
    ship_date: str | None = None
    """When the goods are to leave."""
    due_date: str | None = None
    """When the goods are to be there."""
    planned_order: UUID | None = None
    """The planned order of an accepted plan that asked for it."""
    lines: list[TransferOrderLine]


class AdjustmentLine(Part):
    """A change of stock; quantity and amount are signed."""

    line: int
    item: PublicText
    warehouse: str
    quantity: Quantity
    unit: PublicText
    amount: Amount
    valuation_class: str


class Adjustment(Fact):
    """Stock set right. `reason`: opening, count, damage, found, or another of the company's."""

    reason: str
    text: PersonalText = ""
    lines: list[AdjustmentLine]


class RelocationLine(Part):
    """What went from one bin to another; an empty bin: in the warehouse, in no bin."""

    line: int
    item: PublicText
    quantity: Quantity
    unit: PublicText
    from_bin: PublicText
    to_bin: PublicText
    lot: str = ""


class Relocation(Fact):
    """Goods put away, or moved inside a warehouse: no quantity of the warehouse and no value changes."""

    warehouse: str
    lines: list[RelocationLine]


class IssueLine(Part):
    """What was taken to a cost collector."""

    line: int
    item: PublicText
    warehouse: str
    quantity: Quantity
    unit: PublicText
    cost: Amount
    valuation_class: str
    lot: str = ""
    order_line: int = 0
    """The production order's component line; 0 for none."""


class Issue(Fact):
    """Material given out to a cost collector (work order, project, department)."""

    cost_collector: str
    destination: str
    """work_in_process or expense."""
    lines: list[IssueLine]
    cost: Amount
    production_order: UUID | None = None
    """The production order that it was given out to."""
    request: UUID | None = None
    """Production's request that it answers."""


class ProductionReceiptLine(Part):
    """What was made, at the cost that production's cost sheet gives it."""

    line: int
    item: PublicText
    warehouse: str
    quantity: Quantity
    unit: PublicText
    lot: str = ""
    kind: PublicText
    """main, co or by."""
    valuation_class: str
    material: Amount
    labour: Amount
    overhead: Amount
    subcontract: Amount
    cost: Amount


class ProductionReceipt(Fact):
    """What production handed over, taken into stock."""

    output: UUID
    production_order: UUID
    production_order_number: str
    lines: list[ProductionReceiptLine]
    cost: Amount


class CostShare(Part):
    """The share of a cost difference that went where the goods went."""

    destination: str
    """on_hand, sale, work_in_process, expense, adjustment or supplier_return."""
    amount: Amount


class CostAdjustmentLine(Part):
    """How one receipt line's difference is split, first in first out."""

    receipt: UUID
    receipt_line: int
    item: PublicText
    valuation_class: str
    quantity: Quantity
    amount: Amount
    shares: list[CostShare]


class CostAdjustment(Fact):
    """A later cost (price difference of a bill) brought to where the goods are. No old entry is touched."""

    cause: str
    """bill."""
    cause_id: UUID
    cause_number: str
    supplier: str
    lines: list[CostAdjustmentLine]
    amount: Amount


@document(
    "inventory.StockReserved",
    part="reservation",
    en="What is held, expected and missing for an order.",
    zh="订单的预留、在途与缺口情况。",
    consumers=("purchasing", "sales"),
)
class StockReserved(Event):
    reservation: Reservation


@document(
    "inventory.StockAlertRaised",
    part="alert",
    en="An item is below its minimum in a warehouse, or is no more.",
    zh="物料在仓库中低于最低库存，或已恢复。",
    consumers=("purchasing",),
)
class StockAlertRaised(Event):
    alert: StockAlert


@document(
    "inventory.StockShort",
    part="reservation",
    en="An order can't be held in full.",
    zh="订单库存不足。",
    consumers=("purchasing", "sales"),
)
class StockShort(Event):
    reservation: Reservation


@fact(
    "inventory.GoodsReceived",
    part="receipt",
    en="Goods arrived from a supplier and were accepted.",
    zh="采购到货已验收入库。",
    consumers=("finance", "inventory", "production", "purchasing"),
)
class GoodsReceived(Event):
    receipt: Receipt


@fact(
    "inventory.InspectionFailed",
    part="receipt",
    en="Goods of a receipt were rejected; they are not ours.",
    zh="来料检验不合格。",
)
class InspectionFailed(Event):
    receipt: Receipt


@fact(
    "inventory.GoodsShipped",
    part="shipment",
    en="Goods left to a customer.",
    zh="销售发货已出库。",
    consumers=("finance", "production", "sales"),
)
class GoodsShipped(Event):
    shipment: Shipment


@fact(
    "inventory.GoodsReturned",
    part="goods_return",
    en="Goods came back from a customer, or went back to a supplier.",
    zh="退货已入库或退回供应商。",
    consumers=("finance", "production", "purchasing", "sales"),
)
class GoodsReturned(Event):
    goods_return: GoodsReturn


@document(
    "inventory.TransferChanged",
    part="transfer",
    en="A transfer was made, sent off, taken in or given up.",
    zh="调拨单已新建、发出、接收或取消。",
    consumers=("production",),
)
class TransferChanged(Event):
    transfer: TransferOrder


@fact(
    "inventory.TransferShipped",
    part="movement",
    en="A transfer left its warehouse.",
    zh="调拨已发出。",
    consumers=("production",),
)
class TransferShipped(Event):
    movement: TransferMovement


@fact(
    "inventory.TransferReceived",
    part="movement",
    en="A transfer arrived.",
    zh="调拨已接收。",
    consumers=("inventory", "production"),
)
class TransferReceived(Event):
    movement: TransferMovement


@fact(
    "inventory.StockAdjusted",
    part="adjustment",
    en="Stock was set right: opening, count, damage.",
    zh="库存已调整：期初、盘点、报损等。",
    consumers=("finance", "inventory", "production"),
)
class StockAdjusted(Event):
    adjustment: Adjustment


@fact(
    "inventory.StockRelocated",
    part="relocation",
    en="Goods were moved between bins of a warehouse.",
    zh="货物已在仓库内移库。",
    consumers=(),
)
class StockRelocated(Event):
    relocation: Relocation


@fact(
    "inventory.MaterialIssued",
    part="issue",
    en="Material was issued to a cost collector.",
    zh="物料已领用。",
    consumers=("finance", "production"),
)
class MaterialIssued(Event):
    issue: Issue


@document(
    "inventory.MaterialShort",
    part="reservation",
    document="inventory.material_shortage",
    en="A production order's material can't be given out in full.",
    zh="生产订单领料不足。",
    consumers=("purchasing",),
)
class MaterialShort(Event):
    reservation: Reservation
    """Its id is the production order's."""


@fact(
    "inventory.ProductionReceived",
    part="production_receipt",
    en="Finished goods were taken into stock.",
    zh="完工产品已入库。",
    consumers=("finance", "production"),
)
class ProductionReceived(Event):
    production_receipt: ProductionReceipt


@fact(
    "inventory.CostAdjusted",
    part="adjustment",
    en="A later cost was brought to where the goods are.",
    zh="存货成本已调整。",
    consumers=("finance", "production"),
)
class CostAdjusted(Event):
    adjustment: CostAdjustment
