"""No cent is lost between what came to an order and what it hands over."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from production.costing.rules import Costs, share_out
from production.outputs.rules import Completed, Made, complete

D = Decimal
cents = st.integers(0, 10_000_000).map(lambda n: D(n).scaleb(-2))
costs = st.builds(Costs, cents, cents, cents, cents)


@given(costs, st.lists(st.integers(1, 50), min_size=1, max_size=8))
def test_parts_sum_to_the_whole(work: Costs, parts: list[int]) -> None:
    left = D(sum(parts))
    taken: list[Costs] = []
    for part in parts:
        now = share_out(work, D(part), left, final=False)
        taken.append(now)
        work, left = work - now, left - part

    assert work == Costs()
    assert all(each.total >= 0 for each in taken)


@given(costs, cents, st.integers(0, 99))
def test_everything_handed_over_sums_to_what_was_in_work(
    work: Costs, value: Decimal, share: int
) -> None:
    completed = Completed(
        Made("S", "PCS", D(10), "SH", "", "main"),
        (Made("CHIPS", "KG", D(1), "SH", "", "by"), Made("T", "PCS", D(2), "SH", "", "co")),
        (D(0), D(share) / 100),
        (value, D(0)),
    )

    lines = complete(completed, work, left=D(10), final=True)

    assert sum((line.costs for line in lines), Costs()) == work
    assert lines[1].costs.total == min(value, work.material)
    assert all(line.costs.total >= 0 for line in lines)


def test_normal_loss_is_borne_by_the_good_pieces() -> None:
    work = Costs(D("10000.00"), D("2500.00"), D("1021.26"))

    taken = share_out(work, D(96), D(96), final=True)

    assert taken.total == D("13521.26")
    assert (taken.total / 96).quantize(D("0.01")) == D("140.85")
