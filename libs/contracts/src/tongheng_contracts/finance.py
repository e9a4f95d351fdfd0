"""Finance's documents and facts: vouchers, invoices, credit notes, bills, payments, credit exposure."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from .envelope import Document, Event, Fact, Part, document, fact
from .privacy import PersonalText, PublicText
from .values import Amount, Price, Quantity


class VoucherLine(Part):
    """A debit or a credit of one account; the other side is 0.00."""

    line: int
    account: str
    debit: Amount
    credit: Amount
    partner: str = ""
    item: PublicText = ""
    text: PersonalText = ""
    text_en: PersonalText = ""


class Voucher(Fact):
    """A posted voucher (凭证). It never changes; a reversal is another one that names it."""

    period: str
    """2026-11."""
    voucher_type: str
    ledger: str = "main"
    currency: PublicText
    rule: str
    source_topic: str
    source_event: UUID | None
    source_id: UUID | None
    source_number: str
    corrects: UUID | None = None
    lines: list[VoucherLine]
    amount: Amount
    """Sum of the debits."""
    rule_version: int = 1
    text: PersonalText = ""
    text_en: PersonalText = ""
    case: UUID | None = None
    """The business case: the order that it belongs to."""
    case_number: str = ""
    actor: PersonalText = ""
    """Who posted it: a person, or the service itself."""
    source_recorded_at: datetime | None = None
    """When the fact was recorded by the service that told it; null for finance's own."""


class InvoiceLine(Part):
    """What is invoiced of a shipment."""

    line: int
    shipment: UUID
    shipment_line: int
    order_line: int
    item: PublicText
    quantity: Quantity
    unit: PublicText
    amount_net: Amount
    amount_tax: Amount
    amount_gross: Amount
    tax_code: PublicText


class Invoice(Fact):
    """A sales invoice."""

    customer: str
    order: UUID
    order_number: str
    currency: PublicText
    due_date: str
    lines: list[InvoiceLine]
    amount_net: Amount
    amount_tax: Amount
    amount_gross: Amount


class CreditNoteLine(Part):
    """What is credited of a shipment."""

    line: int
    """The line of the goods' return."""
    shipment: UUID
    shipment_line: int
    order_line: int
    item: PublicText
    quantity: Quantity
    unit: PublicText
    amount_net: Amount
    amount_tax: Amount
    amount_gross: Amount
    tax_code: PublicText


class CreditNote(Fact):
    """A credit (red invoice 红字发票) to a customer for returned goods."""

    customer: str
    order: UUID
    order_number: str
    goods_return: UUID
    currency: PublicText
    invoiced: bool
    """True when it reduces an invoice; False when the goods had not been invoiced yet."""
    amount_net: Amount
    amount_tax: Amount
    amount_gross: Amount
    goods_return_number: str = ""
    lines: list[CreditNoteLine] = []


class DebitNoteLine(Part):
    """What a return to a supplier takes off one receipt line."""

    receipt: UUID
    receipt_line: int
    quantity_unbilled: Quantity
    """Not billed yet: it will not be."""
    amount_unbilled: Amount
    quantity_billed: Quantity
    """Billed already: the supplier owes it back."""


class DebitNote(Fact):
    """What a supplier owes back for returned goods; its number is the return's."""

    supplier: str
    order: UUID
    order_number: str
    goods_return: UUID
    currency: PublicText
    lines: list[DebitNoteLine]
    amount_net: Amount
    """Of what was billed; 0.00 when nothing was."""
    amount_tax: Amount
    amount_gross: Amount


class OpeningDocument(Part):
    """An unpaid document that a company brings along."""

    open_item: UUID
    side: str
    """receivable or payable."""
    partner: str
    number: str
    amount: Amount
    """Below zero for a credit."""
    due_date: str


class Opening(Fact):
    """A company's opening balances; the voucher that carries them is told by itself."""

    currency: PublicText
    amount: Amount
    """Sum of the debits."""
    documents: list[OpeningDocument]


class ClosedPeriod(Document):
    """An accounting period that takes no postings; what it holds is sealed."""

    closing: int
    """How often it has been closed, this time included."""
    voucher_count: int
    line_count: int
    debit: Amount
    credit: Amount
    hash: str
    """SHA-256 over its lines, in the order of their vouchers."""


class ReopenedPeriod(Document):
    """An accounting period that takes postings again; what was posted in it stays."""

    closing: int
    """The closing that was undone."""
    reason: PersonalText


class BillLine(Part):
    """What a supplier bills of one receipt line."""

    line: int
    purchase_order: UUID
    order_line: int
    receipt: UUID | None
    receipt_line: int | None
    item: PublicText
    quantity: Quantity
    unit_price: Price
    amount_received: Amount
    """What the receipt was valued at: what GRNI holds for this quantity."""
    amount_net: Amount
    difference: Amount
    """amount_net - amount_received."""
    bill_line: int = 0
    """The line of the bill as the supplier sent it; 0 when this is that line."""


class BillEntry(Part):
    """A line of a bill as the supplier sent it."""

    line: int
    order_line: int
    item: PublicText
    unit: PublicText
    tax_code: PublicText
    tax_rate: Price
    quantity: Quantity
    unit_price: Price
    order_price: Price
    """What the order says."""
    amount_net: Amount
    amount_tax: Amount


