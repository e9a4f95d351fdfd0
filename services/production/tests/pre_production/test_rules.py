"""Where a line stands before production."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from chassis.ids import named
from production.pre_production.rules import Line, LineState, Peg, pegs_of, standing_of
from tongheng_contracts.production import EngineeringStatus as Status

from ..engineering.test_rules import request

D = Decimal
ORDER = named("order", "SO-1")
DAY = date(2026, 11, 24)
LINE = Line(ORDER, 1, "X", D(10), D(0), True, True, True, None)


def peg(supply: str, kind: str, quantity: str, *, need: str = str(ORDER), **values: Any) -> Peg:
    given: dict[str, Any] = {"item": "X", "supply_date": DAY, "need_line": 1, **values}
    return Peg(
        warehouse="SH", quantity=D(quantity), supply_kind=kind, supply=supply, need=need, **given
    )


@pytest.mark.parametrize(
    ("pegs", "state", "uncovered"),
    [
        ([], LineState.UNPLANNED, "10"),
        ([peg("stock", "stock", "10")], LineState.IN_STOCK, "0"),
        ([peg("stock", "stock", "4"), peg("p", "planned", "6")], LineState.PLANNED, "0"),
        ([peg("stock", "stock", "4"), peg("m", "firm", "6")], LineState.ORDERED, "0"),
        ([peg("r", "receipt", "9")], LineState.UNPLANNED, "1"),
        ([peg("r", "receipt", "10", need_line=2)], LineState.UNPLANNED, "10"),
    ],
)
def test_a_line_stands_on_what_is_pegged_to_it(
    pegs: list[Peg], state: LineState, uncovered: str
) -> None:
    standing = standing_of(LINE, pegs, pegged=True)

    assert (standing.state, standing.uncovered) == (state, D(uncovered))


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({"quantity": D(0)}, LineState.CANCELLED),
        ({"shipped": D(10)}, LineState.SHIPPED),
        ({"active": False}, LineState.INACTIVE),
        ({"has_bill": False}, LineState.NO_BILL),
        ({"has_bill": False, "made": False}, LineState.UNPLANNED),
        ({"item": "", "request": request()}, LineState.ENGINEERING),
        ({"item": "", "request": request(Status.REJECTED)}, LineState.REJECTED),
        ({"item": "", "request": None}, LineState.REJECTED),
        ({"order": None}, LineState.QUOTED),
        ({"order": None, "has_bill": False}, LineState.NO_BILL),
    ],
)
def test_a_line_that_is_not_covered_says_why(values: dict[str, Any], state: LineState) -> None:
    assert standing_of(replace(LINE, **values), [], pegged=True).state is state


def test_without_pegs_written_down_nothing_is_claimed() -> None:
    assert standing_of(LINE, [], pegged=False).state is LineState.UNKNOWN


def test_supplies_are_followed_level_by_level_and_never_in_a_circle() -> None:
    below = [
        peg("x", "planned", "10", supply_date=date(2026, 12, 9)),
        peg("s", "planned", "20", need="x", item="S", need_line=0),
        peg("c", "receipt", "20", need="s", item="C", need_line=0),
        peg("x", "planned", "1", need="c", item="X", need_line=0),
        peg("other", "planned", "1", need="elsewhere", item="X", need_line=0),
    ]

    assert [[each.item for each in level] for level in pegs_of(below, ORDER, 1)] == [
        ["X"], ["S"], ["C"], ["X"],
    ]  # fmt: skip
    assert standing_of(LINE, below, pegged=True).ready_date == date(2026, 12, 9)
