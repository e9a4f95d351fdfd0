"""Kafka filled again from the outboxes, archived days included: for a stack that was restored, before its services start.

`python -m operations.backup.refilling` reads addresses by standard input, as `operations.migrating` does, and says how far it is.
Published again is everything, in the order of each outbox, with the ids it had; whoever applied an event before knows it
by its id. Repeating it after an interruption is harmless for the same reason.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from operations.secrets import read_json, write_private

MARKER = "restored.json"
"""In the stack's folder: what it was restored from, and whether Kafka still has to be filled."""
AT_ONCE = 2000
BYTES_AT_ONCE = 8 * 1024 * 1024
SEND_SECONDS_MAX = 120.0

_asyncpg: Any = importlib.import_module("asyncpg")  # it has no complete types
_COLUMNS = "id, event_id, topic, key, company, subject, actor, correlation_id, causation_id, traceparent, value, recorded_at"
_ARCHIVED = (
    "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
    " WHERE schemaname = 'archive' AND tablename ~ '^outbox_[0-9]{8}$' ORDER BY 1"
)
Told = Callable[[int, int], None]


async def refill(
    service: str, database_url: str, kafka: str, *, told: Told = lambda done, of: None
) -> int:
    """Publish a service's whole outbox into topics that are empty; how many events. The service must not run.

    Raises:
        OSError, KafkaError, asyncpg.PostgresError: the database or Kafka does not answer.
    """
    from chassis.outbox import new_producer
    from tongheng_contracts.catalogue import contracts

    topics = [agreed.topic for agreed in contracts()]
    connection = await _asyncpg.connect(database_url)
    producer: Any = new_producer(kafka, client=f"{service}-refill")
    try:
        await producer.start()
        tables = [row[0] for row in await connection.fetch(_ARCHIVED)] + ["outbox"]
        source = " UNION ALL ".join(
            f"SELECT {_COLUMNS} FROM {table} WHERE topic = ANY($1)" for table in tables
        )
        whole = int(await connection.fetchval(f"SELECT count(*) FROM ({source}) AS a", topics))
        offsets: dict[tuple[str, int], int] = {}
        done = 0
        told(done, whole)
        async with connection.transaction():
            cursor = await connection.cursor(f"SELECT * FROM ({source}) AS a ORDER BY id", topics)
            while rows := await cursor.fetch(AT_ONCE):
                for part in _parts(rows):
                    sent = await _send(producer, part, service)
                    offsets |= {
                        place: max(offsets.get(place, -1), last) for place, last in sent.items()
                    }
                done += len(rows)
                told(done, whole)
            await _note(connection, topics, offsets)
        return done
    finally:
        async with asyncio.timeout(30):
            await producer.stop()
        await connection.close()


async def _send(
    producer: Any, rows: Sequence[Mapping[str, Any]], service: str
) -> Mapping[tuple[str, int], int]:
    from chassis.outbox import send

    async with asyncio.timeout(SEND_SECONDS_MAX):
        return await send(producer, rows, service=service)


def _parts(rows: Sequence[Any]) -> list[list[Any]]:
    """The rows in their order, in parts of a size that the producer takes at once."""
    parts: list[list[Any]] = [[]]
    size = 0
    for row in rows:
        weight = len(row["value"])
        if parts[-1] and size + weight > BYTES_AT_ONCE:
            parts.append([])
            size = 0
        parts[-1].append(row)
        size += weight
    return parts


async def _note(
    connection: Any, topics: Sequence[str], offsets: Mapping[tuple[str, int], int]
) -> None:
    # What was not published when the backup was made is now; and places count from the topics' new beginning.
    await connection.execute(
        "UPDATE outbox SET published_at = clock_timestamp() WHERE published_at IS NULL AND topic = ANY($1)",
        topics,
    )
    await connection.execute("DELETE FROM outbox_offsets")
    await connection.executemany(
        'INSERT INTO outbox_offsets (topic, partition, "offset") VALUES ($1, $2, $3)',
        [(topic, partition, last) for (topic, partition), last in sorted(offsets.items())],
    )


def note_restored(var_dir: Path, *, label: str, to_time: datetime | None) -> None:
    """Write down that Kafka has to be filled before the services start."""
    write_private(
        var_dir / MARKER,
        {
            "label": label,
            "to_time": to_time.isoformat() if to_time else "",
            "restored_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "refilled": False,
        },
        durable=True,
    )


def is_due(var_dir: Path) -> bool:
    """Whether the stack was restored and its Kafka is not filled yet."""
    marker = read_json(var_dir / MARKER)
    return marker is not None and not marker.get("refilled")


def note_done(var_dir: Path) -> None:
    """Write down that Kafka holds what the outboxes hold."""
    marker = read_json(var_dir / MARKER) or {}
    write_private(var_dir / MARKER, {**marker, "refilled": True}, durable=True)


def main() -> None:
    """Fill Kafka for each service of the addresses that come by standard input."""
    given = cast("dict[str, Any]", json.load(sys.stdin))
    for service, url in cast("dict[str, str]", given["databases"]).items():

        def told(done: int, of: int, service: str = service) -> None:
            print(f"{service}: {done} of {of} events", flush=True)

        asyncio.run(refill(service, url, str(given["kafka"]), told=told))


if __name__ == "__main__":
    main()
