"""How far a service has read: what is applied, what is still to come, and for how long that has been waiting."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from prometheus_client import Gauge

from chassis.brokers import connection
from chassis.errors import TransientError

ANSWER_SECONDS_MAX = 5.0
LOOKS_KEPT = 240

LAG = Gauge("tongheng_consumer_lag", "Messages not yet applied", ["topic"])
LAG_SECONDS = Gauge("tongheng_consumer_lag_seconds", "How long the oldest of them has waited")
UNSEEN = Gauge("tongheng_consumer_unseen_seconds", "Since it was known last how many they are")


class Progress(ConsumerRebalanceListener):
    """The applied offsets of the partitions that this process has."""

    def __init__(self, *, kafka: str) -> None:
        self.done: dict[TopicPartition, int] = {}
        self.joined = False
        """Whether the group has said which partitions are this process's; there may be none."""
        self.seconds = 0.0
        """How long the oldest message not yet applied has waited, when last looked."""
        self._kafka = kafka
        self._probe: Any = None
        self._looks: dict[TopicPartition, deque[tuple[float, int]]] = {}
        self._looked_at = time.monotonic()

    def on_partitions_revoked(self, revoked: object) -> None:
        """Nothing: the batch in hand ends by itself, and its effects are there once."""

    def on_partitions_assigned(self, assigned: object) -> None:
        """Forget how far a partition was: while it was away, another worker may have gone on."""
        self.joined = True
        self.done.clear()
        self._looks.clear()

    def unseen(self) -> float:
        """Seconds since it was known last what is still to come."""
        return time.monotonic() - self._looked_at

    def advance(self, offsets: dict[TopicPartition, int]) -> None:
        """So far everything is applied."""
        for place, offset in offsets.items():
            # Back from another worker, the partition may be further than the batch in hand.
            self.done[place] = max(self.done.get(place, 0), offset)

    def begin_anew(self) -> None:
        """Nothing is known any more."""
        self.joined = False
        self.done.clear()
        self._looks.clear()

    async def lag(self, consumer: Any) -> dict[str, int]:
        """Messages not yet applied, by topic; nothing where other replicas have all partitions.

        Raises:
            TransientError: there is no consumer, or the group has not said which partitions it has.
        """
        if consumer is None or not (self.joined or consumer.assignment()):
            raise TransientError("no partitions are assigned yet")
        assigned: list[TopicPartition] = sorted(consumer.assignment())
        if not assigned:
            self._show({}, 0.0)
            return {}
        # Through a connection of its own: on the consumer's the question would wait behind the long poll.
        probe = await self.probe()
        async with asyncio.timeout(ANSWER_SECONDS_MAX):
            ends: dict[TopicPartition, int] = await probe.end_offsets(assigned)
        lag: dict[str, int] = defaultdict(int)
        for place in assigned:
            if place not in self.done:
                async with asyncio.timeout(ANSWER_SECONDS_MAX):
                    committed = await consumer.committed(place)
                self.done.setdefault(place, int(committed or 0))
            lag[place.topic] += max(0, int(ends[place]) - self.done.get(place, 0))
        self._show(lag, self._look(ends))
        return dict(lag)

    def _show(self, lag: Mapping[str, int], seconds: float) -> None:
        self.seconds = seconds
        self._looked_at = time.monotonic()
        # What another worker has now is told by that one.
        LAG.clear()
        for topic, count in lag.items():
            LAG.labels(topic).set(count)
        LAG_SECONDS.set(seconds)

    def _look(self, ends: dict[TopicPartition, int]) -> float:
        # A message has waited since the first look that saw it at the latest.
        now = time.monotonic()
        since = now
        for place, end in ends.items():
            looks = self._looks.setdefault(place, deque(maxlen=LOOKS_KEPT))
            done = self.done.get(place, 0)
            while looks and looks[0][1] <= done:
                looks.popleft()
            if end > done and (not looks or looks[-1][1] < end):
                looks.append((now, end))
            if looks:
                since = min(since, looks[0][0])
        return now - since

    async def probe(self) -> Any:
        """A consumer of no group, for questions about offsets."""
        if self._probe is None:
            probe = AIOKafkaConsumer(
                bootstrap_servers=self._kafka,
                group_id=None,
                enable_auto_commit=False,
                **connection(),
            )
            try:
                async with asyncio.timeout(ANSWER_SECONDS_MAX):
                    await probe.start()
            except BaseException:
                await probe.stop()
                raise
            self._probe = probe
        return self._probe

    async def stop(self) -> None:
        """Ask no more."""
        if self._probe is not None:
            await self._probe.stop()
