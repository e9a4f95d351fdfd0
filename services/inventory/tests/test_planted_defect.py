"""A reservation that reads, decides and writes without a lock or a guard: is it found by the question C2?"""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any

import pytest
from sqlalchemy import text

from chassis.consuming import Inbox
from chassis.context import Context
from chassis.database import Database
from chassis.service import Service
from chassis.testing import message_of, role_url
from inventory.stock import store as stock
from inventory.stock.rules import Balance, ItemKey
from inventory.valuation import store as valuation
from operations.proving.checks import within

from . import builders as a

WRITE = text("UPDATE balances SET reserved = :reserved WHERE id = :id")


def plant(monkeypatch: pytest.MonkeyPatch) -> None:
    """No lock, and what is written follows from what was read; the first two readers read before either writes."""
    both = asyncio.Barrier(2)
    read = stock.balances_of
    readers = 0

    async def together(session: Any, keys: Collection[ItemKey]) -> list[Balance]:
        nonlocal readers
        found = await read(session, keys)
        readers += 1
        if readers <= both.parties:
            async with asyncio.timeout(60):
                await both.wait()
        return found

    async def change(session: Any, changed: Sequence[Balance]) -> bool:
        for balance in changed:
            await session.execute(WRITE, {"id": balance.id, "reserved": balance.reserved})
        return True

    monkeypatch.setattr(stock, "balances_of", together)
    monkeypatch.setattr(stock, "change", change)
    unlocked = valuation._LOCK.sql.removesuffix(" FOR UPDATE OF v")
    assert unlocked != valuation._LOCK.sql
    monkeypatch.setattr(valuation._LOCK, "sql", unlocked)


@pytest.mark.parametrize("planted", [False, True], ids=["sound", "defect"])
async def test_a_reservation_that_reads_and_then_writes(
    scratch_database_url: str, service: Service, monkeypatch: pytest.MonkeyPatch, planted: bool
) -> None:
    item = f"PLANT-{int(planted)}"
    database = Database(role_url(scratch_database_url, "inventory", "worker"), pool_size=4)
    inbox = Inbox(database, service.all_consumers(), service="inventory")

    async def publish(*events: Any) -> None:
        await inbox.apply([message_of(event) for event in events])

    await publish(a.company(), a.warehouse("SH", priority=1), a.item(item))
    async with database.transaction(Context(actor="test")) as session:
        await session.execute(
            text(
                "INSERT INTO balances (company, item, warehouse, bin, lot, status, owner, on_hand)"
                " VALUES ('E01', :item, 'SH', '', '', 'available', '', 1)"
            ),
            {"item": item},
        )
        # The row that is locked is there: who makes it first would hold the other back.
        await session.execute(
            text("INSERT INTO stock_values (company, item) VALUES ('E01', :item)"), {"item": item}
        )
    if planted:
        plant(monkeypatch)

    async with asyncio.TaskGroup() as group:
        for n in range(2):
            group.create_task(publish(a.order(f"PL-{item}-{n}", (item, "1"))))

    check = next(one for one in within(["inventory"]) if one.invariant == "C2")
    async with database.read(Context(actor="test")) as session:
        rows = await session.execute(
            text(f"SELECT what FROM ({check.rows}) AS looked (what, bad) WHERE bad")
        )
        found = [str(row[0]) for row in rows if str(row[0]).startswith(item)]
    await database.close()
    assert inbox.counts.parked == 0
    assert bool(found) is planted
