"""Which bins goods may be put into."""

import pytest

from chassis.errors import InvalidState, UnknownReference
from inventory.bins.rules import Spot, check_spots

A1, A2 = Spot("SH", "A-1"), Spot("SH", "A-2")
SH = frozenset({"SH"})


def test_a_warehouse_without_a_list_takes_any_code() -> None:
    check_spots({A1: "/bin"}, {}, frozenset())


def test_what_lies_in_no_bin_needs_none() -> None:
    check_spots({Spot("SH", ""): "/bin"}, {}, SH)


def test_a_bin_must_be_on_the_list_and_open() -> None:
    check_spots({A1: "/bin"}, {A1: True}, SH)
    with pytest.raises(UnknownReference) as unknown:
        check_spots({A1: "/lines/0/bin", A2: "/lines/1/bin"}, {A1: True}, SH)
    assert unknown.value.field == "/lines/1/bin"
    with pytest.raises(InvalidState):
        check_spots({A1: "/bin"}, {A1: False}, SH)
