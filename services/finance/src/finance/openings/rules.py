"""How opening balances become one voucher: each against the opening account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from chassis.errors import BusinessError
from finance.vouchers.rules import EntryLine

ZERO = Decimal(0)
OPENING_ACCOUNT = "4104"
RECEIVABLE, PAYABLE, BANK = "1122.01", "2202.01", "1002"


class NothingToOpen(BusinessError):
    """An opening without any balance."""

    code = "validation-failed"
    status = 422
    en = "Give at least one opening balance other than 0.00."
    zh = "请至少录入一项不为 0.00 的期初余额。"


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """An unpaid invoice or bill that is brought along."""

    partner: str
    number: str
    amount: Decimal
    """Below zero for a credit."""
    due_date: date | None


@dataclass(frozen=True, slots=True)
class OpenBalance:
    """The balance of another account."""

    account: str
    debit: Decimal
    credit: Decimal


def opening_lines(
    receivables: Sequence[OpenDocument],
    payables: Sequence[OpenDocument],
    bank: Decimal,
    balances: Sequence[OpenBalance],
) -> tuple[EntryLine, ...]:
    """The lines of the opening voucher; the opening account takes what keeps them balanced."""
    text, text_en = "期初余额", "opening balance"
    lines: list[EntryLine] = []
    for account, documents, sign in ((RECEIVABLE, receivables, 1), (PAYABLE, payables, -1)):
        sums: dict[str, Decimal] = {}
        for one in documents:
            sums[one.partner] = sums.get(one.partner, ZERO) + one.amount
        lines.extend(
            _line(account, sign * amount, partner, text, text_en)
            for partner, amount in sums.items()
        )
    lines.append(_line(BANK, bank, "", text, text_en))
    lines.extend(_line(one.account, one.debit - one.credit, "", text, text_en) for one in balances)
    lines = [line for line in lines if line.debit or line.credit]
    if not lines:
        raise NothingToOpen
    rest = sum((line.debit - line.credit for line in lines), ZERO)
    if rest:
        lines.append(_line(OPENING_ACCOUNT, -rest, "", text, text_en))
    if len(lines) == 1:
        raise NothingToOpen
    return tuple(sorted(lines, key=lambda line: line.debit == ZERO))


def _line(account: str, amount: Decimal, partner: str, text: str, text_en: str) -> EntryLine:
    return EntryLine(account, max(amount, ZERO), max(-amount, ZERO), partner, "", text, text_en)
