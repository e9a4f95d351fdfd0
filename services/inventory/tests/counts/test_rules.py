"""What counting says, and when its differences may be posted."""

from decimal import Decimal

import pytest

from chassis.errors import ValidationFailed
from inventory.counts.rules import (
    Counted,
    CountLine,
    NotCounted,
    Spot,
    differences,
    summary_of,
    take_counts,
)

D = Decimal
A, B = Spot("A"), Spot("B", "R-1", "L1")


def test_the_difference_is_of_the_moment_of_counting() -> None:
    line = CountLine(1, A, "PCS", D(10))
    # Two were shipped after the stocktake began; eight were found.
    assert take_counts([line], [Counted(A, D(8))], {A: D(8)}, {}) == [line]
    assert (line.book, line.difference) == (D(10), D(0))
    assert differences([line]) == []


def test_what_nobody_knew_of_is_a_line_of_its_own() -> None:
    line = CountLine(7, A, "PCS", D(10))
    [found] = take_counts([line], [Counted(B, D(3))], {}, {"B": "KG"})
    assert (found.line, found.unit, found.book, found.difference) == (8, "KG", D(0), D(3))


def test_counting_again_replaces_and_counting_twice_at_once_is_refused() -> None:
    line = CountLine(1, A, "PCS", D(10))
    take_counts([line], [Counted(A, D(9))], {A: D(10)}, {})
    take_counts([line], [Counted(A, D(10))], {A: D(10)}, {})
    assert line.difference == D(0)
    with pytest.raises(ValidationFailed):
        take_counts([line], [Counted(A, D(1)), Counted(A, D(2))], {}, {})


def test_what_is_not_counted_is_not_missing() -> None:
    with pytest.raises(NotCounted) as refused:
        differences([CountLine(1, A, "PCS", D(10)), CountLine(2, B, "KG", D(1))])
    assert "2 line(s)" in str(refused.value.detail("en"))


@pytest.mark.parametrize(
    ("counted", "different", "rate"), [(0, 0, None), (200, 1, D("0.005000")), (3, 1, D("0.333333"))]
)
def test_error_rate(counted: int, different: int, rate: Decimal | None) -> None:
    assert summary_of(500, counted, different).error_rate == rate
