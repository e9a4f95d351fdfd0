"""What a bill's line may be replaced by: from the bill over the plan to its pegs."""

from __future__ import annotations

from datetime import timedelta

from chassis.ids import named

from .. import builders as a
from .test_net_change import World, bought, moved, ordered, world, written

__all__ = ["world"]


async def test_an_alternate_s_free_stock_is_used_before_more_of_the_primary_is_bought(
    world: World,
) -> None:
    """Y is a chip C or two of C2: 100 Y are 60 C in stock, 50 C2 for 25, 15 of the least lot of 100 C."""
    await world.publish(
        a.item("Y", procurement="make"), a.item("C2"), moved("C2", 50),
        ordered(1, "Y", 100, world.today + timedelta(days=30), "SH"),
    )  # fmt: skip
    lines = [
        {"item": "C", "quantity": "1", "line": 10},
        {"item": "C2", "quantity": "2", "line": 20, "alternate_of": 10, "priority": 1},
    ]
    await a.made(
        world.api, "/production/boms", {"company": "E01", "item": "Y", "components": lines}
    )
    await world.begin()

    planned = {(one["item"], one["quantity"]) for one in await world.planned()}
    pegs = (await world.api.get("/production/mrp/pegs", need=str(named("order", "1")))).json()

    assert {("Y", "100"), ("C", "100")} <= planned
    assert "C2" not in {item for item, _ in planned}
    covered = {(one["item"], one["supply_kind"], one["quantity"]) for one in pegs}
    assert covered >= {
        ("C", "stock", "60"), ("C", "substitute", "25"), ("C2", "stock", "50"), ("C", "planned", "15"),
    }  # fmt: skip

    # A delivery of the alternate lets it stand in for the rest too, and goes when it is late.
    await world.publish(bought(9, "C2", 30, world.today + timedelta(days=5)))
    done = await world.run("net_change")
    assert done["items_planned"] < done["items"]
    assert "C" not in {one["item"] for one in await world.planned()}
    changed = await written(world)
    await world.run("full")
    assert changed == await written(world)
    await world.publish(bought(9, "C2", 30, world.today + timedelta(days=40), version=2))
    await world.run("net_change")
    assert ("C", "100") in {(one["item"], one["quantity"]) for one in await world.planned()}
    changed = await written(world)
    await world.run("full")
    assert changed == await written(world)
