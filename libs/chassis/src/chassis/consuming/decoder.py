"""From a Kafka record to an event, never failing on what is found there: what cannot be read is said to be so."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

from aiokafka import ConsumerRecord
from pydantic import ValidationError

from chassis.ids import named
from tongheng_contracts.catalogue import event_type
from tongheng_contracts.envelope import Envelope, Event

KEY_MAX = 200


def plain(text: str) -> str:
    """Text that PostgreSQL takes."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\x00", "")


def _text(raw: bytes | None) -> str:
    return (raw or b"").decode("utf-8", "backslashreplace").replace("\x00", "")


@dataclass(frozen=True, slots=True)
class Message:
    """One Kafka record, before anything is believed of it."""

    topic: str
    partition: int
    offset: int
    key: str
    headers: dict[str, str]
    value: bytes

    @classmethod
    def of(cls, record: ConsumerRecord[Any, Any]) -> Message:
        """Read a record without ever failing: bytes that are no text are kept visibly."""
        key = _text(cast("bytes | None", record.key))
        if len(key) > KEY_MAX:  # no index takes more than a third of a page
            key = f"{key[:100]}…{hashlib.sha256(key.encode()).hexdigest()}"
        headers = cast("Sequence[tuple[str, bytes | None]]", record.headers)
        return cls(
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            key=key,
            headers={plain(name): _text(value) for name, value in headers},
            value=cast("bytes | None", record.value) or b"",
        )

    @property
    def id(self) -> UUID:
        """The event's id, or one made from its place where it has none."""
        try:
            return UUID(self.headers.get("ce_id", ""))
        except ValueError:
            return named("message", self.topic, self.partition, self.offset)


class Unreadable(Exception):
    """The message is not what its topic's contract says."""


def decode(message: Message) -> Event:
    """The event of a message, with its envelope.

    Raises:
        Unreadable: unknown type, another major version, or content that does not fit the contract.
    """
    try:
        kind = event_type(message.topic)
    except KeyError as error:
        raise Unreadable(f"no contract for {message.topic}") from error
    stated = message.headers.get("ce_type", message.topic)
    schema = message.headers.get("ce_dataschema", "")
    if stated != message.topic or (schema and schema != kind.contract.dataschema):
        raise Unreadable(f"the message says it is {stated} {schema}")
    try:
        event = kind.model_validate_json(message.value)
        when = datetime.fromisoformat(message.headers.get("ce_time", ""))
        # An id made from the message's place would be another one when the topic is refilled.
        UUID(message.headers.get("ce_id", ""))
        if when.tzinfo is None:
            raise Unreadable("the envelope has no zoned time")
        when = when.astimezone(UTC)
    except (ValidationError, ValueError, OverflowError) as error:
        raise Unreadable(str(error)[:2000]) from error
    headers = message.headers
    return event.with_envelope(
        Envelope(
            id=message.id,
            topic=message.topic,
            time=when,
            subject=headers.get("ce_subject", ""),
            company=headers.get("ce_company", ""),
            actor=headers.get("ce_actor", ""),
            correlation_id=headers.get("ce_correlationid", ""),
            causation_id=headers.get("ce_causationid", ""),
            traceparent=headers.get("traceparent", ""),
            partition=message.partition,
            offset=message.offset,
        )
    )
