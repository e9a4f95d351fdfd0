"""History from a moment or a place on: for a subscriber that begins late, or begins again.

Needs aiokafka beside this package; everything else of it does not.
"""

from __future__ import annotations

import importlib
from collections.abc import AsyncGenerator, Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

from .cloudevents import Record, Unreadable, read
from .envelope import Event

Place = tuple[str, int]
"""Topic and partition."""
BATCH = 500
WAIT_MS = 1000


class Aside(Protocol):
    """Takes a record that cannot be read, with the reason."""

    def __call__(self, record: Record, problem: Unreadable) -> None: ...


def places_after(events: Iterable[Event]) -> dict[Place, int]:
    """Where to go on after these events: the next offset of each partition, to be kept with their effects."""
    found: dict[Place, int] = {}
    for event in events:
        place = (event.envelope.topic, event.envelope.partition)
        found[place] = max(found.get(place, 0), event.envelope.offset + 1)
    return found


async def replay(
    kafka: str,
    topics: str | Iterable[str],
    *,
    since: datetime | Mapping[Place, int] | None = None,
    follow: bool = False,
    aside: Aside | None = None,
    **client: object,
) -> AsyncGenerator[Event]:
    """The events of topics, those of a partition in their order, up to now; or for ever, when asked to follow.

    `since` is a moment with its zone (events recorded then or later), or the next offset by topic and partition as
    `places_after` gives it (a partition that is not named begins at its first event); nothing means from the first event on.
    No consumer group is used: nobody else's progress changes, and one's own is one's own to keep. A record that cannot
    be read goes to `aside` and is passed; without it, it is raised. `client` are further settings of AIOKafkaConsumer,
    such as TLS and a login.

    Raises:
        Unreadable: a record is not what its topic's contract says, and there is no `aside`.
        ValueError: `since` has no zone.
    """
    if isinstance(since, datetime) and since.tzinfo is None:
        raise ValueError("since needs a zone: datetime(…, tzinfo=UTC)")
    named = [topics] if isinstance(topics, str) else list(topics)
    library: Any = importlib.import_module("aiokafka")
    settings = {"max_partition_fetch_bytes": 8 * 1024 * 1024, **client}
    consumer: Any = library.AIOKafkaConsumer(
        *named, bootstrap_servers=kafka, group_id=None, enable_auto_commit=False,
        auto_offset_reset="earliest", **settings,
    )  # fmt: skip
    try:
        await consumer.start()
        places = sorted(consumer.assignment())
        ends: dict[Any, int] = await consumer.end_offsets(places)
        at = await _starts(consumer, places, ends, since)
        for place, offset in at.items():
            consumer.seek(place, offset)
        left = {place for place in places if at[place] < ends[place]}
        while left or follow:
            found: dict[Any, list[Any]] = await consumer.getmany(
                timeout_ms=WAIT_MS, max_records=BATCH
            )
            for place, records in found.items():
                for record in records:
                    if not follow and record.offset >= ends[place]:
                        break
                    event = _readable(record, aside)
                    if event is not None:
                        yield event
            for place in [one for one in left if one in found]:
                if await consumer.position(place) >= ends[place]:
                    left.discard(place)
    finally:
        await consumer.stop()


def _readable(record: Record, aside: Aside | None) -> Event | None:
    try:
        return read(record)
    except Unreadable as problem:
        if aside is None:
            raise
        aside(record, problem)
        return None


async def _starts(
    consumer: Any,
    places: Iterable[Any],
    ends: Mapping[Any, int],
    since: datetime | Mapping[Place, int] | None,
) -> dict[Any, int]:
    first: dict[Any, int] = await consumer.beginning_offsets(list(places))
    if since is None:
        return first
    if isinstance(since, datetime):
        # The relay gives each record the moment at which the event was recorded.
        moment = int(since.timestamp() * 1000)
        found: dict[Any, Any] = await consumer.offsets_for_times(dict.fromkeys(places, moment))
        return {place: ends[place] if at is None else int(at.offset) for place, at in found.items()}
    return {
        place: max(first[place], since.get((place.topic, place.partition), first[place]))
        for place in places
    }
