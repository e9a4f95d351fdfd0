"""A posting rule as data: how it is stored, shown and edited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from .entries import Condition, PostingRule, RuleLine


def definition_of(rule: PostingRule) -> dict[str, Any]:
    """The rule as plain data, without what its row says already."""
    data = asdict(rule)
    for name in ("code", "version", "topic", "active"):
        del data[name]
    return data


def rule_of(
    code: str, version: int, topic: str, active: bool, definition: Mapping[str, Any]
) -> PostingRule:
    """The rule that plain data states."""
    return PostingRule(
        code=code,
        version=version,
        topic=topic,
        active=active,
        voucher_type=definition["voucher_type"],
        conditions=tuple(
            Condition(one["attribute"], tuple(one["values"]), bool(one.get("negated", False)))
            for one in definition.get("conditions", ())
        ),
        text=definition.get("text", ""),
        text_en=definition.get("text_en", ""),
        explanation=definition.get("explanation", ""),
        explanation_en=definition.get("explanation_en", ""),
        lines=tuple(RuleLine(**one) for one in definition["lines"]),
    )
