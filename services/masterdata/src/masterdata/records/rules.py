"""When two codes are the same, and which steps a master record may take."""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from uuid import UUID

from chassis.errors import ValidationFailed
from chassis.lifecycle import Lifecycle


class RecordStatus(StrEnum):
    """Whether new documents may name a record."""

    ACTIVE = "active"
    INACTIVE = "inactive"


RECORD_LIFECYCLE = Lifecycle(
    {
        RecordStatus.ACTIVE: frozenset({RecordStatus.INACTIVE}),
        RecordStatus.INACTIVE: frozenset({RecordStatus.ACTIVE}),
    }
)


class UnusableCode(ValidationFailed):
    """A code that people or addresses could take for something else."""

    en = "This code cannot be used: {reason}."
    zh = "此编码不可用：{reason}。"


def search_key(text: str) -> str:
    """The form in which texts are compared: ＢＯＬＴ, bolt and BOLT are one.

    Invisible format characters are dropped: a code that looks the same must be the same.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(c for c in folded if unicodedata.category(c) != "Cf").strip()


def code_key(code: str) -> str:
    """The form of a code that is unique among records of its kind; refuses what cannot be a code."""
    key = search_key(code)
    if not key:
        raise UnusableCode(field="/code", reason=("it shows nothing", "没有可见字符"))
    if id_of(key) is not None:
        raise UnusableCode(field="/code", reason=("it looks like an id", "与内部标识格式相同"))
    if key in (".", ".."):
        raise UnusableCode(field="/code", reason=("it cannot stand in an address", "不能用于地址"))
    return key


def id_of(reference: str) -> UUID | None:
    """The id that a reference states, or None when it is a code."""
    try:
        return UUID(reference) if len(reference) == 36 else None
    except ValueError:
        return None


def status_of(*, active: bool) -> RecordStatus:
    """The status by the record's flag."""
    return RecordStatus.ACTIVE if active else RecordStatus.INACTIVE
