"""How events reach a subscriber: in which order, when again, what of them is told, and how it is signed."""

from __future__ import annotations

import base64
import hmac
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, cast
from uuid import UUID

from tongheng_contracts.catalogue import event_type, schema
from tongheng_contracts.privacy import KEYWORD, DataClass

PING = "workflow.Ping"
"""The type of a test's event; no topic has it."""

BACK_OFF = tuple(
    timedelta(seconds=each)
    for each in (5, 30, 120, 600, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600, 24 * 3600)
)
GIVE_UP = sum(BACK_OFF, timedelta()) - timedelta(minutes=1)
"""Nearly three days after the first attempt the next failure is the last."""
RETRY_AFTER_MAX = timedelta(hours=1)
GATE_MIN = timedelta(seconds=5)
GATE_MAX = timedelta(hours=1)
GATE_FAILURES = 3
GATE_LANES = 3
GAP_SECONDS = 2.0
"""How long a version waits for the one before it, which comes by another topic."""
ANSWER_KEPT = 1024


class Outcome(StrEnum):
    """What became of an attempt."""

    DELIVERED = "delivered"
    RETRY = "retry"
    GONE = "gone"
    WITHHELD = "withheld"
    """Not sent: its reader may not see it any more."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery that waits, as far as it decides the order."""

    id: UUID
    lane: UUID
    key: UUID
    version: int
    time: datetime
    sequence: int


def in_order(waiting: Sequence[Waiting]) -> list[Waiting]:
    """A lane's deliveries as they are sent: by time, but versions of one document always upwards."""
    left = sorted(waiting, key=lambda each: (each.time, each.sequence))
    by_document: dict[UUID, list[Waiting]] = {}
    for each in left:
        by_document.setdefault(each.key, []).append(each)
    for versions in by_document.values():
        versions.sort(key=lambda each: (each.version, each.time, each.sequence), reverse=True)
    return [by_document[each.key].pop() for each in left]


def outcome_of(status: int) -> Outcome:
    """What an answer means."""
    if 200 <= status < 300:
        return Outcome.DELIVERED
    return Outcome.GONE if status == 410 else Outcome.RETRY


def due_after(
    attempts: int, first: datetime, now: datetime, *, retry_after: float | None = None
) -> datetime | None:
    """When to try again after so many attempts; None when it was the last."""
    if now - first >= GIVE_UP:
        return None
    wait = BACK_OFF[min(attempts, len(BACK_OFF)) - 1]
    if retry_after is not None:
        wait = max(wait, min(timedelta(seconds=retry_after), RETRY_AFTER_MAX))
    # Not all at the same moment; never earlier.
    return now + wait * random.uniform(1.0, 1.1)


def gate_after(
    failures: int, lanes_held: int, failing_since: datetime, now: datetime
) -> datetime | None:
    """Until when a receiver that takes nothing is left alone: for about as long as that lasts already.

    None when only single documents fail there.
    """
    if failures < GATE_FAILURES or lanes_held < GATE_LANES:
        return None
    return now + max(GATE_MIN, min(now - failing_since, GATE_MAX))


def signature(secrets: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """The signatures of Standard Webhooks, one by each secret that is alive."""
    content = f"{message_id}.{timestamp}.".encode() + body
    signed = (hmac.digest(secret, content, "sha256") for secret in secrets)
    return " ".join("v1," + base64.b64encode(each).decode() for each in signed)


def cloud_event(
    event: Mapping[str, Any], data: Mapping[str, Any], *, to_partner: bool
) -> dict[str, Any]:
    """An event as its reader gets it: CloudEvents 1.0 in JSON. A partner is told less."""
    topic = str(event["topic"])
    told: dict[str, Any] = {
        "specversion": "1.0",
        "id": str(event["id"]),
        "source": f"/tongheng/{topic.partition('.')[0]}",
        "type": topic,
        "subject": event["subject"],
        "time": cast("datetime", event["time"]).isoformat(),
        "datacontenttype": "application/json",
        "company": event["company"],
        "correlationid": event["correlation_id"],
    }
    if topic != PING:
        told["dataschema"] = event_type(topic).contract.dataschema
    if not to_partner:
        told |= {"causationid": event["causation_id"], "actor": event["actor"]}
    told["data"] = for_partner(topic, data) if to_partner and topic != PING else data
    # CloudEvents attributes are there or not, never empty.
    return {name: value for name, value in told.items() if value != ""}


TRADING = frozenset(
    [
        "id",
        "number",
        "company",
        "version",
        "status",
        "business_date",
        "customer",
        "supplier",
        "partner",
        "currency",
        "requested_date",
        "placed_at",
        "due_date",
        "line",
        "lines",
        "item",
        "quantity",
        "unit",
        "unit_price",
        "amount",
        "amount_net",
        "amount_tax",
        "amount_gross",
        "quantity_cancelled",
        "order",
        "order_line",
        "order_number",
        "purchase_order",
        "purchase_order_number",
        "shipment",
        "shipment_line",
        "receipt",
        "receipt_line",
        "authorisation",
        "authorisation_number",
        "goods_return",
        "document_number",
        "supplier_number",
        "carrier",
        "tracking_number",
        "direction",
        "accepted",
        "rejected",
        "lot",
        "expiry_date",
        "payment_days",
        "payment_term",
        "invoiced",
        "allocations",
        "code",
        "active",
        "language",
    ]
)
"""What stands on the paper that trading partners exchange. Of what is internal, a partner is told this and nothing else:
no cost, no margin, no reason for a hold, no account."""


def for_partner(topic: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """An event's data without what is personal, or the company's own affair."""
    whole = _schema(topic)
    return _told(whole, data, whole.get("$defs", {}), always=True)


@cache
def _schema(topic: str) -> dict[str, Any]:
    return schema(event_type(topic))


def _told(
    model: Mapping[str, Any],
    value: Mapping[str, Any],
    definitions: Mapping[str, Any],
    *,
    always: bool = False,
) -> dict[str, Any]:
    told: dict[str, Any] = {}
    properties = cast("Mapping[str, Mapping[str, Any]]", model.get("properties", {}))
    for name, field in properties.items():
        if name not in value:
            continue
        inner = definitions.get(_part_of(field))
        if inner is not None and _holds_parts(value[name]):
            if always or name in TRADING:
                told[name] = _inside(inner, value[name], definitions)
        elif _may_be_told(name, str(field.get(KEYWORD, DataClass.INTERNAL.value))):
            told[name] = value[name]
    return told


def _holds_parts(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(each, dict) for each in cast("list[object]", value))
    return isinstance(value, dict)


def _inside(inner: Mapping[str, Any], value: object, definitions: Mapping[str, Any]) -> object:
    if isinstance(value, list):
        rows = cast("list[Mapping[str, Any]]", value)
        return [_told(inner, row, definitions) for row in rows]
    return _told(inner, cast("Mapping[str, Any]", value), definitions)


def _part_of(field: Mapping[str, Any]) -> str:
    for place in (field, field.get("items", {}), *field.get("anyOf", ())):
        if "$ref" in place:
            return str(place["$ref"]).rpartition("/")[2]
    return ""


def _may_be_told(name: str, data_class: str) -> bool:
    if data_class == DataClass.PERSONAL.value:
        return False
    return data_class == DataClass.PUBLIC.value or name in TRADING
