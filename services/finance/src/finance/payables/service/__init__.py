"""What can be done with payables: take in receipts and returns, enter, match, accept and cancel bills."""

from .bills import (
    GivenBill,
    GivenLine,
    accept_bill,
    cancel_bill,
    enter_bill,
    enter_bills,
    rematch_bill,
)
from .costs import Owed, UnknownCause, owe, take_cost_adjustments
from .goods import awaited_returns, lock_purchase_orders, take_receipts, take_returns
from .lists import (
    BillDetails,
    bill_details,
    bills_of,
    bills_selected,
    find_bill,
    unbilled_selected,
)

__all__ = [
    "BillDetails",
    "GivenBill",
    "GivenLine",
    "Owed",
    "UnknownCause",
    "accept_bill",
    "awaited_returns",
    "bill_details",
    "bills_of",
    "bills_selected",
    "cancel_bill",
    "enter_bill",
    "enter_bills",
    "find_bill",
    "lock_purchase_orders",
    "owe",
    "rematch_bill",
    "take_cost_adjustments",
    "take_receipts",
    "take_returns",
    "unbilled_selected",
]
