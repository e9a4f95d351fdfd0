"""Process costs against a textbook's worked case, and whatever may happen: no cent is lost."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from production.costing.rules import Costs
from production.process_costs.rules import (
    Count,
    CountDiffers,
    InWork,
    Method,
    Step,
    Tally,
    check_conserved,
    step_of,
    steps_of,
)

D = Decimal


def assembly(method: Method) -> Step:
    """Horngren, chapter 17: 225 in work (60 % converted), 275 begun, 400 handed on, 100 in work (50 %)."""
    return step_of(
        10,
        opening=InWork(D(225), D(1), D("0.6"), own=Costs(D(18000), D(8100))),
        came=D(275),
        carried=Costs(),
        tally=Tally(D(400), D(0), Costs(D(19800), D(16380))),
        before=Tally(),
        count=Count(D(100), D(1), D("0.5")),
        method=method,
    )


def inspected(method: Method, before: Step) -> Step:
    """240 in work (62.5 % converted, no material yet), 400 came, 440 handed on, 200 in work (80 %)."""
    return step_of(
        20,
        opening=InWork(
            D(240), D(0), D("0.625"), carried=Costs(D(33600)), own=Costs(D(0), D(18000))
        ),
        came=D(400),
        carried=before.handed_on,
        tally=Tally(D(440), D(0), Costs(D(13200), D(48600))),
        before=Tally(),
        count=Count(D(200), D(0), D("0.8")),
        method=method,
    )


def test_the_textbook_case_by_weighted_average() -> None:
    first = assembly(Method.WEIGHTED_AVERAGE)
    assert (first.equivalent["material"], first.equivalent["labour"]) == (D(500), D(450))
    # 75.60 + 54.40 a piece
    assert first.handed_on.total == D(52000)
    assert first.closing.own == Costs(D(7560), D(2720))

    second = inspected(Method.WEIGHTED_AVERAGE, first)
    assert second.equivalent["carried"] == D(640)
    assert (second.equivalent["material"], second.equivalent["labour"]) == (D(440), D(600))
    assert second.handed_on.total == D(120890)
    assert second.closing.carried.total == D(26750)
    assert second.closing.own == Costs(D(0), D(17760))
    check_conserved([first, second])


def test_the_textbook_case_first_in_first_out() -> None:
    first = assembly(Method.FIFO)
    assert (first.equivalent["material"], first.equivalent["labour"]) == (D(275), D(315))
    # 72.00 of material and 52.00 of conversion a piece
    assert first.closing.own == Costs(D(7200), D(2600))
    assert first.handed_on.total == D(52480)

    second = inspected(Method.FIFO, first)
    assert (second.equivalent["carried"], second.equivalent["labour"]) == (D(400), D(450))
    assert second.closing.carried.total == D(26240)
    assert second.closing.own == Costs(D(0), D(17280))
    assert second.handed_on.total == D(122360)
    check_conserved([first, second])


def test_lost_pieces_are_borne_by_the_others_unless_none_is_left() -> None:
    borne = steps_of({10: Tally(D(80), D(20), Costs(D("100.00")))}, {}, {}, Method.WEIGHTED_AVERAGE)
    gone = steps_of({10: Tally(D(0), D(20), Costs(D("100.00")))}, {}, {}, Method.WEIGHTED_AVERAGE)

    assert borne[0].handed_on == Costs(D("100.00"))
    assert (gone[0].handed_on, gone[0].written_off) == (Costs(), Costs(D("100.00")))


def test_a_period_goes_on_from_the_one_before() -> None:
    first = steps_of(
        {10: Tally(D(60), D(0), Costs(D("80.00"), D("70.00"))), 20: Tally(D(50), D(0))},
        {},
        {10: Count(D(20), D(1), D("0.5"))},
        Method.WEIGHTED_AVERAGE,
    )
    assert [(s.came, s.closing.units) for s in first] == [(D(80), D(20)), (D(60), D(10))]
    assert first[0].closing.own == Costs(D("20.00"), D("10.00"))
    assert first[1].handed_on.total == D("100.00")

    second = steps_of(
        {10: Tally(D(80), D(0), Costs(D("80.00"), D("80.00"))), 20: Tally(D(80), D(0))},
        {s.operation: s for s in first},
        {},
        Method.WEIGHTED_AVERAGE,
    )
    assert [(s.came, s.good, s.closing.units) for s in second] == [
        (D(0), D(20), D(0)), (D(20), D(30), D(0)),
    ]  # fmt: skip
    assert second[0].handed_on == Costs(D("20.00"), D("20.00"))
    assert first[1].handed_on.total + second[1].handed_on.total == D("160.00")
    check_conserved([*first, *second])


def test_a_count_that_differs_from_the_reports_is_refused() -> None:
    with pytest.raises(CountDiffers):
        steps_of(
            {10: Tally(D(60)), 20: Tally(D(50))}, {}, {20: Count(D(9))}, Method.WEIGHTED_AVERAGE
        )


money = st.decimals("0", "99999.99", places=2)
pieces = st.integers(0, 300).map(D)
part = st.decimals("0", "1", places=2)


@settings(max_examples=80, deadline=None)
@given(
    made=st.lists(st.tuples(pieces, pieces, money, money), min_size=2, max_size=2),
    later=st.lists(st.tuples(pieces, pieces, money, money), min_size=2, max_size=2),
    left=pieces, degrees=st.tuples(part, part), method=st.sampled_from(Method),
)  # fmt: skip
def test_neither_a_piece_nor_a_cent_is_lost(
    made: list[tuple[Decimal, Decimal, Decimal, Decimal]],
    later: list[tuple[Decimal, Decimal, Decimal, Decimal]],
    left: Decimal, degrees: tuple[Decimal, Decimal], method: Method,
) -> None:  # fmt: skip
    def tallied(rows: list[tuple[Decimal, Decimal, Decimal, Decimal]]) -> dict[int, Tally]:
        found: dict[int, Tally] = {}
        came = D(1000)
        for n, (good, lost, material, labour) in enumerate(rows, 1):
            here = min(good, came)
            found[n * 10] = Tally(here, min(lost, came - here), Costs(material, labour))
            came = here
        return found

    first = tallied(made)
    steps = steps_of(first, {}, {10: Count(left, *degrees), 20: Count(None, *degrees)}, method)
    check_conserved(steps)
    grown = {
        o: Tally(t.good + first[o].good, t.lost + first[o].lost, t.costs + first[o].costs)
        for o, t in tallied(later).items()
    }
    more = grown[10].good + grown[10].lost - first[10].good - first[10].lost
    if more >= left:
        check_conserved(steps_of(grown, {s.operation: s for s in steps}, {}, method))
