"""What is to be done where, and when it can be done."""

from datetime import datetime, timedelta

from chassis.testing import Api

from .. import builders as a


async def test_the_dispatch_list_and_a_schedule_within_shifts(making: Api) -> None:
    await a.made(making, "/production/boms", a.bom("S", ("C", "1")))
    await a.made(
        making, "/production/work-centres", {"company": "E01", "code": "WC2", "name": "检验"}
    )
    await a.made(
        making,
        "/production/routings",
        {
            "company": "E01",
            "item": "S",
            "operations": [
                {"operation": 10, "work_centre": "WC1", "setup_hours": "1", "run_hours": "0.5"},
                {"operation": 20, "work_centre": "WC2", "run_hours": "0.1"},
            ],
        },
    )
    later = await a.released(making, "S", "10", due_date="2027-02-01")
    sooner = await a.released(making, "S", "4", due_date="2027-01-01")
    await a.made(making, f"/production/orders/{later['id']}/report", {"operation": 10, "good": "3"})

    jobs = (await making.get("/production/dispatch-list", company="E01")).json()
    bars = (await making.get("/production/schedule", company="E01")).json()

    assert [(j["number"], j["operation"], j["left"], j["waiting"], j["hours"]) for j in jobs] == [
        (sooner["number"], 10, "4", "4", "3"),
        (sooner["number"], 20, "4", "0", "0.4"),
        (later["number"], 10, "7", "7", "3.5"),
        (later["number"], 20, "10", "3", "1"),
    ]
    at = {
        (b["job"]["number"], b["job"]["operation"]): (
            datetime.fromisoformat(b["start"]), datetime.fromisoformat(b["end"]),
        )
        for b in bars
    }  # fmt: skip
    for number in (sooner["number"], later["number"]):
        assert at[number, 20][0] >= at[number, 10][1]
    first, second = sorted([at[sooner["number"], 10], at[later["number"], 10]])
    assert second[0] >= first[1], "one piece of work at a time"
    assert at[sooner["number"], 10][1] - at[sooner["number"], 10][0] >= timedelta(hours=3)
    assert all(start.weekday() < 5 and 8 <= start.hour < 16 for start, _ in at.values())
