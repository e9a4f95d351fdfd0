"""What every event has: its contract (topic, key, owner) and its envelope (CloudEvents 1.0 attributes)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, PrivateAttr


class Kind(StrEnum):
    """How a reader applies an event: documents by version, facts once by id, control totals latest only."""

    DOCUMENT = "document"
    FACT = "fact"
    CONTROL = "control"


@dataclass(frozen=True, slots=True)
class Contract:
    """One topic's agreement: who owns it, what it carries, how it is applied.

    `document` names the family of documents whose versions share one sequence: OrderPlaced and OrderChanged are
    both versions of `sales.order`. `part` is the attribute of the event that holds the document.
    """

    topic: str
    owner: str
    kind: Kind
    document: str
    part: str
    en: str
    zh: str
    major: int = 1
    consumers: tuple[str, ...] = ()
    """Who is known to read it: services, and other teams that gave their name. A change that would break them names them."""

    @property
    def dataschema(self) -> str:
        """The schema's name as CloudEvents asks for it: an absolute URI with the major version."""
        return f"urn:tongheng:schema:{self.topic}:v{self.major}"


@dataclass(frozen=True, slots=True)
class Envelope:
    """The CloudEvents attributes of one event, as they travel in `ce_*` headers."""

    id: UUID
    topic: str
    time: datetime
    """When the fact was recorded, by the producer's database clock."""
    subject: str
    company: str
    actor: str
    correlation_id: str
    """The business case: by default the request, for documents the order they belong to."""
    causation_id: str
    traceparent: str = ""
    partition: int = -1
    offset: int = -1


class Part(BaseModel):
    """A document or a piece of one. Readers ignore fields that they do not know."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Document(Part):
    """What every document carries."""

    id: UUID
    number: str
    company: str
    version: int
    status: str
    business_date: str
    """The user's day, ISO 8601."""


class Fact(Part):
    """What every immutable fact carries; its id is given once and for all."""

    id: UUID
    number: str
    company: str
    business_date: str
    posting_date: str
    """The day that decides the accounting period, ISO 8601."""


class Event(BaseModel):
    """The data of one event. Its envelope is there on received events only."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    contract: ClassVar[Contract]

    _envelope: Envelope | None = PrivateAttr(default=None)

    @property
    def envelope(self) -> Envelope:
        """The envelope of a received event."""
        assert self._envelope is not None, "an event that was not received has no envelope"
        return self._envelope

    def with_envelope(self, envelope: Envelope) -> Event:
        """This event, knowing how it came."""
        self._envelope = envelope
        return self

    @property
    def body(self) -> Part:
        """The document or fact that the event carries."""
        body = getattr(self, self.contract.part)
        assert isinstance(body, Part)
        return body

    @property
    def key(self) -> str:
        """The document's id: events of one document stay in order."""
        return str(vars(self.body)["id"])

    @property
    def version(self) -> int:
        """The document's version; 0 for facts."""
        return int(getattr(self.body, "version", 0))

    @property
    def company(self) -> str:
        """The company that the document belongs to; empty for what all companies share."""
        return str(getattr(self.body, "company", ""))

    @property
    def subject(self) -> str:
        """The number or code that people know the document by."""
        body = self.body
        return str(getattr(body, "number", "") or getattr(body, "code", "") or self.key)


EventT = TypeVar("EventT", bound=type[Event])
EVERY_SERVICE = (
    "finance",
    "identity",
    "inventory",
    "masterdata",
    "production",
    "purchasing",
    "sales",
    "workflow",
)
"""The services that keep a replica: of who may do what, each does."""
_CONTRACTS: dict[str, type[Event]] = {}


def contract(
    topic: str,
    *,
    kind: Kind,
    part: str,
    en: str,
    zh: str,
    document: str = "",
    consumers: tuple[str, ...] = (),
) -> Callable[[EventT], EventT]:
    """Register an event type under its topic `service.Event`."""
    assert re.fullmatch(r"[a-z]+\.[A-Z][A-Za-z]+(\.v\d+)?", topic), topic

    def register(cls: EventT) -> EventT:
        owner = topic.split(".", maxsplit=1)[0]
        # Workflow passes on, by webhook, whatever tells of a document.
        readers = {*consumers, "workflow"} if kind is not Kind.CONTROL else {*consumers}
        cls.contract = Contract(
            topic=topic, owner=owner, kind=kind, part=part, en=en, zh=zh,
            document=document or f"{owner}.{part}", major=int(topic.partition(".v")[2] or 1),
            consumers=tuple(sorted(readers)),
        )  # fmt: skip
        assert topic not in _CONTRACTS, f"two contracts for {topic}"
        _CONTRACTS[topic] = cls
        return cls

    return register


def registered() -> dict[str, type[Event]]:
    """All event types by topic, of the modules imported so far; `catalogue` imports them all."""
    return dict(_CONTRACTS)


def document(
    topic: str,
    *,
    part: str,
    en: str,
    zh: str,
    document: str = "",
    consumers: tuple[str, ...] = (),
) -> Callable[[EventT], EventT]:
    """An event that carries a whole document at a version."""
    return contract(
        topic, kind=Kind.DOCUMENT, part=part, en=en, zh=zh, document=document, consumers=consumers
    )


def fact(
    topic: str, *, part: str, en: str, zh: str, consumers: tuple[str, ...] = ()
) -> Callable[[EventT], EventT]:
    """An event that carries an immutable fact."""
    return contract(topic, kind=Kind.FACT, part=part, en=en, zh=zh, consumers=consumers)


def control(
    topic: str, *, part: str, en: str, zh: str, consumers: tuple[str, ...] = ()
) -> Callable[[EventT], EventT]:
    """An event for the books' proof; only the latest of a key matters."""
    return contract(topic, kind=Kind.CONTROL, part=part, en=en, zh=zh, consumers=consumers)


__all__ = [
    "EVERY_SERVICE",
    "Contract",
    "Document",
    "Envelope",
    "Event",
    "Fact",
    "Kind",
    "Part",
    "contract",
    "control",
    "document",
    "fact",
    "field",
    "registered",
]
