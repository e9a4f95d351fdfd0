"""Master records of others: the newest version is kept, and found by code or id."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text, text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from chassis.clock import day_in, zone_of
from chassis.replicas import Named, keep, record_columns

things = Table(
    "thing_replicas",
    MetaData(),
    *record_columns(),
    Column("name", Text, nullable=False),
    Column("letters", Integer, nullable=False),
)


@dataclass(frozen=True)
class Told:
    """As their owner tells of them."""

    code: str
    version: int
    name: str
    id: UUID
    active: bool = True


@dataclass(frozen=True)
class Thing:
    """As they are kept."""

    id: UUID
    code: str
    name: str
    letters: int


TABLE = (
    "CREATE TEMPORARY TABLE thing_replicas (code text PRIMARY KEY, id uuid NOT NULL UNIQUE, active boolean NOT NULL,"
    " version integer NOT NULL, name text NOT NULL, letters integer NOT NULL)"
)
NAMED = Named(things, Thing, name=str.upper)


def told(code: str, version: int, name: str, id: UUID | None = None) -> Told:
    return Told(code, version, name, id or uuid4())


@pytest.fixture
async def session(postgres_url: str) -> AsyncGenerator[AsyncSession]:
    engine = create_async_engine(
        postgres_url.replace("postgresql://", "postgresql+asyncpg://"), poolclass=NullPool
    )
    async with AsyncSession(engine) as session:
        await session.execute(text(TABLE))
        yield session
        await session.rollback()
    await engine.dispose()


async def heard(session: AsyncSession, *records: Told) -> None:
    await keep(session, things, records, letters=lambda record: len(record.name))


@pytest.mark.integration
async def test_the_newest_version_is_kept_in_whatever_order_it_comes(session: AsyncSession) -> None:
    one = uuid4()
    await heard(session, told("A", 2, "second", one), told("B", 1, "b"), told("A", 1, "first", one))
    await heard(session, told("A", 1, "late", one), told("B", 3, "bb"))
    await heard(session)

    found = await NAMED.find(session, ["A", "B", "C"])

    assert {ref: (thing.name, thing.letters) for ref, thing in found.items() if len(ref) == 1} == {
        "A": ("SECOND", 6),
        "B": ("BB", 2),
    }


@pytest.mark.integration
async def test_a_code_that_looks_like_anothers_id_is_the_code(session: AsyncSession) -> None:
    one = uuid4()
    await heard(session, told("A", 1, "by id", one))
    assert (await NAMED.find(session, [str(one)]))[str(one)].code == "A"
    assert await NAMED.find(session, []) == {}

    await heard(session, told(str(one), 1, "by code"))

    assert (await NAMED.find(session, [str(one)]))[str(one)].name == "BY CODE"


def test_a_zone_that_nobody_knows_is_the_home_zone() -> None:
    late = datetime(2026, 5, 31, 17, 0, tzinfo=UTC)

    assert [day_in(zone, late) for zone in ("Europe/London", "Mars/Base", "", "../etc")] == [
        date(2026, 5, 31), date(2026, 6, 1), date(2026, 6, 1), date(2026, 6, 1),
    ]  # fmt: skip
    assert zone_of("Mars/Base").key == "Asia/Shanghai"
