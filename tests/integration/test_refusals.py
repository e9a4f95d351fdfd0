"""What must be refused is refused: a clear problem document, and nothing changed."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from operations.client import Client, Refused

from .company import Company, line

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]


@dataclass(slots=True)
class Trade:
    """A company ready to trade: an item with ten pieces, a customer, a supplier."""

    company: Company
    item: str
    customer: str
    supplier: str

    def order(self, **values: Any) -> dict[str, Any]:
        """The body of an order for one piece."""
        one = line(self.item, "1", "9.00")
        return {"company": self.company.code, "customer": self.customer, "lines": [one], **values}


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def trade(erp: Client) -> AsyncGenerator[Trade]:
    """One company for all refusals: nothing of it may change."""
    company = await Company.found(erp)
    item = await company.item("A")
    customer = await company.partner("C", "customer")
    supplier = await company.partner("S", "supplier")
    await erp.quiet()
    await company.opening((item, "SH", "10", "5.00"))
    await erp.quiet()
    yield Trade(company, item, customer, supplier)
    await erp.quiet()
    assert await erp.items("/sales/orders", company=company.code) == []
    await company.prove()


async def refused(
    erp: Client, method: str, path: str, body: object = None, **values: Any
) -> Refused:
    with pytest.raises(Refused) as caught:
        await erp.request(method, path, body=body, **values)
    problem = caught.value.problem
    assert problem["code"] and problem["title"] and problem["detail"] and problem["trace_id"]
    assert problem["status"] == caught.value.status
    return caught.value


@pytest.mark.parametrize(
    "quantity",
    [
        "0",
        "-1",
        "NaN",
        "1e30",
        "1.0000001",
        "1_000",
        " 1 ",
        "١٢",
        "0.5",
        1,
        1.5,
        True,
        "9999999999999999",
    ],
)
async def test_a_quantity_that_is_none(erp: Client, trade: Trade, quantity: object) -> None:
    body = trade.order(lines=[{"item": trade.item, "quantity": quantity, "unit_price": "9.00"}])

    refusal = await refused(erp, "POST", "/sales/orders", body)

    assert (refusal.status, refusal.code) == (422, "validation-failed")
    assert refusal.problem["errors"][0]["pointer"].startswith("/lines/0/quantity")


async def test_a_price_below_zero(erp: Client, trade: Trade) -> None:
    body = trade.order(lines=[{"item": trade.item, "quantity": "1", "unit_price": "-0.01"}])

    assert (await refused(erp, "POST", "/sales/orders", body)).status == 422


@pytest.mark.parametrize("field", ["customer", "item", "unit", "warehouse"])
async def test_what_is_unknown(erp: Client, trade: Trade, field: str) -> None:
    one = line(trade.item, "1", "9.00")
    body = trade.order(lines=[one])
    (body if field == "customer" else one)[field] = "NO-SUCH"

    refusal = await refused(erp, "POST", "/sales/orders", body)

    assert (refusal.status, refusal.code) == (422, "unknown-reference")


async def test_a_refusal_speaks_chinese_when_asked(erp: Client, trade: Trade) -> None:
    body = trade.order(customer="没有")

    refusal = await refused(
        erp, "POST", "/sales/orders", body, headers={"accept-language": "zh-CN"}
    )

    assert any("\u4e00" <= letter <= "\u9fff" for letter in refusal.problem["detail"])


async def test_an_order_that_was_not_approved_is_not_received(erp: Client, trade: Trade) -> None:
    company = trade.company
    body = {
        "company": company.code,
        "supplier": trade.supplier,
        "warehouse": company.of("SH"),
        "lines": [line(trade.item, "5", "4.00")],
    }
    draft = await erp.post("/purchasing/orders", body)
    receipt = {"purchase_order": draft["number"], "lines": [{"line": 1, "accepted": "5"}]}

    assert (await refused(erp, "POST", "/inventory/receipts", receipt)).status in (409, 422)
    await erp.post(f"/purchasing/orders/{draft['id']}/submit")
    await erp.quiet()
    refusal = await refused(erp, "POST", "/inventory/receipts", receipt)

    assert (refusal.status, refusal.code) == (409, "invalid-state")
    assert (await company.stock(trade.item))["on_hand"] == 10


async def test_shipping_what_is_not_reserved(erp: Client) -> None:
    company = await Company.found(erp)
    item = await company.item("A")
    customer = await company.partner("C", "customer")
    await erp.quiet()
    await company.opening((item, "SH", "3", "5.00"))
    order = await company.order(customer, line(item, "5", "9.00"))
    await erp.quiet()
    delivery = await company.delivery(order["id"], "SH")

    refusal = await refused(
        erp,
        "POST",
        f"/inventory/deliveries/{delivery['id']}/ship",
        {"lines": [{"line": 1, "quantity": "4"}]},
    )

    assert (refusal.status, refusal.code) == (409, "insufficient-stock")
    assert (await company.stock(item))["on_hand"] == 3


async def test_the_same_key_with_another_body_and_with_the_same(erp: Client) -> None:
    company = await Company.found(erp)
    item = await company.item("A")
    customer = await company.partner("C", "customer")
    await erp.quiet()
    key = str(uuid4())
    body = {"company": company.code, "customer": customer, "lines": [line(item, "1", "9.00")]}

    first = await erp.request("POST", "/sales/orders", body=body, key=key)
    again = await erp.request("POST", "/sales/orders", body=body, key=key)
    other = await refused(erp, "POST", "/sales/orders", {**body, "priority": 1}, key=key)

    assert again.body == first.body
    assert again.headers["idempotency-replayed"] == "true"
    assert (other.status, other.code) == (422, "idempotency-key-reused")
    assert len(await erp.items("/sales/orders", company=company.code)) == 1


async def test_a_stale_version_and_a_missing_one(erp: Client, trade: Trade) -> None:
    path = f"/masterdata/items/{trade.item}"

    stale = await refused(erp, "PATCH", path, {"name": "新"}, headers={"if-match": '"99"'})
    missing = await refused(erp, "PATCH", path, {"name": "新"})

    assert (stale.status, stale.code) == (412, "precondition-failed")
    assert missing.status == 428


@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
async def test_a_body_over_the_limit(erp: Client, trade: Trade) -> None:
    body = trade.order(lines=[line(trade.item, "1", "9.00")] * 20_000)

    refusal = await refused(erp, "POST", "/sales/orders", body)

    assert (refusal.status, refusal.code) == (413, "payload-too-large")


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def stranger(erp: Client, trade: Trade) -> AsyncGenerator[Client]:
    """A seller of another company."""
    other = await Company.found(erp)
    name = f"stranger-{uuid4().hex[:8]}"
    await erp.post(
        "/identity/users",
        {
            "username": name,
            "name": name,
            "password": "a long enough password 1!",
            "roles": ["seller"],
            "companies": [other.code],
        },
    )
    await erp.quiet()
    async with Client(erp.address, name, "a long enough password 1!") as client:
        yield client


async def test_a_role_without_the_right(stranger: Client, trade: Trade) -> None:
    refusal = await refused(stranger, "POST", "/finance/invoices", {"order": "SO-1"})

    assert (refusal.status, refusal.code) == (403, "forbidden")


async def test_a_company_outside_the_scope(erp: Client, stranger: Client, trade: Trade) -> None:
    refusal = await refused(stranger, "POST", "/sales/orders", trade.order())

    assert (refusal.status, refusal.code) == (403, "out-of-scope")


async def test_another_companys_document_does_not_exist(erp: Client, stranger: Client) -> None:
    company = await Company.found(erp)
    item = await company.item("A")
    customer = await company.partner("C", "customer")
    await erp.quiet()
    order = await company.order(customer, line(item, "1", "9.00"))

    seen = await refused(stranger, "GET", f"/sales/orders/{order['id']}")
    acted = await refused(stranger, "POST", f"/sales/orders/{order['id']}/cancel")

    assert (seen.status, acted.status) == (404, 404)
    assert await stranger.items("/sales/orders") == []
    assert (await erp.get(f"/sales/orders/{order['id']}"))["status"] != "cancelling"


async def test_no_token_and_a_forged_one(erp: Client, trade: Trade) -> None:
    for token in ("Bearer nonsense", "Bearer eyJhbGciOiJub25lIn0.e30.", "Basic YTpi"):
        refusal = await refused(erp, "GET", "/sales/orders", headers={"authorization": token})
        assert (refusal.status, refusal.code) == (401, "unauthenticated")
