"""Who has rights that should be kept apart, and what rights there are at all."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from chassis.testing import Api
from identity.roles import service as roles
from identity.roles.rules import READY_MADE, covers
from identity.separation import rules
from identity.separation.rules import Holder, Rule

from ..conftest import Forms, Given

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def a_rule(first: str, second: str, name_en: str = "Rule", *, active: bool = True) -> Rule:
    return Rule(uuid4(), first, second, "规则", name_en, active, False, 1, NOW)


def a_holder(*held: str) -> Holder:
    return Holder("user", uuid4(), "li.na", held)


CATALOGUE = (
    "finance.payment.enter",
    "finance.voucher.post",
    "identity.user.create",
    "sales.order.place",
)


@pytest.mark.parametrize(
    ("held", "found"),
    [
        ({"a": ["finance.voucher.post"], "b": ["identity.user.create"]}, True),
        ({"a": ["finance.*"], "b": ["identity.*"]}, True),
        ({"a": ["*"], "b": []}, True),
        ({"a": ["finance.payment.enter"], "b": ["identity.user.create"]}, False),
        ({"a": ["finance.voucher.post"], "b": []}, False),
    ],
)
def test_a_conflict_is_found_by_pattern_on_either_side(
    held: dict[str, list[str]], found: bool
) -> None:
    rule = a_rule("finance.*.post", "identity.user.*")

    conflicts = rules.conflicts([rule], [a_holder("a", "b")], held, CATALOGUE)

    assert bool(conflicts) is found
    if found:
        assert conflicts[0].first.permission == "finance.voucher.post"
        assert conflicts[0].second.permission == "identity.user.create"


def test_a_rule_that_is_off_finds_nobody() -> None:
    rule = a_rule("finance.*.post", "identity.user.*", active=False)

    assert rules.conflicts([rule], [a_holder("a")], {"a": ["*"]}, CATALOGUE) == []


async def test_the_report_names_the_user_the_roles_and_both_rights(
    forms: Forms, a_user: Given, api: Api
) -> None:
    user = await a_user(roles=["buyer", "controller"], companies=["E01"])
    await a_user("wang.wei", roles=["buyer"], companies=["E01"])

    items = (await api.get("/identity/separation-report")).json()["items"]
    mine = [each for each in items if each["id"] == user["id"]]
    pairs = {
        (each["first"]["permission"], *each["first"]["roles"], each["second"]["permission"], *each["second"]["roles"])
        for each in mine
    }  # fmt: skip

    assert ("purchasing.order.approve", "controller", "purchasing.order.create", "buyer") in pairs
    assert "wang.wei" not in {each["name"] for each in items}
    assert "admin" in {each["name"] for each in items}
    elsewhere = await api.as_("identity.separation.read", companies=["E02"]).get(
        "/identity/separation-report"
    )
    assert elsewhere.json()["items"] == []


async def test_rules_are_data(forms: Forms, a_user: Given, api: Api) -> None:
    await a_user(roles=["seller"])
    body = {"first": "sales.order.place", "second": "sales.return.authorise", "name": "退货"}

    added = await api.post("/identity/separation-rules", body)
    turned = {**body, "first": body["second"], "second": body["first"]}
    again = await api.post("/identity/separation-rules", turned)
    found = (await api.get("/identity/separation-report")).json()["items"]
    off = await api.post(f"/identity/separation-rules/{added.json()['id']}/disable", if_match='"1"')
    after = (await api.get("/identity/separation-report")).json()["items"]

    assert (added.status_code, again.status_code) == (201, 409)
    assert "li.na" in {each["name"] for each in found}
    assert off.json()["active"] is False
    assert "li.na" not in {each["name"] for each in after}


def test_ready_made_roles_keep_duties_apart_but_in_accounting() -> None:
    held = {role.code: role.permissions for role in READY_MADE}
    kept_apart = [
        a_rule(min(one, other), max(one, other), name_en)
        for one, other, _, name_en in rules.READY_MADE
    ]
    alone = [a_holder(role.code) for role in READY_MADE if role.code != "administrator"]

    found = rules.conflicts(kept_apart, alone, held, roles.catalogue_permissions())

    # a small company has one bookkeeper; the controller looks at what he does
    assert {(each.holder.roles[0], each.rule.name_en) for each in found} == {
        ("bookkeeper", "Enter bills and payments"),
        ("controller", "Enter bills and payments"),
        ("controller", "Enter and accept bills"),
    }


async def test_the_catalogue_is_served(forms: Forms, api: Api) -> None:
    items = (await api.get("/identity/permissions")).json()["items"]
    by_name = {each["permission"]: each["operations"] for each in items}

    assert by_name["identity.user.create"] == ["POST /api/v1/identity/users"]
    assert "purchasing.order.approve" in by_name


def test_ready_made_roles_name_only_rights_that_exist() -> None:
    known = set(roles.catalogue_permissions()) | {"operations.read"}
    named = {permission for role in READY_MADE for permission in role.permissions}

    for permission in named:
        assert permission == "*" or any(covers([permission], each) for each in known), permission


def test_partners_see_no_costs_and_operators_no_business() -> None:
    by_code = {role.code: role.permissions for role in READY_MADE}

    assert not covers(by_code["partner"], "data.cost.read")
    assert covers(by_code["bookkeeper"], "data.cost.read")
    assert covers(by_code["operator"], "operations.parked.settle")
    assert not covers(by_code["operator"], "sales.order.read")
