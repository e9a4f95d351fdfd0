"""Incremental fetches (KIP-227): the broker remembers what a consumer reads, and is told only what changed.

The library names every partition in every fetch, and every answer names them all again: for a service with a hundred topics
that is most of what it pays for reading, and of what the broker pays for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from aiokafka.consumer import consumer as library_consumer
from aiokafka.consumer import fetcher as library_fetcher
from aiokafka.protocol.fetch import FetchRequest

Place = tuple[str, int]
"""Topic and partition."""
Wanted = Mapping[Place, tuple[int, int]]
"""Offset and most bytes of each partition."""

EPOCH_MAX = 2**31 - 1
ROUTINE_SECONDS = 1.0
"""The library's routine is woken by whatever happens; this is only its rest."""
PREFETCH_SECONDS = 5.0
"""So long nothing is fetched while records wait to be taken: a fetch begun meanwhile would leave their partitions out, and
what comes there next would wait for its end."""

_Fetcher: Any = library_fetcher.Fetcher


@dataclass(slots=True)
class FetchSession:
    """What one broker remembers of this consumer."""

    id: int = 0
    epoch: int = 0
    known: dict[Place, tuple[int, int]] = field(default_factory=dict[Place, tuple[int, int]])

    def changes(self, wanted: Wanted) -> tuple[list[Place], list[Place]]:
        """The partitions to name, and those to forget."""
        if self.epoch == 0:
            return list(wanted), []
        named = [place for place, what in wanted.items() if self.known.get(place) != what]
        return named, [place for place in self.known if place not in wanted]

    def answered(self, wanted: Wanted, *, session: int) -> None:
        """The broker took it, and names the session; 0: it keeps none for us."""
        self.id = session
        self.epoch = 0 if session == 0 else 1 if self.epoch == EPOCH_MAX else self.epoch + 1
        self.known = dict(wanted) if session else {}

    def forget(self) -> None:
        """Begin anew with the next fetch; the id is still named, so that the broker drops what it has."""
        self.epoch = 0
        self.known = {}


class IncrementalRequest(FetchRequest):
    """A fetch that names what changed since the session's last; to a broker without sessions, everything."""

    def __init__(self, whole: FetchRequest, session: FetchSession) -> None:
        vars(self).update(vars(whole))
        self._session = session
        self.wanted: Wanted = {
            (topic, partition): (offset, most)
            for topic, partitions in whole.topics
            for partition, offset, most in partitions
        }
        self.in_session = False

    def build(self, request_struct_class: Any) -> Any:
        """The request as it is sent."""
        self.in_session = request_struct_class.API_VERSION >= 7
        if not self.in_session:
            return super().build(request_struct_class)
        named, forgotten = self._session.changes(self.wanted)
        whole = self._topics
        self._topics = _by_topic([(place, self.wanted[place]) for place in named])
        try:
            made: Any = super().build(request_struct_class)
        finally:
            self._topics = whole
        made.session_id = self._session.id
        made.session_epoch = self._session.epoch
        dropped: dict[str, list[int]] = defaultdict(list)
        for topic, partition in forgotten:
            dropped[topic].append(partition)
        made.forgotten_topics_data = list(dropped.items())
        return made


def _by_topic(
    places: Sequence[tuple[Place, tuple[int, int]]],
) -> list[tuple[str, list[tuple[int, int, int]]]]:
    topics: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for (topic, partition), (offset, most) in places:
        topics[topic].append((partition, offset, most))
    return list(topics.items())


class _Client:
    """The library's client, whose fetches go through a session with each broker."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._sessions: dict[int, FetchSession] = defaultdict(FetchSession)
        self.cluster: Any = client.cluster
        """Asked for each partition at each turn."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    async def send(self, node: int, request: Any, **options: Any) -> Any:
        """Send a request; one to fetch, by the session."""
        if not isinstance(request, FetchRequest):
            return await self._client.send(node, request, **options)
        session = self._sessions[node]
        fetch = IncrementalRequest(request, session)
        try:
            answer = await self._client.send(node, fetch, **options)
        except BaseException:
            # Cancelled or broken: nobody knows which epoch the broker is at.
            session.forget()
            raise
        if fetch.in_session:
            if answer.error_code:
                # The broker has dropped the session, or it is at another epoch: the answer is empty, the next fetch whole.
                session.forget()
            else:
                session.answered(fetch.wanted, session=answer.session_id)
        return answer


class Fetcher(_Fetcher):
    """The library's fetcher, incremental."""

    def __init__(self, client: Any, subscriptions: Any, **options: Any) -> None:
        options |= {"fetcher_timeout": ROUTINE_SECONDS, "prefetch_backoff": PREFETCH_SECONDS}
        parent: Any = super()
        parent.__init__(client, subscriptions, **options)
        self._client: Any = _Client(client)


def install() -> None:
    """From here on, every consumer of this process fetches so."""
    cast("Any", library_consumer).Fetcher = Fetcher
