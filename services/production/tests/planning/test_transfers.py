"""A planned transfer that was accepted: what is to go and what is on the road is neither planned nor made twice."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from chassis.ids import named, uuid7
from tongheng_contracts.inventory import TransferChanged, TransferReceived, TransferShipped

from .. import builders as a
from .test_net_change import World, moved, ordered, world, written

__all__ = ["world"]

TRANSFER = named("transfer", "1")


def transfer(
    status: str, version: int, quantity: int, leaves: date, arrives: date
) -> TransferChanged:
    return TransferChanged.model_validate({"transfer": {
        "id": TRANSFER, "number": "TR-1", "company": "E01", "version": version, "status": status,
        "from_warehouse": "SH", "to_warehouse": "GZ", "business_date": a.DAY, "ship_date": leaves.isoformat(),
        "due_date": arrives.isoformat(), "planned_order": None,
        "lines": [{"line": 1, "item": "X", "unit": "PCS", "lot": "", "quantity": str(quantity), "received": "0"}],
    }})  # fmt: skip


def moving(
    kind: type[TransferShipped | TransferReceived], quantity: int
) -> TransferShipped | TransferReceived:
    return kind.model_validate({"movement": {
        "id": uuid7(), "number": "TM-1", "company": "E01", "business_date": a.DAY, "posting_date": a.DAY,
        "transfer": TRANSFER, "transfer_number": "TR-1", "from_warehouse": "SH", "to_warehouse": "GZ",
        "lines": [{"line": 1, "item": "X", "quantity": str(quantity), "unit": "PCS", "valuation_class": "goods",
                   "cost": "0"}],
    }})  # fmt: skip


async def planned(world: World) -> set[tuple[str, str, str]]:
    return {
        (one["kind"], one["warehouse"], one["quantity"])
        for one in await world.planned(item="X", status="planned")
    }


async def net_and_full(world: World) -> None:
    await world.run("net_change")
    changed = await written(world)
    await world.run("full")
    assert changed == await written(world)


async def test_what_is_to_be_moved_is_wanted_at_its_source_and_expected_at_its_target(
    world: World,
) -> None:
    """Ten X lie in SH; GZ has sold 30."""
    leaves, arrives = world.today + timedelta(days=28), world.today + timedelta(days=30)
    await world.publish(ordered(1, "X", 30, arrives, "GZ"))
    await world.begin()
    assert await planned(world) == {("transfer", "GZ", "30"), ("make", "SH", "20")}
    (wish,) = await world.planned(item="X", kind="transfer")
    assert (wish["from_warehouse"], wish["start_date"], wish["due_date"]) == (
        "SH", leaves.isoformat(), arrives.isoformat(),
    )  # fmt: skip

    # Inventory has made the transfer: GZ has its supply, and SH still has to make what is missing.
    await world.publish(transfer("open", 1, 30, leaves, arrives))
    await net_and_full(world)
    assert await planned(world) == {("make", "SH", "20")}
    pegs = (await world.api.get("/production/mrp/pegs", need=str(named("order", "1")))).json()
    assert {(one["item"], one["supply_kind"]) for one in pegs} >= {
        ("X", "receipt"),
        ("X", "planned"),
    }

    # Made, and sent off: it is nowhere, and wanted no more.
    await world.publish(
        moved("X", 20), transfer("in_transit", 2, 30, leaves, arrives), moving(TransferShipped, 30)
    )
    await net_and_full(world)
    assert await planned(world) == set()

    # A part arrives and is counted once.
    await world.publish(moving(TransferReceived, 10))
    await net_and_full(world)
    assert await planned(world) == set()
    await world.publish(moving(TransferReceived, 20), transfer("received", 4, 30, leaves, arrives))
    await net_and_full(world)
    assert await planned(world) == set()

    # What was sold beyond that is planned.
    await world.publish(ordered(1, "X", 35, arrives, "GZ", version=2))
    await net_and_full(world)
    assert await planned(world) == {("transfer", "GZ", "5"), ("make", "SH", "5")}


async def test_a_transfer_that_was_given_up_is_planned_again(world: World) -> None:
    leaves, arrives = world.today + timedelta(days=28), world.today + timedelta(days=30)
    await world.publish(
        ordered(1, "X", 10, arrives, "GZ"), transfer("open", 1, 10, leaves, arrives)
    )
    await world.begin()
    assert await planned(world) == set()

    await world.publish(transfer("cancelled", 2, 10, leaves, arrives))
    await net_and_full(world)

    assert await planned(world) == {("transfer", "GZ", "10")}


async def test_a_late_transfer_is_named_as_what_an_order_waits_for(world: World) -> None:
    leaves, wanted = world.today + timedelta(days=2), world.today + timedelta(days=5)
    late = world.today + timedelta(days=9)
    await world.publish(ordered(1, "X", 10, wanted, "GZ"), transfer("open", 1, 10, leaves, late))
    await world.begin()

    said = (await world.api.get("/production/mrp/exceptions", company="E01", item="X")).json()[
        "items"
    ]

    assert ("expedite", "TR-1", wanted.isoformat()) in {
        (one["kind"], one["document"], one["to_day"]) for one in said
    }
    assert all(Decimal(one["quantity"]) > 0 for one in said)
