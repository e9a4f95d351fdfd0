"""How each fault of the schedule is done, and whether it had an effect."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from chassis.consuming.decoder import Message
from chassis.outbox import headers_of
from operations.ports import answers
from tongheng_contracts.catalogue import contracts

from .schedule import Fault
from .stack import HERE, Hits, ProxiedStack

STOP_SECONDS, KAFKA_STOP_SECONDS, HELD_SECONDS = 15.0, 20.0, 10.0
BACK = 500
AGAIN_MAX = 3000
WINDOW = 60
HIT_SECONDS = 90.0
KAFKA_SECONDS_MAX = 300.0
CLOCK_SECONDS = {"inventory": 600, "purchasing": -600}

DISK_FULL = (
    """CREATE OR REPLACE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$""",
    "CREATE OR REPLACE TRIGGER disk_is_full BEFORE INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION disk_is_full()",
    "CREATE OR REPLACE TRIGGER disk_is_full BEFORE INSERT ON inbox FOR EACH STATEMENT EXECUTE FUNCTION disk_is_full()",
)
DISK_FREE = (
    "DROP TRIGGER IF EXISTS disk_is_full ON outbox",
    "DROP TRIGGER IF EXISTS disk_is_full ON inbox",
    "DROP FUNCTION IF EXISTS disk_is_full()",
)
"""Statements of their own, so that none waits for a second table while it holds a first."""
ENOSPC = "No space left on device"
BALLAST_PIECE = 64 * 1024
STATEMENT_TRIES = 20


@dataclass(slots=True)
class Done:
    """One fault that was tried."""

    at: float
    kind: str
    target: str
    effect: bool
    note: str = ""


@dataclass(slots=True)
class Injector:
    """Does faults to one stack, a process's own one after the other."""

    stack: ProxiedStack
    seed: int
    done: list[Done] = field(default_factory=list[Done])
    poison: set[UUID] = field(default_factory=set[UUID])
    """Ids under which the messages of ours are known that no service told."""
    refused_sends: list[str] = field(default_factory=list[str])
    began: float = field(default_factory=time.monotonic)
    _locks: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    _stopped: set[int] = field(default_factory=set[int])

    @property
    def hits(self) -> Hits:
        """The folder of failpoints."""
        return Hits(self.stack.failpoints)

    async def play(self, faults: Sequence[Fault]) -> None:
        """All faults, each at its time; they overlap."""
        self.began = time.monotonic()
        tasks: list[asyncio.Task[None]] = []
        for fault in faults:
            await asyncio.sleep(max(0.0, self.began + fault.at - time.monotonic()))
            tasks.append(asyncio.create_task(self._one(fault)))
        await asyncio.gather(*tasks)

    async def _one(self, fault: Fault) -> None:
        kind = fault.kind
        ways: dict[str, Callable[[str], Awaitable[bool | str]]] = {
            "sigkill": self._sigkill, "sigterm": self._sigterm, "sigstop": self._sigstop,
            "database-sessions": self._sessions, "database-crash": self._database_crash,
            "kafka-kill": self._kafka_kill, "kafka-stop": self._kafka_stop,
            "proxy-reset": self._reset, "proxy-cut-after-commit": self._cut,
            "proxy-answers-held": self._hold, "proxy-delay": self._delay, "proxy-slow": self._slow,
            "offsets-back": self._offsets_back, "topic-again": self._again, "shuffled": self._shuffled,
            "disk-full": self._disk_full, "clock": self._clock,
        }  # fmt: skip
        at = time.monotonic() - self.began
        try:
            if kind.startswith("failpoint-"):
                found = await self._failpoint(kind.removeprefix("failpoint-"), fault.target)
            elif kind.startswith("poison-"):
                found = await self._poison(kind.removeprefix("poison-"))
            else:
                found = await ways[kind](fault.target)
            effect, note = (
                (found, "") if isinstance(found, bool) else (not found.startswith("no "), found)
            )
        except Exception as error:
            effect, note = False, f"{type(error).__name__}: {error}"
        self.done.append(Done(round(at, 1), kind, fault.target, effect, note))

    # -- processes -------------------------------------------------------------------------------------------

    async def _pid(self, name: str, seconds: float = 40) -> int:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            pid = self.stack.part(name).snapshot().pid
            if pid is not None:
                return pid
            await asyncio.sleep(0.2)
        raise TimeoutError(f"{name} does not run")

    async def _anew(self, name: str, before: int, seconds: float = 60) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            pid = self.stack.part(name).snapshot().pid
            if pid is not None and pid != before:
                return True
            await asyncio.sleep(0.2)
        return False

    async def _sigkill(self, name: str) -> bool:
        async with self._locks[name]:
            pid = await self._pid(name)
            os.kill(pid, signal.SIGKILL)
            return await self._anew(name, pid)

    async def _sigterm(self, name: str) -> bool:
        async with self._locks[name]:
            pid = await self._pid(name)
            os.kill(pid, signal.SIGTERM)
            return await self._anew(name, pid)

    async def _stop_for(self, name: str, seconds: float) -> bool:
        async with self._locks[name]:
            pid = await self._pid(name)
            os.kill(pid, signal.SIGSTOP)
            self._stopped.add(pid)
            try:
                await asyncio.sleep(seconds)
            finally:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)
                self._stopped.discard(pid)
            return True

    async def _sigstop(self, name: str) -> bool:
        return await self._stop_for(name, STOP_SECONDS)

    async def _kafka_stop(self, name: str) -> bool:
        return await self._stop_for(name, KAFKA_STOP_SECONDS)

    async def _kafka_kill(self, name: str) -> bool:
        async with self._locks[name]:
            pid = await self._pid(name)
            os.kill(pid, signal.SIGKILL)
            came = await self._anew(name, pid)
            return came and await self._until(
                lambda: answers(self.stack.ports.kafka), seconds=KAFKA_SECONDS_MAX
            )

    async def _database_crash(self, name: str) -> bool:
        async with self._locks[name]:
            pid = await self._pid(name)
            # The server itself; its sessions see it gone and end.
            os.kill(pid, signal.SIGKILL)
            came = await self._anew(name, pid)
            return came and await self._until(self.stack.server.is_ready)

    async def _until(self, condition: Callable[[], bool], seconds: float = 90) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if await asyncio.to_thread(condition):
                return True
            await asyncio.sleep(0.5)
        return False

    async def _failpoint(self, point: str, service: str) -> bool | str:
        before = self.hits.count().get(point, 0)
        armed = self.hits.arm(point, service)
        began = time.monotonic()
        deadline = began + HIT_SECONDS
        sent = 0.0
        while time.monotonic() < deadline:
            if self.hits.count().get(point, 0) > before:
                return True
            if not await asyncio.to_thread(answers, self.stack.ports.kafka):
                # Nobody sends or reads meanwhile, and on a loaded machine Kafka takes minutes to come back.
                deadline = min(time.monotonic() + HIT_SECONDS, began + KAFKA_SECONDS_MAX)
            if point in ("F10", "F11") and time.monotonic() - sent > 10:
                # Halving and parking take a message that its handler cannot apply, among others that it can.
                sent = time.monotonic()
                with suppress(Exception):
                    await self._poison("future")
            await asyncio.sleep(0.3)
        armed.unlink(missing_ok=True)
        hit = self.hits.count().get(point, 0) > before
        return True if hit else "no process came by in time"

    async def _clock(self, service: str) -> bool:
        async with self._locks[service]:
            pid = await self._pid(service)
            shifted = {
                "TONGHENG_CHAOS_CLOCK": str(CLOCK_SECONDS[service]),
                "PYTHONPATH": str(HERE / "plants"),
            }
            await asyncio.to_thread(self.stack.give_one_life, service, shifted)
            now = await self._pid(service)
            await asyncio.sleep(20)
            with suppress(ProcessLookupError):
                os.kill(now, signal.SIGKILL)
            return now != pid and await self._anew(service, now)

    # -- databases and networks ------------------------------------------------------------------------------

    async def _connect(self, database: str) -> Any:
        return await asyncpg.connect(self.stack.server.url(database), timeout=10)

    async def _sessions(self, name: str) -> bool:
        connection = await self._connect("postgres")
        try:
            query = (
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = $1"
            )
            return bool(await connection.fetchval(query, name))
        finally:
            await connection.close()

    async def _disk_full(self, name: str) -> bool | str:
        # A database that crashes meanwhile could not even recover: that is another fault than this one.
        async with self._locks["postgres"]:
            before = self._out_of_space()
            if self.stack.small_disk is not None:
                await self._fill(name, self.stack.small_disk)
                how = "a disk of its own was full"
            else:
                connection = await self._connect(name)
                try:
                    await _each(connection, *DISK_FULL)
                    await asyncio.sleep(HELD_SECONDS)
                finally:
                    await connection.close()
                    await self.free_disk(name)
                how = "as PostgreSQL answers to a full disk"
        refused = self._out_of_space() - before
        return f"{refused} writes were refused: {how}" if refused else "no write came by"

    def _out_of_space(self) -> int:
        return self.stack.part("postgres").log.read_text(errors="replace").count(ENOSPC)

    async def _fill(self, name: str, disk: Path) -> None:
        # Today's outbox moves to the small disk, and the rest of that disk is taken by somebody else.
        connection = await self._connect(name)
        ballast = disk / "ballast"
        try:
            place = disk / "tablespace"
            place.mkdir(mode=0o700, exist_ok=True)
            os.chown(place, *self.stack.owner_of_data())
            if not await connection.fetchval("SELECT 1 FROM pg_tablespace WHERE spcname = 'small'"):
                await connection.execute(f"CREATE TABLESPACE small LOCATION '{place}'")
            tables = [
                str(row[0])
                for row in await connection.fetch(
                    "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
                    " WHERE i.inhparent = 'outbox'::regclass AND pg_relation_size(c.oid) > 0"
                )
            ]
            await _each(connection, *(f"ALTER TABLE {one} SET TABLESPACE small" for one in tables))
            with suppress(OSError), ballast.open("wb", buffering=0) as file:
                while True:
                    file.write(bytes(BALLAST_PIECE))
            await asyncio.sleep(HELD_SECONDS)
            ballast.unlink()
            await _each(
                connection, *(f"ALTER TABLE {one} SET TABLESPACE pg_default" for one in tables)
            )
        finally:
            ballast.unlink(missing_ok=True)
            await connection.close()

    async def free_disk(self, name: str) -> None:
        """End a full disk, at whatever moment the campaign was cut off."""
        if self.stack.small_disk is not None:
            (self.stack.small_disk / "ballast").unlink(missing_ok=True)
        connection = await self._connect(name)
        try:
            await _each(connection, *DISK_FREE)
        finally:
            await connection.close()

    async def _reset(self, name: str) -> bool:
        return self.stack.proxies[name].reset() > 0

    async def _cut(self, name: str) -> bool | str:
        proxy = self.stack.proxies[name]
        before = proxy.cut
        proxy.weather.cut_after_commit += 1
        cut = await self._until(lambda: proxy.cut > before, seconds=40)
        return True if cut else "no COMMIT came by in time"

    async def _hold(self, name: str) -> bool:
        weather = self.stack.proxies[name].weather
        weather.answers_held_until = time.monotonic() + HELD_SECONDS
        await asyncio.sleep(HELD_SECONDS)
        return True

    async def _delay(self, name: str) -> bool:
        weather = self.stack.proxies[name].weather
        weather.delay, weather.calm_at = 0.3, time.monotonic() + HELD_SECONDS
        await asyncio.sleep(HELD_SECONDS)
        weather.delay = 0.0
        return True

    async def _slow(self, name: str) -> bool:
        weather = self.stack.proxies[name].weather
        weather.bytes_per_second, weather.calm_at = 64_000.0, time.monotonic() + HELD_SECONDS
        await asyncio.sleep(HELD_SECONDS)
        weather.bytes_per_second = 0.0
        return True

    # -- Kafka -----------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def _producer(self) -> AsyncGenerator[AIOKafkaProducer]:
        producer = await self._started(
            lambda: AIOKafkaProducer(
                bootstrap_servers=self.stack.broker.bootstrap, acks="all", enable_idempotence=True,
                max_request_size=5 * 1024 * 1024,
            )
        )  # fmt: skip
        try:
            yield producer
        finally:
            with suppress(Exception):
                async with asyncio.timeout(20):
                    await producer.stop()

    async def _started(self, make: Callable[[], Any], seconds: float = KAFKA_SECONDS_MAX) -> Any:
        # Kafka may be down just now: by a fault of its own.
        deadline = time.monotonic() + seconds
        while True:
            client = make()
            try:
                async with asyncio.timeout(20):
                    await client.start()
                return client
            except Exception:  # a broker under fault refuses in many ways
                with suppress(Exception):
                    await client.stop()
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(1.0)

    async def _offsets_back(self, service: str) -> str:
        async with self._locks[service]:
            # A group takes offsets from outside only while nobody is in it.
            await asyncio.to_thread(self.stack.stop, service)
            try:
                async with asyncio.timeout(90):
                    return await self._set_back(service)
            finally:
                self.stack.part(service).start()

    async def _set_back(self, service: str) -> str:
        group = f"tongheng-{service}"
        topics = [one.topic for one in contracts() if service in one.consumers]
        consumer = await self._started(
            lambda: AIOKafkaConsumer(
                bootstrap_servers=self.stack.broker.bootstrap, group_id=group, enable_auto_commit=False
            )
        )  # fmt: skip
        try:
            places: list[TopicPartition] = []
            for topic in topics:
                await consumer._client.add_topic(topic)  # what a consumer does that subscribes
            for topic in topics:
                places += [TopicPartition(topic, n) for n in range(3)]
            consumer.assign(places)
            back: dict[TopicPartition, int] = {}
            steps = 0
            for place in places:
                at = await consumer.committed(place)
                if at:
                    back[place] = max(0, at - BACK)
                    steps += at - back[place]
            for _ in range(40):
                try:
                    await consumer.commit(back)
                    break
                except Exception:  # members are still leaving, or the broker is elsewhere
                    await asyncio.sleep(1)
            else:
                return "no: the group never became empty"
            return f"{steps} messages come again"
        finally:
            await consumer.stop()

    async def _read(self, topic: str) -> list[Any]:
        consumer = await self._started(
            lambda: AIOKafkaConsumer(
                topic, bootstrap_servers=self.stack.broker.bootstrap, group_id=None, auto_offset_reset="earliest"
            )
        )  # fmt: skip
        try:
            places = consumer.assignment()
            ends = await consumer.end_offsets(places)
            found: list[Any] = []
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline and any(
                [await consumer.position(place) < end for place, end in ends.items()]
            ):
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    found += records
            return found
        finally:
            await consumer.stop()

    async def _send_again(self, topic: str, records: Sequence[Any]) -> str:
        async with self._producer() as producer:
            for record in records:
                sent = await producer.send(
                    topic, record.value, key=record.key, headers=list(record.headers),
                    partition=record.partition, timestamp_ms=record.timestamp,
                )  # fmt: skip
                if Message.of(record).id in self.poison:
                    # What has no id is known by its place, and this is another one.
                    there = await sent
                    again = replace(
                        Message.of(record), partition=there.partition, offset=there.offset
                    )
                    self.poison.add(again.id)
            await producer.flush()
        return f"{len(records)} messages" if records else "no messages"

    async def _again(self, topic: str) -> str:
        return await self._send_again(topic, (await self._read(topic))[-AGAIN_MAX:])

    async def _shuffled(self, topic: str) -> str:
        window = sorted(await self._read(topic), key=lambda record: record.timestamp)[-WINDOW:]
        random.Random(self.seed).shuffle(window)
        return await self._send_again(topic, window)

    async def _poison(self, kind: str) -> str:
        messages = await poisonous(kind, self.stack.server.url("masterdata"))
        sent = 0
        async with self._producer() as producer:
            for topic, key, value, headers in messages:
                there = await producer.send_and_wait(
                    topic, value, key=key.encode(), headers=headers
                )
                said = {name: raw.decode("utf-8", "replace") for name, raw in headers}
                message = Message(topic, there.partition, there.offset, key, said, b"")
                self.poison.add(message.id)
                sent += 1
        return f"{sent} messages"

    # -- the end ---------------------------------------------------------------------------------------------

    async def heal(self) -> None:
        """Nothing is wrong any more: calm networks, no armed points, every process runs."""
        for pid in list(self._stopped):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        for proxy in self.stack.proxies.values():
            proxy.weather.answers_held_until = proxy.weather.calm_at = 0.0
            proxy.weather.cut_after_commit = 0
        for file in self.stack.failpoints.glob("F*"):
            file.unlink(missing_ok=True)
        for name in self.stack.proxies:
            if name != "kafka":
                with suppress(Exception):
                    await self.free_disk(name)
        for shot in self.stack.snapshots():
            await asyncio.to_thread(self.stack.start, shot.name, wait=False)


