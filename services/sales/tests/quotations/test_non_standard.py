"""Quotations of what has no item yet: offered, engineered by production, then ordered by its item."""

from typing import Any

import pytest

from chassis.testing import Api, EmittedEvents, Publish
from tongheng_contracts.sales import QuoteChanged, QuoteIssued

from .. import builders as make
from .test_api import LAST_DAY, accepted, drafted, issued


def request_of(quotation: dict[str, Any], line: int = 1) -> str:
    """By which id production engineers the line."""
    found: str = quotation["lines"][line - 1]["non_standard"]["engineering_request"]
    return found


async def seen(shop: Api, quotation: dict[str, Any]) -> dict[str, Any]:
    """The quotation as it is now."""
    found: dict[str, Any] = (await shop.get(f"/sales/quotations/{quotation['id']}")).json()
    return found


async def test_what_has_no_item_is_priced_as_given_between_lines_of_items(
    shop: Api, emitted_events: EmittedEvents
) -> None:
    quotation = await issued(shop, make.special(), make.line(quantity="150"))

    special, standard = quotation["lines"]
    assert (special["item"], special["line"], standard["item"], standard["line"]) == (
        None, 1, "A", 2,
    )  # fmt: skip
    assert (special["amount_net"], special["amount_tax"]) == ("48000.00", "6240.00")
    assert (quotation["amount_net"], quotation["amount_gross"]) == ("63000.00", "71190.00")
    assert special["non_standard"]["attributes"] == {"voltage": "380 V"}
    (told,) = [each.quotation for each in await emitted_events(QuoteIssued)]
    assert (told.revision, told.version, told.status) == (1, 2, "issued")
    assert told.lines[0].non_standard is not None
    assert str(told.lines[0].non_standard.engineering_request) == request_of(quotation)
    assert told.lines[1].non_standard is None


