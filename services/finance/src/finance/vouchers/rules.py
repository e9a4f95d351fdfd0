"""What a voucher is: at least two lines, each on one side, debits equal to credits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from chassis.errors import BusinessError, InvalidState

ZERO = Decimal(0)
MAIN_LEDGER = "main"


class VoucherType(StrEnum):
    """The series of a voucher (凭证字): each company counts each of them 1…n per period."""

    RECEIPT = "receipt"
    PAYMENT = "payment"
    TRANSFER = "transfer"
    GENERAL = "general"


PREFIXES: Mapping[str, str] = {
    VoucherType.RECEIPT: "RV",
    VoucherType.PAYMENT: "PV",
    VoucherType.TRANSFER: "TV",
    VoucherType.GENERAL: "GV",
}
"""收, 付, 转, 记."""


class UnbalancedVoucher(BusinessError):
    """Debits and credits differ."""

    code = "unbalanced-voucher"
    status = 422
    en = "The voucher does not balance: debits are {debit}, credits {credit}."
    zh = "凭证借贷不平：借方合计 {debit}，贷方合计 {credit}。"


class TooFewLines(BusinessError):
    """A voucher has a debit and a credit at the least."""

    code = "unbalanced-voucher"
    status = 422
    en = "A voucher has at least two lines, each with an amount on one side."
    zh = "凭证至少须有两条分录，且每条分录只在一方有金额。"


class EntryLine(NamedTuple):
    """A debit or a credit of one account."""

    account: str
    debit: Decimal
    credit: Decimal
    partner: str = ""
    item: str = ""
    text: str = ""
    text_en: str = ""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """Lines that belong together because their debits equal their credits, with where they come from."""

    id: UUID
    company: str
    voucher_type: str
    currency: str
    rule: str
    rule_version: int
    text: str
    text_en: str
    source_topic: str
    source_event: UUID | None
    source_id: UUID | None
    source_number: str
    business_date: date
    posting_date: date
    source_recorded_at: datetime | None
    """When the fact was recorded by its own service; None for one of our own, recorded now."""
    lines: tuple[EntryLine, ...]
    case_id: UUID | None = None
    case_number: str = ""
    corrects: UUID | None = None
    ledger: str = MAIN_LEDGER
    amount: Decimal = field(init=False, default=ZERO)
    """The sum of the debits."""

    def __post_init__(self) -> None:
        debits = check_lines(self.lines, red=self.corrects is not None)
        object.__setattr__(self, "amount", debits)


@dataclass(frozen=True, slots=True)
class PostedVoucher:
    """A voucher as it stands in the books."""

    entry: JournalEntry
    number: str
    period: str
    posting_date: date
    sequence: int


def check_lines(lines: Sequence[EntryLine], *, red: bool = False) -> Decimal:
    """Refuse lines that make no voucher; a red-letter one (红字) is negative throughout. The sum of the debits."""
    debit = credit = ZERO
    for line in lines:
        one_sided = (line.debit == ZERO) != (line.credit == ZERO)
        size = line.debit or line.credit
        if not one_sided or (size > ZERO if red else size < ZERO):
            raise TooFewLines
        debit += line.debit
        credit += line.credit
    if debit != credit:
        raise UnbalancedVoucher(debit=f"{debit:.2f}", credit=f"{credit:.2f}")
    if len(lines) < 2:
        raise TooFewLines
    return debit


def number_of(voucher_type: str, period: str, sequence: int) -> str:
    """The voucher's number: its series, its period, its place in it."""
    return f"{PREFIXES[voucher_type]}-{period}-{sequence:06d}"


def reversal_lines(lines: Iterable[EntryLine]) -> tuple[EntryLine, ...]:
    """The same lines in red letters: negative on the same side."""
    return tuple(
        EntryLine(
            line.account,
            -line.debit,
            -line.credit,
            line.partner,
            line.item,
            line.text,
            line.text_en,
        )
        for line in lines
    )


def check_reversible(*, rule: str, corrects: UUID | None) -> None:
    """Only what was entered by hand is reversed by hand; what a document made is corrected by a document."""
    if rule != "manual":
        raise InvalidState(
            now=("made by a business document; correct that one", "由业务单据生成，请更正业务单据")
        )
    if corrects is not None:
        raise InvalidState(now=("itself a reversal", "红字冲销凭证，不能再冲销"))
