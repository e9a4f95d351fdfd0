"""The tables that we describe are the tables that the migrations make."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from inventory.adjustments import tables as adjustments
from inventory.database import metadata
from inventory.main import build


async def test_every_column_is_as_described(session: AsyncSession) -> None:
    assert build().name == "inventory"
    assert adjustments.adjustments.metadata is metadata
    found = await session.execute(
        text(
            "SELECT table_name, column_name, is_nullable = 'YES', numeric_precision, numeric_scale"
            " FROM information_schema.columns WHERE table_schema = 'public'"
        )
    )
    real = {
        (table, column): (nullable, precision, scale)
        for table, column, nullable, precision, scale in found
    }

    for table in metadata.sorted_tables:
        for column in table.columns:
            nullable, precision, scale = real[table.name, column.name]
            assert nullable == column.nullable, (table.name, column.name)
            if getattr(column.type, "precision", None):
                assert (precision, scale) == (column.type.precision, column.type.scale), column  # type: ignore[attr-defined]
        described = {column.name for column in table.columns}
        assert described == {column for name, column in real if name == table.name}
