"""Exchange rates over HTTP."""

import pytest

from chassis.testing import Api, EmittedEvents
from tongheng_contracts.masterdata import RateChanged

RATES = "/masterdata/rates"


def a_rate(
    rate: str = "7.10", valid_from: str = "2026-10-01", **given: object
) -> dict[str, object]:
    """A new rate of the dollar."""
    return {
        "currency": "USD",
        "to_currency": "CNY",
        "valid_from": valid_from,
        "rate": rate,
        **given,
    }


async def test_rate_is_set_from_a_day_on(seeded: Api, emitted_events: EmittedEvents) -> None:
    answer = await seeded.post(RATES, a_rate("7.10", "2026-10-01"))

    rate = answer.json()
    assert answer.status_code == 201, answer.text
    assert (rate["code"], rate["rate"], rate["valid_from"]) == (
        "USD-CNY-2026-10-01",
        "7.1",
        "2026-10-01",
    )
    (told,) = await emitted_events(RateChanged)
    assert (told.rate.code, told.rate.valid_from) == ("USD-CNY-2026-10-01", "2026-10-01")


async def test_there_is_one_rate_per_pair_and_day(seeded: Api) -> None:
    await seeded.post(RATES, a_rate("7.10"))

    again = await seeded.post(RATES, a_rate("7.15"))
    corrected = await seeded.patch(f"{RATES}/USD-CNY-2026-10-01", {"rate": "7.15"}, if_match='"1"')

    assert (again.status_code, again.json()["code"]) == (409, "duplicate")
    assert (corrected.json()["rate"], corrected.json()["version"]) == ("7.15", 2)


async def test_rate_of_a_day_is_the_last_one_set_before(seeded: Api) -> None:
    await seeded.post(RATES, a_rate("7.10", "2026-10-01"))
    await seeded.post(RATES, a_rate("7.15", "2026-10-31"))
    await seeded.post(RATES, a_rate("7.80", "2026-10-15", currency="EUR"))

    async def on(day: str) -> dict[str, str]:
        listed = (await seeded.get(RATES, on=day)).json()["items"]
        return {each["currency"]: each["rate"] for each in listed}

    assert await on("2026-09-30") == {}
    assert await on("2026-10-30") == {"USD": "7.1", "EUR": "7.8"}
    assert await on("2026-10-31") == {"USD": "7.15", "EUR": "7.8"}
    assert len((await seeded.get(RATES, currency="USD")).json()["items"]) == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"rate": "0"},
        {"rate": "-1"},
        {"rate": 7.1},
        {"currency": "CNY"},
        {"currency": "XXX"},
        {"valid_from": "2026-02-31"},
        {"valid_from": "01.10.2026"},
    ],
)
async def test_wrong_rate_is_refused(seeded: Api, wrong: dict[str, object]) -> None:
    answer = await seeded.post(RATES, {**a_rate(), **wrong})

    assert answer.status_code == 422, answer.text


@pytest.mark.parametrize("query", ["on=2026-02-31", "on=yesterday", "currency=usd"])
async def test_wrong_question_is_refused(seeded: Api, query: str) -> None:
    answer = await seeded.request("GET", f"/api/v1{RATES}?{query}")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid-query")
