"""An order's lines before production: standard ones with their plan, the others with their engineering request."""

from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.ids import uuid7
from chassis.testing import Api, Publish
from production.replicas import service as replicas
from tongheng_contracts.sales import OrderPlaced, QuoteChanged, QuoteIssued

from .. import builders as a
from ..engineering.test_api import step
from ..planning.test_e3_plan import ORDER, planning, run, sold

__all__ = ["planning"]
URL = "/production/pre-production"


def ordered(day: str) -> OrderPlaced:
    """An order of X and of what was engineered for it."""
    order = sold("X", "100", None).order
    special = order.lines[0].model_copy(update={"line": 2, "item": "TU-4X", "quantity": 2})
    return OrderPlaced(
        order=order.model_copy(update={"requested_date": day, "lines": [order.lines[0], special]})
    )


async def lines(api: Api, **named: str) -> list[dict[str, Any]]:
    """The lines in order."""
    answer = await api.get(URL, **named)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_a_quotation_with_a_special_line_is_followed_to_the_orders_that_make_it(
    planning: Api, publish: Publish, session: AsyncSession
) -> None:
    request = uuid7()
    standard = a.quoted_line(1, "100", item="X")
    await publish(
        QuoteIssued(quotation=a.quotation(standard, a.special_line(2, "2", request))),
        a.item("TU-4X", procurement="make", valuation_class="finished_goods"),
    )
    quoted = await lines(planning, quotation="QT-1")

    assert [(each["state"], each["standard"], each["item"]) for each in quoted] == [
        ("quoted", True, "X"), ("engineering", False, None),
    ]  # fmt: skip
    assert quoted[1]["engineering_request"]["status"] == "requested"
    assert quoted[0]["bom"]

    await step(planning, {"id": str(request)}, "take")
    await step(planning, {"id": str(request)}, "design", item="TU-4X")
    bill = await a.made(planning, "/production/boms", a.bom("TU-4X", ("B", "3"), ("C", "1")))
    await step(planning, {"id": str(request)}, "release")
    day = await replicas.today(session, "E01") + timedelta(days=20)
    await publish(
        ordered(day.isoformat()),
        QuoteChanged(
            quotation=a.quotation(
                standard, a.special_line(2, "2", request, item="TU-4X"), version=5, status="accepted",
                order=ORDER, order_number="SO-1",
            )
        ),
    )  # fmt: skip
    unplanned = await lines(planning, order="SO-1")
    await run(planning, session)
    plain, special = await lines(planning, order=str(ORDER))

    assert [each["state"] for each in unplanned] == ["unplanned", "unplanned"]
    assert (plain["state"], plain["uncovered"], plain["standard"]) == ("planned", "0", True)
    assert {(each["kind"], each["item"]) for each in plain["planned_orders"]} >= {
        ("make", "X"), ("make", "S"), ("buy", "C"),
    }  # fmt: skip
    assert (plain["ready_date"], plain["late"]) == (day.isoformat(), False)
    assert (special["state"], special["standard"], special["bom"]) == (
        "planned", False, bill["number"],
    )  # fmt: skip
    assert special["engineering_request"]["status"] == "released"
    assert special["description"] == "四轴移载机"

    make = next(each for each in special["planned_orders"] if each["item"] == "TU-4X")
    await a.made(planning, "/production/planned-orders:firm", {"planned_orders": [make["id"]]})
    await run(planning, session)
    _, special = await lines(planning, order="SO-1")

    assert special["state"] == "ordered"
    (made,) = special["production_orders"]
    assert (made["item"], made["quantity"], made["status"]) == ("TU-4X", "2", "planned")
    assert {each["kind"] for each in special["supplies"]} == {"firm"}


async def test_what_is_asked_for_by_hand_for_an_order_s_line_is_shown_with_it(
    planning: Api, publish: Publish
) -> None:
    await publish(sold("X", "100", None))
    wish = {"company": "E01", **a.SPECIAL, "quantity": "1", "unit": "PCS"}
    request = await a.made(
        planning, "/production/engineering-requests", {**wish, "sales_order": "SO-1", "sales_order_line": 1}
    )  # fmt: skip

    (line,) = await lines(planning, order="SO-1")

    assert line["engineering_request"]["number"] == request["number"]


async def test_only_one_document_that_is_known_within_the_scope_is_asked_for(
    planning: Api, publish: Publish
) -> None:
    await publish(
        sold("X", "100", None), QuoteIssued(quotation=a.quotation(a.special_line(1, "2")))
    )

    assert (await planning.get(URL)).status_code == 400
    assert (await planning.get(URL, order="SO-1", quotation="QT-1")).status_code == 400
    assert (await planning.get(URL, order="SO-9")).status_code == 404
    elsewhere = planning.as_("*", companies=["E02"])
    assert (await elsewhere.get(URL, order="SO-1")).status_code == 404
    assert (await elsewhere.get(URL, quotation="QT-1")).status_code == 404
    assert (await planning.as_("production.plan.read").get(URL, order="SO-1")).status_code == 403
