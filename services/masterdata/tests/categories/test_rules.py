"""How categories form a tree."""

import pytest

from masterdata.categories.rules import DEPTH_MAX, CategoryCycle, CategoryTooDeep, check_parent


def test_category_never_stands_above_itself() -> None:
    check_parent("BOLTS", ["FASTENERS", "HARDWARE"])

    with pytest.raises(CategoryCycle):
        check_parent("HARDWARE", ["FASTENERS", "HARDWARE"])


def test_tree_has_a_limited_depth() -> None:
    above = [f"L{n}" for n in range(DEPTH_MAX - 1)]
    check_parent("LEAF", above)

    with pytest.raises(CategoryTooDeep):
        check_parent("LEAF", [*above, "ROOT"])
    with pytest.raises(CategoryTooDeep):
        check_parent("BRANCH", above, levels_below=2)
