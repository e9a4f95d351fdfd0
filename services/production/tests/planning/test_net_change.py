"""What a net change writes down is what a run from nothing writes down: whatever happened in between."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from chassis.access import AccessDirectory
from chassis.consuming import Inbox
from chassis.context import Context
from chassis.database import Database
from chassis.ids import named, uuid7
from chassis.service import Running, Service, create_app
from chassis.testing import Api, Harness, SignedByTest, message_of, role_url
from production.outlook import service as outlook
from production.planning import service, store
from production.planning.desk import DESK
from production.replicas import service as replicas
from tongheng_contracts.envelope import Event
from tongheng_contracts.inventory import StockAdjusted
from tongheng_contracts.purchasing import PurchaseOrderApproved, SupplierItemChanged
from tongheng_contracts.sales import OrderPlaced

from .. import builders as a
from .test_e3_plan import offer, sold

ROUNDS = int(os.environ.get("TONGHENG_ROUNDS", "8"))


@dataclass(slots=True)
class World:
    """The service on a database of its own, where everything is committed: pictures are kept as while it runs."""

    api: Api
    inbox: Inbox
    worker: Database
    today: date

    async def publish(self, *events: Event) -> None:
        await self.inbox.apply([message_of(event) for event in events])
        assert self.inbox.counts.parked == 0

    def transaction(self) -> AbstractAsyncContextManager[AsyncSession]:
        return self.worker.transaction(Context(actor="test", client="test"))

    async def run(self, mode: str) -> dict[str, Any]:
        made = await self.api.post("/production/mrp/runs", {"company": "E01", "mode": mode})
        assert made.status_code == 202, made.text
        async with self.transaction() as session:
            assert await service.run_next(session)
        done: dict[str, Any] = (
            await self.api.get(f"/production/mrp/runs/{made.json()['id']}")
        ).json()
        assert (done["status"], done["error"]) == ("completed", "")
        return done

    async def planned(self, **filters: str) -> list[dict[str, Any]]:
        found = await self.api.get("/production/planned-orders", company="E01", **filters)
        return found.json()["items"]

    async def begin(self) -> None:
        """Plan once, and wait for whoever may have begun to write without marks."""
        async with asyncio.timeout(300):
            while True:
                await self.run("full")
                async with self.transaction() as session:
                    if (await store.snapshot(session, "E01"))[1]:
                        break
                await asyncio.sleep(0.2)
        await self.run("full")


@pytest.fixture
async def world(scratch_database_url: str, service: Service) -> AsyncGenerator[World]:
    """E3's bills, a site that is supplied by transfer, stock and safety stock; nothing else is there."""
    owner = create_async_engine(role_url(scratch_database_url, "production", "owner"))
    async with owner.begin() as connection:
        names = await connection.execute(
            text("SELECT string_agg(oid::regclass::text, ', ') FROM pg_class WHERE relkind IN ('r', 'p')"
                 " AND relnamespace = 'public'::regnamespace AND NOT relispartition AND relname <> 'alembic_version'")
        )  # fmt: skip
        await connection.execute(text(f"TRUNCATE {names.scalar_one()}"))
    await owner.dispose()
    api = Database(role_url(scratch_database_url, "production", "api"))
    worker = Database(
        role_url(scratch_database_url, "production", "worker"), lock_timeout_ms=20_000
    )
    inbox = Inbox(worker, service.all_consumers(), service="production")
    access = AccessDirectory(api)
    access.load()
    running = Running(service=service, api=api, worker_database=worker, access=access, inbox=inbox)
    running.started = True
    verifier = SignedByTest()
    harness = Harness(service, api, worker, inbox, verifier, create_app(service, running, verifier))
    made = World(Api(harness).as_("*"), inbox, worker, date.min)
    await made.publish(*a.masters())
    await a.made(made.api, "/production/work-centres", a.WORK_CENTRE)
    await a.e3_bills(made.api)
    for plan in (
        {"item": "X", "lead_time_days": 4},
        {"item": "S", "lead_time_days": 4, "lot_rule": "period", "lot_quantity": "7"},
        {"item": "B", "safety_stock": "20", "lot_multiple": "25", "lead_time_days": 6},
        {"item": "X", "warehouse": "GZ", "source": "transfer", "transfer_from": "SH", "lead_time_days": 2},
    ):  # fmt: skip
        await a.made(made.api, "/production/item-plans", {"company": "E01", **plan})
    await made.publish(
        offer("C", 8, "100"), moved("X", 10), moved("S", 40), moved("B", 75), moved("C", 60)
    )
    async with made.transaction() as session:
        made.today = await replicas.today(session, "E01")
    DESK.open(worker)
    yield made
    DESK.close()
    await api.close()
    await worker.close()