async def _each(connection: Any, *statements: str) -> None:
    """One statement after the other, each in its own transaction and again until the table is free for it."""
    await connection.execute("SET lock_timeout = '2s'")
    for statement in statements:
        for left in reversed(range(STATEMENT_TRIES)):
            try:
                await connection.execute(statement)
                break
            except (asyncpg.DeadlockDetectedError, asyncpg.LockNotAvailableError):
                if not left:
                    raise


async def poisonous(
    kind: str, masterdata: str
) -> list[tuple[str, str, bytes, list[tuple[str, bytes]]]]:
    """Messages that no service told: topic, key, value, headers."""
    key = str(uuid4())
    if kind == "bytes":
        return [("sales.OrderPlaced", key, b"\xff\xfe\x00 no event", [])]
    if kind == "schema":
        return [
            (
                "inventory.GoodsShipped",
                key,
                b'{"shipment": {"id": 5}}',
                headers("inventory.GoodsShipped"),
            )
        ]
    if kind == "type":
        return [
            (
                "sales.OrderPlaced",
                key,
                b"{}",
                headers("sales.OrderPlaced", ce_type="sales.OrderTeleported"),
            )
        ]
    if kind == "large":
        value = json.dumps({"order": {"id": key, "text": "x" * (3 * 1024 * 1024)}}).encode()
        return [("sales.OrderPlaced", key, value, headers("sales.OrderPlaced"))]
    if kind == "dangling":
        body = {
            "id": key, "number": f"RMA-{key[:8]}", "company": "NOBODY", "version": 1, "status": "authorised",
            "business_date": "2026-01-05", "order": str(uuid4()), "order_number": "SO-NONE", "customer": "NOBODY",
            "currency": "CNY", "reason": "dangling",
            "lines": [{"line": 1, "order_line": 1, "item": "NOTHING", "unit": "PCS", "quantity": "1", "shipment": None,
                       "amount_net": "0.00", "amount_tax": "0.00", "tax_code": "NONE", "tax_rate": "0"}],
        }  # fmt: skip
        return [
            (
                "sales.ReturnAuthorised",
                key,
                json.dumps({"return": body}).encode(),
                headers("sales.ReturnAuthorised"),
            )
        ]
    assert kind == "future", kind
    connection: Any = await asyncpg.connect(masterdata, timeout=10)
    try:
        row = await connection.fetchrow(
            "SELECT * FROM outbox WHERE topic = 'masterdata.ItemChanged' ORDER BY id DESC LIMIT 1"
        )
    finally:
        await connection.close()
    sound = json.loads(row["value"])
    # More than any row can hold: found out only where it is written.
    impossible = {
        **sound,
        "item": {**sound["item"], "id": key, "code": f"X-{key[:8]}", "version": 2**40},
    }
    kept = [pair for pair in headers_of(dict(row), "masterdata") if pair[0] != "ce_id"]
    around = (bytes(row["value"]), headers_of(dict(row), "masterdata"))
    bad = (json.dumps(impossible).encode(), [*kept, ("ce_id", str(uuid4()).encode())])
    topic, sound_key = "masterdata.ItemChanged", str(row["key"])
    return [(topic, key, *bad), (topic, sound_key, *around), (topic, sound_key, *around)]


def headers(topic: str, **changes: str) -> list[tuple[str, bytes]]:
    """The attributes of a well-formed event, with an id of its own."""
    said = {
        "ce_specversion": "1.0", "ce_id": str(uuid4()), "ce_source": "/tongheng/nobody", "ce_type": topic,
        "ce_subject": "poison", "ce_time": "2026-01-05T00:00:00+00:00", "ce_company": "", "ce_actor": "chaos",
        "ce_correlationid": "chaos", "ce_causationid": "chaos", **changes,
    }  # fmt: skip
    return [(name, value.encode()) for name, value in said.items()]