async def test_an_order_waits_until_the_item_is_there_and_then_takes_the_quoted_price(
    shop: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    quotation = await issued(shop, make.special())
    url = f"/sales/quotations/{quotation['id']}"
    early = await shop.post(f"{url}/accept")
    chinese = await shop.post(f"{url}/accept", accept_language="zh")
    await publish(
        make.engineered(request_of(quotation), "in_engineering", 2, due_date="2999-01-31", lead_time_days=20)
    )  # fmt: skip
    waiting = (await seen(shop, quotation))["lines"][0]["non_standard"]
    await publish(
        make.item("TU-4X", list_price=None), make.engineered(request_of(quotation), version=4)
    )
    ready = await seen(shop, quotation)
    order = await accepted(shop, quotation)

    assert (early.status_code, early.json()["code"]) == (409, "no-item-yet")
    assert early.json()["errors"][0]["pointer"] == "/lines/0/item"
    assert "工程需求" in chinese.json()["detail"]
    assert (waiting["request_number"], waiting["status"], waiting["due_date"]) == (
        "ER-2026-000001", "in_engineering", "2999-01-31",
    )  # fmt: skip
    assert (ready["status"], ready["version"], ready["lines"][0]["item"]) == ("issued", 3, "TU-4X")
    assert [(each["item"], each["amount_net"]) for each in order["lines"]] == [
        ("TU-4X", "48000.00")
    ]
    told = [each.quotation for each in await emitted_events(QuoteChanged)]
    assert [(each.status, each.version) for each in told] == [("issued", 3), ("accepted", 4)]
    assert str(told[-1].order) == order["id"]


async def test_an_item_that_sales_has_not_heard_of_yet_is_ordered_when_it_has(
    shop: Api, publish: Publish
) -> None:
    quotation = await issued(shop, make.special())
    await publish(make.engineered(request_of(quotation)))

    early = await shop.post(f"/sales/quotations/{quotation['id']}/accept")
    await publish(make.item("TU-4X"))
    order = await accepted(shop, quotation)

    assert (early.status_code, early.json()["code"]) == (422, "unknown-reference")
    assert order["lines"][0]["item"] == "TU-4X"


async def test_the_same_thing_keeps_its_request_and_another_thing_is_asked_for_anew(
    shop: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    quotation = await issued(shop, make.special(), make.special(thing={"description": "推料机"}))
    url = f"/sales/quotations/{quotation['id']}"
    first, second = request_of(quotation, 1), request_of(quotation, 2)

    changed = await shop.patch(
        url,
        {"lines": [
            make.special("5", thing={"description": "推料机", "description_en": "Pusher"}),
            make.special(thing={"specification": "行程 1500 mm"}),
        ]},
        if_match='"2"',
    )  # fmt: skip
    await publish(make.engineered(second), make.engineered(first))
    again = await shop.post(f"{url}/issue")

    pusher, longer = again.json()["lines"]
    assert request_of(changed.json(), 1) == second
    assert request_of(changed.json(), 2) not in (first, second)
    assert (pusher["item"], pusher["quantity"], longer["item"]) == ("TU-4X", "5", None)
    (_, told) = [each.quotation for each in await emitted_events(QuoteIssued)]
    assert [line.item for line in told.lines] == ["TU-4X", None]


async def test_a_line_may_go_on_by_the_item_that_its_request_has_become(
    shop: Api, publish: Publish
) -> None:
    quotation = await issued(shop, make.special())
    await publish(make.item("TU-4X"), make.engineered(request_of(quotation)))

    changed = await shop.patch(
        f"/sales/quotations/{quotation['id']}",
        {"lines": [make.line("TU-4X", "3", "20000.00")]}, if_match='"3"',
    )  # fmt: skip

    (line,) = changed.json()["lines"]
    assert (line["item"], line["amount_net"]) == ("TU-4X", "60000.00")
    assert line["non_standard"]["engineering_request"] == request_of(quotation)


async def test_what_is_over_stays_as_it_is_when_the_item_comes(
    shop: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    quotation = await issued(shop, make.special())
    over = await shop.post(f"/sales/quotations/{quotation['id']}/cancel", {"reason": "太贵"})

    await publish(make.engineered(request_of(quotation)))

    after = await seen(shop, quotation)
    assert after["version"] == over.json()["version"]
    assert after["lines"][0]["item"] is None
    (told,) = [each.quotation for each in await emitted_events(QuoteChanged)]
    assert (told.status, told.reason) == ("cancelled", "太贵")


async def test_what_was_never_issued_is_nobody_else_s_business(
    shop: Api, emitted_events: EmittedEvents
) -> None:
    draft = await drafted(shop, make.special())
    await shop.post(f"/sales/quotations/{draft['id']}/cancel")

    assert await emitted_events(QuoteIssued) == []
    assert await emitted_events(QuoteChanged) == []


@pytest.mark.parametrize(
    ("line", "pointer"),
    [
        ({**make.special(), "item": "A"}, "/lines/0/item"),
        ({"quantity": "1"}, "/lines/0/item"),
        ({**make.special(), "unit": None}, "/lines/0/unit"),
        ({**make.special(), "unit_price": None}, "/lines/0/unit_price"),
        ({**make.special(), "tax_code": None}, "/lines/0/tax_code"),
        (make.special(tax_code="VAT99"), "/lines/0/tax_code"),
        (make.special(warehouse="SH"), "/lines/0/warehouse"),
        (make.line(tax_code="VAT13"), "/lines/0/tax_code"),
        (make.special("999999999999999", "999999999"), "/lines/0/quantity"),
        (make.special(thing={"description": " "}), "/lines/0/non_standard/description"),
        (make.special(thing={"colour": "red"}), "/lines/0/non_standard/colour"),
    ],
)
async def test_a_line_that_says_too_little_or_too_much_is_refused(
    shop: Api, line: dict[str, Any], pointer: str
) -> None:
    english = await shop.post("/sales/quotations", make.order(line, valid_until=LAST_DAY))

    assert (english.status_code, english.json()["errors"][0]["pointer"]) == (422, pointer)
    assert (await shop.get("/sales/quotations")).json()["items"] == []


async def test_the_wrong_item_among_others_is_named_by_its_own_place(shop: Api) -> None:
    answer = await shop.post(
        "/sales/quotations", make.order(make.special(), make.line("X"), valid_until=LAST_DAY)
    )

    assert answer.json()["errors"][0]["pointer"] == "/lines/1/item"


async def test_what_was_offered_is_kept_as_it_was_offered(shop: Api, publish: Publish) -> None:
    quotation = await issued(shop, make.special())
    await publish(make.engineered(request_of(quotation)))

    (revision,) = (await shop.get(f"/sales/quotations/{quotation['id']}/revisions")).json()["items"]

    (line,) = revision["lines"]
    assert (line["item"], line["non_standard"]["description"]) == (None, "四轴移载机")
