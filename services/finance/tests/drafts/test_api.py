"""Drafts of vouchers: who writes and who posts, what a step needs, and what stays as it was."""

from __future__ import annotations

from typing import Any

import pytest

from chassis.errors import InvalidState, SelfApproval
from chassis.testing import Api, Publish
from finance.drafts.rules import LIFECYCLE, DraftStatus, Step, advance, check_separation

from ..builders import DAY, company

DRAFTS = "/finance/voucher-drafts"
RENT = [
    {"account": "6602", "debit": "1200.00", "text": "rent"},
    {"account": "1002", "credit": "1200.00"},
]
BODY: dict[str, Any] = {
    "company": "E01",
    "text": "Rent of November",
    "reference": "L-7",
    "lines": RENT,
}


def test_each_step_begins_where_the_lifecycle_says() -> None:
    for status in DraftStatus:
        for step in Step:
            if (status, step) in LIFECYCLE:
                assert advance(status, step) is LIFECYCLE[status, step]
            else:
                with pytest.raises(InvalidState):
                    advance(status, step)


def test_no_maker_posts() -> None:
    check_separation(["li", "wang"], "zhao")
    with pytest.raises(SelfApproval):
        check_separation(["li", "wang"], "wang")


async def test_one_writes_and_another_posts(publish: Publish, api: Api) -> None:
    await publish(company())
    maker, poster = api, api.as_("finance.*", companies=["E01"], subject="poster")

    made = await maker.post(DRAFTS, BODY)

    assert made.status_code == 201, made.text
    draft = made.json()
    assert (draft["status"], draft["amount"], draft["version"]) == ("draft", "1200.00", 1)
    assert (await api.get("/finance/vouchers", company="E01")).json()["items"] == []
    early = await poster.post(f"{DRAFTS}/{draft['id']}/post", {})
    assert (early.status_code, early.json()["code"]) == (409, "invalid-state")

    submitted = (await maker.post(f"{DRAFTS}/{draft['id']}/submit", {})).json()
    assert (submitted["status"], submitted["version"]) == ("submitted", 2)
    own = await maker.post(f"{DRAFTS}/{draft['id']}/post", {})
    assert (own.status_code, own.json()["code"]) == (403, "self-approval")
    back = (await poster.post(f"{DRAFTS}/{draft['id']}/return", {"reason": "wrong month"})).json()
    assert (back["status"], back["returned_because"]) == ("draft", "wrong month")

    (await maker.post(f"{DRAFTS}/{draft['id']}/submit", {})).raise_for_status()
    posted = await poster.post(f"{DRAFTS}/{draft['number']}/post", {})

    assert posted.status_code == 200, posted.text
    after = posted.json()
    assert (after["status"], after["posted_by"], after["returned_because"]) == (
        "posted",
        "poster",
        "",
    )
    voucher = (await api.get(f"/finance/vouchers/{after['voucher']}")).json()
    assert (voucher["number"], voucher["amount"]) == (f"GV-{DAY[:7]}-000001", "1200.00")
    assert [(one["account"], one["debit"], one["credit"]) for one in voucher["lines"]] == [
        ("6602", "1200.00", "0.00"),
        ("1002", "0.00", "1200.00"),
    ]
    twice = await poster.post(f"{DRAFTS}/{draft['id']}/post", {})
    assert (twice.status_code, twice.json()["code"]) == (409, "invalid-state")
    assert len((await api.get("/finance/vouchers", company="E01")).json()["items"]) == 1
    assert (await api.get(DRAFTS, status="posted")).json()["items"] == [after]


async def test_who_changes_a_draft_is_a_maker_too(publish: Publish, api: Api) -> None:
    await publish(company())
    second = api.as_("finance.*", companies=["E01"], subject="second")
    draft = (await api.post(DRAFTS, BODY)).json()
    change = {key: value for key, value in BODY.items() if key != "company"}
    stale = await second.put(f"{DRAFTS}/{draft['id']}", change, if_match='"7"')
    assert stale.status_code == 412
    changed = await second.put(
        f"{DRAFTS}/{draft['id']}", {**change, "text": "Rent of December"}, if_match='"1"'
    )
    assert changed.status_code == 200, changed.text
    assert (changed.json()["text"], len(changed.json()["makers"])) == ("Rent of December", 2)
    (await second.post(f"{DRAFTS}/{draft['id']}/submit", {})).raise_for_status()

    refused = await second.post(f"{DRAFTS}/{draft['id']}/post", {})

    assert (refused.status_code, refused.json()["code"]) == (403, "self-approval")
    locked = await second.put(f"{DRAFTS}/{draft['id']}", change, if_match='"3"')
    assert (locked.status_code, locked.json()["code"]) == (409, "invalid-state")


async def test_a_draft_that_could_never_be_posted_is_refused(publish: Publish, api: Api) -> None:
    await publish(company())
    for lines, code in (
        (
            [{"account": "6602", "debit": "100.00"}, {"account": "1002", "credit": "99.99"}],
            "unbalanced-voucher",
        ),
        (
            [{"account": "1122.01", "debit": "5.00"}, {"account": "6001", "credit": "5.00"}],
            "control-account",
        ),
        (
            [{"account": "2221", "debit": "5.00"}, {"account": "1002", "credit": "5.00"}],
            "account-not-postable",
        ),
    ):
        answer = await api.post(DRAFTS, {**BODY, "lines": lines})
        assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
    assert (await api.get(DRAFTS)).json()["items"] == []


async def test_rights_and_scope(publish: Publish, api: Api) -> None:
    await publish(company())
    draft = (await api.post(DRAFTS, BODY)).json()
    writer = api.as_("finance.voucher_draft.write", companies=["E01"], subject="writer")
    (await writer.post(f"{DRAFTS}/{draft['id']}/submit", {})).raise_for_status()
    assert (await writer.post(f"{DRAFTS}/{draft['id']}/post", {})).status_code == 403
    other = api.as_("finance.*", companies=["E02"], subject="other")
    assert (await other.get(f"{DRAFTS}/{draft['id']}")).status_code == 404
    assert (await other.post(f"{DRAFTS}/{draft['id']}/post", {})).status_code == 404
    assert (await other.post(DRAFTS, BODY)).status_code == 403
