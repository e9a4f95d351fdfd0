"""Samples by the standard's table, results within limits, verdicts."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from production.inspections.rules import (
    LETTERS,
    SIZES,
    ZERO_AT,
    Characteristic,
    CharacteristicKind,
    Inspection,
    InspectionStatus,
    NotLooked,
    Result,
    SamplePlan,
    Sampling,
    Severity,
    UnknownCharacteristic,
    code_letter,
    judge,
    sample_of,
    single_sampling,
    summary,
    with_results,
)

D = Decimal
DAY = date(2026, 11, 2)


@pytest.mark.parametrize(
    ("lot", "level", "letter"),
    [
        (8, "II", "A"), (9, "II", "B"), (50, "I", "C"), (51, "II", "E"), (280, "III", "H"),
        (1200, "II", "J"), (1201, "II", "K"), (500_000, "III", "Q"), (500_001, "II", "Q"),
    ],
)  # fmt: skip
def test_the_code_letter_of_a_lot(lot: int, level: str, letter: str) -> None:
    assert code_letter(lot, level) == letter


@pytest.mark.parametrize(
    ("lot", "aql", "letter", "size", "accept"),
    [
        (1000, "1.0", "J", 80, 2),
        (1000, "2.5", "J", 80, 5),
        (1000, "0.65", "J", 80, 1),
        (400, "1.0", "H", 50, 1),
        (200, "2.5", "G", 32, 2),
        (200, "1.0", "H", 50, 1),  # the arrow down
        (100, "1.0", "E", 13, 0),  # the arrow up
        (10, "1.0", "E", 13, 0),  # down to the first plan
        (100_000, "4.0", "M", 315, 21),  # beyond 21 the arrow up
        (2000, "0.40", "K", 125, 1),
        (30_000, "0.10", "N", 500, 1),
    ],
)
def test_single_sampling_for_normal_inspection(
    lot: int, aql: str, letter: str, size: int, accept: int
) -> None:
    assert single_sampling(lot, aql) == (letter, size, accept)


def test_a_larger_lot_never_has_a_smaller_sample_nor_accepts_fewer() -> None:
    for aql in ZERO_AT:
        found = [single_sampling(lot, aql)[2] for lot in (5, 40, 300, 2000, 20_000, 400_000)]
        assert found == sorted(found)
    assert len(LETTERS) == len(SIZES)


def test_a_sample_as_large_as_the_lot_is_all_of_it() -> None:
    aql = SamplePlan(Sampling.AQL, aql="1.0")
    assert sample_of(aql, D(10)) == (10, 0)
    assert sample_of(aql, D(1)) == (1, 0)
    assert sample_of(SamplePlan(), D(7)) == (7, 0)
    assert sample_of(SamplePlan(Sampling.FIXED, size=5, accept=1), D(100)) == (5, 1)
    assert sample_of(SamplePlan(Sampling.PERCENT, percent=D(10)), D(101)) == (11, 0)


WIDTH = Characteristic(
    "W", "Width", CharacteristicKind.VARIABLE, lower=D("9.9"), upper=D("10.1"), unit="mm"
)
SCRATCH = Characteristic("S", "Scratch", severity=Severity.MINOR)
CRACK = Characteristic("C", "Crack", severity=Severity.CRITICAL)


def inspection(
    *what: Characteristic, quantity: str = "100", sample: int = 3, accept: int = 1
) -> Inspection:
    return Inspection(
        id=uuid4(), number="QI-1", company="E01", version=1, status=InspectionStatus.OPEN,
        order_id=uuid4(), order_number="MO-1", item="S", operation=10, plan_id=uuid4(),
        quantity=D(quantity), sample_size=sample, accept=accept, characteristics=what, results=(),
        nonconforming=0, rejected=D(0), inspector="", text="", decided_on=None,
        business_date=DAY, posting_date=DAY,
    )  # fmt: skip


def widths(*values: str) -> list[Result]:
    return [Result(n, "W", D(value)) for n, value in enumerate(values, 1)]


def test_limits_decide_and_too_many_reject_the_lot() -> None:
    one = with_results(inspection(WIDTH), widths("9.9", "10.1", "10.11"))
    two = with_results(inspection(WIDTH), widths("9.89", "10", "10.11"))

    assert (judge(one).accepted, judge(one).rejected) == (True, D(1))
    assert (judge(two).accepted, judge(two).rejected, judge(two).defect) == (
        False, D(100), "Width",
    )  # fmt: skip
    (found,) = summary(two)
    assert (found.lowest, found.highest, found.mean, found.nonconforming) == (
        D("9.89"), D("10.11"), D(10), 2,
    )  # fmt: skip


def test_where_all_were_looked_at_the_bad_ones_are_sorted_out() -> None:
    found = with_results(inspection(WIDTH, quantity="3", accept=0), widths("10", "10", "11"))
    assert (judge(found).accepted, judge(found).rejected) == (False, D(1))


def test_a_critical_piece_rejects_and_a_minor_one_is_noted() -> None:
    critical = with_results(
        inspection(CRACK, accept=1), [Result(n, "C", conforms=n != 2) for n in (1, 2, 3)]
    )
    minor = with_results(
        inspection(SCRATCH, accept=0), [Result(n, "S", conforms=False) for n in (1, 2, 3)]
    )
    assert not judge(critical).accepted
    assert (judge(minor).accepted, judge(minor).rejected) == (True, D(0))


def test_the_whole_sample_is_looked_at_first_and_only_what_the_plan_says() -> None:
    half = with_results(inspection(WIDTH), widths("10", "10"))
    with pytest.raises(NotLooked):
        judge(half)
    with pytest.raises(UnknownCharacteristic):
        with_results(half, [Result(1, "X")])
    again = with_results(half, [Result(1, "W", D(11)), Result(3, "W", D(10))])
    assert (len(again.results), again.nonconforming) == (3, 1)
