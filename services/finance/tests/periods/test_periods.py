"""Periods: where late facts go, and what a closed one holds."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import InvalidState
from chassis.testing import Api, EmittedEvents, Publish
from finance.periods.rules import (
    Period,
    bounds_of,
    check_reopening,
    periods_to_close,
    posting_day,
)
from tongheng_contracts.finance import PeriodClosed, PeriodReopened

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


def test_only_the_last_closed_period_is_reopened() -> None:
    check_reopening("2026-02", periods("closed", "closed", "open"))

    with pytest.raises(InvalidState, match="2026-02"):
        check_reopening("2026-01", periods("closed", "closed", "open"))
    with pytest.raises(InvalidState):
        check_reopening("2026-03", periods("closed", "closed", "open"))


async def test_a_reopened_period_takes_postings_and_is_closed_anew(
    publish: Publish, api: Api, session: AsyncSession, emitted_events: EmittedEvents
) -> None:
    before = f"{int(DAY[:4]) - 1}-12"
    url = f"/finance/periods/{before}"
    why = {"company": "E01", "reason": "漏记运费"}
    await publish(company(), adjusted("AD-1", "10.00", day=f"{before}-15"))
    too_early = await api.post(f"{url}/reopen", why)
    first = (await api.post(f"{url}/close", {"company": "E01"})).json()
    await publish(adjusted("AD-2", "7.00", day=f"{before}-16"))
    nothing_said = await api.post(f"{url}/reopen", {"company": "E01", "reason": ""})

    opened = (await api.post(f"{url}/reopen", why)).json()
    await publish(adjusted("AD-3", "5.00", day=f"{before}-17"))
    second = (await api.post(f"{url}/close", {"company": "E01"})).json()
    await publish(adjusted("AD-4", "3.00", day=f"{before}-18"))

    assert (too_early.status_code, nothing_said.status_code) == (409, 422)
    assert (opened["status"], opened["sealed_hash"], opened["closing"]) == ("open", None, 1)
    assert (second["closing"], second["sealed_vouchers"], second["sealed_debit"]) == (2, 2, "15.00")
    (kept,) = (await api.get(f"{url}/reopenings", company="E01")).json()
    assert (kept["closing"], kept["sealed_hash"], kept["sealed_debit"], kept["reason"]) == (
        1,
        first["sealed_hash"],
        "10.00",
        "漏记运费",
    )
    where = await session.execute(
        text(
            "SELECT source_number, period FROM vouchers WHERE source_number LIKE 'AD-%' ORDER BY 1"
        )
    )
    following = f"{DAY[:4]}-01"
    assert [tuple(row) for row in where] == [
        ("AD-1", before),
        ("AD-2", following),
        ("AD-3", before),
        ("AD-4", following),
    ]
    told = [one.period for one in await emitted_events(PeriodClosed) if one.period.voucher_count]
    assert [(one.number, one.closing, f"{one.debit}") for one in told] == [
        (before, 1, "10.00"),
        (before, 2, "15.00"),
    ]
    (undone,) = await emitted_events(PeriodReopened)
    assert (undone.period.number, undone.period.closing, undone.period.reason) == (
        before,
        1,
        "漏记运费",
    )
    audited = await session.scalar(
        text("SELECT count(*) FROM audit_entries WHERE action = 'finance.period.reopen'")
    )
    assert audited == 1


async def test_who_may_close_a_period_may_not_reopen_it(publish: Publish, api: Api) -> None:
    before = f"{int(DAY[:4]) - 1}-12"
    await publish(company())
    await api.post(f"/finance/periods/{before}/close", {"company": "E01"})

    closer = api.as_("finance.period.close", "finance.period.read")
    refused = await closer.post(
        f"/finance/periods/{before}/reopen", {"company": "E01", "reason": "x"}
    )

    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


async def test_a_period_is_reopened_once_within_the_callers_companies_and_the_books_tie_out(
    publish: Publish, api: Api
) -> None:
    before = f"{int(DAY[:4]) - 1}-12"
    url = f"/finance/periods/{before}"
    why = {"company": "E01", "reason": "漏记运费"}
    await publish(company(), adjusted("AD-1", "10.00", day=f"{before}-15"))
    await api.post(f"{url}/close", {"company": "E01"})

    elsewhere = api.as_("finance.period.*", companies=["E02"])
    refused = await elsewhere.post(f"{url}/reopen", why)
    hidden = await elsewhere.get(f"{url}/reopenings", company="E01")
    first = await api.post(f"{url}/reopen", why, idempotency_key="once")
    again = await api.post(f"{url}/reopen", why, idempotency_key="once")
    await publish(adjusted("AD-2", "7.00", day=f"{before}-16"))

    assert refused.status_code in {403, 404}
    assert hidden.status_code != 200 or hidden.json() == []
    assert (first.status_code, again.json()) == (200, first.json())
    assert len((await api.get(f"{url}/reopenings", company="E01")).json()) == 1
    proof = (await api.get("/finance/proof", company="E01")).json()
    [balanced] = [one for one in proof["equalities"] if one["name"] == "debits_credits"]
    assert (balanced["left"], balanced["difference"]) == ("17.00", "0.00")
