"""All event types: the one list. Schemas and topic settings are generated from it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel

from . import (
    audit,
    captions,
    control,
    finance,
    identity,
    inventory,
    masterdata,
    production,
    purchasing,
    sales,
)
from .envelope import Contract, Event, Kind, Part, registered
from .privacy import KEYWORD, DataClass

MODULES = (masterdata, identity, purchasing, sales, inventory, production, finance, control, audit)


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


def parts(event: type[Event]) -> dict[str, type[Part]]:
    """The models that an event is made of, by name."""
    found: dict[str, type[Part]] = {}

    def walk(model: type[BaseModel]) -> None:
        for field in model.model_fields.values():
            for one in _models_in(field.annotation):
                if one.__name__ not in found:
                    found[one.__name__] = one
                    walk(one)

    walk(event)
    return found


def _models_in(annotation: object) -> Iterator[type[Part]]:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


_ORDER = (DataClass.PUBLIC.value, DataClass.INTERNAL.value, DataClass.PERSONAL.value)


def _reference(field: dict[str, Any]) -> str:
    # The part that a field holds: one, a list of them, or one that may be missing.
    for place in (field, field.get("items", {}), *field.get("anyOf", ())):
        if "$ref" in place:
            return str(place["$ref"]).rpartition("/")[2]
    return ""


def _describe(schema: dict[str, Any], models: dict[str, type[Part]]) -> None:
    definitions: dict[str, dict[str, Any]] = schema.get("$defs", {})

    def class_of(field: dict[str, Any]) -> str:
        # What holds parts is as confidential as the most confidential of them.
        own = str(field.get(KEYWORD, DataClass.INTERNAL.value))
        inside = definitions.get(_reference(field), {}).get("properties", {})
        return max([own, *map(class_of, inside.values())], key=_ORDER.index)

    for name, definition in [("", schema), *definitions.items()]:
        for field_name, field in definition.get("properties", {}).items():
            said = captions.description_en(models[name], field_name) if name in models else ""
            if said:
                field["description"] = said
            field["x-zh"] = captions.FIELDS_ZH.get(field_name, "")
            field[KEYWORD] = class_of(field)


def schema(event: type[Event], *, version: str = "") -> dict[str, Any]:
    """The JSON Schema of an event's data, as published: what a reader may rely on, and may do with it."""
    agreed = event.contract
    generated: dict[str, Any] = event.model_json_schema(mode="serialization")
    _describe(generated, parts(event))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **generated,
        "title": agreed.topic,
        "description": agreed.en,
        "x-description-zh": agreed.zh,
        "x-owner": agreed.owner,
        "x-kind": agreed.kind.value,
        "x-document": agreed.document,
        "x-key": f"{agreed.part}.id",
        "x-consumers": list(agreed.consumers),
        "x-version": version or f"{agreed.major}.0",
    }


def text_of(generated: dict[str, Any]) -> str:
    """JSON as it is committed."""
    return json.dumps(generated, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def topic_settings() -> dict[str, dict[str, str]]:
    """Settings by topic: events are kept for ever, of control totals a week."""
    forever = {
        "cleanup.policy": "delete",
        "retention.ms": "-1",
        "max.message.bytes": str(4 * 1024 * 1024),
    }
    week = {**forever, "retention.ms": str(7 * 24 * 3600 * 1000)}
    return {c.topic: week if c.kind is Kind.CONTROL else forever for c in contracts()}
