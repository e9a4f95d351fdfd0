"""The catalogue page: one file that needs no network, in Chinese and English, with a search."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any, cast

from tongheng_contracts.catalogue import event_type
from tongheng_contracts.cloudevents import HEADERS
from tongheng_contracts.examples import example
from tongheng_contracts.privacy import KEYWORD

Schema = Mapping[str, Any]


def page(schemas: Mapping[str, Schema]) -> str:
    """The page over the published schemas, by topic."""
    data = {
        "topics": [_topic(topic, schema) for topic, schema in schemas.items()],
        "headers": [
            {"name": h.name, "required": h.required, "en": h.en, "zh": h.zh, "class": h.data_class.value}
            for h in HEADERS
        ],
    }  # fmt: skip
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    template = (files(__package__ or "") / "page.html").read_text("utf-8")
    return template.replace("/*DATA*/null", text)


def _topic(topic: str, schema: Schema) -> dict[str, Any]:
    agreed = event_type(topic).contract
    return {
        "topic": topic,
        "owner": agreed.owner,
        "kind": agreed.kind.value,
        "document": agreed.document,
        "key": schema["x-key"],
        "version": schema["x-version"],
        "en": agreed.en,
        "zh": agreed.zh,
        "consumers": list(agreed.consumers),
        "fields": list(fields(schema)),
        "example": example(topic).as_json(),
    }


def fields(schema: Schema) -> Iterator[dict[str, Any]]:
    """Every field of an event, parts unfolded, with its path from the top."""
    definitions: Schema = schema.get("$defs", {})

    def walk(part: Schema, path: str) -> Iterator[dict[str, Any]]:
        needed = set(part.get("required", ()))
        for name, field in _in_order(part):
            inner, said = _kind(field, definitions)
            place = f"{path}{name}{'[]' if said.startswith('list') else ''}"
            yield {
                "path": place,
                "type": said,
                "required": name in needed,
                "class": field[KEYWORD],
                "zh": field.get("x-zh", ""),
                "en": field.get("description", ""),
                "caption": name.replace("_", " ").capitalize(),
                "default": field.get("default"),
            }
            if inner is not None:
                yield from walk(inner, place + ".")

    yield from walk(schema, "")


def _in_order(part: Schema) -> list[tuple[str, Schema]]:
    return list(cast("Mapping[str, Schema]", part.get("properties", {})).items())


def _kind(field: Schema, definitions: Schema) -> tuple[Schema | None, str]:
    """The part that a field holds, if any, and its type in words."""
    arms: list[Schema] = [arm for arm in field.get("anyOf", [field]) if arm.get("type") != "null"]
    optional = " | null" if len(arms) < len(field.get("anyOf", [field])) else ""
    arm = arms[0]
    if "items" in arm:
        inner, said = _kind(arm["items"], definitions)
        return inner, f"list of {said}{optional}"
    if "$ref" in arm:
        name = str(arm["$ref"]).rpartition("/")[2]
        target: Schema = definitions[name]
        if "enum" in target:
            return None, " · ".join(map(str, target["enum"])) + optional
        return target, name + optional
    if isinstance(arm.get("additionalProperties"), dict):
        return None, f"map of {_kind(arm['additionalProperties'], definitions)[1]}{optional}"
    said = str(arm.get("format", arm.get("type", "any")))
    return None, ("decimal as text" if said == "decimal" else said) + optional
