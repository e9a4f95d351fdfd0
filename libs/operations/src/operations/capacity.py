"""`tongheng capacity`: orders a day → cores, pods, partitions, database size, cost; from measured CPU per order.

What an order costs is measured by `make bench` (all processes together, whole order to cash). A day is simulated in
steps of a minute: what cannot be worked off at once waits, and the pods are as many as keep that wait within the limit.
Reservation, posting and consuming are single streams per partition key, so partitions bound the pods of a service.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

from operations.errors import OperationsError

MINUTES = 24 * 60
UTILISATION = 0.6
"""Of a pod's core at the busiest minute: above, the wait of a random arrival grows fast (it doubles by 0.75)."""
WAIT_SECONDS_MAX = 2.0
"""From an order's placement to its effects everywhere (RELIABILITY §5)."""
PARTITIONS = (12, 24, 48, 96, 192)
INFRASTRUCTURE = ("postgres", "kafka")
DATABASE_CORES_MAX = 32
"""Of one PostgreSQL server; above, its service is sharded by company."""
DATABASE_GIGABYTES_MAX = 16_000
"""Of one PostgreSQL server in a year: more is not backed up in a night."""
SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
PROFILE = (1, 1, 1, 1, 1, 1, 2, 4, 8, 12, 14, 12, 8, 9, 12, 12, 10, 8, 6, 6, 6, 4, 2, 1)
"""Orders by hour of a trading company's day, relative: two humps and a quiet night. The busiest hour has a tenth."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What one order takes, and what is paid for it; of an order of five lines, from placement to payment."""

    cpu_ms: Mapping[str, float]
    """By process: services, `postgres`, `kafka`."""
    database_bytes: int
    """Rows, indexes, audit entries and outboxes, of all services, for good."""
    outbox_bytes: int
    """Of these the outboxes."""
    core_month: float = 25.0
    """Price of a core with 4 GiB for a month; any currency."""
    gigabyte_month: float = 0.12

    def __post_init__(self) -> None:
        if not self.cpu_ms or any(value < 0 for value in self.cpu_ms.values()):
            raise OperationsError(
                "CPU per order is missing or negative: measure it with `make bench`"
            )


MEASURED = Costs(
    cpu_ms={
        "gateway": 0.95, "identity": 0.20, "masterdata": 0.0, "purchasing": 0.70, "sales": 2.45, "inventory": 2.72,
        "production": 1.34, "finance": 2.09, "workflow": 2.57, "postgres": 3.79, "kafka": 0.85,
    },
    database_bytes=61_400,
    outbox_bytes=22_400,
)  # fmt: skip
"""By `make bench QUICK=1`: 600 orders of five lines in batches of 200, placed, reserved, shipped, invoiced, booked, paid;
without what the stack uses at rest. On two cores that were busy with much else, so rather too much than too little."""


@dataclass(frozen=True, slots=True)
class Day:
    """What a simulated day showed of one process."""

    busiest: float
    """Cores' worth of work that arrives in the busiest minute."""
    waited: float
    """The longest wait, seconds."""
    utilisation: float
    """Of the busiest minute."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What so many orders a day need."""

    orders: int
    busiest_second: float
    """Orders in a second of the busiest minute."""
    pods: Mapping[str, int]
    """Of one core each, by service; at least two, so that one may end."""
    partitions: int
    database_cores: int
    kafka_cores: int
    shards: int
    """PostgreSQL servers: of each service one, then companies are divided among them; 1: one for all."""
    database_gigabytes_year: float
    outbox_gigabytes_year: float
    """Of these."""
    cost_month: float


def arrivals(orders: int, profile: Sequence[float] = PROFILE) -> list[float]:
    """Orders in each minute of a day, between hours evenly rising and falling; they sum to `orders`."""
    hours = len(profile)
    shape: list[float] = []
    for minute in range(MINUTES):
        at = minute / 60 - 0.5
        hour = math.floor(at)
        part = at - hour
        shape.append(profile[hour % hours] * (1 - part) + profile[(hour + 1) % hours] * part)
    whole = sum(shape)
    return [orders * share / whole for share in shape]


def simulate(coming: Sequence[float], cpu_ms: float, pods: int) -> Day:
    """Work through a day's minutes: what a minute leaves waits for the next. A pod has one core.

    Within a minute arrivals are random: an M/D/c queue by the Allen–Cunneen approximation.
    """
    backlog = busiest = waited = fullest = 0.0
    for orders in coming:
        work = orders * cpu_ms / 1000
        load = work / 60 / pods
        busiest, fullest = max(busiest, work / 60), max(fullest, load)
        backlog = max(0.0, backlog + work - 60 * pods)
        queued = backlog / pods
        if load < 1:
            served = cpu_ms / 1000
            queued += 0.5 * served * load ** (math.sqrt(2 * (pods + 1)) - 1) / (pods * (1 - load))
        waited = max(waited, queued)
    return Day(busiest, waited, fullest)


