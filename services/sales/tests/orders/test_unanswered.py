"""Orders that stock has not answered, as Prometheus is told of them."""

from sqlalchemy import text

from chassis.context import system_context
from chassis.testing import Api, Harness, Publish
from sales.orders import unanswered

from .. import builders as make


async def _counted(harness: Harness) -> float:
    async with harness.worker.read(system_context("sales")) as session:
        await unanswered.measure(session)
    return unanswered.UNANSWERED._value.get()  # pyright: ignore[reportPrivateUsage]


async def test_an_order_counts_after_five_seconds_until_stock_answers(
    shop: Api, harness: Harness, publish: Publish
) -> None:
    before = await _counted(harness)
    placed = (await shop.post("/sales/orders", make.order())).json()
    if placed["status"] == "on_hold":
        placed = (await shop.post(f"/sales/orders/{placed['id']}/release")).json()
    assert await _counted(harness) == before

    async with harness.worker.transaction(system_context("sales")) as session:
        await session.execute(
            text("UPDATE orders SET placed_at = placed_at - interval '6 seconds' WHERE id = :id"),
            {"id": placed["id"]},
        )
    assert await _counted(harness) == before + 1

    await publish(make.reserved(placed, held={}))
    assert await _counted(harness) == before
