"""Commands that meet: on connections of their own, committed."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

import pytest
import pytest_asyncio
from sqlalchemy import text

from chassis.context import Context
from chassis.database import Database
from chassis.errors import BusinessError, Duplicate, PreconditionFailed
from chassis.ids import uuid7
from chassis.testing import role_url
from masterdata.categories import service as categories
from masterdata.categories.rules import CategoryCycle
from masterdata.categories.service import Category
from masterdata.items import service as items
from masterdata.items.rules import NewItem
from masterdata.items.service import ItemRecord
from masterdata.seed import seed

SOMEBODY = Context(actor="somebody")


@pytest_asyncio.fixture
async def database(scratch_database_url: str) -> AsyncGenerator[Database]:
    """The seeded database, as the api's role."""
    worker = Database(role_url(scratch_database_url, "masterdata", "worker"))
    async with worker.transaction(SOMEBODY) as session:
        await seed(session)
    await worker.close()
    opened = Database(role_url(scratch_database_url, "masterdata", "api"), pool_size=10)
    yield opened
    await opened.close()


async def _create(database: Database, codes: Sequence[str]) -> list[ItemRecord | BusinessError]:
    proposals = [NewItem(code=code, name="物料", base_unit="PCS") for code in codes]
    async with database.transaction(SOMEBODY) as session:
        return await items.create_items(session, proposals)


async def _count(database: Database, table: str, column: str, values: Sequence[str]) -> int:
    async with database.read(SOMEBODY) as session:
        counted = await session.scalar(
            text(f"SELECT count(*) FROM {table} WHERE {column} = ANY(:values)"),
            {"values": list(values)},
        )
    return int(counted or 0)


async def test_same_code_at_once_is_given_to_one(database: Database) -> None:
    outcomes = await asyncio.gather(*(_create(database, ["RACE"]) for _ in range(8)))

    made = [one for (one,) in outcomes if isinstance(one, ItemRecord)]
    refused = [one for (one,) in outcomes if isinstance(one, Duplicate)]
    assert (len(made), len(refused)) == (1, 7)
    assert await _count(database, "outbox", "subject", ["RACE"]) == 1
    assert await _count(database, "audit_entries", "number", ["RACE"]) == 1


async def test_batches_in_opposite_order_do_not_deadlock(database: Database) -> None:
    codes = [f"OPPOSITE-{n:03d}" for n in range(200)]

    forth, back = await asyncio.gather(
        _create(database, codes), _create(database, list(reversed(codes)))
    )

    made = [one for one in (*forth, *back) if isinstance(one, ItemRecord)]
    assert sorted(one.code for one in made) == codes
    assert await _count(database, "outbox", "subject", codes) == len(codes)


async def test_two_changes_of_one_version_are_one_change(database: Database) -> None:
    await _create(database, ["CHANGED"])

    async def rename(name: str) -> ItemRecord:
        async with database.transaction(SOMEBODY) as session:
            return await items.change_item(session, "CHANGED", {"name": name}, expected=1)

    outcomes = await asyncio.gather(rename("甲"), rename("乙"), return_exceptions=True)

    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        "ItemRecord",
        PreconditionFailed.__name__,
    ]


async def test_two_moves_do_not_make_a_loop_together(database: Database) -> None:
    async with database.transaction(SOMEBODY) as session:
        for code in ("LEFT", "RIGHT"):
            branch = Category(id=uuid7(), code=code, name=code, version=1)
            await categories.create_category(session, branch)

    async def move_right_below_left() -> None:
        async with database.transaction(SOMEBODY) as session:
            await categories.change_category(session, "RIGHT", {"parent": "LEFT"}, expected=1)

    async with database.transaction(SOMEBODY) as session:
        await categories.change_category(session, "LEFT", {"parent": "RIGHT"}, expected=1)
        second = asyncio.create_task(move_right_below_left())
        # The first move is not committed yet, so the second must wait to see it.
        await asyncio.wait({second}, timeout=0.3)

    with pytest.raises(CategoryCycle):
        await second
