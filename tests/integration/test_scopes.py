"""Whoever is limited to some partners or warehouses finds nothing else, through any door; and loses what he loses at once."""

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from operations.client import Client, Refused

from .company import Company, line
from .test_stream import next_told

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]

PASSWORD = "a fine password for tests"


@dataclass(slots=True)
class World:
    """Two customers with an order each, two warehouses with stock, and somebody limited to each."""

    company: Company
    item: str
    one: str
    two: str
    order_one: dict[str, Any]
    order_two: dict[str, Any]
    partner: Client
    """A program of the first customer's."""
    keeper: Client
    """A person of the warehouse SH."""
    secret: str


async def program(erp: Client, made: dict[str, Any]) -> Client:
    """The API as a program with its secret."""
    form = {
        "grant_type": "client_credentials", "client_id": made["client_id"], "client_secret": made["secret"],
    }  # fmt: skip
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{erp.address}/api/v1/auth/token", data=form) as answer,
    ):
        assert answer.status == 200, await answer.text()
        token = (await answer.json())["access_token"]
    client = await Client(erp.address, "", "", retries=False).__aenter__()
    client._token, client._token_until = token, time.monotonic() + 500
    return client


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def world(erp: Client) -> AsyncGenerator[World]:
    company = await Company.found(erp)
    item = await company.item("A", standard_cost="4.2", list_price="9.00")
    one, two = await company.partner("C1", "customer"), await company.partner("C2", "customer")
    await erp.quiet()
    await company.opening((item, "SH", "10", "5.00"), (item, "GZ", "10", "5.00"))
    await erp.quiet()
    made = await erp.post(
        "/identity/clients",
        {
            "client_id": f"shop-{company.tag.lower()}", "name": "Shop", "roles": ["partner"],
            "companies": [company.code], "partners": [one],
        },
    )  # fmt: skip
    username = f"keeper-{company.tag}"
    await erp.post(
        "/identity/users",
        {
            "username": username, "password": PASSWORD, "roles": ["warehouse_keeper"],
            "companies": [company.code], "warehouses": [company.of("SH")],
        },
    )  # fmt: skip
    order_one = await company.order(one, line(item, "2", "9.00", warehouse=company.of("SH")))
    order_two = await company.order(two, line(item, "3", "9.00", warehouse=company.of("GZ")))
    await erp.quiet()
    partner = await program(erp, made)
    keeper = await Client(erp.address, username, PASSWORD, retries=False).__aenter__()
    yield World(company, item, one, two, order_one, order_two, partner, keeper, made["secret"])
    for client in (partner, keeper):
        await client.__aexit__(None, None, None)
    await erp.quiet()
    await company.prove()


async def refused(client: Client, method: str, path: str, body: object = None) -> tuple[int, str]:
    with pytest.raises(Refused) as caught:
        await client.request(method, path, body=body)
    return caught.value.status, caught.value.code


async def test_a_partner_lists_and_reads_his_own_orders_only(world: World) -> None:
    listed = await world.partner.items("/sales/orders")
    own = await world.partner.get(f"/sales/orders/{world.order_one['id']}")

    assert [each["id"] for each in listed] == [world.order_one["id"]]
    assert own["number"] == world.order_one["number"]
    assert await world.partner.items("/sales/orders", customer=world.two) == []
    for reference in (world.order_two["id"], world.order_two["number"]):
        assert await refused(world.partner, "GET", f"/sales/orders/{reference}") == (404, "not-found")  # fmt: skip


async def test_a_partner_orders_for_himself_only(world: World) -> None:
    body = {"company": world.company.code, "lines": [line(world.item, "1")]}

    placed = await world.partner.post("/sales/orders", {**body, "customer": world.one})
    status, code = await refused(
        world.partner, "POST", "/sales/orders", {**body, "customer": world.two}
    )

    assert placed["customer"] == world.one
    assert (status, code) == (403, "out-of-scope")


async def test_a_partner_has_no_other_rights(world: World) -> None:
    order = world.order_one["id"]

    assert await refused(world.partner, "POST", f"/sales/orders/{order}/cancel") == (403, "forbidden")  # fmt: skip
    assert (await refused(world.partner, "GET", "/finance/invoices"))[0] == 403
    assert (await refused(world.partner, "GET", "/identity/users"))[0] == 403


