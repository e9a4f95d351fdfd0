"""Permissions: their form, and who may give them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.auth import Principal
from chassis.errors import ValidationFailed
from identity.roles.rules import (
    READY_MADE,
    BeyondOwnRights,
    check_grant,
    check_permissions,
    covers,
)

WORDS = st.sampled_from(["sales", "order", "place", "read"])
PERMISSIONS = st.lists(WORDS, min_size=1, max_size=3).map(".".join)
PATTERNS = st.one_of(PERMISSIONS, PERMISSIONS.map(lambda name: name + ".*"), st.just("*"))


@pytest.mark.parametrize(
    "permission",
    ["sales.order.place", "sales.order.*", "sales.*", "*", "finance.posting_rule.read"],
)
def test_permissions_are_exact_or_by_prefix(permission: str) -> None:
    assert check_permissions([permission, permission]) == (permission,)


@pytest.mark.parametrize(
    "permission",
    ["", "Sales.order", "sales.*.read", "sales..order", "*.read", ".*", "a.b.", "销售"],
)
def test_other_patterns_are_refused_at_their_place(permission: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        check_permissions(["sales.order.read", permission])

    assert [error.pointer for error in refused.value.errors] == ["/permissions/1"]


@given(st.sets(PATTERNS, max_size=4), PERMISSIONS)
def test_whoever_covers_a_permission_may_use_it(held: set[str], wanted: str) -> None:
    assert covers(held, wanted) == Principal("x", permissions=frozenset(held)).may(wanted)


@given(st.sets(PATTERNS, max_size=4), PATTERNS, PERMISSIONS)
def test_a_pattern_given_gives_nothing_that_the_giver_has_not(
    held: set[str], pattern: str, used: str
) -> None:
    if covers(held, pattern) and Principal("x", permissions=frozenset([pattern])).may(used):
        assert Principal("x", permissions=frozenset(held)).may(used)


def test_a_right_that_one_has_not_is_not_given() -> None:
    check_grant(["sales.*"], ["sales.order.*", "sales.order.place"])

    with pytest.raises(BeyondOwnRights):
        check_grant(["sales.order.*"], ["sales.*"])


def test_the_ready_made_roles_are_well_formed() -> None:
    for role in READY_MADE:
        assert len(check_permissions(role.permissions)) == len(set(role.permissions)), role.code


def test_the_auditor_only_reads() -> None:
    auditor = next(role for role in READY_MADE if role.code == "auditor")

    assert all(permission.endswith(".read") for permission in auditor.permissions)


@pytest.mark.parametrize(
    ("role", "approval"),
    [
        ("buyer", "purchasing.order.approve"),
        ("seller", "sales.order.release"),
        ("bookkeeper", "finance.bill.accept"),
        ("bookkeeper", "finance.voucher.post"),
        ("bookkeeper", "finance.voucher_draft.post"),
    ],
)
def test_who_enters_does_not_approve(role: str, approval: str) -> None:
    permissions = {each.code: each.permissions for each in READY_MADE}

    assert not covers(permissions[role], approval)
    assert covers(permissions["controller"], approval)
