"""Finance's documents and facts: vouchers, invoices, credit notes, bills, payments, credit exposure."""

from __future__ import annotations

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
    "finance.CreditExposureChanged",
    part="exposure",
    en="What a customer owes has changed.",
    zh="客户信用占用已变化。",
    consumers=("sales",),
)
class CreditExposureChanged(Event):
    exposure: CreditExposure
