"""The live stream on the whole stack: one order's story, told while it happens."""

import asyncio
import json
from typing import Any

import aiohttp

from operations.client import Client

from .company import Company, line


async def test_an_order_is_followed_live_and_resumed(erp: Client, company: Company) -> None:
    item = await company.item("LIVE")
    customer = await company.partner("LIVE-C", "customer")
    await erp.quiet()
    await company.opening((item, "SH", "5", "4"))
    await erp.quiet()

    url = f"{erp.address}/api/v1/stream"
    headers = {"Authorization": f"Bearer {await erp.token()}"}
    told: list[dict[str, Any]] = []
    last = ""
    async with aiohttp.ClientSession() as session, asyncio.timeout(60):
        async with session.get(url, params={"company": company.code}, headers=headers) as answer:
            assert answer.status == 200
            order = await company.order(customer, line(item, "3", "10"))
            while "inventory.StockReserved" not in {each["type"] for each in told}:
                last, said = await next_told(answer)
                told.append(said)
        await erp.post(f"/sales/orders/{order['id']}/cancel")
        await erp.quiet()
        resumed: list[dict[str, Any]] = []
        headers |= {"Last-Event-ID": last}
        async with session.get(url, params={"company": company.code}, headers=headers) as answer:
            while "sales.OrderCancelled" not in {each["type"] for each in resumed}:
                resumed.append((await next_told(answer))[1])

    first = next(each for each in told if each["type"] == "sales.OrderPlaced")
    assert (first["subject"], first["document_id"]) == (order["number"], order["id"])
    assert {each["company"] for each in told + resumed} == {company.code}
    assert not {each["id"] for each in told} & {each["id"] for each in resumed}


async def next_told(answer: aiohttp.ClientResponse) -> tuple[str, dict[str, Any]]:
    """The next event of a stream, with the place to resume at."""
    last, said = "", ""
    while True:
        line = (await answer.content.readline()).decode().rstrip("\n")
        if line.startswith("id: "):
            last = line[4:]
        elif line.startswith("data: "):
            said = line[6:]
        elif not line and said:
            return last, json.loads(said)
