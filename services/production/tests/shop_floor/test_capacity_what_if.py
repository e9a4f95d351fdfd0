"""More or fewer units, other shifts, a downtime that might be: what would be late, and who would have how much to do."""

from datetime import UTC, date, datetime, timedelta

from chassis.testing import Api
from production.shop_floor.rules import (
    Bar,
    Downtime,
    Place,
    bars_of,
    finishes_of,
    jobs_of,
    loads_apart,
    loads_of,
    supposed_places,
)
from production.work_centres.rules import USUAL

from .. import builders as a
from .test_breakdowns import MONDAY, down, order, step

ONE = {"WC1": Place("WC1", 1, USUAL)}
ORDERS = [
    order("MO-1", step(hours="6"), due="2026-11-02"),
    order("MO-2", step(hours="6"), due="2026-11-02"),
    order("MO-3", step(hours="6"), due="2026-11-02"),
]
TUESDAY, WEDNESDAY = date(2026, 11, 3), date(2026, 11, 4)


def seen(
    units: dict[str, int], out: list[Downtime]
) -> tuple[list[Bar], dict[tuple[str, date], tuple[int, int]]]:
    places = supposed_places(ONE, units, {})
    bars = bars_of(jobs_of(ORDERS), places, MONDAY, downtimes=out)
    return bars, loads_of(bars, places, MONDAY, WEDNESDAY, out)


def test_a_second_unit_ends_orders_sooner_and_takes_load_from_later_days() -> None:
    was, would = seen({}, []), seen({"WC1": 2}, [])

    # Eight hours a day for three times six, one after the other; with two units two of them at once.
    ends = [(f.before, f.after, f.late_before, f.late_after) for f in finishes_of(was[0], would[0])]
    monday, later = MONDAY + timedelta(hours=6), timedelta(hours=24)
    assert ends == [
        (monday, monday, False, False),
        (MONDAY + timedelta(hours=4) + later, monday, True, False),
        (MONDAY + timedelta(hours=2) + 2 * later, MONDAY + timedelta(hours=4) + later, True, True),
    ]
    assert [
        (one.day, one.open_before, one.open_after, one.load_before, one.load_after)
        for one in loads_apart(was[1], would[1])
    ] == [
        (MONDAY.date(), 480, 960, 480, 840),
        (TUESDAY, 480, 960, 480, 240),
        (WEDNESDAY, 480, 960, 120, 0),
    ]


def test_a_day_on_which_all_is_down_moves_its_load() -> None:
    was = seen({}, [])
    would = seen({}, [down(MONDAY, MONDAY + timedelta(hours=24))])

    assert [(one.day, one.open_after, one.load_after) for one in loads_apart(was[1], would[1])] == [
        (MONDAY.date(), 0, 0), (WEDNESDAY, 480, 480),
    ]  # fmt: skip


async def test_what_if_says_what_would_be_late_and_keeps_nothing(making: Api) -> None:
    await a.e3_bills(making)
    today = datetime.now(UTC)
    due = (today + timedelta(days=150)).date().isoformat()
    await a.released(making, "S", "1000", due_date=due)
    await a.released(making, "S", "1000", due_date=due)

    answer = await making.post(
        "/production/schedule/what-ifs",
        {"company": "E01", "work_centres": [{"work_centre": "WC1", "capacity": 9}]},
    )
    stands = await making.post(
        "/production/schedule/what-ifs",
        {
            "company": "E01",
            "downtimes": [
                {
                    "work_centre": "WC1", "start": (today - timedelta(hours=1)).isoformat(),
                    "end": (today + timedelta(days=200)).isoformat(),
                }
            ],
        },
    )  # fmt: skip

    assert (answer.status_code, stands.status_code) == (200, 200), (answer.text, stands.text)
    wide, none = answer.json(), stands.json()
    assert wide["late_after"] <= wide["late_before"]
    (sooner,) = wide["orders"]
    assert sooner["after"] < sooner["before"]
    assert {load["work_centre"] for load in wide["loads"]} == {"WC1"}
    assert len(none["orders"]) == 2
    assert all(one["after"] > one["before"] for one in none["orders"])
    assert none["late_after"] == 2
    assert (await making.get("/production/schedule/kept", company="E01")).status_code == 404


async def test_capacity_that_cannot_be_is_refused(making: Api) -> None:
    path, day = "/production/schedule/what-ifs", {"start": "2026-11-02T08:00:00Z"}
    refused = [
        await making.post(path, {"company": "E01", **body})
        for body in (
            {"work_centres": [{"work_centre": "WC9", "capacity": 2}]},
            {"work_centres": [{"work_centre": "WC1", "calendar": "NONE"}]},
            {
                "downtimes": [
                    {"work_centre": "WC1", "unit": 7, "end": "2026-11-03T08:00:00Z", **day}
                ]
            },
            {"downtimes": [{"work_centre": "WC1", "end": "2026-11-01T08:00:00Z", **day}]},
            {"company": "E02", "work_centres": [{"work_centre": "WC1", "capacity": 2}]},
        )
    ]
    other = await making.as_("production.order.read", companies=["E02"]).post(
        path, {"company": "E01"}
    )

    assert [one.status_code for one in refused] == [422] * 5
    assert other.status_code == 403
