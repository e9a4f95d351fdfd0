"""The audit trail's chain: nothing is left out, nothing is chained twice, and each change shows."""

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from sqlalchemy import text

from chassis.audit import AuditEntry, record
from chassis.audit_chain import (
    AT_ONCE,
    DIGEST,
    EARLIER_DIGEST,
    GENESIS,
    AuditChain,
    chain,
    link,
)
from chassis.context import Context
from chassis.database import Database
from chassis.service import Service
from chassis.testing import role_url

from .toy import main as toy

CONTEXT = Context(actor="li.na", client="console", address="203.0.113.9", request_id="r1")


@pytest.fixture(scope="session")
def service() -> Service:
    return toy.build()


@pytest.fixture
async def database(scratch_database_url: str) -> AsyncGenerator[Database]:
    made = Database(role_url(scratch_database_url, "toy", "worker"))
    owner = Database(scratch_database_url)
    async with owner.engine.begin() as connection:
        await connection.execute(text("TRUNCATE audit_entries, audit_chain, outbox"))
    await owner.close()
    yield made
    await made.close()


async def write(database: Database, *numbers: int, after: dict[str, Any] | None = None) -> None:
    async with database.transaction(CONTEXT) as session:
        await record(
            session,
            *(
                AuditEntry(
                    action="toy.note.write", document_type="note", document_id=n, number=f"N-{n}",
                    company="E01", before=None, after=after or {"text": f"备注 {n}", "amount": "1.10"},
                )
                for n in numbers
            ),
        )  # fmt: skip


async def trail(database: Database) -> list[Any]:
    query = "SELECT seq, entry, digest, hash FROM audit_chain ORDER BY seq"
    async with database.read(CONTEXT) as session:
        return list((await session.execute(text(query))).all())


async def chapters(database: Database) -> list[dict[str, Any]]:
    query = "SELECT value FROM outbox WHERE topic = 'sales.AuditRecorded' ORDER BY id"
    async with database.read(CONTEXT) as session:
        return [json.loads(bytes(row[0]))["chapter"] for row in await session.execute(text(query))]


def test_each_hash_covers_all_before_it() -> None:
    links = chain((0, GENESIS), [(7, b"a" * 32), (9, b"b" * 32)])

    assert [(each.seq, each.entry) for each in links] == [(1, 7), (2, 9)]
    assert links[1].hash == link(link(GENESIS, b"a" * 32), b"b" * 32)
    changed = chain((0, GENESIS), [(7, b"c" * 32), (9, b"b" * 32)])
    assert changed[1].hash != links[1].hash


async def test_what_was_committed_is_chained_once_and_told(database: Database) -> None:
    sequencer = AuditChain(database, service="sales")
    await write(database, 1, 2, 3)
    assert await sequencer.turn() == 3
    assert await sequencer.turn() == 0
    await write(database, 4)
    assert await sequencer.turn() == 1

    links = await trail(database)
    told = await chapters(database)
    assert [row.seq for row in links] == [1, 2, 3, 4]
    assert [(each["first"], each["last"]) for each in told] == [(1, 3), (4, 4)]
    assert told[0]["previous_hash"] == GENESIS.hex()
    assert told[1]["previous_hash"] == told[0]["hash"] == bytes(links[2].hash).hex()
    first = told[0]["records"][0]
    assert (first["actor"], first["number"], first["after"]["text"]) == ("li.na", "N-1", "备注 1")
    assert first["address"] == "203.0.113.9"


async def test_the_hash_covers_from_where_and_earlier_ones_are_still_known(
    database: Database,
) -> None:
    await write(database, 1)
    query = text(f"SELECT {DIGEST}, {EARLIER_DIGEST} FROM audit_entries e")
    elsewhere = text(
        f"SELECT {DIGEST}, {EARLIER_DIGEST} FROM (SELECT *, '192.0.2.1' AS at FROM audit_entries) f,"
        " LATERAL (SELECT f.id, f.actor, f.client, f.request_id, f.trace, f.action, f.outcome, f.document_type,"
        " f.document_id, f.number, f.company, f.before, f.after, f.code, f.recorded_at, f.at AS address) e"
    )
    async with database.read(CONTEXT) as session:
        now, earlier = (await session.execute(query)).one()
        changed, same = (await session.execute(elsewhere)).one()

    assert now != earlier
    assert (now == changed, earlier == same) == (False, True)


async def test_an_entry_that_commits_late_is_not_left_out(database: Database) -> None:
    sequencer = AuditChain(database, service="sales")
    begun, finish = asyncio.Event(), asyncio.Event()

    async def late() -> None:
        async with database.transaction(CONTEXT) as session:
            await record(session, AuditEntry("toy.note.write", "note", 1, "LATE", "E01"))
            begun.set()
            await finish.wait()

    writing = asyncio.create_task(late())
    await begun.wait()
    await write(database, 2)
    assert await sequencer.turn() == 1
    finish.set()
    await writing
    assert await sequencer.turn() == 1

    links = await trail(database)
    assert [row.seq for row in links] == [1, 2]
    assert links[0].entry > links[1].entry  # the later id came first


async def test_two_sequencers_make_one_chain(database: Database) -> None:
    await write(database, *range(40))
    both = [AuditChain(database, service="sales") for _ in range(2)]

    chained = sum(await asyncio.gather(*(each.turn() for each in both)))

    assert chained == len(await trail(database)) == 40


async def test_many_entries_become_several_chapters(database: Database) -> None:
    sequencer = AuditChain(database, service="sales")
    await write(database, *range(AT_ONCE + 1))
    assert [await sequencer.turn(), await sequencer.turn()] == [AT_ONCE, 1]

    await write(database, 1, 2, 3, after={"text": "x" * 600_000})
    assert [await sequencer.turn() for _ in range(3)] == [1, 1, 1]
    await write(database, 4, after={"text": "x" * 1_200_000})
    assert await sequencer.turn() == 1
    last = (await chapters(database))[-1]["records"][0]
    assert (last["shortened"], last["after"]) == (True, None)


async def test_nobody_but_the_owner_changes_what_is_chained(database: Database) -> None:
    await write(database, 1)
    await AuditChain(database, service="sales").turn()

    for statement in (
        "UPDATE audit_entries SET actor = 'x'",
        "DELETE FROM audit_entries",
        "UPDATE audit_chain SET hash = digest",
        "DELETE FROM audit_chain",
    ):
        with pytest.raises(Exception, match="permission denied"):
            async with database.transaction(CONTEXT) as session:
                await session.execute(text(statement))
