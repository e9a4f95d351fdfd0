"""When something is missing, and how much."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from inventory.reorder.rules import Position, missing

D = Decimal
QUANTITIES = st.decimals(0, 1000, places=3)


def test_below_the_minimum_what_is_missing_to_the_maximum_is_asked_for() -> None:
    asked = [
        missing(D(position), minimum=D(50), maximum=D(200), active=True)
        for position in (0, 49, 50, 60, 250)
    ]
    assert asked == [D(200), D(151), D(0), D(0), D(0)]


def test_a_rule_at_rest_asks_for_nothing() -> None:
    assert missing(D(0), minimum=D(50), maximum=D(200), active=False) == 0


def test_what_orders_wait_for_is_nobody_elses() -> None:
    position = Position(free=D(10), in_transit=D(5), on_order=D(30), promised=D(25))
    assert position.quantity == D(20)


def test_what_waits_for_other_supplies_takes_nothing_of_what_lies_there() -> None:
    assert Position(free=D(10), on_order=D(0), promised=D(25)).quantity == D(10)


@given(QUANTITIES, QUANTITIES, QUANTITIES)
def test_what_arrives_of_it_ends_it(position: Decimal, minimum: Decimal, more: Decimal) -> None:
    maximum = minimum + more
    asked = missing(position, minimum=minimum, maximum=maximum, active=True)
    assert (asked > 0) == (position < minimum)
    assert missing(position + asked, minimum=minimum, maximum=maximum, active=True) == 0
