"""Events as others meet them: on a real broker, with the CloudEvents SDK, a plain client, and the guide's ten lines."""

from __future__ import annotations

import asyncio
import dataclasses
import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from cloudevents.core.bindings.kafka import KafkaMessage, from_kafka
from cloudevents.core.formats.json import JSONFormat

from chassis.outbox import headers_of as headers_of_the_relay
from tongheng_contracts import __main__ as generator
from tongheng_contracts.cloudevents import Unreadable, read
from tongheng_contracts.examples import Example, example, examples
from tongheng_contracts.inventory import GoodsShipped
from tongheng_contracts.sales import OrderChanged, OrderPlaced

ROOT = generator.ROOT
GUIDE = ROOT / "docs/guides/subscribe.md"


@dataclass
class Record:
    """What a Kafka client gives."""

    topic: str
    value: bytes | None
    headers: list[tuple[str, bytes]]
    partition: int = 2
    offset: int = 7


def record_of(shown: Example) -> Record:
    return Record(shown.envelope.topic, shown.value, shown.headers)


# Reading


@pytest.mark.parametrize("topic", sorted(examples()))
def test_a_record_is_read_into_its_typed_event_with_all_of_its_envelope(topic: str) -> None:
    shown = example(topic)

    event = read(record_of(shown))

    assert type(event) is type(shown.event)
    assert event.body == shown.event.body
    assert event.envelope == dataclasses.replace(shown.envelope, partition=2, offset=7)


def test_amounts_are_exact_and_an_expected_type_is_kept() -> None:
    order = read(record_of(example("sales.OrderPlaced")), OrderPlaced).order

    assert order.amount_gross == Decimal("16950.00")
    with pytest.raises(Unreadable, match=r"sales\.OrderPlaced is not sales\.OrderChanged"):
        read(record_of(example("sales.OrderPlaced")), OrderChanged)


def test_fields_of_a_later_version_are_ignored() -> None:
    record = record_of(example("sales.OrderPlaced"))
    record.value = (record.value or b"").replace(b'{"order":{', b'{"later":1,"order":{"new":[2],')

    assert read(record, OrderPlaced).order.customer == "C001"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"topic": "sales.Forgotten"}, "no contract for"),
        ({"value": None}, "JSON"),
        ({"value": b"\xff\xfe"}, "JSON"),
        ({"value": b"{}"}, "Field required"),
        ({"value": b'{"order": 1}'}, "order"),
        ({"ce_type": b"sales.OrderChanged"}, "the record says it is sales.OrderChanged"),
        ({"ce_dataschema": b"urn:tongheng:schema:sales.OrderPlaced:v2"}, ":v2"),
        ({"ce_id": b"7"}, "UUID"),
        ({"ce_id": None}, "ce_id is missing"),
        ({"ce_time": None}, "ce_time is missing"),
        ({"ce_time": b"2026-11-03T03:00:00"}, "no zone"),
        ({"ce_time": b"yesterday"}, "yesterday"),
        ({"ce_actor": b"\xff"}, "utf-8"),
    ],
)
def test_what_does_not_fit_is_unreadable_and_says_why(change: dict[str, Any], reason: str) -> None:
    record = record_of(example("sales.OrderPlaced"))
    for name, value in change.items():
        if name.startswith("ce_"):
            kept = [pair for pair in record.headers if pair[0] != name]
            record.headers = kept if value is None else [*kept, (name, value)]
        else:
            setattr(record, name, value)

    with pytest.raises(Unreadable, match=re.escape(reason)):
        read(record)


# On a real broker


@dataclass
class Sent:
    """An order of this test, on the broker, and a consumer that stands before it."""

    number: str
    id: UUID
    key: str
    place: TopicPartition
    offset: int


@pytest_asyncio.fixture
async def sent(kafka_bootstrap: str) -> AsyncGenerator[tuple[Sent, Any]]:
    """An order as the relay publishes it, and its record as a plain aiokafka consumer gets it."""
    shown = example("sales.OrderPlaced")
    order: Any = shown.event.body
    number, event_id = f"SO-{uuid4().hex[:12]}", uuid4()
    event = OrderPlaced(order=order.model_copy(update={"id": uuid4(), "number": number}))
    row = {
        "event_id": event_id,
        "topic": "sales.OrderPlaced",
        "subject": event.subject,
        "recorded_at": shown.envelope.time,
        "correlation_id": event.key,
        "causation_id": "request-1",
        "actor": "李伟",
        "company": event.company,
        "traceparent": shown.envelope.traceparent,
    }
    producer = AIOKafkaProducer(bootstrap_servers=kafka_bootstrap)
    await producer.start()
    try:
        metadata: Any = await producer.send_and_wait(
            "sales.OrderPlaced",
            key=event.key.encode(),
            value=event.model_dump_json().encode(),
            headers=headers_of_the_relay(row, "sales"),
        )
    finally:
        await producer.stop()
    place = TopicPartition(metadata.topic, metadata.partition)
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka_bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign([place])
        consumer.seek(place, metadata.offset)
        async with asyncio.timeout(20):
            record = await consumer.getone()
    finally:
        await consumer.stop()
    yield Sent(number, event_id, event.key, place, metadata.offset), record


@pytest.mark.integration
async def test_a_plain_consumer_finds_attributes_in_headers_and_json_in_the_value(
    sent: tuple[Sent, Any],
) -> None:
    order, record = sent
    headers = {name: value.decode() for name, value in record.headers}
    value = json.loads(record.value)

    assert record.key.decode() == order.key == value["order"]["id"]
    assert headers["ce_specversion"] == "1.0"
    assert headers["ce_id"] == str(order.id)
    assert headers["ce_type"] == record.topic
    assert headers["ce_actor"] == "李伟"
    assert headers["content-type"] == "application/json"
    assert value["order"]["amount_gross"] == "16950.00"