def moved(item: str, quantity: int) -> StockAdjusted:
    return StockAdjusted.model_validate({"adjustment": {
        "id": uuid7(), "number": "AD-1", "company": "E01", "business_date": a.DAY, "posting_date": a.DAY,
        "reason": "opening", "lines": [
            {"line": 1, "item": item, "warehouse": "SH", "quantity": str(quantity), "unit": "PCS", "amount": "0",
             "valuation_class": "raw_material"}
        ],
    }})  # fmt: skip


def ordered(
    number: int, item: str, quantity: int, day: date, warehouse: str | None, version: int = 1
) -> OrderPlaced:
    event = sold(item, str(quantity), day)
    line = event.order.lines[0].model_copy(update={"warehouse": warehouse})
    changed = {
        "id": named("order", str(number)),
        "number": f"SO-{number}",
        "version": version,
        "lines": [line],
    }
    return event.model_copy(update={"order": event.order.model_copy(update=changed)})


def bought(
    number: int, item: str, quantity: int, day: date, version: int = 1
) -> PurchaseOrderApproved:
    return PurchaseOrderApproved.model_validate({"order": {
        "id": named("purchase", str(number)), "number": f"PO-{number}", "company": "E01", "version": version,
        "status": "approved", "business_date": a.DAY, "supplier": "V3", "currency": "CNY", "warehouse": "SH",
        "tolerance": "0", "payment_days": 30, "amount_net": "0", "amount_tax": "0", "amount_gross": "0", "lines": [{
            "line": 1, "item": item, "quantity": str(quantity), "unit": "PCS", "unit_price": "5", "amount_net": "0",
            "amount_tax": "0", "amount_gross": "0", "tax_code": "VAT13", "tax_rate": "0.13",
            "due_date": day.isoformat(), "quantity_cancelled": "0", "quantity_received": "0",
        }],
    }})  # fmt: skip


def offered(item: str, days: int, version: int) -> SupplierItemChanged:
    event = offer(item, days, "50")
    return event.model_copy(
        update={"supplier_item": event.supplier_item.model_copy(update={"version": version})}
    )


async def written(world: World) -> dict[str, list[tuple[object, ...]]]:
    """The plan as it stands in the tables; a planned order is named by what it is, not by its id."""
    likeness = "kind, item, warehouse, from_warehouse, quantity, good, start_date, due_date, late, supplier"
    async with world.transaction() as session:
        orders = await session.execute(
            text(
                f"SELECT {likeness}, demand_order, demand_line FROM planned_orders WHERE status = 'planned'"
            )
        )
        exceptions = await session.execute(
            text(
                "SELECT kind, item, warehouse, document, quantity, day, to_day FROM mrp_exceptions"
            )
        )
        pegs = await session.execute(
            text(
                "SELECT p.item, p.warehouse, p.quantity, p.supply_kind, coalesce((s.item, s.due_date, s.quantity)::text,"
                " p.supply), p.supply_date, p.need_kind, coalesce((n.item, n.due_date, n.quantity)::text, p.need),"
                " p.need_line, p.need_date FROM mrp_pegs p LEFT JOIN planned_orders s ON s.id::text = p.supply"
                " LEFT JOIN planned_orders n ON n.id::text = p.need"
            )
        )
        return {
            name: sorted((tuple(row) for row in rows), key=repr)
            for name, rows in {"orders": orders, "exceptions": exceptions, "pegs": pegs}.items()
        }


