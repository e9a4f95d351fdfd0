"""Migrations and tables agree, and the roles may do what they must and no more."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.context import Context
from chassis.testing import Api, Harness
from masterdata.database import metadata

from .builders import a_partner, a_warehouse, an_item

TABLES = sorted(metadata.tables)


async def test_migrations_make_the_tables_that_the_code_knows(connection: AsyncConnection) -> None:
    def differences(sync: Connection) -> list[object]:
        context = MigrationContext.configure(
            sync,
            opts={
                "compare_type": True,
                "include_object": lambda thing, name, kind, *_: kind != "table" or name in TABLES,
            },
        )
        return compare_metadata(context, metadata)

    assert await connection.run_sync(differences) == []


async def test_checks_of_the_tables_are_in_the_database(connection: AsyncConnection) -> None:
    named = {
        f"{constraint.name}"
        for table in metadata.tables.values()
        for constraint in table.constraints
    }

    found = set(await connection.scalars(text("SELECT conname FROM pg_constraint")))

    assert named - found == set()


@pytest.mark.parametrize("table", TABLES)
async def test_nobody_deletes_a_master_record(harness: Harness, table: str) -> None:
    for database in (harness.api, harness.worker):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with database.transaction(Context(actor="test")) as session:
                await session.execute(text(f"DELETE FROM {table}"))


async def test_proof_shows_every_record_with_its_version(seeded: Api) -> None:
    await seeded.post("/masterdata/items", an_item("A"))
    await seeded.post("/masterdata/partners", a_partner("C001"))
    await seeded.post("/masterdata/warehouses", a_warehouse("SH"))
    await seeded.post("/masterdata/items/A/deactivate")

    async with seeded.harness.worker.read(Context(actor="auditor")) as reading:
        rows = await reading.execute(
            text(
                "SELECT kind, code, version FROM proof.records"
                " WHERE kind IN ('items', 'partners', 'warehouses') ORDER BY kind"
            )
        )
    assert [tuple(row) for row in rows] == [
        ("items", "A", 2),
        ("partners", "C001", 1),
        ("warehouses", "SH", 1),
    ]
