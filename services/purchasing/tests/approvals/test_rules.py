"""The strictest rule that applies counts."""

from decimal import Decimal

import pytest

from purchasing.approvals.rules import Rule, approvals_needed

RULES = (
    Rule(Decimal(5000), 2),
    Rule(Decimal(50000), 3),
    Rule(Decimal(1000), 2, "chemicals"),
    Rule(Decimal(0), 4, "arms"),
)


@pytest.mark.parametrize(
    ("bought", "needed"),
    [
        ([("steel", "5000")], 1),
        ([("steel", "5000.01")], 2),
        ([("steel", "3000"), ("", "2000.01")], 2),
        ([("steel", "50000.01")], 3),
        ([("chemicals", "1000")], 1),
        ([("chemicals", "600"), ("chemicals", "400.01")], 2),
        ([("chemicals", "600"), ("steel", "600")], 1),
        ([("steel", "60000"), ("arms", "0.01")], 4),
        ([("arms", "0")], 1),
    ],
)
def test_amounts_of_the_order_and_of_its_categories(
    bought: list[tuple[str, str]], needed: int
) -> None:
    assert approvals_needed(RULES, [(each, Decimal(net)) for each, net in bought]) == needed


def test_without_rules_one_approval_is_needed() -> None:
    assert approvals_needed((), [("steel", Decimal(999999999))]) == 1
