"""When a line can be delivered by production's plan: kept beside what was promised, shown, and listed."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.context import Context
from chassis.ids import uuid7
from chassis.testing import Api, Harness, Publish
from tongheng_contracts.production import PromiseChange, PromiseChanged

from .. import builders as make

WANTED = date.fromisoformat(make.TODAY) + timedelta(days=14)
LATER, LATEST = WANTED + timedelta(days=6), WANTED + timedelta(days=8)


def told(
    placed: dict[str, Any], sequence: int, old: date | None, new: date | None, *, line: int = 1
) -> PromiseChanged:
    cause = "missing" if new is None else "late" if new > WANTED else "on_time"
    return PromiseChanged(
        change=PromiseChange(
            id=uuid7(), number=placed["number"], company="E01", business_date=make.TODAY, posting_date=make.TODAY,
            order=UUID(placed["id"]), order_line=line, item="A", sequence=sequence, wanted_date=str(WANTED),
            old_date=str(old) if old else None, new_date=str(new) if new else None, cause=cause, waiting_item="C",
            waiting_document="PO-7", reason="等待 PO-7 的物料“C”。", reason_en="It waits for C of PO-7.",
        )
    )  # fmt: skip


async def placed(shop: Api, *lines: dict[str, Any]) -> dict[str, Any]:
    answer = await shop.post("/sales/orders", make.order(*lines, requested_date=str(WANTED)))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def numbers(shop: Api, moved: str) -> list[str]:
    found = await shop.get("/sales/orders", promise_moved=moved)
    assert found.status_code == 200, found.text
    return [order["number"] for order in found.json()["items"]]


async def test_the_newest_word_stands_beside_what_was_promised(shop: Api, publish: Publish) -> None:
    order = await placed(shop, make.line(quantity="10"), make.line(quantity="5"))
    await publish(make.reserved(order, held={"SH": "10"}))
    before = (await shop.get(f"/sales/orders/{order['id']}")).json()

    await publish(told(order, 2, LATER, LATEST), told(order, 1, WANTED, LATER))
    await publish(told(order, 1, WANTED, LATER))

    after = (await shop.get(f"/sales/orders/{order['id']}")).json()
    first, second = after["lines"]
    assert first["promise_change"] == {
        "told_on": make.TODAY, "wanted_date": str(WANTED), "old_date": str(LATER), "new_date": str(LATEST),
        "cause": "late", "waiting_item": "C", "waiting_document": "PO-7", "reason": "等待 PO-7 的物料“C”。",
        "reason_en": "It waits for C of PO-7.",
    }  # fmt: skip
    assert second["promise_change"] is None
    for name in ("requested_date", "promised_date", "version", "status"):
        assert after[name] == before[name]


async def test_orders_whose_promise_moved_are_listed_until_it_holds_again(
    shop: Api, publish: Publish
) -> None:
    late = await placed(shop, make.line(quantity="10"))
    gone = await placed(shop, make.line(quantity="3"))
    fine = await placed(shop, make.line(quantity="4"))

    await publish(told(late, 1, WANTED, LATER), told(gone, 1, WANTED, None))
    await publish(make.shipped(gone, "3", "300.00", "39.00"))
    assert await numbers(shop, "true") == [late["number"]]
    assert await numbers(shop, "false") == [fine["number"], gone["number"]]

    await publish(told(late, 2, LATER, WANTED))
    assert await numbers(shop, "true") == []


async def test_another_companys_promises_are_not_shown(
    shop: Api, publish: Publish, harness: Harness
) -> None:
    order = await placed(shop)
    await publish(told(order, 1, WANTED, LATER))

    elsewhere = Context(actor="test", companies=frozenset({"E02"}))
    async with harness.api.read(elsewhere) as session:
        assert (await session.scalar(text("SELECT count(*) FROM promise_changes"))) == 0
