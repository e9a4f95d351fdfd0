"""How categories form a tree."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.errors import ValidationFailed

DEPTH_MAX = 10


class CategoryCycle(ValidationFailed):
    """A category that would stand above itself."""

    code = "category-cycle"
    en = "Category {category} would stand above itself."
    zh = "类别“{category}”不能成为自身的上级。"


class CategoryTooDeep(ValidationFailed):
    """More levels than people find their way in."""

    en = "A category tree has at most {levels} levels."
    zh = "类别最多 {levels} 级。"


def check_parent(category: str, above: Sequence[str], *, levels_below: int = 1) -> None:
    """Whether a category, with as many levels as it heads, may stand below these, from its parent to the root."""
    if category in above:
        raise CategoryCycle(field="/parent", category=category)
    if len(above) + levels_below > DEPTH_MAX:
        raise CategoryTooDeep(field="/parent", levels=DEPTH_MAX)
