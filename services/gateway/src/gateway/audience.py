"""Who may see an event: the right to read its document, and its company, partner and warehouse within one's scope."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, cast

from chassis.auth import Principal
from chassis.errors import InvalidQuery
from tongheng_contracts.catalogue import contracts, event_types
from tongheng_contracts.envelope import Kind

_READ_AS = {
    "finance.exposure": "sales.credit_profile",
    "inventory.shipment": "inventory.delivery",
    "inventory.goods_return": "inventory.return",
    "inventory.movement": "inventory.transfer",
}
"""Documents that are read under another's right."""

_PARTNER_FIELDS = ("customer", "supplier", "partner")
_TYPES = re.compile(r"[A-Za-z][A-Za-z0-9._]*\*?")
TYPES_MAX = 100


def permission_of(topic: str) -> str:
    """The right that one needs to see events of this topic."""
    document = event_types()[topic].contract.document
    return f"{_READ_AS.get(document, document)}.read"


def streamed_topics() -> tuple[str, ...]:
    """The topics that tell of documents; what services tell each other for their own ends is left out."""
    return tuple(
        contract.topic
        for contract in contracts()
        if contract.kind in (Kind.DOCUMENT, Kind.FACT) and contract.part != "chapter"
    )


@dataclass(frozen=True, slots=True)
class Audience:
    """What one caller may see, and asked to."""

    principal: Principal
    companies: frozenset[str] | None
    """None: all."""
    partners: frozenset[str] | None = None
    """Only documents with these customers or suppliers; None: no limit."""
    warehouses: frozenset[str] | None = None
    own: bool = False
    """Only what the caller himself did."""
    topics: frozenset[str] = frozenset()
    """What was asked for."""

    @classmethod
    def of(
        cls, said: Mapping[str, Any], *, topics: Collection[str], companies: Collection[str]
    ) -> Audience:
        """From what identity says of the caller, narrowed to what he asked for."""
        principal = Principal(
            str(said.get("subject", "")), permissions=frozenset(_names(said.get("permissions")))
        )
        scope = _limit(said.get("companies"))
        if companies:
            scope = frozenset(companies) if scope is None else scope & frozenset(companies)
        return cls(
            principal=principal,
            companies=scope,
            partners=_limit(said.get("partners")),
            warehouses=_limit(said.get("warehouses")),
            own=said.get("own") is True,
            topics=frozenset(each for each in topics if principal.may(permission_of(each))),
        )

    def sees(self, topic: str, company: str, actor: str, data: Mapping[str, Any]) -> bool:
        """Whether an event is for him. `data` is the event's; it is only looked into where a scope asks for it."""
        if topic not in self.topics:
            return False
        if company and self.companies is not None and company not in self.companies:
            return False
        if self.own and actor != self.principal.subject:
            return False
        if topic.startswith("masterdata.") and not topic.startswith("masterdata.Partner"):
            return True
        if self.partners is None and self.warehouses is None:
            return True
        document = _document(topic, data)
        if self.partners is not None and not self.partners & _partners(topic, document):
            return False
        return self.warehouses is None or bool(self.warehouses & _warehouses(document))

    @property
    def looks_inside(self) -> bool:
        """Whether `sees` needs the data."""
        return self.partners is not None or self.warehouses is not None


def chosen_topics(asked: str) -> tuple[str, ...]:
    """The topics of `types=sales.*,finance.VoucherPosted`; all where nothing is asked.

    Raises:
        InvalidQuery: a pattern that can mean nothing, or that no event has.
    """
    known = streamed_topics()
    if not asked:
        return known
    patterns = asked.split(",")
    found: dict[str, None] = {}
    for pattern in patterns:
        fits = fnmatch.filter(known, pattern) if _TYPES.fullmatch(pattern) else []
        if not fits or len(patterns) > TYPES_MAX:
            raise InvalidQuery(parameter="types")
        found |= dict.fromkeys(fits)
    return tuple(found)


def _document(topic: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
    part = data.get(event_types()[topic].contract.part)
    return cast("Mapping[str, Any]", part) if isinstance(part, dict) else {}


def _partners(topic: str, document: Mapping[str, Any]) -> set[str]:
    if topic == "masterdata.PartnerChanged":
        return {str(document.get("code", ""))}
    return {str(document[name]) for name in _PARTNER_FIELDS if document.get(name)}


def _warehouses(document: Mapping[str, Any]) -> set[str]:
    found = {str(document[name]) for name in document if "warehouse" in name and document[name]}
    for value in document.values():
        if isinstance(value, list):
            for line in cast("list[object]", value):
                if isinstance(line, dict):
                    row = cast("Mapping[str, object]", line)
                    found |= {str(row[name]) for name in row if "warehouse" in name and row[name]}
    return found


def _limit(said: object) -> frozenset[str] | None:
    names = _names(said)
    return None if said is None or "*" in names else frozenset(names)


def _names(said: object) -> tuple[str, ...]:
    if not isinstance(said, list):
        return ()
    return tuple(each for each in cast("list[object]", said) if isinstance(each, str))