async def test_a_partner_sees_prices_and_no_costs(world: World) -> None:
    item = await world.partner.get(f"/masterdata/items/{world.item}")
    listed = await world.partner.items("/masterdata/items", q=world.item)

    for shown in (item, *listed):
        assert shown["list_price"] == "9"
        assert shown["standard_cost"] is None


async def test_a_partners_batch_places_his_own_rows_only(world: World) -> None:
    body = {"company": world.company.code, "lines": [line(world.item, "1")]}
    rows = [{**body, "customer": customer} for customer in (world.one, world.two)]

    answer = await world.partner.post("/sales/orders:batch", {"rows": rows})

    assert [row["status"] for row in answer["results"]] == [201, 403]
    assert answer["results"][1]["problem"]["code"] == "out-of-scope"


async def test_the_stream_tells_a_partner_of_his_own_orders_only(erp: Client, world: World) -> None:
    headers = {"Authorization": f"Bearer {await world.partner.token()}"}
    told: list[str] = []
    async with (
        aiohttp.ClientSession() as http,
        asyncio.timeout(120),
        http.get(f"{erp.address}/api/v1/stream", headers=headers) as answer,
    ):
        assert answer.status == 200
        other = await world.company.order(world.two, line(world.item, "1"))
        await erp.quiet()
        own = await world.company.order(world.one, line(world.item, "1"))
        while own["id"] not in told:
            told.append((await next_told(answer))[1].get("document_id", ""))

    assert other["id"] not in told


async def test_a_keeper_sees_the_stock_and_deliveries_of_his_warehouse(
    erp: Client, world: World
) -> None:
    company = world.company
    rows = (await world.keeper.get("/inventory/stock", item=world.item))["items"]
    deliveries = await world.keeper.items("/inventory/deliveries")
    moves = await world.keeper.items("/inventory/moves", item=world.item)
    (elsewhere,) = await erp.items("/inventory/deliveries", order=world.order_two["id"])

    assert {row["warehouse"] for row in rows} == {company.of("SH")}
    assert {row["warehouse"] for row in deliveries} == {company.of("SH")}
    assert moves
    assert all(company.of("GZ") not in (row["source_place"], row["target_place"]) for row in moves)
    path = f"/inventory/deliveries/{elsewhere['id']}"
    assert await refused(world.keeper, "GET", path) == (404, "not-found")
    assert await refused(world.keeper, "POST", f"{path}/ship", {}) == (404, "not-found")


async def test_a_keeper_moves_stock_in_his_warehouse_only(world: World) -> None:
    company = world.company

    def adjustment(warehouse: str) -> dict[str, Any]:
        return {
            "company": company.code, "reason": "found",
            "lines": [{"item": world.item, "warehouse": company.of(warehouse), "quantity": "1", "unit_cost": "5.00"}],
        }  # fmt: skip

    await world.keeper.post("/inventory/adjustments", adjustment("SH"))
    status, code = await refused(world.keeper, "POST", "/inventory/adjustments", adjustment("GZ"))

    assert (status, code) == (403, "out-of-scope")
    assert (await world.company.stock(world.item, "GZ"))["on_hand"] == 10


async def test_a_change_of_scope_holds_everywhere_within_seconds(erp: Client, world: World) -> None:
    reference = f"shop-{world.company.tag.lower()}"
    known = await erp.get(f"/identity/clients/{reference}")
    await erp.request(
        "PATCH", f"/identity/clients/{reference}", body={"partners": [world.two]},
        headers={"if-match": str(known["version"])},
    )  # fmt: skip

    async def seen() -> set[str]:
        return {each["customer"] for each in await world.partner.items("/sales/orders")}

    await erp.eventually(seen, lambda found: found == {world.two}, seconds=20)


async def test_an_ended_session_is_refused_everywhere_within_seconds(
    erp: Client, world: World
) -> None:
    assert await world.keeper.items("/inventory/deliveries")
    me = await world.keeper.get("/identity/me/sessions")
    (current,) = [each["id"] for each in me["items"] if each["current"]]
    await world.keeper.post(f"/identity/me/sessions/{current}/end")

    async def status() -> int:
        try:
            await world.keeper.request("GET", "/inventory/deliveries")
        except Refused as refusal:
            return refusal.status
        return 200

    await erp.eventually(status, lambda found: found == 401, seconds=20)