def happening(chance: random.Random, world: World, number: int, version: int) -> Event:
    day = world.today + timedelta(days=chance.randint(-3, 60))
    site = chance.choice([None, "SH", "GZ"])
    return chance.choice(
        [
            ordered(number, chance.choice("XXSB"), chance.randint(1, 90), day, site, version),
            bought(number, chance.choice("BC"), chance.randint(1, 200), day, version),
            moved(chance.choice("XSBC"), chance.randint(-9, 30)),
            offered("C", chance.randint(1, 30), version),
        ]
    )


async def write(session: AsyncSession, event: Event) -> None:
    match event:
        case OrderPlaced():
            await outlook.keep_sales(session, [event.order])
        case PurchaseOrderApproved():
            await outlook.keep_purchases(session, [event.order])
        case SupplierItemChanged():
            await outlook.keep_offers(session, [event.supplier_item])
        case StockAdjusted():
            await outlook.take_facts(session, [(uuid7(), event.adjustment)])
        case _:
            raise AssertionError(event)


async def test_a_net_change_writes_what_a_full_run_would(world: World) -> None:
    """Writers begin and commit in any order around the runs; what is written is a full run's to the last peg."""
    chance = random.Random(5)
    await world.publish(ordered(1, "X", 100, world.today + timedelta(days=20), "SH"))
    await world.begin()
    version, narrow = 1, 0

    async def writer(number: int, event: Event, first: asyncio.Event, last: asyncio.Event) -> None:
        async with world.transaction() as session:
            # Some have a number before they write what matters, and commit long after later ones.
            if number % 2:
                await session.execute(text("SELECT pg_current_xact_id()"))
                await first.wait()
            await write(session, event)
            if number % 3:
                await last.wait()

    for step in range(ROUNDS):
        events: list[Event] = []
        for number in range(chance.randint(1, 4)):
            version += 1
            event = happening(chance, world, number + 1, version)
            # Of those who write the same row one would wait for the other, who waits for the end of the round.
            if all(type(event) is not type(other) for other in events):
                events.append(event)
        first, last = asyncio.Event(), asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for number, event in enumerate(events, start=chance.randint(0, 5)):
                group.create_task(writer(number, event, first, last))
            await asyncio.sleep(chance.random() / 50)
            if chance.random() < 0.7:
                await world.run("net_change")
            first.set()
            await asyncio.sleep(chance.random() / 50)
            if chance.random() < 0.7:
                await world.run("net_change")
            last.set()
        if step % 7 == 3 and (made := await world.planned(kind="make")):
            await a.made(world.api, "/production/planned-orders:firm", {"planned_orders": [made[0]["id"]]})  # fmt: skip
        if step % 29 == 4:
            day = str(world.today + timedelta(days=9 + step))
            await a.made(world.api, "/production/boms", a.bom("S", ("B", "2"), valid_from=day, revision=f"B{step}"))  # fmt: skip
        done = await world.run("net_change")
        narrow += done["items_planned"] < done["items"]
        changed = await written(world)
        kept = DESK._held["E01"]

        whole = await world.run("full")

        assert changed == await written(world), f"round {step}: {events}"
        # The next net change stands on what this one did, not on the full run.
        kept.written = whole["id"]
        DESK._held["E01"] = kept
    assert narrow > ROUNDS // 3, "some net changes wrote less than everything"


async def test_a_transaction_that_began_first_and_commits_last_is_not_missed(world: World) -> None:
    await world.begin()
    early, done = asyncio.Event(), asyncio.Event()

    async def late() -> None:
        async with world.transaction() as session:
            await write(session, ordered(7, "X", 70, world.today + timedelta(days=30), "SH"))
            early.set()
            await done.wait()

    async with asyncio.TaskGroup() as group:
        group.create_task(late())
        await early.wait()
        await world.publish(ordered(8, "B", 800, world.today + timedelta(days=30), "SH"))
        await world.run("net_change")
        before = await world.planned(item="X")
        done.set()
    await world.run("net_change")

    assert before == []
    assert [row["quantity"] for row in await world.planned(item="X")] == ["60"]


