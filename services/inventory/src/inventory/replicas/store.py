"""How replicas are written and found."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.rows import insert_rows, rows_of
from chassis.statements import Statement
from inventory.replicas.rules import CompanyReplica, ItemReplica, WarehouseReplica
from inventory.replicas.tables import companies, items, warehouses

_AROUND = Statement(
    "SELECT new.code, c.time_zone, w.code FROM unnest(CAST(:codes AS text[])) AS new (code)"
    " LEFT JOIN company_replicas c ON c.code = new.code"
    " LEFT JOIN warehouse_replicas w ON w.company = new.code AND w.active ORDER BY new.code, w.priority, w.code"
)

ReplicaT = TypeVar("ReplicaT", ItemReplica, WarehouseReplica, CompanyReplica)


async def upsert(session: AsyncSession, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Write records by code; an older version changes nothing."""
    ordered = sorted(rows, key=lambda row: str(row["code"]))
    names = [column.name for column in table.c if column.name != "code"]
    assignments = ", ".join(f"{name} = excluded.{name}" for name in names)
    conflict = f"ON CONFLICT (code) DO UPDATE SET {assignments} WHERE excluded.version > {table.name}.version"
    await insert_rows(session, table, ordered, conflict=conflict)


def _by_code_or_id(table: Table) -> Statement:
    names = ", ".join(column.name for column in table.c if column.name != "version")
    return Statement(
        f"SELECT {names} FROM {table.name} WHERE code = ANY(CAST(:codes AS text[]))"
        " OR id = ANY(CAST(:ids AS uuid[]))"
    )


_ITEMS, _WAREHOUSES, _COMPANIES = map(_by_code_or_id, (items, warehouses, companies))


async def _rows(
    session: AsyncSession, statement: Statement, refs: Collection[str]
) -> Sequence[tuple[Any, ...]]:
    ids: list[UUID] = []
    for ref in refs:
        try:
            ids.append(UUID(ref))
        except ValueError:
            continue
    return await rows_of(session, statement, {"codes": sorted(refs), "ids": ids})


async def items_by_ref(session: AsyncSession, refs: Collection[str]) -> dict[str, ItemReplica]:
    """Items by code and by id, as far as they are known."""
    return _by_ref([ItemReplica(*row) for row in await _rows(session, _ITEMS, refs)])


async def warehouses_by_ref(
    session: AsyncSession, refs: Collection[str]
) -> dict[str, WarehouseReplica]:
    """Warehouses by code and by id, as far as they are known."""
    return _by_ref([WarehouseReplica(*row) for row in await _rows(session, _WAREHOUSES, refs)])


async def companies_by_ref(
    session: AsyncSession, refs: Collection[str]
) -> dict[str, CompanyReplica]:
    """Companies by code and by id, as far as they are known."""
    return _by_ref([CompanyReplica(*row) for row in await _rows(session, _COMPANIES, refs)])


async def around(
    session: AsyncSession, company_codes: Collection[str]
) -> Sequence[tuple[str, str | None, str | None]]:
    """Each company with its time zone and, in the order of sourcing, its active warehouses; one at least."""
    return await rows_of(session, _AROUND, {"codes": sorted(company_codes)})


def _by_ref(records: Sequence[ReplicaT]) -> dict[str, ReplicaT]:
    return {ref: record for record in records for ref in (record.code, str(record.id))}
