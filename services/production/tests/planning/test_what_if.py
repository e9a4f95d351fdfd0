"""What if: planned on a fork of the live plan, and nothing is different afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chassis.testing import Api

from .. import builders as a
from .test_net_change import World, bought, ordered, world, written

__all__ = ["world"]


async def asked(api: Api, body: dict[str, Any]) -> dict[str, Any]:
    answer = await api.post("/production/mrp/what-ifs", {"company": "E01", **body})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_late_supplier_moves_the_customers_that_wait_for_him(world: World) -> None:
    today = world.today
    await world.publish(bought(7, "C", 150, today + timedelta(days=5)))
    await world.publish(ordered(1, "X", 100, today + timedelta(days=14), "SH"))
    await world.run("full")
    before = await written(world)

    same = await asked(world.api, {"delays": [{"document": "PO-7", "days": 0}]})
    late = await asked(world.api, {"delays": [{"document": "PO-7", "days": 7}]})

    assert (same["planned_orders"], same["exceptions"], same["deliveries"]) == ([], [], [])
    (moved,) = late["deliveries"]
    assert (moved["number"], moved["line"], moved["item"]) == ("SO-1", 1, "X")
    # Chips on the 12th, four days for S and four for X.
    assert (moved["before"], moved["after"]) == (
        str(today + timedelta(days=14)), str(today + timedelta(days=20)),
    )  # fmt: skip
    assert {(one["kind"], one["document"]) for one in late["exceptions"]} == {("expedite", "PO-7")}
    assert await written(world) == before


async def test_a_demand_a_lead_time_and_a_bill_that_might_be(world: World) -> None:
    today = world.today
    await world.publish(ordered(1, "X", 100, today + timedelta(days=40), "SH"))
    wish = {"item": "X", "quantity": "10", "date": str(today + timedelta(days=40))}

    more = await asked(world.api, {"demands": [wish]})
    slower = await asked(world.api, {"lead_times": [{"item": "C", "days": 60}]})
    other = await asked(
        world.api, {"components": [{"item": "X", "component": "C", "quantity": "2"}]}
    )

    x = next(one for one in more["planned_orders"] if one["item"] == "X")
    assert (x["kind"], x["before"], x["after"]) == ("make", "90", "100")
    assert [one["item"] for one in slower["deliveries"]] == ["X"]
    assert slower["deliveries"][0]["after"] == str(today + timedelta(days=68))
    assert {one["item"] for one in other["planned_orders"]} == {"C"}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"components": [{"item": "S", "component": "X", "quantity": "1"}]}, 422, "cannot-be-planned"),
        ({"delays": [{"document": "PO-none", "days": 1}]}, 422, "unknown-reference"),
        ({"lead_times": [{"item": "NONE", "days": 1}]}, 422, "unknown-reference"),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_refused(
    world: World, body: dict[str, Any], status: int, code: str
) -> None:
    answer = await world.api.post("/production/mrp/what-ifs", {"company": "E01", **body})

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_calendar_without_a_working_day_is_named(world: World) -> None:
    made = {"company": "E01", "code": "NEVER", "name": "Never", "shifts": [], "days_off": []}
    await a.made(world.api, "/production/calendars", made)
    plans = (await world.api.get("/production/item-plans", company="E01", item="X")).json()["items"]
    own = next(plan for plan in plans if plan["warehouse"] == "")
    changed = await world.api.patch(
        f"/production/item-plans/{own['id']}", {"calendar": "NEVER"}, if_match='"1"'
    )
    assert changed.status_code == 200, changed.text

    answers = [
        await world.api.post(path, {"company": "E01", **more})
        for path, more in (
            ("/production/mrp/what-ifs", {}),
            ("/production/promises", {"item": "X", "quantity": "1"}),
        )
    ]

    assert [each.json()["code"] for each in answers] == ["cannot-be-planned"] * 2
    assert [each.status_code for each in answers] == [422, 422]
    assert "working day" in answers[0].json()["detail"]
