# ruff: noqa: INP001
"""How many events one core reads: `python libs/contracts/bench/reading.py [Kafka's address]`.

Counts processor time, so a busy machine does not change the figure. Each record goes through `read`: headers, envelope,
typed and validated data. An order with five lines stands for the usual, a hundred lines for the large; the topics' own
examples follow. With an address the usual is also fetched from a topic of its own, so that the client's share is in the
figure (and needs aiokafka). The aim is 10,000 events/s per core for the usual.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import sys
import time
import uuid
from dataclasses import dataclass
from typing import Any, cast

from tongheng_contracts.cloudevents import read
from tongheng_contracts.examples import Example, example, examples
from tongheng_contracts.sales import OrderPlaced

AIM = 10_000


@dataclass(frozen=True, slots=True)
class Record:
    """What a Kafka client gives."""

    topic: str
    value: bytes
    headers: list[tuple[str, bytes]]
    partition: int = 0
    offset: int = 0


def record_of(shown: Example) -> Record:
    """An example as it lies in its topic."""
    return Record(shown.envelope.topic, shown.value, shown.headers)


def order_with(lines: int) -> Record:
    """The example's order with that many lines."""
    shown = example("sales.OrderPlaced")
    order = cast("OrderPlaced", shown.event).order
    many = [order.lines[0].model_copy(update={"line": n + 1}) for n in range(lines)]
    event = OrderPlaced(order=order.model_copy(update={"lines": many}))
    return Record("sales.OrderPlaced", event.model_dump_json().encode(), shown.headers)


def rate(records: list[Record], seconds: float) -> float:
    """Records per second of processor time."""
    gc.collect()
    count, end = 0, time.process_time() + seconds
    started = time.process_time()
    while time.process_time() < end:
        for record in records:
            read(record)
        count += len(records)
    return count / (time.process_time() - started)


async def rate_from_topic(kafka: str, record: Record, count: int = 30_000) -> float:
    """Records per second of processor time, fetched by aiokafka from a topic that is made for this and removed."""
    client: Any = importlib.import_module("aiokafka")
    admins: Any = importlib.import_module("aiokafka.admin")
    topic = f"bench-{uuid.uuid4()}"
    admin = admins.AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([admins.NewTopic(topic, 1, 1)])
    try:
        async with client.AIOKafkaProducer(
            bootstrap_servers=kafka, compression_type="gzip"
        ) as producer:
            for _ in range(count):
                await producer.send(topic, record.value, headers=record.headers)
            await producer.flush()
        async with client.AIOKafkaConsumer(
            topic, bootstrap_servers=kafka, auto_offset_reset="earliest"
        ) as consumer:
            done, started = 0, time.process_time()
            while done < count:
                for batch in (await consumer.getmany(timeout_ms=1000, max_records=500)).values():
                    for one in batch:
                        read(Record(record.topic, one.value, one.headers))
                    done += len(batch)
            return count / (time.process_time() - started)
    finally:
        await admin.delete_topics([topic])
        await admin.close()


def main(kafka: str) -> int:
    """Print the figures; 1 when the usual event is read more slowly than aimed at."""
    usual, seconds = order_with(5), 2.0
    measured = {
        "sales.OrderPlaced, 5 lines": rate([usual] * 200, seconds),
        "sales.OrderPlaced, 1 line": rate([order_with(1)] * 200, seconds),
        "sales.OrderPlaced, 100 lines": rate([order_with(100)] * 20, seconds),
        "one of every topic": rate([record_of(shown) for shown in examples().values()], seconds),
    }
    aimed_at = ["sales.OrderPlaced, 5 lines"]
    if kafka:
        aimed_at.append("5 lines, fetched from Kafka")
        measured[aimed_at[-1]] = asyncio.run(rate_from_topic(kafka, usual))
    for name, figure in measured.items():
        print(f"{name:30} {figure:10,.0f} events/s per core {1e6 / figure:8.1f} µs each")
    return int(min(measured[name] for name in aimed_at) < AIM)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
