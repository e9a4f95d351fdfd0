"""The statements add up, whatever the balances."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from finance.accounts.rules import CHART
from finance.reports.rules import balance_sheet, cash_flow, income_statement, trial_balance

CODES = [account.code for account in CHART if account.postable]
cents = st.integers(-(10**9), 10**9).map(lambda value: Decimal(value).scaleb(-2))


@given(st.dictionaries(st.sampled_from([*CODES, "1999", "3001", "6999"]), cents))
def test_the_balance_sheet_balances_when_the_ledger_does(balances: dict[str, Decimal]) -> None:
    balances["1002"] = balances.get("1002", Decimal(0)) - sum(balances.values(), Decimal(0))

    amounts = {line.code: line.amount for line in balance_sheet(balances)}

    assert amounts["total_assets"] == amounts["total_liabilities_and_equity"]


@given(st.dictionaries(st.sampled_from([*CODES, "6999"]), cents))
def test_net_profit_is_all_income_less_all_expense(movements: dict[str, Decimal]) -> None:
    (net,) = [line.amount for line in income_statement(movements) if line.code == "net_profit"]

    assert net == -sum(
        (amount for account, amount in movements.items() if account.startswith("6")), Decimal(0)
    )


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["payment-made", "opening", "manual"]), st.sampled_from(CODES), cents
        )
    ),
    cents,
)
def test_closing_cash_is_opening_cash_and_all_that_moved(
    moved: list[tuple[str, str, Decimal]], opening: Decimal
) -> None:
    (closing,) = [line.amount for line in cash_flow(moved, opening) if line.code == "closing_cash"]

    assert closing == opening + sum((amount for _, _, amount in moved), Decimal(0))


def test_a_trial_balance_carries_earlier_periods_forward() -> None:
    rows = [
        ("2026-09", "1002", Decimal("100.00"), Decimal("0.00")),
        ("2026-10", "1002", Decimal("0.00"), Decimal("30.00")),
        ("2026-10", "6602", Decimal("30.00"), Decimal("0.00")),
    ]

    lines = trial_balance(rows, "2026-10")

    assert [(one.account, one.opening, one.debit, one.credit, one.closing) for one in lines] == [
        ("1002", Decimal("100.00"), Decimal("0.00"), Decimal("30.00"), Decimal("70.00")),
        ("6602", Decimal(0), Decimal("30.00"), Decimal("0.00"), Decimal("30.00")),
    ]
