"""Whose events a webhook gets: the types and filters it asks for, within what its owner may see."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any, cast
from uuid import UUID

from chassis.auth import COSTS, Principal
from chassis.errors import FieldError, ValidationFailed
from tongheng_contracts.catalogue import contracts, event_types
from tongheng_contracts.envelope import Kind

TYPES_MAX = 50
FIELDS_MAX = 10
CODES_MAX = 200

PARTNER_FIELDS = ("customer", "supplier", "partner")

_READ_AS = {
    "finance.exposure": "sales.credit_profile",
    "inventory.shipment": "inventory.delivery",
    "inventory.goods_return": "inventory.return",
    "inventory.movement": "inventory.transfer",
}
"""Documents that are read under another's right."""

_PATTERN = re.compile(r"\*|[a-z]+\.(?:\*|[A-Za-z][A-Za-z0-9.]*\*?)")
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,40}(?:\.[a-z][a-z0-9_]{0,40})?")


class Status(StrEnum):
    """Whether a webhook is served."""

    ON = "on"
    PAUSED = "paused"
    """By its owner; events wait."""
    OFF = "off"
    """By us, with the reason; events wait."""
    DELETED = "deleted"


class OffBecause(StrEnum):
    """Why we stopped serving a webhook."""

    GONE = "gone"
    """The receiver answered 410."""
    FAILING = "failing"
    """A delivery failed for three days."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What somebody may see. None: all."""

    companies: frozenset[str] | None = None
    warehouses: frozenset[str] | None = None
    partners: frozenset[str] | None = None
    own: bool = False
    subject: str = ""
    permissions: frozenset[str] = frozenset()

    @classmethod
    def of(cls, caller: Principal) -> Scope:
        """A caller's."""
        return cls(
            companies=caller.companies,
            warehouses=caller.warehouses,
            partners=caller.partners,
            own=caller.own,
            subject=caller.subject,
            permissions=caller.permissions,
        )

    @property
    def sees_papers_only(self) -> bool:
        """Whether it is that of a customer or supplier, or of who may not know costs: he is told less of each document."""
        return self.partners is not None or not _may(self, COSTS)

    def within(self, now: Scope) -> Scope:
        """What is in this one and in another: as it was given, and as it is now."""
        return Scope(
            companies=_meet(self.companies, now.companies),
            warehouses=_meet(self.warehouses, now.warehouses),
            partners=_meet(self.partners, now.partners),
            own=self.own or now.own,
            subject=self.subject,
            permissions=now.permissions,
        )


