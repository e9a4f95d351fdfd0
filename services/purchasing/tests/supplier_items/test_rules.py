"""Which offer is preferred, and how much is bought at once."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from purchasing.replicas.rules import Factor, ItemReplica
from purchasing.supplier_items.rules import Lot, Offer, lot_of, preferred_offer, price_of

ITEM = ItemReplica(UUID(int=1), "A", "A", "PCS", 0, {"BOX": Factor(12)})
OFFER = Offer("V1", "A", "PCS", Decimal(10), "CNY", 5, Decimal(0))
whole = st.integers(min_value=1, max_value=10_000).map(Decimal)


def test_the_marked_offer_wins_then_the_cheaper_then_the_faster() -> None:
    boxed = replace(OFFER, supplier="V2", unit="BOX", unit_price=Decimal(108))
    faster = replace(OFFER, supplier="V0", lead_time_days=1)
    unknown = replace(OFFER, supplier="V4", unit="CTN", unit_price=Decimal(1))
    marked = replace(OFFER, supplier="V9", unit_price=Decimal(99), preferred=True)

    def best(*offers: Offer) -> str:
        chosen = preferred_offer(offers, ITEM)
        return chosen.supplier if chosen else ""

    assert best(OFFER, boxed, marked) == "V9"
    assert best(OFFER, boxed, unknown) == "V2"
    assert best(OFFER, faster) == "V0"
    assert best(unknown) == "V4"
    assert best(replace(OFFER, active=False)) == ""


def test_price_and_lot_are_turned_into_base_units() -> None:
    boxed = replace(
        OFFER, unit="BOX", unit_price=Decimal(120), minimum_quantity=Decimal(2),
        multiple_quantity=Decimal(1), maximum_quantity=Decimal(10),
    )  # fmt: skip

    assert price_of(boxed, ITEM) == 10
    assert lot_of(boxed, ITEM) == Lot(Decimal(24), Decimal(12), Decimal(120))
    assert price_of(replace(boxed, unit="CTN"), ITEM) is None
    assert lot_of(replace(boxed, unit="CTN"), ITEM) == Lot()


@given(whole, whole, whole, st.one_of(st.none(), whole))
def test_a_lot_covers_the_need_unless_its_maximum_forbids_it(
    need: Decimal, minimum: Decimal, multiple: Decimal, maximum: Decimal | None
) -> None:
    bought = Lot(minimum, multiple, maximum).size(need)

    assert bought % multiple == 0
    if maximum is None:
        assert bought >= need
        assert bought >= minimum
        assert bought - max(need, minimum) < multiple
    else:
        assert bought <= maximum
