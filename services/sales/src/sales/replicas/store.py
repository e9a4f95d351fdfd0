"""Reading and renewing the replicas: one statement per kind, whichever way they are referred to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Table, and_, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from sales.replicas.rules import Company, Item, Partner, UnitRatio, Warehouse
from sales.replicas.tables import companies, items, partners, tax_codes, warehouses


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


def _named(table: Table, references: Sequence[str]) -> ColumnElement[bool]:
    ids = [found for reference in references if (found := as_id(reference)) is not None]
    by_code = table.c.code.in_(references)
    return or_(by_code, table.c.id.in_(ids)) if ids else by_code


async def load_items(session: AsyncSession, references: Sequence[str]) -> list[Item]:
    """Items by code or id, with the rate of their tax code."""
    if not references:
        return []
    rows = await session.execute(
        select(
            items.c.id, items.c.code, items.c.name, items.c.name_en, items.c.active, items.c.base_unit,
            items.c.quantity_decimals, items.c.units, items.c.list_price, items.c.tax_code, tax_codes.c.rate,
        )
        .outerjoin(tax_codes, and_(tax_codes.c.code == items.c.tax_code, tax_codes.c.active))
        .where(_named(items, references))
    )  # fmt: skip
    return [
        Item(
            id=row.id, code=row.code, name=row.name, name_en=row.name_en, active=row.active, base_unit=row.base_unit,
            quantity_decimals=row.quantity_decimals,
            units={unit: UnitRatio(ratio[0], ratio[1]) for unit, ratio in row.units.items()},
            list_price=row.list_price, tax_code=row.tax_code, tax_rate=row.rate,
        )
        for row in rows
    ]  # fmt: skip


async def load_partners(session: AsyncSession, references: Sequence[str]) -> list[Partner]:
    """Partners by code or id."""
    if not references:
        return []
    columns = (
        partners.c.id, partners.c.code, partners.c.name, partners.c.name_en, partners.c.active, partners.c.customer,
        partners.c.currency, partners.c.blocked,
    )  # fmt: skip
    rows = await session.execute(select(*columns).where(_named(partners, references)))
    return [Partner(*row) for row in rows.tuples()]


async def load_warehouses(session: AsyncSession, references: Sequence[str]) -> list[Warehouse]:
    """Warehouses by code or id."""
    if not references:
        return []
    columns = (warehouses.c.id, warehouses.c.code, warehouses.c.company_code, warehouses.c.active)
    rows = await session.execute(select(*columns).where(_named(warehouses, references)))
    return [Warehouse(*row) for row in rows.tuples()]


async def load_companies(session: AsyncSession, references: Sequence[str]) -> list[Company]:
    """Companies by code or id."""
    if not references:
        return []
    columns = (
        companies.c.id,
        companies.c.code,
        companies.c.active,
        companies.c.currency,
        companies.c.time_zone,
    )
    rows = await session.execute(select(*columns).where(_named(companies, references)))
    return [Company(*row) for row in rows.tuples()]
