"""`tongheng prove` on the whole stack: nothing differs; what is made to differ is found where it is."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from operations.client import Client
from operations.proving import runner
from operations.proving.runner import Finding, prove

from .company import Company, line

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]

STOCK = "on hand is the sum of the moves, per item, place, bin, lot and status"
BALANCES = "stored balances are the sums of the lines"
INBOX = "every event of its topics is in the inbox, once"
OF_ANOTHER_TEST = "item replicas have their owner's version"
"""Repaired poison makes items that masterdata never had."""


def wrong(findings: list[Finding]) -> dict[str, int]:
    return {one.says: one.differences for one in findings if one.differences}


async def test_the_stack_is_proved_and_what_was_tampered_with_is_found(
    erp: Client, company: Company, stack_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = await company.item("P")
    customer = await company.partner("P-C", "customer")
    await erp.quiet()
    await company.opening((item, "SH", "10", "5.00"))
    order = await company.order(customer, line(item, "4", "9.00"))
    await erp.quiet()
    await company.ship(order["id"], "SH")
    await erp.quiet()

    proof = await prove(stack_dir)

    before = wrong(proof.findings)
    assert set(before) <= {OF_ANOTHER_TEST}, [
        one for one in proof.findings if one.differences and one.says != OF_ANOTHER_TEST
    ]
    assert {one.where for one in proof.findings} > {"finance", "inventory", "topics", "gateway"}
    kept = json.loads((stack_dir / "reports" / "prove.json").read_text("utf-8"))
    assert kept["invariants"]["C1"]["checked"] > 0
    assert kept["invariants"]["C1"]["differences"] == 0

    stack: dict[str, Any] = json.loads((stack_dir / "stack.json").read_text("utf-8"))
    changes = {
        "inventory": "UPDATE balances SET on_hand = on_hand + $2 WHERE company = $1",
        "finance": "UPDATE account_balances SET lines = lines + $2 WHERE company = $1 AND account LIKE '1405%'",
    }

    lost: Any = await asyncpg.connect(stack["databases"]["finance"])
    forget = "UPDATE inbox SET event_id = $2 WHERE event_id = $1"
    event_id = await lost.fetchval(
        "SELECT event_id FROM inbox WHERE topic LIKE $1 LIMIT 1", "inventory.GoodsShipped%"
    )
    another = uuid4()
    monkeypatch.setattr(runner, "ARRIVAL_SECONDS", 1.0)

    async def tamper(by: int) -> None:
        await lost.execute(forget, *((event_id, another) if by > 0 else (another, event_id)))
        for service, change in changes.items():
            connection: Any = await asyncpg.connect(stack["databases"][service])
            await connection.execute(change, company.code, by)
            await connection.close()

    await tamper(1)
    try:
        found = wrong((await prove(stack_dir)).findings)
    finally:
        await tamper(-1)
        await lost.close()
    assert found == {**before, STOCK: 1, BALANCES: 1, INBOX: 1}