class Bill(Document):
    """A supplier's invoice."""

    supplier: str
    supplier_number: str
    posting_date: str
    due_date: str
    currency: PublicText
    block_reasons: list[str] = []
    lines: list[BillLine]
    amount_net: Amount
    amount_tax: Amount
    amount_gross: Amount
    purchase_order: UUID | None = None
    purchase_order_number: str = ""
    price_accepted: bool = False
    """A person accepted that the price is not the order's."""
    entries: list[BillEntry] = []


class Allocation(Part):
    """The part of a payment that settles one open item; negative for a credit note that is offset."""

    open_item: UUID
    document_number: str
    order: UUID | None
    amount: Amount


class Payment(Fact):
    """Money received from a customer or paid to a supplier."""

    partner: str
    currency: PublicText
    amount: Amount
    bank_account: str
    reference: PersonalText = ""
    allocations: list[Allocation]
    on_account: Amount
    order: UUID | None = None
    """The order that it was paid for, if one was named."""
    order_number: str = ""


class Advance(Fact):
    """Money received from a customer before his invoice, or paid to a supplier before his bill."""

    partner: str
    currency: PublicText
    amount: Amount
    account: str
    """The account that holds it until it is applied."""
    bank_account: str
    reference: PersonalText = ""


class AdvanceApplication(Fact):
    """A part of an advance that settled documents; its number is the payment's, which says what it settled."""

    advance: UUID
    advance_number: str
    payment: UUID
    partner: str
    amount: Amount


class CreditExposure(Fact):
    """What a customer owes by finance's books. `sequence` grows by one with each change of the customer in a company."""

    customer: str
    currency: PublicText
    sequence: int
    receivable: Amount
    """Gross: invoiced and unbilled, less credits and money on account."""
    overdue: Amount
    shipments: list[UUID]
    """The shipments that this change has taken into `receivable`."""


@fact("finance.VoucherPosted", part="voucher", en="A voucher was posted.", zh="凭证已过账。")
class VoucherPosted(Event):
    voucher: Voucher


@fact(
    "finance.InvoiceIssued",
    part="invoice",
    en="A sales invoice was issued.",
    zh="销售发票已开具。",
    consumers=("sales",),
)
class InvoiceIssued(Event):
    invoice: Invoice


@fact(
    "finance.CreditNoteIssued",
    part="credit_note",
    en="A credit note was issued.",
    zh="红字发票已开具。",
    consumers=("sales",),
)
class CreditNoteIssued(Event):
    credit_note: CreditNote


@fact(
    "finance.DebitNoteIssued",
    part="debit_note",
    en="Goods went back to a supplier, and the books say what he owes for them.",
    zh="采购退货已冲减应付。",
)
class DebitNoteIssued(Event):
    debit_note: DebitNote


@fact(
    "finance.OpeningEntered",
    part="opening",
    en="A company's opening balances were entered.",
    zh="期初余额已录入。",
)
class OpeningEntered(Event):
    opening: Opening


@document(
    "finance.BillBlocked",
    part="bill",
    en="A supplier's bill does not match order and receipt.",
    zh="应付账单因不符被冻结。",
)
class BillBlocked(Event):
    bill: Bill


@document(
    "finance.BillMatched",
    part="bill",
    en="A supplier's bill matches, or its difference was accepted.",
    zh="应付账单已匹配。",
    consumers=("inventory", "purchasing"),
)
class BillMatched(Event):
    bill: Bill


@fact(
    "finance.PaymentReceived",
    part="payment",
    en="A customer paid.",
    zh="已收款。",
    consumers=("sales",),
)
class PaymentReceived(Event):
    payment: Payment


@fact("finance.PaymentMade", part="payment", en="A supplier was paid.", zh="已付款。")
class PaymentMade(Event):
    payment: Payment


@fact(
    "finance.AdvanceReceived",
    part="advance",
    en="A customer paid before his invoice.",
    zh="已预收款。",
)
class AdvanceReceived(Event):
    advance: Advance


@fact(
    "finance.AdvancePaid",
    part="advance",
    en="A supplier was paid before his bill.",
    zh="已预付款。",
)
class AdvancePaid(Event):
    advance: Advance


@fact(
    "finance.AdvanceApplied",
    part="application",
    en="An advance settled documents.",
    zh="预收/预付款已核销。",
)
class AdvanceApplied(Event):
    application: AdvanceApplication


@document(
    "finance.PeriodClosed",
    part="period",
    en="An accounting period was closed.",
    zh="会计期间已结账。",
)
class PeriodClosed(Event):
    period: ClosedPeriod


@document(
    "finance.PeriodReopened",
    part="period",
    en="A closed accounting period was reopened.",
    zh="会计期间已反结账。",
)
class PeriodReopened(Event):
    period: ReopenedPeriod


@fact(
    "finance.CreditExposureChanged",
    part="exposure",
    en="What a customer owes has changed.",
    zh="客户信用占用已变化。",
    consumers=("sales",),
)
class CreditExposureChanged(Event):
    exposure: CreditExposure
