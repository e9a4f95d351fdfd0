"""The audit trail on the whole stack: what was done is chained and told; what is changed afterwards is found by name."""

import json
from pathlib import Path
from typing import Any, cast

import asyncpg
import pytest

from operations import audit
from operations.client import Client

from .company import Company, line


@pytest.fixture
def described(stack_dir: Path) -> dict[str, Any]:
    """Where the stack's databases and Kafka are."""
    return json.loads((stack_dir / "stack.json").read_text("utf-8"))


async def _verdict(described: dict[str, Any]) -> audit.Verdict:
    return await audit.verify("sales", described["databases"]["sales"], described["kafka"])


async def test_a_row_that_was_changed_is_named(
    erp: Client, company: Company, described: dict[str, Any]
) -> None:
    item = await company.item("AUDIT")
    customer = await company.partner("AUDIT-C", "customer")
    await erp.quiet()
    order = await company.order(customer, line(item, "3", "10"))
    await erp.post(f"/sales/orders/{order['id']}/cancel")

    connection: Any = await cast("Any", asyncpg).connect(described["databases"]["sales"])
    try:

        async def chained() -> Any:
            return await connection.fetchrow(
                "SELECT e.id, e.actor, c.seq FROM audit_entries e JOIN audit_chain c ON c.entry = e.id"
                " WHERE e.number = $1 ORDER BY e.id LIMIT 1",
                order["number"],
            )

        row = await erp.eventually(chained, bool, seconds=60)
        assert (await _verdict(described)).problem == ""
        change = "UPDATE audit_entries SET actor = $2 WHERE id = $1"
        await connection.execute(change, row["id"], "somebody else")
        try:
            changed = await _verdict(described)
        finally:
            await connection.execute(change, row["id"], row["actor"])
    finally:
        await connection.close()

    assert changed.problem.startswith(f"entry {row['seq']} (row {row['id']}) was changed")
    assert order["number"] in changed.problem
    assert (await _verdict(described)).problem == ""
