"""From a fact and the bookkeeper's rules to balanced entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from chassis.errors import BusinessError
from finance.vouchers.rules import EntryLine, UnbalancedVoucher

ZERO = Decimal(0)
Side = Literal["debit", "credit"]


class NoAccount(BusinessError):
    """The rule's map has no account for what the fact says."""

    code = "no-account"
    status = 422
    en = "Posting rule {rule} has no account for {by} {key}."
    zh = "过账规则 {rule} 未为 {by}“{key}”指定科目。"


class NoAmount(BusinessError):
    """The rule asks for an amount that the fact does not have."""

    code = "no-amount"
    status = 422
    en = "Posting rule {rule} asks for an amount {amount}, which this fact does not have."
    zh = "过账规则 {rule} 使用的金额 {amount} 在该业务事实中不存在。"


@dataclass(frozen=True, slots=True)
class Received:
    """How a fact of another service came: its event, and when that service recorded it."""

    event: UUID
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class FactLine:
    """A line of a fact: its amounts and its attributes by name."""

    amounts: Mapping[str, Decimal]
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    item: str = ""


@dataclass(frozen=True, slots=True)
class PostingFact:
    """What happened, as rules see it."""

    topic: str
    source_event: UUID | None
    source_id: UUID
    source_number: str
    company: str
    business_date: date
    posting_date: date
    amounts: Mapping[str, Decimal]
    lines: tuple[FactLine, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    partner: str = ""
    currency: str = "CNY"
    recorded_at: datetime | None = None
    case_id: UUID | None = None
    case_number: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """The fact's attribute is one of the values; or none of them, when negated."""

    attribute: str
    values: tuple[str, ...]
    negated: bool = False

    def holds(self, attributes: Mapping[str, str]) -> bool:
        """Whether a fact with these attributes is meant."""
        return (attributes.get(self.attribute, "") in self.values) != self.negated


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One side of a rule: the account, or where to look it up, and which amount it takes.

    A negative amount stands on the other side. `by` names the attribute that finds the account: in the map, or, when
    the map is empty, as the account itself. `of` says whether the fact's own amount is taken or its lines' sum;
    lines with the same account are one voucher line, and with `per` item one for each item.
    """

    side: Side
    amount: str
    account: str = ""
    by: str = ""
    accounts: Mapping[str, str] = field(default_factory=dict[str, str])
    of: Literal["document", "lines"] = "document"
    per: Literal["document", "item"] = "document"
    partner: bool = False
    text: str = ""
    text_en: str = ""

    def account_for(self, rule: str, attributes: Mapping[str, str]) -> str:
        """The account that this line means for a fact, or a line of it, with these attributes."""
        if not self.by:
            return self.account
        key = attributes.get(self.by, "")
        found = self.accounts.get(key) if self.accounts else key or None
        if found is None:
            raise NoAccount(rule=rule, by=self.by, key=key)
        return found


@dataclass(frozen=True, slots=True)
class PostingRule:
    """An event, under conditions, makes one voucher with these lines."""

    code: str
    version: int
    topic: str
    voucher_type: str
    lines: tuple[RuleLine, ...]
    conditions: tuple[Condition, ...] = ()
    text: str = ""
    text_en: str = ""
    explanation: str = ""
    explanation_en: str = ""
    active: bool = True

    def applies(self, fact: PostingFact) -> bool:
        """Whether this rule makes a voucher of the fact."""
        return (
            self.active
            and self.topic == fact.topic
            and all(condition.holds(fact.attributes) for condition in self.conditions)
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """What one rule makes of one fact; balanced."""

    fact: PostingFact
    rule: PostingRule
    text: str
    text_en: str
    lines: tuple[EntryLine, ...]


def entries_for(fact: PostingFact, rules: Iterable[PostingRule]) -> list[Entry]:
    """The fact's voucher set: one entry for each rule that applies and has any amount."""
    made: list[Entry] = []
    for rule in rules:
        if rule.topic != fact.topic or not rule.applies(fact):
            continue
        lines = tuple(_lines(fact, rule))
        if lines:
            made.append(
                Entry(fact, rule, _filled(rule.text, fact), _filled(rule.text_en, fact), lines)
            )
    return made


def _lines(fact: PostingFact, rule: PostingRule) -> list[EntryLine]:
    sums: dict[tuple[int, str, str], Decimal] = {}
    for index, line in enumerate(rule.lines):
        if line.of == "document":
            if line.amount not in fact.amounts:
                raise NoAmount(rule=rule.code, amount=line.amount)
            sums[index, line.account_for(rule.code, fact.attributes), ""] = fact.amounts[
                line.amount
            ]
            continue
        for part in fact.lines:
            if line.amount not in part.amounts:
                raise NoAmount(rule=rule.code, amount=line.amount)
            amount = part.amounts[line.amount]
            if amount == ZERO:
                continue
            account = line.account_for(rule.code, part.attributes)
            key = (index, account, part.item if line.per == "item" else "")
            sums[key] = sums.get(key, ZERO) + amount
    made: list[EntryLine] = []
    balance = ZERO
    for (index, account, item), amount in sums.items():
        if amount == ZERO:
            continue
        line = rule.lines[index]
        on_debit = (line.side == "debit") == (amount > ZERO)
        size = abs(amount)
        balance += size if on_debit else -size
        made.append(EntryLine(
            account, size if on_debit else ZERO, ZERO if on_debit else size, fact.partner if line.partner else "", item,
            _filled(line.text, fact), _filled(line.text_en, fact),
        ))  # fmt: skip
    if balance != ZERO:
        debit = sum((one.debit for one in made), ZERO)
        raise UnbalancedVoucher(debit=f"{debit:.2f}", credit=f"{debit - balance:.2f}")
    # Debits first, as a bookkeeper writes them.
    return sorted(made, key=lambda one: one.debit == ZERO)


def _filled(template: str, fact: PostingFact) -> str:
    if "{" not in template:
        return template
    return (
        template.replace("{number}", fact.source_number)
        .replace("{partner}", fact.partner)
        .replace("{case}", fact.case_number)
    )


def accounts_of(rule: PostingRule) -> set[str]:
    """Every account that the rule may post to."""
    named = {line.account for line in rule.lines if not line.by}
    return named.union(*(set(line.accounts.values()) for line in rule.lines))


def check_rule(rule: PostingRule, samples: Sequence[PostingFact]) -> set[str]:
    """Try a rule on sample facts whose amounts have nothing in common; the accounts that it may post to.

    Raises:
        UnbalancedVoucher: its debits and credits differ on a sample.
        NoAmount: it asks for an amount that such facts do not have.
        NoAccount: its map leaves out something that such facts may say.
    """
    used = accounts_of(rule)
    for sample in samples:
        for entry in entries_for(sample, [rule]):
            used.update(line.account for line in entry.lines)
    return used
