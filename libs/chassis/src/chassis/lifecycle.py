"""Which steps a document may take: a table as data, that code advances through and a screen can draw."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from .errors import InvalidState

StatusT = TypeVar("StatusT", bound=StrEnum)


class Lifecycle(Generic[StatusT]):
    """The steps from each status; a status that is no key is final."""

    __slots__ = ("steps",)

    def __init__(self, steps: Mapping[StatusT, frozenset[StatusT]]) -> None:
        self.steps: dict[StatusT, frozenset[StatusT]] = dict(steps)
        for targets in steps.values():
            for target in targets:
                self.steps.setdefault(target, frozenset())

    def may(self, now: StatusT, to: StatusT) -> bool:
        """Whether the step is in the table."""
        return to in self.steps.get(now, frozenset())

    def advance(self, now: StatusT, to: StatusT) -> StatusT:
        """The new status, or a refusal that names both."""
        if not self.may(now, to):
            raise InvalidState(
                now=str(now),
                to=str(to),
                to_en=f", not ready to become {to}",
                to_zh=f"，不能变为 {to}",
            )
        return to

    def is_final(self, now: StatusT) -> bool:
        """Whether nothing follows this status."""
        return not self.steps.get(now)

    def before(self, to: StatusT) -> frozenset[StatusT]:
        """The statuses from which this one is reached in one step."""
        return frozenset(now for now, targets in self.steps.items() if to in targets)
