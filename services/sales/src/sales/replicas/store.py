"""Reading and renewing the replicas: one statement per kind, whichever way they are referred to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Executable, Row, Table, text
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession

from sales.replicas.rules import Company, Item, Partner, UnitRatio, Warehouse


async def upsert(session: AsyncSession, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Keep the newest version of each record, in order of code."""
    newest: dict[str, Mapping[str, object]] = {}
    for row in rows:
        code = str(row["code"])
        if code not in newest or int(str(newest[code]["version"])) < int(str(row["version"])):
            newest[code] = row
    statement = insert(table).values([dict(newest[code]) for code in sorted(newest)])
    given = statement.excluded
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[table.c.code],
            set_={
                column.name: given[column.name]
                for column in table.c
                if column.name not in ("code", "id")
            },
            where=given.version > table.c.version,
        )
    )


def as_id(reference: str) -> UUID | None:
    """The id that a reference is, if it is one."""
    if len(reference) != 36:
        return None
    try:
        return UUID(reference)
    except ValueError:
        return None


# Static text: an order asks for all of these, and composing statements would cost more than running them.
_NAMED = " WHERE r.code = ANY(CAST(:codes AS text[])) OR r.id = ANY(CAST(:ids AS uuid[]))"
ITEMS = text(
    "SELECT r.id, r.code, r.name, r.name_en, r.active, r.base_unit, r.quantity_decimals, r.units, r.list_price, r.tax_code,"
    " t.rate FROM item_replicas r LEFT JOIN tax_code_replicas t ON t.code = r.tax_code AND t.active"
    + _NAMED
).columns(units=JSONB)
PARTNERS = text(
    "SELECT r.id, r.code, r.name, r.name_en, r.active, r.customer, r.currency, r.blocked FROM partner_replicas r"
    + _NAMED
)
WAREHOUSES = text(
    "SELECT r.id, r.code, r.company_code, r.active FROM warehouse_replicas r" + _NAMED
)
COMPANIES = text(
    "SELECT r.id, r.code, r.active, r.currency, r.time_zone FROM company_replicas r" + _NAMED
)


async def _named(
    session: AsyncSession, statement: Executable, references: Sequence[str]
) -> Sequence[Row[Any]]:
    if not references:
        return ()
    ids = [found for reference in references if (found := as_id(reference)) is not None]
    return (await session.execute(statement, {"codes": references, "ids": ids})).all()


async def load_items(session: AsyncSession, references: Sequence[str]) -> list[Item]:
    """Items by code or id, with the rate of their tax code."""
    return [
        Item(
            *row[:7],
            units={unit: UnitRatio(ratio[0], ratio[1]) for unit, ratio in row.units.items()},
            list_price=row.list_price,
            tax_code=row.tax_code,
            tax_rate=row.rate,
        )
        for row in await _named(session, ITEMS, references)
    ]


async def load_partners(session: AsyncSession, references: Sequence[str]) -> list[Partner]:
    """Partners by code or id."""
    return [Partner(*row) for row in await _named(session, PARTNERS, references)]


async def load_warehouses(session: AsyncSession, references: Sequence[str]) -> list[Warehouse]:
    """Warehouses by code or id."""
    return [Warehouse(*row) for row in await _named(session, WAREHOUSES, references)]


async def load_companies(session: AsyncSession, references: Sequence[str]) -> list[Company]:
    """Companies by code or id."""
    return [Company(*row) for row in await _named(session, COMPANIES, references)]
