"""A bookkeeper changes a rule: from then on, and only then, vouchers follow it."""

from __future__ import annotations

from typing import Any

from chassis.testing import Api, Publish

from ..builders import company, shipped


async def rule_of(api: Api, code: str) -> dict[str, Any]:
    answer = await api.get(f"/finance/posting-rules/{code}", company="E01")
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["items"][0])


def body(rule: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        name: value
        for name, value in {**rule, **changes}.items()
        if name not in ("code", "version", "actor", "recorded_at")
    }


async def test_a_changed_rule_holds_for_the_next_fact(publish: Publish, api: Api) -> None:
    await publish(company(), shipped("DN-1", "1"))
    rule = await rule_of(api, "goods-shipped-revenue")
    lines = [
        {**line, "account": "6051"} if line["account"] == "6001" else line for line in rule["lines"]
    ]

    changed = await api.put(
        "/finance/posting-rules/goods-shipped-revenue", body(rule, lines=lines), if_match='"1"'
    )
    await publish(shipped("DN-2", "1"))

    assert changed.status_code == 200, changed.text
    assert (changed.json()["version"], changed.headers["etag"]) == (2, '"2"')
    accounts = {
        number: {
            line["account"]
            for line in (await api.get("/finance/vouchers", source=number)).json()["items"][0][
                "lines"
            ]
        }
        for number in ("DN-1", "DN-2")
    }
    assert "6001" in accounts["DN-1"]
    assert "6051" in accounts["DN-2"]
    (posted,) = (await api.get("/finance/vouchers", source="DN-2")).json()["items"]
    assert posted["rule_version"] == 2
    versions = (
        await api.get("/finance/posting-rules/goods-shipped-revenue", company="E01")
    ).json()["items"]
    assert [(one["version"], one["actor"]) for one in versions] == [
        (2, "tester"),
        (1, "system:finance"),
    ]


async def test_a_rule_that_would_not_balance_is_refused(publish: Publish, api: Api) -> None:
    await publish(company())
    rule = await rule_of(api, "goods-shipped-revenue")
    without_tax = body(rule, lines=[line for line in rule["lines"] if line["amount"] != "tax"])
    unknown = body(rule, lines=[{**line, "account": "7777"} for line in rule["lines"]])

    unbalanced = await api.put(
        "/finance/posting-rules/goods-shipped-revenue", without_tax, if_match="1"
    )
    nowhere = await api.put("/finance/posting-rules/goods-shipped-revenue", unknown, if_match="1")
    by_class = [{**line, "account": "", "by": "valuation_class"} for line in rule["lines"]]
    nameless = await api.put(
        "/finance/posting-rules/goods-shipped-revenue", body(rule, lines=by_class), if_match="1"
    )
    stale = await api.put("/finance/posting-rules/goods-shipped-revenue", body(rule), if_match="7")
    unsaid = await api.request(
        "PUT", "/finance/posting-rules/goods-shipped-revenue", json=body(rule)
    )

    assert (unbalanced.status_code, unbalanced.json()["code"]) == (422, "unbalanced-voucher")
    assert (nowhere.status_code, nowhere.json()["code"]) == (422, "unknown-reference")
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition-failed")
    assert unsaid.status_code == 428
    assert nameless.status_code == 422


async def test_all_rules_of_a_company_are_listed(publish: Publish, api: Api) -> None:
    await publish(company())

    rules = (await api.get("/finance/posting-rules", company="E01")).json()["items"]

    assert len(rules) == 23
    assert all(rule["explanation"] and rule["explanation_en"] for rule in rules)
