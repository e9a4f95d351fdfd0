"""Customers and suppliers over HTTP."""

import pytest

from chassis.testing import Api, EmittedEvents
from tongheng_contracts.masterdata import PartnerChanged

from ..builders import a_partner

PARTNERS = "/masterdata/partners"


async def test_partner_is_created_with_its_defaults(
    seeded: Api, emitted_events: EmittedEvents
) -> None:
    answer = await seeded.post(PARTNERS, a_partner("C001", roles=["supplier", "customer"]))

    partner = answer.json()
    assert answer.status_code == 201, answer.text
    assert partner["roles"] == ["customer", "supplier"]
    assert (partner["currency"], partner["payment_term"], partner["payment_days"]) == (
        "CNY",
        "NET30",
        30,
    )
    assert (partner["language"], partner["billing_policy"], partner["blocked"]) == (
        "zh-CN",
        "manual",
        False,
    )
    (told,) = await emitted_events(PartnerChanged)
    assert (told.partner.code, told.partner.payment_days) == ("C001", 30)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"roles": []}, "validation-failed"),
        ({"roles": ["friend"]}, "validation-failed"),
        ({"currency": "XXX"}, "unknown-reference"),
        ({"currency": "cny"}, "validation-failed"),
        ({"payment_term": "NET7"}, "unknown-reference"),
        ({"language": "tlh"}, "validation-failed"),
        ({"blocked": "no"}, "validation-failed"),
        ({"payment_days": 7}, "validation-failed"),
        ({"email": "nobody"}, "validation-failed"),
        ({"email": "a@b.example\r\nBcc: c@d.example"}, "validation-failed"),
        ({"email": "a..b@c.example"}, "validation-failed"),
    ],
)
async def test_wrong_partner_is_refused(seeded: Api, wrong: dict[str, object], code: str) -> None:
    answer = await seeded.post(PARTNERS, a_partner(**wrong))

    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_mail_address_is_kept_and_told(seeded: Api, emitted_events: EmittedEvents) -> None:
    await seeded.post(PARTNERS, a_partner("C001", email="buyer@c001.example"))
    answer = await seeded.patch(f"{PARTNERS}/C001", {"email": ""}, if_match='"1"')

    assert answer.json()["email"] == ""
    told = await emitted_events(PartnerChanged)
    assert [each.partner.email for each in told] == ["buyer@c001.example", ""]


async def test_new_term_brings_its_days(seeded: Api) -> None:
    await seeded.post(PARTNERS, a_partner("C001"))

    answer = await seeded.patch(
        f"{PARTNERS}/C001", {"payment_term": "net60", "blocked": True}, if_match='"1"'
    )

    partner = answer.json()
    assert (partner["payment_term"], partner["payment_days"], partner["blocked"]) == (
        "NET60",
        60,
        True,
    )


@pytest.mark.parametrize("wrong", [{"roles": []}, {"currency": "XXX"}, {"payment_term": "NET7"}])
async def test_wrong_change_is_refused(seeded: Api, wrong: dict[str, object]) -> None:
    await seeded.post(PARTNERS, a_partner("C001"))

    answer = await seeded.patch(f"{PARTNERS}/C001", wrong, if_match='"1"')

    assert answer.status_code == 422
    assert (await seeded.get(f"{PARTNERS}/C001")).json()["version"] == 1


async def test_partners_are_listed_by_role(seeded: Api) -> None:
    await seeded.post(PARTNERS, a_partner("C001"))
    await seeded.post(PARTNERS, a_partner("V001", roles=["supplier"]))
    await seeded.post(PARTNERS, a_partner("X001", roles=["supplier", "customer"]))

    async def codes(**filters: str) -> list[str]:
        return [each["code"] for each in (await seeded.get(PARTNERS, **filters)).json()["items"]]

    assert await codes(role="customer") == ["C001", "X001"]
    assert await codes(role="supplier") == ["V001", "X001"]
    assert await codes(q="v") == ["V001"]
    assert await codes(currency="USD") == []


async def test_batch_of_partners_is_answered_row_by_row(seeded: Api) -> None:
    answer = await seeded.post(
        f"{PARTNERS}:batch", {"rows": [a_partner("C1"), a_partner("C2", currency="ZZZ")]}
    )

    assert [result["status"] for result in answer.json()["results"]] == [201, 422]
