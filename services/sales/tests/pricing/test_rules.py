"""What lines cost."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import UnknownReference
from chassis.ids import uuid7
from sales.pricing.rules import Offer, TooManyDecimals, base_quantity, choose, price_line
from sales.replicas.rules import Item, UnitRatio


def _item(**more: object) -> Item:
    fields: dict[str, object] = {
        "id": uuid7(), "code": "A", "name": "A", "active": True, "base_unit": "PCS",
        "quantity_decimals": 0, "units": {"BOX": UnitRatio(12, 1), "THIRD": UnitRatio(1, 3)},
        "list_price": Decimal(110), "tax_code": "VAT13", "tax_rate": Decimal("0.13"),
    }  # fmt: skip
    return Item(**{**fields, **more})  # type: ignore[arg-type]


def test_tax_is_rounded_on_the_rounded_net() -> None:
    line = price_line(
        _item(), quantity=Decimal(3), unit=None, unit_price=Decimal("0.335"), field=""
    )

    assert (line.amount_net, line.amount_tax) == (Decimal("1.01"), Decimal("0.13"))


def test_price_zero_is_a_price() -> None:
    line = price_line(
        _item(list_price=None), quantity=Decimal(1), unit=None, unit_price=Decimal(0), field=""
    )

    assert (line.amount_gross, line.price_source) == (Decimal(0), "given")


def test_list_price_is_per_base_unit() -> None:
    line = price_line(_item(), quantity=Decimal(2), unit="BOX", unit_price=None, field="")

    assert (line.quantity, line.unit_price, line.amount_net) == (
        Decimal(24),
        Decimal(110),
        Decimal("2640.00"),
    )


@pytest.mark.parametrize(("quantity", "base"), [("3", "1"), ("6", "2")])
def test_conversion_is_exact(quantity: str, base: str) -> None:
    assert base_quantity(_item(), Decimal(quantity), "THIRD", field="") == Decimal(base)


@pytest.mark.parametrize(
    ("quantity", "unit", "decimals"), [("1", "THIRD", 6), ("0.1", "BOX", 0), ("0.0001", None, 3)]
)
def test_conversion_that_is_not_exact_is_refused(
    quantity: str, unit: str | None, decimals: int
) -> None:
    with pytest.raises(TooManyDecimals):
        base_quantity(_item(quantity_decimals=decimals), Decimal(quantity), unit, field="")


def test_unknown_unit_is_refused() -> None:
    with pytest.raises(UnknownReference):
        base_quantity(_item(), Decimal(1), "KG", field="")


@given(quantity=st.integers(1, 10**6), price=st.decimals("0", "9999.999999", places=6))
def test_amounts_are_cents_and_close_to_exact(quantity: int, price: Decimal) -> None:
    line = price_line(_item(), quantity=Decimal(quantity), unit=None, unit_price=price, field="")

    assert line.amount_net == line.amount_net.quantize(Decimal("0.01"))
    assert abs(line.amount_net - quantity * price) <= Decimal("0.005")
    assert abs(line.amount_tax - line.amount_net * Decimal("0.13")) <= Decimal("0.005")


offers_ = st.lists(
    st.builds(
        Offer,
        price_list=st.sampled_from("ABC"),
        customer=st.sampled_from(["", "C001"]),
        valid_from=st.sampled_from([date(2020, 1, 1), date(2021, 1, 1)]),
        valid_until=st.none(),
        from_quantity=st.integers(0, 9).map(Decimal),
        unit_price=st.integers(0, 9).map(Decimal),
    ),
    max_size=8,
)


@given(offers=offers_, quantity=st.integers(0, 9).map(Decimal))
def test_the_nearest_offer_that_is_reached_is_chosen(
    offers: list[Offer], quantity: Decimal
) -> None:
    chosen = choose(offers, quantity)

    reached = [each for each in offers if each.from_quantity <= quantity]
    assert (chosen is None) == (not reached)
    for other in reached:
        assert chosen is not None
        assert chosen.customer or not other.customer
        if chosen.customer == other.customer:
            assert chosen.valid_from >= other.valid_from
        if (chosen.price_list, chosen.customer, chosen.valid_from) == (
            other.price_list, other.customer, other.valid_from,
        ):  # fmt: skip
            assert chosen.from_quantity >= other.from_quantity
