"""Who may see a field: public, internal or personal. What says nothing is internal.

A marked field carries its class into the published schema as `x-data-class`:

    name: Annotated[str, Personal]
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field


class DataClass(StrEnum):
    """How a subscriber must treat a field."""

    PUBLIC = "public"
    """Codes and captions that stand in price lists and on tax tables."""
    INTERNAL = "internal"
    """The company's business: quantities, amounts, numbers, partners."""
    PERSONAL = "personal"
    """Names a person, or is text in which a person may be named: keep it short and few may read it."""


KEYWORD: Final = "x-data-class"
"""Where the schema carries it."""

Public = Field(json_schema_extra={KEYWORD: DataClass.PUBLIC.value})
Personal = Field(json_schema_extra={KEYWORD: DataClass.PERSONAL.value})

PublicText = Annotated[str, Public]
"""A code or caption that anybody may know."""

PersonalText = Annotated[str, Personal]
"""A person's name, or free text in which one may stand."""
