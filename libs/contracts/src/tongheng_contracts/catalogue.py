"""All event types: the one list. Schemas and topic settings are generated from it."""

from __future__ import annotations

import json
from typing import Any

from . import control, finance, identity, inventory, masterdata, purchasing, sales
from .envelope import Contract, Event, Kind, registered

MODULES = (masterdata, identity, purchasing, sales, inventory, finance, control)


def event_types() -> dict[str, type[Event]]:
    """Every event type by its topic, in order of topic."""
    return dict(sorted(registered().items()))


def contracts() -> list[Contract]:
    """Every contract, in order of topic."""
    return [event.contract for event in event_types().values()]


def event_type(topic: str) -> type[Event]:
    """The event type of a topic.

    Raises:
        KeyError: no contract has this topic.
    """
    return registered()[topic]


def schema(event: type[Event]) -> dict[str, Any]:
    """The JSON Schema of an event's data, as published."""
    agreed = event.contract
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **event.model_json_schema(mode="serialization"),
        "title": agreed.topic,
        "description": agreed.en,
        "x-description-zh": agreed.zh,
        "x-owner": agreed.owner,
        "x-kind": agreed.kind.value,
        "x-document": agreed.document,
        "x-key": f"{agreed.part}.id",
    }


def schema_text(event: type[Event]) -> str:
    """The schema as it is committed."""
    return json.dumps(schema(event), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def topic_settings() -> dict[str, dict[str, str]]:
    """Settings by topic: events are kept for ever, of control totals a week."""
    forever = {
        "cleanup.policy": "delete",
        "retention.ms": "-1",
        "max.message.bytes": str(4 * 1024 * 1024),
    }
    week = {**forever, "retention.ms": str(7 * 24 * 3600 * 1000)}
    return {c.topic: week if c.kind is Kind.CONTROL else forever for c in contracts()}
