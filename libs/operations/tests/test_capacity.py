"""What so many orders a day need: the day adds up, queues are worked off, and more orders never need less."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations import capacity
from operations.capacity import MEASURED, MINUTES, arrivals, plan, pods_for, simulate
from operations.errors import OperationsError


def test_a_days_minutes_sum_to_its_orders_and_the_busiest_hour_has_a_tenth() -> None:
    coming = arrivals(100_000)

    assert len(coming) == MINUTES
    assert sum(coming) == pytest.approx(100_000)
    busiest = max(sum(coming[hour * 60 : hour * 60 + 60]) for hour in range(24))
    assert 0.08 < busiest / 100_000 < 0.12


def test_what_a_minute_leaves_waits_for_the_next() -> None:
    # A second of work for each order: 90 in the first minute are one minute and a half.
    day = simulate([90.0, 0.0, 0.0], 1000, 1)

    assert day.waited == pytest.approx(30)
    assert day.busiest == pytest.approx(1.5)


def test_a_single_server_waits_as_the_books_say() -> None:
    # M/D/1 at half load: ρ / (2 μ (1 − ρ)) = 0.5 service times.
    day = simulate([30.0], 1000, 1)

    assert day.utilisation == pytest.approx(0.5)
    assert day.waited == pytest.approx(0.5)


def test_at_least_two_pods_so_that_one_may_end() -> None:
    assert pods_for(arrivals(1), 1.0) == 2


@given(st.integers(1, 2_000_000), st.floats(0.05, 20))
def test_pods_keep_utilisation_and_wait_and_one_fewer_would_not(orders: int, cpu_ms: float) -> None:
    coming = arrivals(orders)

    pods = pods_for(coming, cpu_ms)

    day = simulate(coming, cpu_ms, pods)
    assert day.utilisation <= capacity.UTILISATION + 1e-9
    assert day.waited <= capacity.WAIT_SECONDS_MAX
    if pods > 2:
        less = simulate(coming, cpu_ms, pods - 1)
        assert less.utilisation > capacity.UTILISATION or less.waited > capacity.WAIT_SECONDS_MAX


def test_more_orders_never_need_less() -> None:
    plans = [plan(orders, MEASURED) for orders in capacity.SIZES]

    for small, large in pairwise(plans):
        assert all(large.pods[name] >= count for name, count in small.pods.items())
        assert large.database_cores >= small.database_cores
        assert large.partitions >= max(large.pods.values())
        assert large.cost_month >= small.cost_month
    assert plans[0].shards == 1


def test_servers_are_added_when_one_has_no_more_cores() -> None:
    heavy = replace(MEASURED, cpu_ms={"sales": 0.1, "postgres": 1200.0})

    needed = plan(1_000_000, heavy)

    assert needed.database_cores > capacity.DATABASE_CORES_MAX
    assert needed.shards == -(-needed.database_cores // capacity.DATABASE_CORES_MAX) > 1
    large = plan(10_000_000, MEASURED)
    assert large.shards * capacity.DATABASE_GIGABYTES_MAX >= large.database_gigabytes_year


def test_what_no_partitions_can_carry_is_refused() -> None:
    with pytest.raises(OperationsError, match="divide the companies"):
        plan(100_000_000, replace(MEASURED, cpu_ms={"finance": 50.0}))


def test_figures_come_from_a_report_of_the_bench(tmp_path: Path) -> None:
    report = tmp_path / "bench.json"
    parts = {"sales": 1.5, "postgres": 4.0, "masterdata": 0.1, "total": 5.6}
    found = {
        "orders": 100,
        "order_to_cash": {"cpu_ms_per_order": parts, "wall_seconds": 10.0},
        "idle_by_process": {"sales": 5.0, "masterdata": 5.0},
        "disk_bytes_per_order": {"sales": 700, "databases": 900, "outboxes": 300, "kafka": 100},
    }
    report.write_text(json.dumps(found), "utf-8")

    # What it uses at rest, 5 ms a second for a tenth of a second an order, is not the order's.
    costs = capacity.measured(report, MEASURED)
    assert costs.cpu_ms == {"sales": 1.0, "postgres": 4.0, "masterdata": 0.0}
    assert (costs.database_bytes, costs.outbox_bytes) == (900, 300)
    assert "| sales | 1.00 | 1,000 |\n| masterdata | 0.00 | – |" in capacity.throughput(costs)
    with pytest.raises(OperationsError, match="make bench"):
        capacity.measured(tmp_path / "none.json", MEASURED)
    report.write_text("{}", "utf-8")
    with pytest.raises(OperationsError, match="no report"):
        capacity.measured(report, MEASURED)


def test_the_guide_has_the_table_that_the_model_makes() -> None:
    from operations.services import repository

    page = (repository() / "docs" / "guides" / "capacity.md").read_text("utf-8")

    assert capacity.markdown() in page
    assert capacity.throughput() in page
