"""Stock is never sold twice, and nothing is lost or doubled when a service is killed in the middle."""

import asyncio
from decimal import Decimal

import pytest

from operations.client import Client
from operations.stack import Stack

from .company import Company, line

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]

KILLED = ("gateway", "identity", "masterdata", "purchasing", "sales", "inventory", "finance")


async def test_twenty_parallel_orders_for_the_last_ten_pieces(
    erp: Client, company: Company
) -> None:
    a = await company.item("LAST")
    customer = await company.partner("C", "customer")
    await erp.quiet()
    await company.opening((a, "SH", "10", "5.00"))

    orders = await asyncio.gather(
        *(company.order(customer, line(a, "1", "9.00")) for _ in range(20))
    )
    await erp.quiet()

    stock = await company.stock(a)
    assert (stock["on_hand"], stock["reserved"], stock["available"]) == (10, 10, 0)
    seen = await asyncio.gather(*(erp.get(f"/sales/orders/{order['id']}") for order in orders))
    held = [sum(Decimal(h["quantity"]) for h in o["lines"][0]["held"]) for o in seen]
    assert sorted(held) == [0] * 10 + [1] * 10


@pytest.mark.parametrize("victim", KILLED)
async def test_a_killed_service_loses_and_doubles_nothing(
    erp: Client, company: Company, stack: Stack, victim: str
) -> None:
    """200 orders run while the service is killed, stays away, and comes back."""
    a = await company.item("A")
    customer = await company.partner("C", "customer")
    await erp.quiet()
    await company.opening((a, "SH", "150", "5.00"))
    placed: dict[str, str] = {}

    async def place(number: int) -> None:
        # The client tries again with the same key: an answer that was lost must not make a second order.
        key = f"{company.code}-{number}"
        body = {"company": company.code, "customer": customer, "lines": [line(a, "1", "9.00")]}
        answer = await erp.post("/sales/orders", body, key=key)
        placed[answer["id"]] = answer["number"]

    async def load() -> None:
        for start in range(0, 200, 10):
            await asyncio.gather(*(place(n) for n in range(start, start + 10)))

    async def disaster() -> None:
        while len(placed) < 40:
            await asyncio.sleep(0.02)
        stack.kill(victim)
        await asyncio.sleep(1.0)
        await asyncio.to_thread(stack.start, victim)

    await asyncio.gather(load(), disaster())
    await erp.quiet(seconds=90)

    listed = await erp.items("/sales/orders", company=company.code)
    assert len(listed) == 200
    assert {order["id"] for order in listed} == set(placed)
    stock = await company.stock(a)
    assert (stock["on_hand"], stock["reserved"]) == (150, 150)
    seen = await asyncio.gather(
        *(erp.get("/inventory/reservations", order=number) for number in placed.values())
    )
    held = sum(Decimal(h["quantity"]) for page in seen for row in page["items"] for h in _held(row))
    assert held == 150


def _held(row: dict[str, object]) -> list[dict[str, str]]:
    lines = row["lines"]
    assert isinstance(lines, list)
    return [held for one in lines for held in one["held"]]
