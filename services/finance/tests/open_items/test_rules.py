"""How money settles what is open."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance.open_items.rules import OpenItem, Overpayment, age, settle_named, settle_oldest
from finance.payments.rules import Direction, settle

DAY = date(2026, 11, 22)


def item(number: int, amount: str, *, order: int | None = None, due: int = 0) -> OpenItem:
    return OpenItem(
        id=UUID(int=number), company="E01", side="receivable", partner="C001", document_type="invoice",
        document_id=UUID(int=1000 + number), number=f"INV-{number}", order_id=UUID(int=order) if order else None,
        order_number="", currency="CNY", amount=Decimal(amount), open_amount=Decimal(amount), business_date=DAY,
        due_date=DAY + timedelta(days=due),
    )  # fmt: skip


def shown(settled: object) -> list[tuple[str, str]]:
    return [(one.item.number, f"{one.amount:.2f}") for one in settled.settlements]  # type: ignore[attr-defined]


def test_money_settles_the_oldest_first_and_the_rest_remains() -> None:
    settled = settle_oldest(Decimal(150), [item(1, "100", due=5), item(2, "40", due=1)])

    assert shown(settled) == [("INV-2", "40.00"), ("INV-1", "100.00")]
    assert settled.rest == Decimal(10)


def test_the_named_order_comes_first_with_its_credit() -> None:
    items = [item(1, "3500", due=-9), item(2, "16950", order=7), item(3, "-565", order=7)]

    settled = settle_oldest(Decimal(16385), items, UUID(int=7))

    assert shown(settled) == [("INV-3", "-565.00"), ("INV-2", "16950.00")]
    assert settled.rest == 0


def test_a_credit_that_no_debt_needs_stays_open() -> None:
    assert shown(settle_oldest(Decimal(100), [item(1, "100"), item(2, "-30")])) == [
        ("INV-1", "100.00")
    ]


def test_money_goes_on_account_when_nothing_is_open() -> None:
    assert settle_oldest(Decimal(100), []).rest == Decimal(100)


amounts = st.integers(-5000, 5000).filter(bool).map(lambda value: f"{Decimal(value).scaleb(-2)}")


@given(st.lists(amounts, max_size=8), st.integers(1, 20_000), st.booleans())
def test_settling_never_takes_more_than_is_open_and_never_loses_money(
    opened: list[str], cents: int, named: bool
) -> None:
    items = [
        item(index, amount, order=7 if index % 2 else None, due=index)
        for index, amount in enumerate(opened, 1)
    ]
    amount = Decimal(cents).scaleb(-2)

    settled = settle_oldest(amount, items, UUID(int=7) if named else None)

    assert sum((one.amount for one in settled.settlements), settled.rest) == amount
    assert settled.rest >= 0
    for one in settled.settlements:
        assert abs(one.amount) <= abs(one.item.open_amount)
        assert (one.amount > 0) == (one.item.open_amount > 0)
    if settled.rest:
        owed = {one.id for one in items if one.open_amount > 0}
        assert owed == {
            one.item.id for one in settled.settlements if one.item.open_amount == one.amount > 0
        }


def test_more_than_is_open_of_a_named_item_is_refused() -> None:
    with pytest.raises(Overpayment):
        settle_named(Decimal(200), [(item(1, "100"), Decimal("100.01"))])


def test_the_same_item_named_twice_is_not_settled_twice() -> None:
    one = item(1, "100")

    with pytest.raises(Overpayment):
        settle_named(Decimal(200), [(one, Decimal(60)), (one, Decimal(60))])


def test_more_than_the_money_is_refused() -> None:
    with pytest.raises(Overpayment):
        settle_named(Decimal(50), [(item(1, "100"), Decimal(60))])


def test_a_supplier_is_paid_what_is_open_less_his_credits_and_no_more() -> None:
    items = [item(1, "11639.00"), item(2, "-581.95")]

    assert shown(settle(Direction.PAID, Decimal("11057.05"), items, named=None, order=None)) == [
        ("INV-2", "-581.95"), ("INV-1", "11639.00"),
    ]  # fmt: skip
    with pytest.raises(Overpayment):
        settle(Direction.PAID, Decimal("11057.06"), items, named=None, order=None)


def test_ageing_counts_days_after_the_due_date() -> None:
    days = [0, -1, -30, -31, -90, -91]

    found = age([(DAY + timedelta(days=each), Decimal("1.00")) for each in days], DAY)

    assert [found.not_due, found.days_1_30, found.days_31_60, found.days_61_90, found.over_90] == [
        1,
        2,
        1,
        1,
        1,
    ]
    assert found.total == 6
