"""Migrations and tables agree, and the roles may do what they must and no more."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.context import Context
from chassis.testing import Harness
from production.database import metadata

TABLES = sorted(metadata.tables)
KEPT = [
    "boms",
    "cost_entries",
    "engineering_requests",
    "material_requests",
    "operation_reports",
    "production_orders",
]


async def test_migrations_make_the_tables_that_the_code_knows(connection: AsyncConnection) -> None:
    def differences(sync: Connection) -> list[object]:
        context = MigrationContext.configure(
            sync,
            opts={
                "compare_type": True,
                "include_object": lambda _thing, name, kind, *_: (
                    name in TABLES if kind == "table" else kind == "column"
                ),
            },
        )
        return compare_metadata(context, metadata)

    assert await connection.run_sync(differences) == []


@pytest.mark.parametrize("table", KEPT)
async def test_nobody_deletes_what_is_kept(harness: Harness, table: str) -> None:
    for database in (harness.api, harness.worker):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with database.transaction(Context(actor="test")) as session:
                await session.execute(text(f"DELETE FROM {table}"))


async def test_each_table_of_a_company_is_closed_to_other_companies(
    connection: AsyncConnection,
) -> None:
    scoped = [name for name in TABLES if "company" in metadata.tables[name].columns]
    rows = await connection.execute(
        text(
            "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
            " AND relname = ANY(:names)"
        ),
        {"names": scoped},
    )

    assert set(rows.scalars()) == set(scoped) - {"warehouse_replicas"}
