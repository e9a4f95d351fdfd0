"""Price lists over HTTP, and the orders that they price."""

from typing import Any

from chassis.testing import Api

from .. import builders as make


def price(item: str = "A", unit_price: str = "110.00", **more: Any) -> dict[str, Any]:
    """A price of a list."""
    return {"item": item, "unit_price": unit_price, **more}


TIERS = (price(), price(unit_price="100.00", from_quantity="100"))
"""Scenario E1: 110.00, from 100 pieces 100.00."""


async def listed(shop: Api, code: str, *prices: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A price list of E01."""
    asked = {"company": "E01", "code": code, "name": code, "valid_from": "2020-01-01", "prices": prices, **more}  # fmt: skip
    answer = await shop.post("/sales/price-lists", asked)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def placed(shop: Api, **more: Any) -> dict[str, Any]:
    """The first line of an order of A for C001 without a price."""
    line = make.line(unit_price=None, **more)
    answer = await shop.post("/sales/orders", make.order(line))
    assert answer.status_code == 201, answer.text
    order = await shop.get(f"/sales/orders/{answer.json()['id']}")
    return order.json()["lines"][0]


def why(line: dict[str, Any]) -> tuple[str, str, str | None, str | None]:
    """What it costs, and where that comes from."""
    return line["unit_price"], line["price_source"], line["price_list"], line["price_from"]


async def test_the_quantity_decides_which_price_of_a_list_holds(shop: Api) -> None:
    await listed(shop, "2026", *TIERS)

    assert why(await placed(shop, quantity="150")) == ("100", "price_list", "2026", "100")
    assert why(await placed(shop, quantity="99")) == ("110", "price_list", "2026", "0")
    # 9 boxes of 12 are 108 pieces: tiers go by the base unit.
    boxes = await placed(shop, quantity="9", unit="BOX")
    assert (why(boxes), boxes["amount_net"]) == (("100", "price_list", "2026", "100"), "10800.00")
    given = (await shop.post("/sales/orders", make.order(make.line(unit_price="90.00")))).json()
    (line,) = (await shop.get(f"/sales/orders/{given['id']}")).json()["lines"]
    assert why(line) == ("90", "given", None, None)


async def test_a_customers_own_list_comes_first_and_holds_for_nobody_else(shop: Api) -> None:
    await listed(shop, "ALL", *TIERS)
    await listed(shop, "C001", price(unit_price="95.00", from_quantity="50"), customer="C001")

    assert why(await placed(shop, quantity="60")) == ("95", "price_list", "C001", "50")
    # Below its first quantity his list says nothing.
    assert why(await placed(shop, quantity="10")) == ("110", "price_list", "ALL", "0")
    answer = await shop.get(
        "/sales/prices", company="E01", customer="C002", item="A", quantity="60"
    )
    assert why(answer.json()) == ("110", "price_list", "ALL", "0")


async def test_a_list_holds_on_its_days_and_until_it_is_withdrawn(shop: Api) -> None:
    old = await listed(shop, "OLD", price(unit_price="80.00"))
    await listed(shop, "PAST", price(unit_price="1.00"), valid_until="2020-12-31")
    await listed(shop, "COMING", price(unit_price="2.00"), valid_from="2999-01-01")
    assert why(await placed(shop)) == ("80", "price_list", "OLD", "0")
    await listed(shop, "NEW", price(unit_price="85.00"), valid_from="2021-01-01")
    assert why(await placed(shop)) == ("85", "price_list", "NEW", "0")
    asked = {"company": "E01", "customer": "C001", "item": "A", "quantity": "1"}
    then = (await shop.get("/sales/prices", **asked, day="2020-06-30")).json()
    assert why(then) == ("1", "price_list", "PAST", "0")
    assert [each["price_list"] for each in then["offers"]] == ["OLD", "PAST"]

    url = f"/sales/price-lists/{old['id']}"
    withdrawn = await shop.post(f"{url}/withdraw")
    again = await shop.post(f"{url}/withdraw")

    assert (withdrawn.status_code, withdrawn.json()["status"]) == (200, "withdrawn")
    assert (again.status_code, again.json()["code"]) == (409, "invalid-state")
    then = (await shop.get("/sales/prices", **asked, day="2020-06-30")).json()
    assert [each["price_list"] for each in then["offers"]] == ["PAST"]


async def test_an_order_keeps_its_price_when_the_list_changes(shop: Api) -> None:
    made = await listed(shop, "2026", *TIERS)
    answer = await shop.post("/sales/orders", make.order(make.line(unit_price=None)))
    url = f"/sales/price-lists/{made['id']}"

    changed = await shop.patch(url, {"prices": [price(unit_price="120.00")]}, if_match="1")
    stale = await shop.patch(url, {"name": "x"}, if_match="1")

    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert changed.json()["prices"] == [{"item": "A", "from_quantity": "0", "unit_price": "120"}]
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition-failed")
    (line,) = (await shop.get(f"/sales/orders/{answer.json()['id']}")).json()["lines"]
    assert why(line) == ("100", "price_list", "2026", "100")
    assert why(await placed(shop)) == ("120", "price_list", "2026", "0")


async def test_a_quotation_says_its_price_list_and_the_order_that_it_is_quoted(shop: Api) -> None:
    await listed(shop, "2026", *TIERS)
    asked = make.order(make.line(unit_price=None), valid_until="2999-12-31")
    quotation = (await shop.post("/sales/quotations", asked)).json()
    assert why(quotation["lines"][0]) == ("100", "price_list", "2026", "100")
    assert quotation["amount_gross"] == "16950.00"

    await shop.post(f"/sales/quotations/{quotation['id']}/issue")
    accepted = (await shop.post(f"/sales/quotations/{quotation['id']}/accept")).json()

    (line,) = (await shop.get(f"/sales/orders/{accepted['order']}")).json()["lines"]
    assert why(line) == ("100", "quotation", None, None)
    (revision,) = (await shop.get(f"/sales/quotations/{quotation['id']}/revisions")).json()["items"]
    assert why(revision["lines"][0]) == ("100", "price_list", "2026", "100")


async def test_what_is_wrong_is_refused_and_nothing_is_written(shop: Api) -> None:
    await listed(shop, "2026", *TIERS)
    wrong: tuple[tuple[dict[str, Any], int, str], ...] = (
        ({"code": "2026"}, 409, "/code"),
        ({"prices": [price("GHOST")]}, 422, "/prices/0/item"),
        ({"prices": [price(), price()]}, 422, "/prices/1/from_quantity"),
        ({"prices": [price(from_quantity="0.5")]}, 422, "/prices/0/from_quantity"),
        ({"prices": [price(unit_price="-1")]}, 422, "/prices/0/unit_price"),
        ({"prices": []}, 422, "/prices"),
        ({"customer": "SUP"}, 422, "/customer"),
        ({"company": "GHOST"}, 422, "/company"),
        ({"valid_until": "2019-12-31"}, 422, "/valid_until"),
    )
    for change, status, field in wrong:
        asked = {"company": "E01", "code": "X", "name": "X", "valid_from": "2020-01-01", "prices": TIERS, **change}  # fmt: skip
        answer = await shop.post("/sales/price-lists", asked)
        assert answer.status_code == status, answer.text
        assert field in answer.text
    found = (await shop.get("/sales/price-lists", item="A")).json()["items"]
    assert [each["code"] for each in found] == ["2026"]
    no_price = await shop.get(
        "/sales/prices", company="E01", customer="C001", item="N", quantity="1"
    )
    assert (no_price.status_code, no_price.json()["code"]) == (422, "no-price")


async def test_other_companies_and_other_customers_lists_are_not_seen(shop: Api) -> None:
    everybody = await listed(shop, "ALL", *TIERS)
    own = await listed(shop, "C001", price(), customer="C001")
    other = await listed(shop, "C002", price(unit_price="1.00"), customer="C002")
    partner = shop.as_("sales.price_list.*", "sales.order.*", partners=("C001",))

    seen = (await partner.get("/sales/price-lists")).json()["items"]
    hidden = await partner.get(f"/sales/price-lists/{other['id']}")
    changed = await partner.patch(
        f"/sales/price-lists/{everybody['id']}", {"name": "x"}, if_match="1"
    )
    of_other = await partner.get(
        "/sales/prices", company="E01", customer="C002", item="A", quantity="1"
    )
    elsewhere = await shop.as_("sales.price_list.*", companies=("E02",)).get(
        f"/sales/price-lists/{own['id']}"
    )

    assert [each["code"] for each in seen] == ["ALL", "C001"]
    assert (hidden.status_code, changed.status_code, of_other.status_code) == (404, 403, 403)
    assert elsewhere.status_code == 404
    asked = {"company": "E01", "customer": "C001", "item": "A", "quantity": "150"}
    assert (await partner.get("/sales/prices", **asked)).json()["price_list"] == "C001"
