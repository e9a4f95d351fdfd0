"""Records that the client library refuses to read are read all the same, once."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.consumer import fetcher
from aiokafka.producer import message_accumulator
from aiokafka.producer import producer as producing
from aiokafka.record import default_records, memory_records

from chassis.consuming import Message
from chassis.consuming.records import Records

PLAIN: Any = memory_records.MemoryRecords


class Name(str):
    """A header's name that becomes other bytes than text should."""

    def encode(self, *_: object, **__: object) -> bytes:
        return b"\xff\xfe"


def batch(*, gzip: bool = False, offset: int = 40) -> bytes:
    """Three records, the second with a header whose name is no text."""
    library: Any = default_records
    builder = library._DefaultRecordBatchBuilderPy(2, 1 if gzip else 0, 0, -1, -1, -1, 1_000_000)
    for n in range(3):
        name = Name("x") if n == 1 else "ce_id"
        builder.append(n, 1000 + n, b"key", b"value %d" % n, [(name, b"v"), ("empty", None)])
    built = bytearray(builder.build())
    built[0:8] = offset.to_bytes(8, "big")
    return bytes(built)


def read(data: bytes) -> list[tuple[int, bytes, list[tuple[str, bytes | None]]]]:
    records, found = Records(data), dict[int, Any]()
    while records.has_next():
        one = records.next_batch()
        assert one is not None
        assert one.validate_crc()
        for record in one:
            found.setdefault(record.offset, record)
    return [(o, bytes(r.value), list(r.headers)) for o, r in sorted(found.items())]


@pytest.mark.parametrize("gzip", [False, True])
def test_a_headers_name_that_is_no_text_is_shown_as_it_is(gzip: bool) -> None:
    both = batch(gzip=gzip) + batch(gzip=gzip, offset=43)

    with pytest.raises(Exception, match=r"."):
        list(PLAIN(both).next_batch())
    found = read(both)

    assert [(o, v) for o, v, _ in found] == [(40 + n, b"value %d" % (n % 3)) for n in range(6)]
    assert found[1][2] == [("\\xff\\xfe", b"v"), ("empty", None)]
    assert found[2][2] == [("ce_id", b"v"), ("empty", None)]


def test_what_is_truly_corrupt_is_still_refused() -> None:
    data = bytearray(batch())
    data[-9:] = b"\xff" * 9  # within the last record's headers

    records = Records(bytes(data))
    one = records.next_batch()
    assert one is not None

    assert not one.validate_crc()
    with pytest.raises(Exception, match=r"."):
        list(one)


@pytest_asyncio.fixture
async def topic(kafka_bootstrap: str) -> AsyncGenerator[str]:
    """A topic of its own: no other reader shall meet this."""
    name = f"patient-{uuid4()}"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(name, 1, 1)])
    yield name
    await admin.delete_topics([name])
    await admin.close()


@pytest.mark.integration
async def test_a_consumer_passes_it_by(
    kafka_bootstrap: str, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    library: Any = default_records
    for module in (message_accumulator, producing):
        monkeypatch.setattr(
            module, "DefaultRecordBatchBuilder", library._DefaultRecordBatchBuilderPy
        )
    assert vars(fetcher)["MemoryRecords"] is Records

    async with AIOKafkaProducer(bootstrap_servers=kafka_bootstrap) as producer:
        for value, name in ((b"0", "a"), (b"1", Name("x")), (b"2", "a")):
            await producer.send_and_wait(topic, value, headers=[(name, b"v")])
    async with AIOKafkaConsumer(
        topic, bootstrap_servers=kafka_bootstrap, auto_offset_reset="earliest"
    ) as consumer:
        async with asyncio.timeout(30):
            found = [await consumer.getone() for _ in range(3)]

    assert [record.value for record in found] == [b"0", b"1", b"2"]
    assert Message.of(found[1]).headers == {"\\xff\\xfe": "v"}
