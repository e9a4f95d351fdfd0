"""The loop: batches from Kafka into the inbox, offsets committed by hand after them."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any, cast

import structlog
from aiokafka import ConsumerRecord, ConsumerStoppedError, TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage
from faststream.kafka.message import KafkaAckableMessage
from faststream.security import BaseSecurity

from chassis import brokers, failpoints, fetching
from chassis.consuming import records as patient_records
from chassis.consuming.consumers import Consumers
from chassis.consuming.decoder import Message
from chassis.consuming.inbox import POLL_SECONDS, Inbox
from chassis.consuming.offsets import UNSEEN, Progress
from chassis.consuming.troubles import name_of

log = structlog.get_logger(__name__)

BATCH_MAX = 500
BATCH_FULL = 100
GATHER_SECONDS = 0.015
"""How long messages gather between two small batches, where somebody waits for what follows from them."""
FETCH_MS = 2_000
"""How long the broker may keep a fetch that finds nothing; what comes meanwhile is sent at once."""

fetching.install()
patient_records.install()


class Worker:
    """The one subscriber of a service: all its topics in one consumer group, in batches, offsets committed by hand."""

    def __init__(
        self,
        inbox: Inbox,
        consumers: Consumers,
        *,
        kafka: str,
        service: str,
        gather_seconds: float = GATHER_SECONDS,
    ) -> None:
        self._inbox = inbox
        self._gather_seconds = gather_seconds
        self._service = service
        self.topics = consumers.topics
        self.turned_at = time.monotonic()
        self._stopping = False
        self._halted = False  # after a batch that was not applied nothing later may be committed
        self.progress = Progress(kafka=kafka)
        if self.topics:
            # Counted when Prometheus asks: a consumer that is no member of its group any more measures nothing.
            UNSEEN.set_function(self.progress.unseen)
        self._failed = asyncio.Event()
        self._kafka = kafka
        inbox.turned = self._turned
        self._connect()

    def _turned(self) -> None:
        self.turned_at = time.monotonic()

    def _connect(self) -> None:
        context = brokers.secure()
        self.broker = KafkaBroker(
            self._kafka,
            client_id=f"{self._service}-worker",
            logger=None,
            graceful_timeout=20.0,
            security=BaseSecurity(ssl_context=context, use_ssl=True) if context else None,
        )
        self._subscribe()

    def _subscribe(self) -> None:
        # The only place where a subscriber is made: the library's defaults acknowledge before the handler has run,
        # and start at the end of a topic.
        self.subscriber = self.broker.subscriber(
            *self.topics,
            group_id=f"tongheng-{self._service}",
            batch=True,
            max_records=BATCH_MAX,
            batch_timeout_ms=500,
            fetch_max_wait_ms=FETCH_MS,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.MANUAL,
            session_timeout_ms=10_000,
            heartbeat_interval_ms=2_000,
            max_poll_interval_ms=300_000,
            parser=self._parse,
            decoder=self._bytes,
            listener=self.progress,
        )
        self.subscriber(self._handle)
        cast("Any", self.subscriber).get_msg = self._take

    async def _take(self, consumer: Any) -> tuple[ConsumerRecord[Any, Any], ...]:
        # In place of the library's own: that one sleeps another half second after an empty poll.
        self._turned()
        if self._halted:
            await asyncio.sleep(POLL_SECONDS)
            return ()
        try:
            found = await consumer.getmany(
                timeout_ms=int(POLL_SECONDS * 1000), max_records=BATCH_MAX
            )
        except (KafkaError, ConsumerStoppedError):
            raise
        except Exception as error:
            log.exception("the worker ends: what Kafka sent is no record", error=name_of(error))
            self._fail()
            return ()
        return tuple(record for records in found.values() for record in records)

    def _fail(self) -> None:
        self._halted = True
        self._failed.set()

    async def _parse(self, records: tuple[ConsumerRecord[Any, Any], ...]) -> KafkaAckableMessage:
        consumer = self.subscriber.consumer
        assert consumer is not None
        return KafkaAckableMessage(
            body=b"",
            headers={},
            raw_message=records,
            consumer=consumer,
            message_id="",
            correlation_id="batch",
        )

    async def _bytes(self, message: KafkaMessage) -> bytes:
        return b""

    async def _handle(self, message: KafkaMessage) -> None:
        if self._halted:
            return
        records = cast("tuple[ConsumerRecord[Any, Any], ...]", message.raw_message)
        try:
            done = await self._inbox.apply(
                [Message.of(record) for record in records], stopping=lambda: self._stopping
            )
        except Exception as error:
            # Nothing may be skipped: without this, the next batch's commit would pass over this one.
            log.exception("the worker ends", error=name_of(error))
            self._fail()
            return
        if not done:
            self._halted = True
            return
        self._turned()
        offsets: dict[TopicPartition, int] = {}
        for record in records:
            place = TopicPartition(record.topic, record.partition)
            offsets[place] = max(offsets.get(place, 0), record.offset + 1)
        self.progress.advance(offsets)
        failpoints.reach("F9")
        consumer = self.subscriber.consumer
        if consumer is not None:
            try:
                async with asyncio.timeout(10.0):
                    await cast("Any", consumer).commit(offsets)
            except Exception as error:
                # Whoever owns the partitions now gets the messages again, and drops them by their ids.
                log.info("offsets were not committed", error=name_of(error))
        if len(records) < BATCH_FULL:
            # Under load the next messages gather meanwhile: one transaction for many of them.
            await asyncio.sleep(self._gather_seconds)

    async def run(self) -> None:
        """Consume until stopped; waits for Kafka as long as it takes."""
        if not self.topics:
            return
        if self._failed.is_set():
            await self._begin_anew()
        delay = 0.2
        while not self._stopping:
            self._turned()
            try:
                await self.broker.start()
                break
            except Exception as error:
                log.info("kafka is not there yet", error=name_of(error))
                await asyncio.sleep(delay)
                delay = min(delay * 2, 5.0)
        await self._failed.wait()
        raise RuntimeError("a batch could be neither applied nor parked")

    async def _begin_anew(self) -> None:
        # From the committed offsets, with nothing kept of what the failed run had in hand.
        with contextlib.suppress(Exception):
            async with asyncio.timeout(25.0):
                await self.broker.stop()
        self.progress.begin_anew()
        self._connect()
        self._halted = False
        self._failed.clear()

    async def stop(self) -> None:
        """Leave the group after the batch in hand."""
        self._stopping = True
        await self.progress.stop()
        try:
            async with asyncio.timeout(25.0):
                await self.broker.stop()
        except Exception as error:
            log.warning("the consumer did not stop in time", error=name_of(error))

    async def lag(self) -> dict[str, int]:
        """Messages not yet applied, by topic; empty where other replicas have all partitions.

        Raises:
            TransientError: there is no consumer, or it was not given its partitions yet, or Kafka does not answer.
        """
        if not self.topics:
            return {}
        consumer = cast("Any", self.subscriber.consumer)  # aiokafka has no complete types
        return await self.progress.lag(consumer)
