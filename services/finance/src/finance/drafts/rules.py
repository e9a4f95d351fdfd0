"""The steps of a voucher by hand before it is in the books, and who may take the last."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum

from chassis.errors import InvalidState, SelfApproval


class DraftStatus(StrEnum):
    """Where a draft stands. Posted and cancelled ones never change again."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    POSTED = "posted"
    CANCELLED = "cancelled"


class Step(StrEnum):
    """What can be done with a draft."""

    CHANGE = "change"
    SUBMIT = "submit"
    RETURN = "return"
    POST = "post"
    CANCEL = "cancel"


LIFECYCLE: Mapping[tuple[str, Step], DraftStatus] = {
    (DraftStatus.DRAFT, Step.CHANGE): DraftStatus.DRAFT,
    (DraftStatus.DRAFT, Step.SUBMIT): DraftStatus.SUBMITTED,
    (DraftStatus.DRAFT, Step.CANCEL): DraftStatus.CANCELLED,
    (DraftStatus.SUBMITTED, Step.RETURN): DraftStatus.DRAFT,
    (DraftStatus.SUBMITTED, Step.POST): DraftStatus.POSTED,
}

NAMES: Mapping[str, tuple[str, str]] = {
    DraftStatus.DRAFT: ("a draft", "草稿"),
    DraftStatus.SUBMITTED: ("submitted", "已提交"),
    DraftStatus.POSTED: ("posted", "已记账"),
    DraftStatus.CANCELLED: ("cancelled", "已作废"),
}


def advance(status: str, step: Step) -> DraftStatus:
    """The status after a step.

    Raises:
        InvalidState: the draft does not stand where this step begins.
    """
    after = LIFECYCLE.get((status, step))
    if after is None:
        raise InvalidState(now=NAMES[status])
    return after


def check_separation(makers: Collection[str], poster: str) -> None:
    """Whoever wrote any of it does not post it.

    Raises:
        SelfApproval: the poster is one of the makers.
    """
    if poster in makers:
        raise SelfApproval
