"""The books made again from the topics are the books: beside them, and in their place while the company goes on."""

import asyncio
import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from rich.console import Console

from operations.client import Client
from operations.replay import drop_database, replay

from .company import Company, line

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]


async def rebuilt(
    stack_dir: Path, service: str = "finance", *, into: str = "", accept: bool = False
) -> tuple[int, Any]:
    quiet = Console(quiet=True)
    return await asyncio.to_thread(
        replay, stack_dir, service, into=into, accept=accept, screen=quiet
    )


def owner(stack_dir: Path, service: str = "finance") -> str:
    return json.loads((stack_dir / "stack.json").read_text("utf-8"))["databases"][service]


async def numbers(stack_dir: Path, company: Company) -> list[tuple[str, str, str]]:
    """Every voucher's number with what it is for."""
    connection: Any = await asyncpg.connect(owner(stack_dir))
    try:
        rows = await connection.fetch(
            "SELECT number, rule, source_number FROM vouchers WHERE company = $1 ORDER BY 1",
            company.code,
        )
        return [tuple(row) for row in rows]
    finally:
        await connection.close()


@pytest_asyncio.fixture(loop_scope="session")
async def scratch(stack_dir: Path) -> AsyncGenerator[str]:
    """The name of a database that is not there yet, and not afterwards."""
    name = f"finance_{uuid4().hex[:8]}"
    yield name
    stack = json.loads((stack_dir / "stack.json").read_text("utf-8"))
    await drop_database(stack["postgres"], name)


@pytest_asyncio.fixture(loop_scope="session")
async def traded(erp: Client, company: Company) -> Company:
    """A company that bought, sold, was paid, paid, took back and sent back: every kind of document is in its books."""
    customer = await company.partner("C", "customer", billing_policy="on_shipment")
    supplier = await company.partner("V", "supplier")
    item = await company.item("A")
    await erp.quiet()
    bought = await company.purchase(
        supplier,
        "SH",
        {"item": item, "quantity": "50", "unit_price": "10.00", "due_date": "2026-12-01"},
    )
    await erp.post(
        "/inventory/receipts",
        {
            "purchase_order": bought["number"],
            "lines": [{"line": 1, "accepted": "50"}],
        },
    )
    await erp.quiet()
    bill = await erp.post(
        "/finance/bills",
        {
            "company": company.code,
            "supplier": supplier,
            "number": f" v-{company.tag} 1",
            "purchase_order": bought["number"],
            "lines": [{"line": 1, "quantity": "50", "unit_price": "10.50"}],
        },
    )
    assert bill["status"] == "blocked"
    await erp.post(f"/finance/bills/{bill['id']}/accept")
    await erp.quiet()
    order = await company.order(customer, line(item, "8", "25.00"))
    await erp.quiet()
    await company.ship(order["number"], "SH")
    await erp.quiet()
    await erp.post(
        "/finance/payments",
        {"company": company.code, "direction": "received", "partner": customer, "amount": "150.00"},
    )
    await erp.post(
        "/finance/openings",
        {
            "company": company.code,
            "bank": "1000.00",
            "receivables": [{"customer": customer, "number": "OLD-1", "amount": "70.00"}],
        },
    )
    await erp.quiet()
    return company


async def test_the_books_made_again_are_the_books_beside_them_and_in_their_place(
    erp: Client, stack_dir: Path, traded: Company, scratch: str
) -> None:
    before = await numbers(stack_dir, traded)

    code, beside = await rebuilt(stack_dir, into=scratch)

    assert (code, beside["differences"], beside["failed_checks"]) == (0, {}, {})
    assert beside["state_hash"] == beside["state_hash_before"]
    assert beside["events"] > len(before) > 4

    connection: Any = await asyncpg.connect(owner(stack_dir))
    try:
        told = await connection.fetchval("SELECT count(*) FROM outbox WHERE topic NOT LIKE '%.%Totals' AND topic NOT LIKE '%Audit%'")  # fmt: skip
        await connection.execute("DELETE FROM account_balances WHERE company = $1", traded.code)
        await connection.execute(
            "UPDATE open_items SET open_amount = 0 WHERE company = $1", traded.code
        )
    finally:
        await connection.close()

    refused, damaged = await rebuilt(stack_dir)
    mended, report = await rebuilt(stack_dir, accept=True)

    assert (refused, damaged["kept"]) == (1, False)
    assert set(damaged["differences"]) == {"account_balances", "open_items"}
    assert (mended, report["kept"], report["failed_checks"]) == (0, True, {})
    assert report["state_hash"] == beside["state_hash"]
    assert await numbers(stack_dir, traded) == before
    connection = await asyncpg.connect(owner(stack_dir))
    try:
        assert told == await connection.fetchval("SELECT count(*) FROM outbox WHERE topic NOT LIKE '%.%Totals' AND topic NOT LIKE '%Audit%'")  # fmt: skip
    finally:
        await connection.close()
    item = await traded.item("B")
    await erp.quiet()
    await traded.opening((item, "SH", "3", "5.00"))
    await erp.quiet()
    assert len(await numbers(stack_dir, traded)) == len(before) + 1
    await traded.prove()


async def test_what_each_service_keeps_of_others_is_made_again(
    erp: Client, stack_dir: Path, traded: Company
) -> None:
    await erp.quiet()

    for service in ("purchasing", "sales", "inventory", "production", "workflow"):
        code, report = await rebuilt(stack_dir, service)

        assert (code, report["differences"], report["failed_checks"]) == (0, {}, {}), service
        assert report["rows"] > 0
        assert report["state_hash"] == report["state_hash_before"]
