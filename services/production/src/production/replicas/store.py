"""How replicas are written and found."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.rows import insert_rows, rows_of
from chassis.statements import Statement
from production.replicas.rules import (
    CompanyReplica,
    ItemReplica,
    SupplierReplica,
    TaxCodeReplica,
    WarehouseReplica,
)
from production.replicas.tables import companies, items, suppliers, tax_codes, warehouses

ReplicaT = TypeVar(
    "ReplicaT", ItemReplica, WarehouseReplica, CompanyReplica, SupplierReplica, TaxCodeReplica
)


async def upsert(session: AsyncSession, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Write records by code; an older version changes nothing."""
    newest = {
        str(row["code"]): row for row in sorted(rows, key=lambda row: int(str(row["version"])))
    }
    names = [column.name for column in table.c if column.name not in {"code", "key"}]
    assignments = ", ".join(f"{name} = excluded.{name}" for name in names)
    conflict = f"ON CONFLICT (code) DO UPDATE SET {assignments} WHERE excluded.version > {table.name}.version"
    await insert_rows(session, table, [newest[code] for code in sorted(newest)], conflict=conflict)


def _by_code_or_id(table: Table) -> Statement:
    names = ", ".join(column.name for column in table.c if column.name not in {"version", "key"})
    return Statement(
        f"SELECT {names} FROM {table.name} WHERE code = ANY(CAST(:codes AS text[]))"
        " OR id = ANY(CAST(:ids AS uuid[]))"
    )


_ITEMS, _WAREHOUSES, _COMPANIES, _SUPPLIERS, _TAX_CODES = map(
    _by_code_or_id, (items, warehouses, companies, suppliers, tax_codes)
)


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


async def suppliers_by_ref(
    session: AsyncSession, refs: Collection[str]
) -> dict[str, SupplierReplica]:
    """Partners by code and by id, as far as they are known."""
    return _by_ref([SupplierReplica(*row) for row in await _rows(session, _SUPPLIERS, refs)])


async def tax_codes_by_ref(
    session: AsyncSession, refs: Collection[str]
) -> dict[str, TaxCodeReplica]:
    """Tax codes by code and by id, as far as they are known."""
    return _by_ref([TaxCodeReplica(*row) for row in await _rows(session, _TAX_CODES, refs)])


def _by_ref(records: Sequence[ReplicaT]) -> dict[str, ReplicaT]:
    return {ref: record for record in records for ref in (record.code, str(record.id))}
