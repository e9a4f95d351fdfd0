"""The AsyncAPI 3.0 document: every topic as a channel that its owner sends to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from tongheng_contracts.catalogue import event_type, topic_settings
from tongheng_contracts.cloudevents import HEADERS
from tongheng_contracts.envelope import Contract
from tongheng_contracts.examples import example
from tongheng_contracts.privacy import KEYWORD

PARTITIONS = 12
"""In production; fixed for ever, for the key decides the partition."""


def document(schemas: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The document over the published schemas, by topic."""
    components, parts = _schemas(schemas)
    contracts = {topic: event_type(topic).contract for topic in schemas}
    owners = sorted({agreed.owner for agreed in contracts.values()})
    return {
        "asyncapi": "3.0.0",
        "id": "urn:tongheng:events",
        "info": {
            "title": "Tongheng events 通衡事件",
            # One more with each growth of any topic.
            "version": f"1.{sum(int(str(one['x-version']).partition('.')[2]) for one in schemas.values())}.0",
            "description": (
                "Every fact that crosses a border between Tongheng's services. A topic per event type, kept for ever; "
                "CloudEvents 1.0 in Kafka's binary content mode; delivered at least once, in order of each document.\n\n"
                "通衡各服务之间的全部事件：每种事件一个主题，永久保留；Kafka 二进制模式的 CloudEvents 1.0；至少投递一次，同一单据保持顺序。"
            ),
            "tags": [{"name": owner} for owner in owners],
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": "{bootstrap}",
                "protocol": "kafka",
                "description": "The stack's brokers; `var/stack.json` names those of a local one.",
                "variables": {"bootstrap": {"default": "localhost:9092"}},
            }
        },
        "channels": {topic: _channel(agreed) for topic, agreed in contracts.items()},
        "operations": {
            f"publish-{topic}": {
                "action": "send",
                "channel": {"$ref": f"#/channels/{topic}"},
                "summary": agreed.en,
                "tags": [{"name": agreed.owner}],
                "messages": [{"$ref": f"#/channels/{topic}/messages/event"}],
            }
            for topic, agreed in contracts.items()
        },
        "components": {
            "messages": {topic: _message(agreed, schemas[topic]) for topic, agreed in contracts.items()},
            "schemas": {"CloudEventHeaders": _headers(), **parts, **components},
        },
    }  # fmt: skip


def _channel(agreed: Contract) -> dict[str, Any]:
    settings = topic_settings()[agreed.topic]
    return {
        "address": agreed.topic,
        "title": agreed.topic,
        "summary": agreed.en,
        "description": f"{agreed.en}\n\n{agreed.zh}",
        "servers": [{"$ref": "#/servers/kafka"}],
        "messages": {"event": {"$ref": f"#/components/messages/{agreed.topic}"}},
        "tags": [{"name": agreed.owner}],
        "bindings": {
            "kafka": {
                "topic": agreed.topic,
                "partitions": PARTITIONS,
                "topicConfiguration": {
                    "cleanup.policy": [settings["cleanup.policy"]],
                    "retention.ms": int(settings["retention.ms"]),
                    "max.message.bytes": int(settings["max.message.bytes"]),
                },
                "bindingVersion": "0.5.0",
            }
        },
        "x-owner": agreed.owner,
        "x-consumers": list(agreed.consumers),
    }


def _message(agreed: Contract, schema: Mapping[str, Any]) -> dict[str, Any]:
    shown = example(agreed.topic).as_json()
    return {
        "name": agreed.topic,
        "title": agreed.topic,
        "summary": agreed.en,
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/CloudEventHeaders"},
        "payload": {"$ref": f"#/components/schemas/{agreed.topic}"},
        "correlationId": {
            "description": "The business case.",
            "location": "$message.header#/ce_correlationid",
        },
        "bindings": {
            "kafka": {
                "key": {
                    "type": "string",
                    "format": "uuid",
                    "description": f"{agreed.part}.id: events of one document stay in order.",
                },
                "bindingVersion": "0.5.0",
            }
        },
        "examples": [{"name": "case", "headers": shown["headers"], "payload": shown["payload"]}],
        "x-version": schema["x-version"],
        "x-kind": agreed.kind.value,
        "x-document": agreed.document,
    }


def _headers() -> dict[str, Any]:
    return {
        "type": "object",
        "description": "CloudEvents 1.0 attributes in Kafka's binary content mode.",
        "required": [header.name for header in HEADERS if header.required],
        "properties": {
            header.name: {
                "type": "string",
                **({"format": header.format} if header.format else {}),
                "description": header.en,
                "x-zh": header.zh,
                KEYWORD: header.data_class.value,
            }
            for header in HEADERS
        },
    }


def _schemas(
    schemas: Mapping[str, Mapping[str, Any]],
) -> tuple[dict[str, Any], dict[str, Any]]:
    # Parts that several events share stand in the document once.
    events: dict[str, Any] = {}
    parts: dict[str, Any] = {}
    for topic, schema in schemas.items():
        for name, part in schema.get("$defs", {}).items():
            moved = _moved(part)
            assert parts.setdefault(name, moved) == moved, f"two parts are called {name}"
        events[topic] = _moved({k: v for k, v in schema.items() if k not in ("$defs", "$schema")})
    return events, dict(sorted(parts.items()))


def _moved(value: object) -> Any:
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        if "$ref" in members:
            # Beside a reference draft 7 reads nothing; what is said there stands around it.
            name = str(members["$ref"]).rpartition("/")[2]
            beside = {key: _moved(inner) for key, inner in members.items() if key != "$ref"}
            reference = {"$ref": f"#/components/schemas/{name}"}
            return {"allOf": [reference], **beside} if beside else reference
        return {key: _moved(inner) for key, inner in members.items()}
    if isinstance(value, list):
        return [_moved(inner) for inner in cast("list[object]", value)]
    return value
