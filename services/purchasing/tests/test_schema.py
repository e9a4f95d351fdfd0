"""Migrations and tables agree, and the roles may do what they must and no more."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.context import Context
from chassis.testing import Api, Harness, Publish
from purchasing.database import metadata

from . import builders as a

TABLES = sorted(metadata.tables)
KEPT = sorted(
    set(TABLES) - {"purchase_order_lines", "purchase_agreement_lines", "rfq_offers", "billed_lines"}
)
REPLICAS = [name for name in TABLES if name.endswith("_replicas")]


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
    refusing = (harness.api,) if table in REPLICAS else (harness.api, harness.worker)
    for database in refusing:
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


async def test_proof_shows_what_was_counted(buying: Api, publish: Publish) -> None:
    order = await a.approved(buying)
    await publish(a.received(order, "580"))

    async with buying.harness.worker.read(Context(actor="auditor")) as reading:
        records = (
            await reading.execute(text("SELECT kind, status, version FROM proof.records"))
        ).all()
        lines = await reading.execute(
            text(
                "SELECT l.quantity_received, sum(m.quantity) FROM proof.order_lines l"
                " JOIN proof.order_movements m ON m.order_id = l.order_id AND m.order_line = l.line"
                " AND m.kind = 'received' GROUP BY 1"
            )
        )

    assert [tuple(row) for row in records] == [("purchasing.order", "partly_received", 4)]
    assert [tuple(row) for row in lines] == [(580, 580)]