def pods_for(coming: Sequence[float], cpu_ms: float) -> int:
    """The fewest pods that keep utilisation and wait within their limits; at least two."""
    busiest = max(coming) * cpu_ms / 1000 / 60
    pods = max(2, math.ceil(busiest / UTILISATION))
    while True:
        day = simulate(coming, cpu_ms, pods)
        if day.utilisation <= UTILISATION + 1e-9 and day.waited <= WAIT_SECONDS_MAX:
            return pods
        pods += 1


def plan(orders: int, costs: Costs) -> Plan:
    """What so many orders a day need.

    Raises:
        OperationsError: a service would need more pods than there may be partitions.
    """
    coming = arrivals(orders)
    services = {name: ms for name, ms in costs.cpu_ms.items() if name not in INFRASTRUCTURE}
    pods = {name: pods_for(coming, ms) for name, ms in sorted(services.items())}
    most = max(pods.values())
    fitting = [count for count in PARTITIONS if count >= most]
    if not fitting:
        raise OperationsError(
            f"{orders} orders a day need {most} pods of one service, above {PARTITIONS[-1]} partitions: divide the companies among stacks"
        )
    database = pods_for(coming, costs.cpu_ms.get("postgres", 0.0))
    kafka = pods_for(coming, costs.cpu_ms.get("kafka", 0.0))
    year = orders * 365 * costs.database_bytes / 1e9
    cores = sum(pods.values()) + database + kafka
    price = cores * costs.core_month + year * costs.gigabyte_month
    return Plan(
        orders=orders,
        busiest_second=max(coming) / 60,
        pods=pods,
        partitions=fitting[0],
        database_cores=database,
        kafka_cores=kafka,
        shards=math.ceil(max(database / DATABASE_CORES_MAX, year / DATABASE_GIGABYTES_MAX)),
        database_gigabytes_year=year,
        outbox_gigabytes_year=orders * 365 * costs.outbox_bytes / 1e9,
        cost_month=price,
    )


def measured(report: Path, costs: Costs) -> Costs:
    """CPU and disk per order as `make bench` wrote them, without what the stack uses when nobody asks anything of it.

    Raises:
        OperationsError: there is no such report, or it has no order to cash.
    """
    try:
        content = cast("dict[str, Any]", json.loads(report.read_text(encoding="utf-8")))
        whole = content["order_to_cash"]
        parts = cast("dict[str, float]", whole["cpu_ms_per_order"])
        idle = cast("dict[str, float]", content["idle_by_process"])
        disk = cast("dict[str, int]", content["disk_bytes_per_order"])
        seconds = float(whole["wall_seconds"]) / int(content["orders"])
        return replace(
            costs,
            cpu_ms={
                name: max(0.0, float(value) - float(idle.get(name, 0.0)) * seconds)
                for name, value in parts.items()
                if name != "total"
            },
            database_bytes=int(disk["databases"]),
            outbox_bytes=int(disk["outboxes"]),
        )
    except FileNotFoundError:
        raise OperationsError(f"{report} is not there: measure with `make bench`") from None
    except (ValueError, KeyError, TypeError) as error:
        raise OperationsError(f"{report} is no report of `make bench`: measure again") from error


def as_json(plans: Sequence[Plan]) -> str:
    """For programs."""
    return json.dumps([asdict(each) for each in plans])


COLUMNS = (
    "orders a day", "in the busiest second", "pods in all", "of these finance", "partitions",
    "database cores", "servers", "Kafka cores", "database, GB a year", "of these outboxes", "cost a month",
)  # fmt: skip


def row(needed: Plan) -> tuple[str, ...]:
    """A plan as a row of the table."""
    return (
        f"{needed.orders:,}",
        f"{needed.busiest_second:,.2f}",
        str(sum(needed.pods.values())),
        str(needed.pods.get("finance", 0)),
        str(needed.partitions),
        str(needed.database_cores),
        str(needed.shards),
        str(needed.kafka_cores),
        f"{needed.database_gigabytes_year:,.0f}",
        f"{needed.outbox_gigabytes_year:,.0f}",
        f"{needed.cost_month:,.0f}",
    )


def throughput(costs: Costs | None = None) -> str:
    """The guide's table of what one core carries."""
    lines = ["| process | CPU, ms an order | orders a second and core |", "|---|---|---|"]
    parts = (costs or MEASURED).cpu_ms
    lines += [
        f"| {name} | {ms:.2f} | {f'{1000 / ms:,.0f}' if ms else '–'} |"
        for name, ms in sorted(parts.items(), key=lambda part: -part[1])
    ]
    whole = sum(parts.values())
    return "\n".join([*lines, f"| all together | {whole:.2f} | {1000 / whole:,.0f} |"])


def markdown(costs: Costs | None = None) -> str:
    """The table of the guide."""
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    rows = [row(plan(orders, costs or MEASURED)) for orders in SIZES]
    lines += ["| " + " | ".join(cells) + " |" for cells in rows]
    return "\n".join(lines)
