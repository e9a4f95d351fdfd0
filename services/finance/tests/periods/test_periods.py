"""Periods: where late facts go, and what a closed one holds."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import InvalidState
from chassis.testing import Api, Publish
from finance.periods.rules import Period, bounds_of, periods_to_close, posting_day

from ..builders import DAY, adjusted, company, partner, received


def periods(*statuses: str) -> list[Period]:
    made: list[Period] = []
    for month, status in enumerate(statuses, 1):
        name = f"2026-{month:02d}"
        made.append(Period("E01", name, *bounds_of(name), status))
    return made


def test_a_day_of_a_closed_period_is_posted_on_the_first_day_of_the_next_open_one() -> None:
    place = posting_day(date(2026, 1, 31), periods("closed", "closed", "open"))

    assert place is not None
    assert (place.period, place.posting_date) == ("2026-03", date(2026, 3, 1))


def test_a_day_of_an_open_period_stays() -> None:
    place = posting_day(date(2026, 2, 28), periods("closed", "open"))

    assert place is not None
    assert place.posting_date == date(2026, 2, 28)


def test_nothing_is_open_any_more() -> None:
    assert posting_day(date(2026, 1, 1), periods("closed")) is None


def test_closing_takes_the_empty_periods_before_it_along() -> None:
    assert periods_to_close("2026-03", periods("closed", "open", "open"), ["2026-03"]) == [
        "2026-02",
        "2026-03",
    ]


def test_an_earlier_period_with_vouchers_must_be_closed_first() -> None:
    with pytest.raises(InvalidState):
        periods_to_close("2026-02", periods("open", "open"), ["2026-01"])


async def test_the_seal_tells_what_the_period_holds(
    publish: Publish, api: Api, session: AsyncSession
) -> None:
    before = f"{int(DAY[:4]) - 1}-03"
    await publish(company(), adjusted("AD-1", "10.00", day=f"{before}-15"))

    closed = (await api.post(f"/finance/periods/{before}/close", {"company": "E01"})).json()
    again = await api.post(f"/finance/periods/{before}/close", {"company": "E01"})
    await publish(adjusted("AD-2", "7.00", day=f"{before}-16"))

    assert (closed["status"], closed["sealed_vouchers"], closed["sealed_debit"]) == (
        "closed",
        1,
        "10.00",
    )
    assert len(closed["sealed_hash"]) == 64
    assert (again.status_code, again.json()["code"]) == (409, "invalid-state")
    still = await session.scalar(
        text("SELECT sum(debit) FROM account_balances WHERE period = :p"), {"p": before}
    )
    assert f"{still}" == "10.00"


async def test_a_period_with_a_bill_in_flight_does_not_close(publish: Publish, api: Api) -> None:
    await publish(company(), partner("V3", "supplier"), received("GR-1", "10", "10"))
    bill = (await api.post("/finance/bills", {
        "number": "F-1", "purchase_order": "PO-1", "lines": [{"line": 1, "quantity": "10", "unit_price": "10.10"}],
    })).json()  # fmt: skip

    refused = await api.post(f"/finance/periods/{DAY[:7]}/close", {"company": "E01"})

    assert (refused.status_code, refused.json()["code"]) == (409, "invalid-state")
    assert bill["number"] in refused.json()["detail"]


async def test_a_period_that_is_not_known_is_not_found(publish: Publish, api: Api) -> None:
    await publish(company())

    assert (await api.post("/finance/periods/1999-01/close", {"company": "E01"})).status_code == 404
    listed = (await api.get("/finance/periods", company="E01", status="open", limit="100")).json()[
        "items"
    ]
    assert len(listed) == 36
