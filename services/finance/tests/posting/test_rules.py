"""Posting rules: balanced whatever the amounts, refused when they could not balance."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.accounts.rules import CHART
from finance.posting.rules.defaults import (
    BILLED,
    COST_PLACES,
    DEFAULT_RULES,
    RECEIVED,
    RETURNED,
    SAMPLES,
    SHIPPED,
    STOCK,
)
from finance.posting.rules.definitions import definition_of, rule_of
from finance.posting.rules.entries import (
    FactLine,
    NoAccount,
    NoAmount,
    PostingFact,
    RuleLine,
    accounts_of,
    check_rule,
    entries_for,
)
from finance.vouchers.rules import UnbalancedVoucher

BY_CODE = {rule.code: rule for rule in DEFAULT_RULES}
cents = st.integers(-10_000_000, 10_000_000).map(lambda value: Decimal(value).scaleb(-2))


def sample(topic: str) -> PostingFact:
    return SAMPLES[topic]()[0]


@pytest.mark.parametrize("rule", DEFAULT_RULES, ids=lambda rule: rule.code)
def test_every_default_rule_balances_and_uses_postable_accounts(rule: object) -> None:
    known = {account.code for account in CHART if account.postable}

    check_rule(rule, SAMPLES[rule.topic]())  # type: ignore[attr-defined, arg-type]

    assert accounts_of(rule) - {""} <= known  # type: ignore[arg-type]
    assert any(entries_for(fact, [rule]) for fact in SAMPLES[rule.topic]())  # type: ignore[attr-defined, list-item]


def test_every_topic_that_is_posted_has_a_rule_and_a_sample() -> None:
    assert {rule.topic for rule in DEFAULT_RULES} == set(SAMPLES)


@given(
    st.lists(st.tuples(st.sampled_from(sorted(COST_PLACES)), cents), min_size=1, max_size=8),
    cents,
    cents,
)
def test_a_bill_balances_wherever_its_difference_goes(
    places: list[tuple[str, Decimal]], received: Decimal, tax: Decimal
) -> None:
    lines = tuple(
        FactLine({"difference": amount}, {"place": place}, "B") for place, amount in places
    )
    difference = sum((amount for _, amount in places), Decimal(0))
    amounts = {"received": received, "tax": tax, "gross": received + difference + tax}
    fact = replace(sample(BILLED), amounts=amounts, lines=lines)

    for entry in entries_for(fact, DEFAULT_RULES):
        assert sum(line.debit - line.credit for line in entry.lines) == 0
        assert all(line.debit >= 0 and line.credit >= 0 for line in entry.lines)
        assert all((line.debit == 0) != (line.credit == 0) for line in entry.lines)


def test_a_negative_difference_stands_on_the_other_side() -> None:
    lines = (FactLine({"difference": Decimal("-240.00")}, {"place": "raw_material"}, "B"),)
    amounts = {
        "received": Decimal("10000.00"),
        "tax": Decimal("1268.80"),
        "gross": Decimal("11028.80"),
    }
    (entry,) = entries_for(replace(sample(BILLED), amounts=amounts, lines=lines), DEFAULT_RULES)

    assert [
        (line.account, line.debit, line.credit) for line in entry.lines if line.account == "1403"
    ] == [("1403", Decimal(0), Decimal("240.00"))]


def test_lines_of_one_account_and_item_are_one_voucher_line() -> None:
    lines = tuple(
        FactLine({"amount": Decimal("10.00")}, {"valuation_class": "raw_material"}, item)
        for item in ("A", "B", "A")
    )
    (entry,) = entries_for(
        replace(sample(RECEIVED), amounts={"amount": Decimal("30.00")}, lines=lines), DEFAULT_RULES
    )

    assert [(line.account, line.item, line.debit) for line in entry.lines if line.debit] == [
        ("1403", "A", Decimal("20.00")), ("1403", "B", Decimal("10.00")),
    ]  # fmt: skip


def test_a_fact_without_any_amount_makes_no_voucher() -> None:
    zero = dict.fromkeys(("net", "tax", "gross", "cost"), Decimal(0))

    assert entries_for(replace(sample(SHIPPED), amounts=zero, lines=()), DEFAULT_RULES) == []


def test_conditions_choose_between_customers_and_suppliers() -> None:
    back, gone = SAMPLES[RETURNED]()

    assert [entry.rule.code for entry in entries_for(back, DEFAULT_RULES)] == [
        "customer-return-invoiced", "customer-return-unbilled", "customer-return-cost",
    ]  # fmt: skip
    assert [entry.rule.code for entry in entries_for(gone, DEFAULT_RULES)] == ["supplier-return"]


def test_a_rule_that_leaves_out_tax_is_refused() -> None:
    rule = BY_CODE["goods-shipped-revenue"]
    broken = replace(rule, lines=tuple(line for line in rule.lines if line.amount != "tax"))

    with pytest.raises(UnbalancedVoucher):
        check_rule(broken, SAMPLES[SHIPPED]())


def test_a_rule_with_an_amount_that_facts_do_not_have_is_refused() -> None:
    rule = BY_CODE["goods-received"]
    broken = replace(rule, lines=(replace(rule.lines[0], amount="weight"), rule.lines[1]))

    with pytest.raises(NoAmount):
        check_rule(broken, SAMPLES[RECEIVED]())


def test_a_rule_whose_map_leaves_out_a_class_is_refused() -> None:
    rule = BY_CODE["goods-received"]
    less = {key: account for key, account in STOCK.items() if key != "consumable"}
    broken = replace(rule, lines=(replace(rule.lines[0], accounts=less), rule.lines[1]))

    with pytest.raises(NoAccount):
        check_rule(broken, SAMPLES[RECEIVED]())


def test_a_rule_survives_being_kept_as_data() -> None:
    for rule in DEFAULT_RULES:
        assert (
            rule_of(rule.code, rule.version, rule.topic, rule.active, definition_of(rule)) == rule
        )


def test_a_line_says_of_which_document_it_is() -> None:
    fact = replace(sample(RECEIVED), source_number="GR-1", case_number="PO-7")
    (entry,) = entries_for(fact, DEFAULT_RULES)

    assert entry.text_en == "Goods received, not yet billed GR-1 (PO-7)"
    assert entry.lines[-1].partner == fact.partner


def test_an_inactive_rule_makes_nothing() -> None:
    off = [replace(rule, active=False) for rule in DEFAULT_RULES]

    assert entries_for(sample(SHIPPED), off) == []


def test_an_account_may_be_named_by_the_fact_itself() -> None:
    line = RuleLine(side="debit", amount="amount", by="bank_account")

    assert line.account_for("payment-received", {"bank_account": "1002.02"}) == "1002.02"
    with pytest.raises(NoAccount):
        line.account_for("payment-received", {})
