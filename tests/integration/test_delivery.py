"""Poison in a topic: what is healthy passes it, people see it, repair it and release it, and nothing is lost."""

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from operations.client import Client, Refused
from tongheng_contracts.catalogue import event_type

from .company import Company, line

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]

TOPIC = "masterdata.ItemChanged"
READERS = event_type(TOPIC).contract.consumers
VERSION_IMPOSSIBLE = 2**40
"""An integer, as the contract says; more than any row can hold."""


@dataclass(slots=True)
class Wire:
    """Straight to Kafka, past every service."""

    bootstrap: str

    async def last(self, code: str) -> tuple[dict[str, Any], list[tuple[str, bytes]]]:
        """An item's event as its service published it, with its headers."""
        consumer = AIOKafkaConsumer(
            TOPIC, bootstrap_servers=self.bootstrap, auto_offset_reset="earliest", group_id=None
        )
        await consumer.start()
        try:
            ends = await consumer.end_offsets(consumer.assignment())
            found: list[Any] = []
            while any([await consumer.position(place) < end for place, end in ends.items()]):
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    found += [r for r in records if code.encode() in (r.value or b"")]
            return json.loads(found[-1].value), list(found[-1].headers)
        finally:
            await consumer.stop()

    async def send(
        self, key: str, value: bytes, headers: list[tuple[str, bytes]] | None = None
    ) -> None:
        """One message, whatever it is."""
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap)
        await producer.start()
        try:
            await producer.send_and_wait(TOPIC, value, key=key.encode(), headers=headers or [])
        finally:
            await producer.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def wire(stack_dir: Path) -> AsyncGenerator[Wire]:
    """The stack's Kafka."""
    yield Wire(json.loads((stack_dir / "stack.json").read_text("utf-8"))["kafka"])


async def parked(erp: Client, service: str, key: str) -> dict[str, Any]:
    """The one message parked for a document, waiting for it to come."""
    async with asyncio.timeout(30):
        while True:
            # Workflow's list is of all services.
            one = {"service": service} if service == "workflow" else {}
            rows = await erp.items(f"/{service}/parked-messages", key=key, **one)
            if rows:
                (row,) = rows
                return row
            await asyncio.sleep(0.2)


async def known(erp: Client, company: Company, customer: str, item: str) -> None:
    """Wait until sales takes orders for an item; that inventory holds nothing of it is no matter."""
    async with asyncio.timeout(30):
        while True:
            try:
                await company.order(customer, line(item, "1", "9.00"))
                return
            except Refused as error:
                if error.code != "unknown-reference":
                    raise
                await asyncio.sleep(0.2)


async def test_poison_is_passed_shown_repaired_and_released(
    erp: Client, company: Company, wire: Wire
) -> None:
    customer = await company.partner("C", "customer")
    first = await company.item("H1")
    await erp.quiet()
    sound, headers = await wire.last(first)

    def item(code: str, key: str, version: int) -> dict[str, Any]:
        body = {**sound["item"], "id": key, "code": company.of(code), "version": version}
        return {**sound, "item": body}

    broken, impossible = str(uuid4()), str(uuid4())
    await wire.send(broken, b"\xff\xfe\x00 no event at all")
    second = await company.item("H2")
    own = [pair for pair in headers if pair[0] != "ce_id"]
    await wire.send(
        impossible,
        json.dumps(item("P2", impossible, VERSION_IMPOSSIBLE)).encode(),
        [*own, ("ce_id", str(uuid4()).encode())],
    )
    third = await company.item("H3")

    for healthy in (second, third):
        await known(erp, company, customer, healthy)
    for service in READERS:
        at_desk = await parked(erp, service, broken)
        assert (at_desk["status"], at_desk["reason"]) == ("parked", "unreadable")
        other = await parked(erp, service, impossible)
        path = f"/{service}/parked-messages/{other['event_id']}"
        shown = await erp.get(path)
        assert shown["value"]["item"]["version"] == VERSION_IMPOSSIBLE
        with pytest.raises(Refused) as still:
            await erp.post(f"{path}/release")
        assert (still.value.status, still.value.code) == (409, "still-failing")

        for code, key, row in (("P1", broken, at_desk), ("P2", impossible, other)):
            repaired = await erp.post(
                f"/{service}/parked-messages/{row['event_id']}/repair",
                {"value": item(code, key, 1), "reason": "corrected by its author"},
            )
            assert (repaired["status"], repaired["settled"]) == ("released", 1)
            after = await erp.get(f"/{service}/parked-messages/{row['event_id']}")
            assert after["status"] == "released"
            assert after["repaired_value"]["item"]["id"] == key

    await erp.quiet()
    for code in ("P1", "P2"):
        await known(erp, company, customer, company.of(code))
    await erp.quiet()
