"""How replicas are written and read: sets at a time, newer versions only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Table, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from . import tables
from .rules import Company, OrderedLine, Partner

Row = Mapping[str, object]


async def upsert(session: AsyncSession, table: Table, rows: Sequence[Row], *key: str) -> None:
    """Write these records where they are newer; in key order."""
    if not rows:
        return
    statement = insert(table).values(
        sorted(rows, key=lambda row: tuple(str(row[name]) for name in key))
    )
    given: dict[str, Any] = {
        c.name: statement.excluded[c.name] for c in table.columns if c.name not in key
    }
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=list(key), set_=given, where=statement.excluded.version > table.c.version
        )
    )


async def company(session: AsyncSession, code: str) -> Company | None:
    """A company by its code."""
    query = select(
        tables.companies.c.code, tables.companies.c.currency, tables.companies.c.time_zone
    )
    row = (await session.execute(query.where(tables.companies.c.code == code))).one_or_none()
    return Company(*row) if row is not None else None


async def companies(session: AsyncSession, codes: Iterable[str]) -> list[Company]:
    """Companies by their codes."""
    table = tables.companies
    query = select(table.c.code, table.c.currency, table.c.time_zone)
    rows = (await session.execute(query.where(table.c.code.in_(sorted(set(codes)))))).all()
    return [Company(*row) for row in rows]


async def company_codes(session: AsyncSession) -> list[str]:
    """All companies."""
    return list(
        (
            await session.execute(select(tables.companies.c.code).order_by(tables.companies.c.code))
        ).scalars()
    )


async def partners(session: AsyncSession, references: Iterable[str]) -> list[Partner]:
    """Partners by code or id."""
    wanted = sorted(set(references))
    table = tables.partners
    ids = [UUID(one) for one in wanted if _is_id(one)]
    query = select(
        table.c.code, table.c.id, table.c.name, table.c.name_en, table.c.roles, table.c.payment_days,
        table.c.billing_policy, table.c.active,
    ).where(or_(table.c.code.in_(wanted), table.c.id.in_(ids)))  # fmt: skip
    rows = (await session.execute(query)).all()
    return [Partner(r[0], r[1], r[2], r[3], tuple(r[4]), r[5], r[6], r[7]) for r in rows]


async def ordered_lines(session: AsyncSession, reference: str) -> list[OrderedLine]:
    """The lines of a purchase order by its id or number."""
    table = tables.purchase_order_lines
    which = (
        table.c.purchase_order == UUID(reference)
        if _is_id(reference)
        else table.c.purchase_order_number == reference
    )
    query = select(
        table.c.company, table.c.purchase_order, table.c.purchase_order_number, table.c.order_line, table.c.supplier,
        table.c.item, table.c.unit, table.c.unit_price, table.c.tax_code, table.c.tax_rate,
    ).where(which, table.c.status != "submitted").order_by(table.c.order_line)  # fmt: skip
    return [OrderedLine(*row) for row in (await session.execute(query)).all()]


def _is_id(reference: str) -> bool:
    try:
        return str(UUID(reference)) == reference.lower()
    except ValueError:
        return False
