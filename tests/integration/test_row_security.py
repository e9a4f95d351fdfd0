"""The second wall: PostgreSQL itself shows nobody what is outside of his companies, warehouses, partners and own documents."""

import json
from pathlib import Path
from typing import Any, cast

import asyncpg
import pytest

SCOPED = (
    "warehouse", "from_warehouse", "to_warehouse", "source_place", "target_place", "customer", "supplier", "partner",
)  # fmt: skip
"""Columns that name what a person may be limited to."""

NOT_NARROWED = {
    "production.supplier_offers": "a replica without a company that planning reads; nobody is shown it",
    "sales.partner_replicas": "`customer` says whether somebody is one",
}
"""Tables that have such a column and are not narrowed by it, and why."""

_OPEN = """
SELECT DISTINCT t.relname AS name FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid AND NOT a.attisdropped
WHERE t.relkind IN ('r', 'p') AND t.relnamespace = 'public'::regnamespace AND a.attname = ANY($1::text[])
  AND NOT t.relispartition AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = t.oid AND NOT p.polpermissive)
"""


@pytest.fixture
def databases(stack_dir: Path) -> dict[str, str]:
    """Where each service's database is."""
    return json.loads((stack_dir / "stack.json").read_text("utf-8"))["databases"]


async def test_each_table_that_names_a_warehouse_or_a_partner_is_narrowed(
    databases: dict[str, str],
) -> None:
    found: set[str] = set()
    for service, url in databases.items():
        connection: Any = await cast("Any", asyncpg).connect(url)
        try:
            rows = await connection.fetch(_OPEN, list(SCOPED))
        finally:
            await connection.close()
        found |= {f"{service}.{row['name']}" for row in rows}

    assert found == NOT_NARROWED.keys()
