"""What can be done with receivables: take in shipments and returns, issue invoices and credit notes."""

from .asking import InvoiceAsked, invoice_by_hand
from .lists import (
    credit_notes_selected,
    find_credit_note,
    find_invoice,
    invoice_lines,
    invoices_of,
    invoices_selected,
    unbilled_selected,
)
from .returns import take_returns
from .shipments import decide_shipments, invoice_shipments, take_shipments

__all__ = [
    "InvoiceAsked",
    "credit_notes_selected",
    "decide_shipments",
    "find_credit_note",
    "find_invoice",
    "invoice_by_hand",
    "invoice_lines",
    "invoice_shipments",
    "invoices_of",
    "invoices_selected",
    "take_returns",
    "take_shipments",
    "unbilled_selected",
]