async def test_a_line_that_speaks_of_another_item_now_is_taken_from_the_first(world: World) -> None:
    day = world.today + timedelta(days=30)
    await world.publish(ordered(1, "X", 100, day, "SH"))
    await world.begin()

    await world.publish(ordered(1, "B", 900, day, "SH", version=2))
    await world.run("net_change")

    assert await world.planned(item="X") == []
    assert await world.planned(item="B") != []


async def test_who_wrote_unmarked_before_a_company_was_planned_is_not_missed(world: World) -> None:
    wrote, done = asyncio.Event(), asyncio.Event()

    async def unmarked() -> None:
        async with world.transaction() as session:
            await write(session, ordered(1, "X", 100, world.today + timedelta(days=30), "SH"))
            wrote.set()
            await done.wait()

    async with asyncio.TaskGroup() as group:
        group.create_task(unmarked())
        await wrote.wait()
        await world.run("full")
        done.set()
    async with world.transaction() as session:
        marks = await session.execute(text("SELECT count(*) FROM plan_marks"))
        assert marks.scalar_one() == 0

    await world.run("net_change")

    assert [row["quantity"] for row in await world.planned(item="X")] == ["90"]


async def test_nothing_is_marked_where_nobody_plans(world: World) -> None:
    await world.publish(ordered(1, "X", 100, world.today + timedelta(days=20), "SH"))

    async with world.transaction() as session:
        assert await service.replan(session) == 0
        marks = await session.execute(text("SELECT count(*) FROM plan_marks"))
    assert marks.scalar_one() == 0


async def test_orders_that_did_not_change_keep_their_ids(world: World) -> None:
    await world.publish(ordered(1, "X", 100, world.today + timedelta(days=20), "SH"))
    await world.begin()
    before = await world.planned()

    await world.publish(moved("B", 25))
    narrow = await world.run("net_change")
    after = await world.planned()
    await world.publish(moved("CHIPS", 5))  # new to the plan, which is laid out anew
    done = await world.run("net_change")

    assert narrow["items_planned"] == 1
    assert [row["id"] for row in after if row["item"] != "B"] == [
        row["id"] for row in before if row["item"] != "B"
    ]
    assert [row["id"] for row in await world.planned()] == [row["id"] for row in after]
    assert done["planned_orders"] == len(after)


async def test_a_plan_is_kept_current_by_itself(world: World) -> None:
    await world.begin()
    async with world.transaction() as session:
        assert await service.replan(session) == 0, "nothing changed"

    await world.publish(ordered(1, "X", 100, world.today + timedelta(days=20), "SH"))
    async with world.transaction() as session:
        assert await service.replan(session) == 1
    async with world.transaction() as session:
        assert await service.replan(session) == 0, "one is queued"
        assert await service.run_next(session)

    assert [row["quantity"] for row in await world.planned(item="X")] == ["90"]


async def test_lead_times_count_the_working_days_of_a_calendar(world: World) -> None:
    today, planning = world.today, world.api
    every = [{"weekday": day, "start": "08:00", "end": "16:00"} for day in range(7)]
    off = [str(today + timedelta(days=n)) for n in range(20, 30)]
    await a.made(planning, "/production/calendars",
                 {"company": "E01", "code": "SHUT", "name": "停工", "shifts": every, "days_off": off})  # fmt: skip
    plans = (await planning.get("/production/item-plans", company="E01", item="X")).json()["items"]
    own = next(plan for plan in plans if plan["warehouse"] == "")
    changed = await planning.patch(
        f"/production/item-plans/{own['id']}", {"calendar": "SHUT"}, if_match='"1"'
    )
    assert changed.status_code == 200, changed.text
    await world.publish(ordered(1, "X", 100, today + timedelta(days=32), "SH"))

    await world.run("full")

    (row,) = (await planning.get("/production/planned-orders", company="E01", item="X")).json()[
        "items"
    ]
    assert row["start_date"] == str(today + timedelta(days=18)), (
        "ready on the 32nd, ten days are off"
    )
    unknown = await planning.patch(
        f"/production/item-plans/{own['id']}", {"calendar": "NONE"}, if_match='"2"'
    )
    assert unknown.status_code == 422
