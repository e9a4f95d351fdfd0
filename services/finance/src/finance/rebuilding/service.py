"""What of finance follows from topics, and how it is made again; see `chassis.rebuilding`."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.rebuilding import Rebuild, derive_ids
from finance.booking import consumers as booking
from finance.payables.rules import supplier_key
from finance.replicas import consumers as replicas

from . import store

OWN = (
    "finance.VoucherPosted",
    "finance.InvoiceIssued",
    "finance.CreditNoteIssued",
    "finance.DebitNoteIssued",
    "finance.OpeningEntered",
    "finance.BillBlocked",
    "finance.BillMatched",
    "finance.PaymentReceived",
    "finance.PaymentMade",
    "finance.AdvanceReceived",
    "finance.AdvancePaid",
    "finance.AdvanceApplied",
    "finance.CreditExposureChanged",
)
MASTER_RECORDS = ("masterdata.CompanyChanged", "masterdata.PartnerChanged")
"""Heard by booking too, which acts on them; a rebuild decides nothing."""
TABLES = (
    "company_replicas", "partner_replicas", "tax_code_replicas", "item_replicas", "purchase_order_lines", "vouchers",
    "voucher_lines", "account_balances", "voucher_counters", "posted_facts", "open_items", "allocations", "exposures",
    "shipment_lines", "undecided_shipments", "invoices", "invoice_lines", "credit_notes", "receipt_lines", "bills",
    "bill_lines", "bill_matches", "cost_shares", "waiting_returns", "payments", "openings",
    "advances", "advance_applications",
)  # fmt: skip


async def _supplier_keys(session: AsyncSession) -> None:
    rows = (await session.execute(text(store.SUPPLIER_NUMBERS))).all()
    await session.execute(
        text(store.SUPPLIER_KEYS),
        {"ids": [row[0] for row in rows], "keys": [supplier_key(str(row[1])) for row in rows]},
    )


PLAN = Rebuild(
    tables=TABLES,
    topics=(*OWN, *(topic for topic in booking.consumers.topics if topic not in MASTER_RECORDS)),
    replicas=replicas.consumers,
    steps=(
        store.VOUCHERS,
        store.VOUCHER_LINES,
        store.BALANCES,
        store.COUNTERS,
        store.INVOICES,
        store.INVOICE_LINES,
        store.CREDIT_NOTES,
        store.SHIPPED,
        store.RETURNED_LINES,
        store.RETURNED_FOR_NOTHING,
        store.RETURNED_FIRST,
        store.INVOICED,
        store.RETURNED,
        store.UNDECIDED,
        store.EXPOSURES,
        store.RECEIVED,
        store.BILLS,
        _supplier_keys,
        store.BILL_LINES,
        store.BILL_MATCHES,
        store.CLEARED,
        store.COST_SHARES,
        store.WAITING,
        store.PAYMENTS,
        store.SETTLED,
        store.ADVANCES,
        store.APPLICATIONS,
        store.OPENINGS,
        derive_ids(store.ITEMS, "open_item"),
        derive_ids(store.ON_ACCOUNT, "on_account"),
        derive_ids(store.SETTLEMENTS, "allocation", numbered=True),
        store.OPEN_ITEMS,
        store.ALLOCATIONS,
        store.POSTED_FACTS,
        store.ANALYZE,
    ),
    kept=("accounts", "company_settings", "periods", "period_reopenings", "posting_rules"),
    sequences=(
        "invoice_numbers",
        "credit_note_numbers",
        "bill_numbers",
        "payment_numbers",
        "opening_numbers",
        "advance_numbers",
    ),
    checks={
        "vouchers that do not balance": store.UNBALANCED,
        "voucher series with gaps": store.GAPS,
        "closed periods that differ from their seal": store.SEALS,
    },
    unhashed={
        # When finance wrote a row is not part of what it says; of vouchers it is.
        **dict.fromkeys(("posted_facts", "open_items", "allocations", "shipment_lines", "undecided_shipments", "invoices", "credit_notes", "receipt_lines", "bills", "bill_matches", "payments", "openings", "advances", "advance_applications"), ("recorded_at",)),
        "exposures": ("changed_at",),
        "cost_shares": ("recorded_at", "line"),
        "waiting_returns": ("recorded_at", "fact"),
    },
)  # fmt: skip
