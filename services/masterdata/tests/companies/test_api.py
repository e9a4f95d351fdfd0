"""Companies over HTTP."""

import pytest

from chassis.testing import Api, EmittedEvents
from tongheng_contracts.masterdata import CompanyChanged

COMPANIES = "/masterdata/companies"


async def test_company_is_founded(seeded: Api, emitted_events: EmittedEvents) -> None:
    answer = await seeded.post(
        COMPANIES,
        {"code": "E02", "name": "香港公司", "currency": "HKD", "time_zone": "Asia/Hong_Kong"},
    )

    company = answer.json()
    assert answer.status_code == 201, answer.text
    assert (company["valuation_level"], company["fiscal_year_start"]) == ("company", 1)
    told = (await emitted_events(CompanyChanged))[-1].company_record
    assert (told.code, told.currency, told.time_zone) == ("E02", "HKD", "Asia/Hong_Kong")


async def test_only_who_sees_all_companies_founds_one(seeded: Api) -> None:
    narrow = seeded.as_("masterdata.*", companies=["E01"])

    answer = await narrow.post(COMPANIES, {"code": "E02", "name": "香港公司"})

    assert (answer.status_code, answer.json()["code"]) == (403, "out-of-scope")


async def test_other_companies_do_not_exist_for_the_narrow(seeded: Api) -> None:
    other = (await seeded.post(COMPANIES, {"code": "E02", "name": "香港公司"})).json()
    narrow = seeded.as_("masterdata.*", companies=["E01"])

    assert [each["code"] for each in (await narrow.get(COMPANIES)).json()["items"]] == ["E01"]
    assert (await narrow.get(f"{COMPANIES}/E02")).status_code == 404
    assert (await narrow.get(f"{COMPANIES}/{other['id']}")).status_code == 404
    assert (await narrow.get(f"{COMPANIES}/E01")).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"currency": "XXX"}, "unknown-reference"),
        ({"time_zone": "Mars/Olympus"}, "unknown-reference"),
        ({"fiscal_year_start": 13}, "validation-failed"),
        ({"valuation_level": "warehouse"}, "validation-failed"),
    ],
)
async def test_wrong_company_is_refused(seeded: Api, wrong: dict[str, object], code: str) -> None:
    answer = await seeded.post(COMPANIES, {"code": "E02", "name": "公司", **wrong})

    assert (answer.status_code, answer.json()["code"]) == (422, code)