@pytest.mark.integration
async def test_the_cloudevents_sdk_reads_the_record(sent: tuple[Sent, Any]) -> None:
    order, record = sent

    event = from_kafka(KafkaMessage(dict(record.headers), record.key, record.value), JSONFormat())
    data: Any = event.get_data()

    assert event.get_specversion() == "1.0"
    assert event.get_id() == str(order.id)
    assert event.get_source() == "/tongheng/sales"
    assert event.get_type() == "sales.OrderPlaced"
    assert event.get_subject() == order.number
    assert event.get_time() == example("sales.OrderPlaced").envelope.time
    assert event.get_datacontenttype() == "application/json"
    assert str(event.get_dataschema()) == "urn:tongheng:schema:sales.OrderPlaced:v1"
    assert event.get_extension("correlationid") == order.key
    assert event.get_extension("causationid") == "request-1"
    assert event.get_extension("actor") == "李伟"
    assert event.get_extension("company") == "E01"
    assert data["order"]["lines"][0]["unit_price"] == "100"


@pytest.mark.integration
async def test_the_package_reads_the_record(sent: tuple[Sent, Any]) -> None:
    order, record = sent

    event = read(record, OrderPlaced)

    assert event.order.number == order.number
    assert event.envelope.id == order.id
    assert (event.envelope.partition, event.envelope.offset) == (
        order.place.partition,
        order.offset,
    )


# The package alone, and the guide's example


def installed(name: str) -> list[Path]:
    """Where a package's own files are: its folder, or its one module."""
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin)
    return [path.parent if path.name == "__init__.py" else path]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The contracts, installed as another team would, beside what they say they need: pydantic and what that needs."""
    folder = tmp_path_factory.mktemp("alone")
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
         "--no-build-isolation", "--target", str(folder), str(ROOT / "libs/contracts")],
        check=True, timeout=120,
    )  # fmt: skip
    for name in (
        "pydantic",
        "pydantic_core",
        "annotated_types",
        "typing_extensions",
        "typing_inspection",
    ):
        for path in installed(name):
            (folder / path.name).symlink_to(path)
    return folder


def command(folder: Path, script: str, *arguments: str) -> list[str]:
    # -I and -S: neither this environment's packages nor the folder that the test runs in.
    start = f"import sys; sys.path.insert(0, {str(folder)!r}); exec(compile({script!r}, 'first.py', 'exec'))"
    return [sys.executable, "-I", "-S", "-c", start, *arguments]


def test_the_package_installs_alone_and_needs_pydantic_only(alone: Path) -> None:
    script = (
        "import sys\n"
        "from tongheng_contracts.cloudevents import read\n"
        "from tongheng_contracts.examples import examples\n"
        "from tongheng_contracts.publishing import page\n"
        "print(len(examples()), 'aiokafka' in sys.modules, 'chassis' in sys.modules)\n"
        "print(sys.modules['tongheng_contracts'].__file__)\n"
    )

    told = subprocess.run(
        command(alone, script), check=True, capture_output=True, text=True, timeout=60, cwd=alone
    ).stdout.splitlines()

    assert told[0] == f"{len(examples())} False False"
    assert told[1].startswith(str(alone))
    assert (alone / "tongheng_contracts/py.typed").is_file()
    assert (alone / "tongheng_contracts/publishing/page.html").is_file()


def guides_example() -> str:
    return re.findall(
        r"^```python\n(import asyncio.*?)^```", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )[0]


def test_the_guides_example_has_ten_lines() -> None:
    lines = [line for line in guides_example().splitlines() if line.strip()]

    assert len(lines) <= 10
    assert all(len(line) <= 150 for line in lines)


@pytest.mark.integration
async def test_the_guides_ten_lines_print_an_order_of_a_real_broker(
    kafka_bootstrap: str, alone: Path, sent: tuple[Sent, Any], tmp_path: Path
) -> None:
    order, _ = sent
    group = f"my-team-{uuid4().hex[:8]}"
    script = guides_example().replace("my-team", group)
    # A shared broker has records of other tests, some of them broken on purpose: the new group begins before ours.
    starter = AIOKafkaConsumer(
        order.place.topic,
        bootstrap_servers=kafka_bootstrap,
        group_id=group,
        enable_auto_commit=False,
    )
    await starter.start()
    try:
        ends = await starter.end_offsets(list(starter.assignment()))
        await starter.commit({**ends, order.place: order.offset})
    finally:
        await starter.stop()
    for name in ("aiokafka", "async_timeout", "packaging"):
        for path in installed(name):
            link = tmp_path / path.name
            link.symlink_to(path)
    start = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n" + script

    process = await asyncio.create_subprocess_exec(
        *command(alone, start, kafka_bootstrap), stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            while line := (await process.stdout.readline()).decode():
                if order.number in line:
                    break
            else:
                assert process.stderr is not None
                pytest.fail((await process.stderr.read()).decode())
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()

    assert line.split() == [order.number, "C001", "16950.00", "CNY"]


def test_the_guides_names_exist() -> None:
    text = GUIDE.read_text("utf-8")

    for address in re.findall(r"\]\((\.\.[^)#]+)\)", text):
        assert (GUIDE.parent / address).exists(), address
    assert GoodsShipped.contract.topic == "inventory.GoodsShipped"
    for header in re.findall(r"`(ce_\w+|traceparent)`", text):
        assert header in dict(example("sales.OrderPlaced").headers)
