"""What a warehouse is proposed with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWarehouse:
    """A warehouse as proposed."""

    code: str
    name: str
    name_en: str = ""
    company: str
    region: str = ""
    priority: int = 100
    negative_allowed: bool = False
