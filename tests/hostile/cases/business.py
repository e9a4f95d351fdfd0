"""Commands that make no sense in their place, and commands that come twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from ..attack import Answer, Case
from ..world import World

ORDERS = "/api/v1/sales/orders"


def business(w: World) -> Iterator[Case]:
    """Refused by what the business allows."""
    company, item = w.ours.code, w.item
    today = w.order["business_date"]

    def case(name: str, path: str, body: dict[str, Any] | None, *wanted: str) -> Case:
        return Case("business", name, lambda: w.admin.ask("POST", path, body=body or {}), wanted)

    yield Case("business", "an inactive item", lambda: w.admin.ask("POST", ORDERS, body=w.line_body(item=w.inactive)), ("409 invalid-state", "422 unknown-reference"))  # fmt: skip
    yield case(
        "a customer who is a supplier only",
        ORDERS,
        w.order_body(customer=w.supplier),
        "422",
        "409 invalid-state",
    )
    yield case(
        "receiving over tolerance",
        "/api/v1/inventory/receipts",
        {"purchase_order": w.purchase["number"], "lines": [{"line": 1, "accepted": "11"}]},
        "422 over-receipt",
    )
    yield case(
        "receiving an unknown order",
        "/api/v1/inventory/receipts",
        {"purchase_order": "PO-0", "lines": [{"line": 1, "accepted": "1"}]},
        "422 unknown-reference",
        "404",
    )
    yield case(
        "issuing more than there is",
        "/api/v1/inventory/issues",
        {
            "company": company,
            "cost_collector": "W",
            "lines": [{"item": item, "warehouse": w.ours.of("SH"), "quantity": "100000"}],
        },
        "409 insufficient-stock",
    )
    unbalanced = [{"account": "1002", "debit": "10.00"}, {"account": "6001", "credit": "9.99"}]
    yield case(
        "a voucher unbalanced by 0.01",
        "/api/v1/finance/vouchers",
        {"company": company, "text": "x", "posting_date": today, "lines": unbalanced},
        "422 unbalanced-voucher",
        "422 validation-failed",
    )
    yield case(
        "a bill of an unknown supplier",
        "/api/v1/finance/bills",
        {"company": company, "supplier": "NONE", "supplier_number": "1", "lines": []},
        "422",
    )
    code = {"code": item.lower(), "name": "x", "base_unit": "PCS"}
    yield case(
        "the same code in another case",
        "/api/v1/masterdata/items",
        code,
        "409 duplicate",
        "422 validation-failed",
    )
    wide = "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in item)
    yield case(
        "the same code in another width",
        "/api/v1/masterdata/items",
        {**code, "code": wide},
        "409 duplicate",
        "422 validation-failed",
    )
    for method in ("PUT", "PATCH", "DELETE"):
        yield Case("business", f"{method} of a posted voucher", lambda m=method: w.admin.ask(m, f"/api/v1/finance/vouchers/{w.voucher['id']}", body={}, headers={"if-match": '"1"'}), ("405", "409 immutable"))  # fmt: skip
    yield Case("business", "a stale version", lambda: w.admin.ask("POST", f"{ORDERS}/{w.order['id']}/cancel", body={}, headers={"if-match": '"999"'}), ("412 precondition-failed",))  # fmt: skip
    yield Case("business", "a version that is none", lambda: w.admin.ask("POST", f"{ORDERS}/{w.order['id']}/cancel", body={}, headers={"if-match": "abc"}), ("400", "412", "422"))  # fmt: skip


def repeats(w: World) -> Iterator[Case]:
    """The same command again, in every way."""
    yield Case("repeats", "no key", lambda: w.admin.ask("POST", ORDERS, body=w.order_body(), key=None), ("400 idempotency-key-missing",))  # fmt: skip
    for name, key in (
        ("too long", "k" * 300),
        ("control characters", "a\tb"),
        ("not ASCII", "schlüssel"),
    ):
        yield Case("repeats", f"a key {name}", lambda k=key: w.admin.ask("POST", ORDERS, body=w.order_body(), key=k), ("400",))  # fmt: skip

    async def other_body() -> Answer:
        key = str(uuid4())
        await w.admin.ask("POST", ORDERS, body=w.order_body(), key=key)
        return await w.admin.ask("POST", ORDERS, body=w.order_body(priority=2), key=key)

    async def same_body() -> Answer:
        key, body = str(uuid4()), w.order_body()
        first = await w.admin.ask("POST", ORDERS, body=body, key=key)
        again = await w.admin.ask("POST", ORDERS, body=body, key=key)
        same = first.json["id"] == again.json["id"] and "idempotency-replayed" in {
            name.lower() for name in again.headers
        }
        return again if same else Answer(500, "another-answer", again.body, again.headers)

    async def at_once() -> Answer:
        key, body = str(uuid4()), w.order_body()
        answers = await asyncio.gather(
            *(w.admin.ask("POST", ORDERS, body=body, key=key) for _ in range(10))
        )
        ids = {each.json["id"] for each in answers if each.status == 201}
        rest = {each.code for each in answers if each.status != 201}
        good = len(ids) == 1 and rest <= {"idempotency-in-progress"}
        return (
            next(each for each in answers if each.status == 201)
            if good
            else Answer(500, str(rest), b"", {})
        )

    async def anothers_key() -> Answer:
        key = str(uuid4())
        first = await w.admin.ask("POST", ORDERS, body=w.order_body(), key=key)
        other = await w.by_role["seller"].ask("POST", ORDERS, body=w.order_body(), key=key)
        return (
            other
            if first.json["id"] != other.json.get("id")
            else Answer(500, "shared-key", b"", {})
        )

    async def fifty_approvals() -> Answer:
        made = await w.erp.post(
            "/purchasing/orders",
            {
                "company": w.ours.code,
                "supplier": w.supplier,
                "warehouse": w.ours.of("SH"),
                "lines": [{"item": w.item, "quantity": "1", "unit_price": "4"}],
            },
        )
        await w.erp.post(f"/purchasing/orders/{made['id']}/submit")
        path = f"/api/v1/purchasing/orders/{made['id']}/approve"
        answers = await asyncio.gather(*(w.admin.ask("POST", path, body={}) for _ in range(50)))
        passed = [each for each in answers if each.status == 200]
        rest = {each.status for each in answers} - {200, 409, 503}
        return (
            passed[0]
            if len(passed) == 1 and not rest
            else Answer(500, f"{len(passed)} passed, {rest}", b"", {})
        )

    yield Case("repeats", "the key with another body", other_body, ("422 idempotency-key-reused",))
    yield Case("repeats", "the key with the same body", same_body, ("201",))
    yield Case("repeats", "ten at once with one key", at_once, ("201",))
    yield Case("repeats", "another caller's key", anothers_key, ("201",))
    yield Case("repeats", "fifty approvals at once", fifty_approvals, ("200",))