def _meet(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other


@dataclass(frozen=True, slots=True)
class Told:
    """An event, as far as it decides who gets it."""

    topic: str
    company: str
    actor: str
    data: Mapping[str, Any]

    @property
    def document(self) -> Mapping[str, Any]:
        """The document that it carries."""
        part = self.data.get(event_types()[self.topic].contract.part)
        return cast("Mapping[str, Any]", part) if isinstance(part, dict) else {}


@dataclass(frozen=True, slots=True)
class Filter:
    """What of the chosen types is wanted. Empty: everything."""

    companies: frozenset[str] = frozenset()
    partners: frozenset[str] = frozenset()
    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    """Field of the document, or of its lines (`lines.item`), and the value it must have."""


@cache
def webhook_topics() -> tuple[str, ...]:
    """The topics that tell of documents; what services tell each other for their own ends is left out."""
    return tuple(
        each.topic
        for each in contracts()
        if each.kind in (Kind.DOCUMENT, Kind.FACT) and not each.topic.endswith(".AuditRecorded")
    )


@cache
def permission_of(topic: str) -> str:
    """The right that one needs to be told of events of this topic."""
    document = event_types()[topic].contract.document
    return f"{_READ_AS.get(document, document)}.read"


def topics_of(patterns: Iterable[str]) -> frozenset[str]:
    """The topics that patterns such as `sales.*` name."""
    known = webhook_topics()
    return frozenset(topic for each in patterns for topic in fnmatch.filter(known, each))


def check_types(patterns: Sequence[str]) -> None:
    """Refuse patterns that name no event type."""
    errors = [
        FieldError(
            f"/types/{index}", "unknown-event-type",
            f"There is no event type {each}. Name one as in the catalogue, or several as sales.* or *.",
            f"没有事件类型“{each}”。请按目录填写，或用 sales.*、* 表示多个类型。",
        )
        for index, each in enumerate(patterns)
        if _PATTERN.fullmatch(each) is None or not topics_of([each])
    ]  # fmt: skip
    if errors:
        raise ValidationFailed(errors=errors)


def check_fields(fields: Mapping[str, str]) -> None:
    """Refuse filters that can mean nothing."""
    errors = [
        FieldError(
            f"/fields/{name}", "unknown-field",
            "Name a field of the document, or of its lines as lines.item.",
            "请填写单据字段名，或以 lines.item 形式填写明细字段。",
        )
        for name in fields
        if _FIELD.fullmatch(name) is None
    ]  # fmt: skip
    if errors:
        raise ValidationFailed(errors=errors)


def wants(wanted: Filter, told: Told) -> bool:
    """Whether a filter lets an event through."""
    if wanted.companies and told.company not in wanted.companies:
        return False
    if wanted.partners and not wanted.partners & partners_of(told):
        return False
    return all(value in _values(told.document, name) for name, value in wanted.fields.items())


def _values(document: Mapping[str, Any], name: str) -> set[str]:
    first, _, inner = name.partition(".")
    value: object = document.get(first)
    if not inner:
        return {_text(value)} if value is not None else set()
    rows = cast("list[object]", value) if isinstance(value, list) else [value]
    found: set[str] = set()
    for row in rows:
        if isinstance(row, dict):
            inside = cast("Mapping[str, object]", row).get(inner)
            if inside is not None:
                found.add(_text(inside))
    return found


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _may(scope: Scope, permission: str) -> bool:
    return Principal(scope.subject, permissions=scope.permissions).may(permission)


def sees(scope: Scope, told: Told) -> bool:
    """Whether somebody may be told of an event: by right, company, partner, warehouse, and who did it."""
    if not _may(scope, permission_of(told.topic)):
        return False
    if told.company and scope.companies is not None and told.company not in scope.companies:
        return False
    if scope.own and told.actor != scope.subject:
        return False
    if _is_shared(told.topic):
        return True
    if scope.partners is not None and not scope.partners & partners_of(told):
        return False
    return scope.warehouses is None or bool(scope.warehouses & _warehouses(told.document))


def _is_shared(topic: str) -> bool:
    # Items, units, tax codes are everybody's; partners are not.
    return topic.startswith("masterdata.") and topic != "masterdata.PartnerChanged"


def partners_of(told: Told) -> frozenset[str]:
    """The customers and suppliers of an event's document."""
    if told.topic == "masterdata.PartnerChanged":
        return frozenset({str(told.document.get("code", ""))})
    return frozenset(str(told.document[name]) for name in PARTNER_FIELDS if told.document.get(name))


def _warehouses(document: Mapping[str, Any]) -> frozenset[str]:
    rows: list[Mapping[str, Any]] = [document]
    for value in document.values():
        if isinstance(value, list):
            rows.extend(
                cast("Mapping[str, Any]", each)
                for each in cast("list[object]", value)
                if isinstance(each, dict)
            )
    return frozenset(
        str(row[name]) for row in rows for name in row if "warehouse" in name and row[name]
    )


_LANES = ("order", "purchase_order", "production_order")


def lane_of(key: UUID, document: Mapping[str, Any]) -> UUID:
    """The row in which a document's events are sent one after the other: its order's, where it names one."""
    for name in _LANES:
        try:
            return UUID(str(document.get(name, "")))
        except ValueError:
            continue
    return key
