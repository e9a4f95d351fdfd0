"""Vouchers by hand, and the refusals that keep the ledger whole."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.testing import Api, Publish

from ..builders import DAY, company, shipped

RENT = [
    {"account": "6602", "debit": "1200.00", "text": "rent"},
    {"account": "1002", "credit": "1200.00"},
]


def voucher(lines: list[dict[str, str]] | None = None, **fields: Any) -> dict[str, Any]:
    return {"company": "E01", "text": "Rent of November", "lines": lines or RENT, **fields}


async def test_a_voucher_by_hand_is_numbered_and_posted(publish: Publish, api: Api) -> None:
    await publish(company())

    first, second = (
        await api.post("/finance/vouchers", voucher()),
        await api.post("/finance/vouchers", voucher()),
    )

    assert first.status_code == 201, first.text
    assert (first.json()["number"], second.json()["number"]) == (
        f"GV-{DAY[:7]}-000001",
        f"GV-{DAY[:7]}-000002",
    )
    assert first.json()["amount"] == "1200.00"
    assert first.json()["why"]["rule"] == "manual"
    assert first.headers["etag"] == '"1"'


@pytest.mark.parametrize(
    ("lines", "status", "code"),
    [
        (
            [{"account": "6602", "debit": "100.00"}, {"account": "1002", "credit": "99.99"}],
            422,
            "unbalanced-voucher",
        ),
        ([{"account": "6602", "debit": "100.00"}], 422, "unbalanced-voucher"),
        (
            [{"account": "6602", "debit": "1.00", "credit": "1.00"}, *RENT],
            422,
            "unbalanced-voucher",
        ),
        (
            [{"account": "6602", "debit": "-5.00"}, {"account": "1002", "credit": "-5.00"}],
            422,
            "unbalanced-voucher",
        ),
        ([{"account": "6602"}, *RENT], 422, "unbalanced-voucher"),
        (
            [{"account": "1122.01", "debit": "5.00"}, {"account": "6001", "credit": "5.00"}],
            422,
            "control-account",
        ),
        (
            [{"account": "1403", "debit": "5.00"}, {"account": "1002", "credit": "5.00"}],
            422,
            "control-account",
        ),
        (
            [{"account": "5001.01", "debit": "5.00"}, {"account": "1002", "credit": "5.00"}],
            422,
            "control-account",
        ),
        (
            [{"account": "2221", "debit": "5.00"}, {"account": "1002", "credit": "5.00"}],
            422,
            "account-not-postable",
        ),
        (
            [{"account": "9999", "debit": "5.00"}, {"account": "1002", "credit": "5.00"}],
            422,
            "unknown-reference",
        ),
        (
            [{"account": "6602", "debit": "5.001"}, {"account": "1002", "credit": "5.001"}],
            422,
            "validation-failed",
        ),
    ],
)
async def test_a_voucher_that_would_break_the_ledger_is_refused(
    publish: Publish, api: Api, lines: list[dict[str, str]], status: int, code: str
) -> None:
    await publish(company())

    answer = await api.post("/finance/vouchers", voucher(lines))

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await api.get("/finance/vouchers")).json()["items"] == []


async def test_a_voucher_in_a_closed_period_is_refused_and_numbers_have_no_gap(
    publish: Publish, api: Api
) -> None:
    await publish(company())
    last_year = f"{int(DAY[:4]) - 1}-06"
    assert (
        await api.post(f"/finance/periods/{last_year}/close", {"company": "E01"})
    ).status_code == 200

    late = await api.post("/finance/vouchers", voucher(business_date=f"{last_year}-30"))
    kept = await api.post(
        "/finance/vouchers", voucher(business_date=f"{last_year}-30", posting_date=DAY)
    )

    assert (late.status_code, late.json()["code"]) == (409, "period-closed")
    assert (kept.json()["business_date"], kept.json()["posting_date"]) == (f"{last_year}-30", DAY)
    assert kept.json()["sequence"] == 1


async def test_a_day_of_the_far_future_is_a_slip(publish: Publish, api: Api) -> None:
    await publish(company())

    far = await api.post("/finance/vouchers", voucher(business_date="2962-11-22"))
    next_year = await api.post(
        "/finance/vouchers", voucher(business_date=f"{int(DAY[:4]) + 1}-12-31")
    )

    assert (far.status_code, far.json()["code"]) == (409, "period-closed")
    assert next_year.status_code == 201


async def test_a_reversal_is_in_red_letters_and_happens_once(publish: Publish, api: Api) -> None:
    await publish(company())
    first = (await api.post("/finance/vouchers", voucher())).json()

    reversal = (await api.post(f"/finance/vouchers/{first['id']}/reverse")).json()
    again = await api.post(f"/finance/vouchers/{first['id']}/reverse")
    twice = await api.post(f"/finance/vouchers/{reversal['id']}/reverse")

    assert reversal["corrects"] == first["id"]
    assert [(line["account"], line["debit"], line["credit"]) for line in reversal["lines"]] == [
        ("6602", "-1200.00", "0.00"), ("1002", "0.00", "-1200.00"),
    ]  # fmt: skip
    assert (again.status_code, again.json()["code"]) == (409, "invalid-state")
    assert (twice.status_code, twice.json()["code"]) == (409, "invalid-state")
    shown = (await api.get(f"/finance/vouchers/{first['id']}")).json()
    assert shown["reversed_by"] == reversal["number"]
    rows = (await api.get("/finance/reports/trial-balance", company="E01")).json()["items"]
    assert {row["balance"] for row in rows} == {"0.00"}


async def test_what_a_document_posted_is_not_reversed_by_hand(publish: Publish, api: Api) -> None:
    await publish(company(), shipped("DN-1", "1"))
    (posted,) = (await api.get("/finance/vouchers", source="DN-1")).json()["items"]

    answer = await api.post(f"/finance/vouchers/{posted['id']}/reverse")

    assert (answer.status_code, answer.json()["code"]) == (409, "invalid-state")


async def test_vouchers_are_found_by_document_order_and_event_with_the_reason(
    publish: Publish, api: Api
) -> None:
    event = shipped("DN-1", "1", cost="40.00")
    await publish(company(), event)

    for source in ("DN-1", "SO-1", str(event.shipment.id), str(event.shipment.order)):
        found = (await api.get("/finance/vouchers", source=source)).json()["items"]
        assert sorted(one["rule"] for one in found) == [
            "goods-shipped-cost",
            "goods-shipped-revenue",
        ]
    why = found[0]["why"]
    assert why["source_topic"] == "inventory.GoodsShipped"
    assert why["explanation"]
    assert why["explanation_en"]
    assert (await api.get("/finance/vouchers", account="6401")).json()["items"][0][
        "rule"
    ] == "goods-shipped-cost"


async def test_a_page_of_vouchers_follows_another(publish: Publish, api: Api) -> None:
    await publish(company(), *(shipped(f"DN-{n}", "1", cost="1.00") for n in range(5)))

    seen: list[str] = []
    cursor: str | None = None
    while True:
        answer = (
            await api.get("/finance/vouchers", limit="3", **({"cursor": cursor} if cursor else {}))
        ).json()
        seen += [one["number"] for one in answer["items"]]
        cursor = answer["next"]
        if cursor is None:
            break

    assert len(seen) == len(set(seen)) == 10


async def test_posting_needs_its_permission_and_its_company(publish: Publish, api: Api) -> None:
    await publish(company("E01"), company("E02"))
    buyer = api.as_("purchasing.*", "finance.voucher.read")
    elsewhere = api.as_("finance.*", companies=["E02"])
    posted = (await api.post("/finance/vouchers", voucher())).json()

    refused = await buyer.post("/finance/vouchers", voucher())
    outside = await elsewhere.post("/finance/vouchers", voucher())
    hidden = await elsewhere.get(f"/finance/vouchers/{posted['id']}")

    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert (outside.status_code, outside.json()["code"]) == (403, "out-of-scope")
    assert hidden.status_code == 404
    assert (await elsewhere.get("/finance/vouchers")).json()["items"] == []


STATEMENTS = [
    "UPDATE vouchers SET text = 'changed'",
    "DELETE FROM voucher_lines",
    "UPDATE voucher_lines SET debit = debit + 1",
]


@pytest.mark.parametrize("statement", STATEMENTS)
async def test_the_services_roles_cannot_change_what_is_posted(
    publish: Publish, session: AsyncSession, statement: str
) -> None:
    await publish(company(), shipped("DN-1", "1"))

    with pytest.raises(DBAPIError, match="permission denied"):
        async with session.begin_nested():
            await session.execute(text(statement))


async def test_the_database_refuses_lines_that_do_not_balance(
    publish: Publish, session: AsyncSession
) -> None:
    await publish(company(), shipped("DN-1", "1"))

    with pytest.raises(DBAPIError, match=r"does not balance|posted before"):
        async with session.begin_nested():
            await session.execute(
                text(
                    "INSERT INTO voucher_lines (voucher, line, company, ledger, period, posting_date, account, debit, credit, red,"
                    " partner, item, text, text_en, source_topic, source_recorded_at)"
                    " SELECT id, 99, company, ledger, period, posting_date, '6602', 5, 0, false, '', '', '', '', '', now()"
                    " FROM vouchers LIMIT 1"
                )
            )


async def test_the_database_refuses_a_voucher_without_lines(
    publish: Publish, session: AsyncSession
) -> None:
    await publish(company(), shipped("DN-1", "1"))

    with pytest.raises(DBAPIError, match="does not balance"):
        async with session.begin_nested():
            await session.execute(
                text(
                    "INSERT INTO vouchers SELECT gen_random_uuid(), 'X', company, ledger, period, voucher_type, 777, currency, rule,"
                    " rule_version, text, text_en, source_topic, gen_random_uuid(), source_id, source_number, case_id, case_number,"
                    " NULL, amount, actor, business_date, posting_date, source_recorded_at, now() FROM vouchers LIMIT 1"
                )
            )
            await session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
