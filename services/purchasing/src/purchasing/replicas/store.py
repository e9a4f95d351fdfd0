"""Reading and keeping replicas, many at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy import RowMapping, Table, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from purchasing.replicas import tables
from purchasing.replicas.rules import (
    CompanyReplica,
    Factor,
    ItemReplica,
    PartnerReplica,
    TaxCodeReplica,
    WarehouseReplica,
)

RowT = TypeVar("RowT")


async def upsert(session: AsyncSession, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Keep records whose version is newer than what is kept."""
    newest: dict[str, Mapping[str, object]] = {}
    for row in rows:
        known = newest.get(str(row["code"]))
        if known is None or int(str(row["version"])) > int(str(known["version"])):
            newest[str(row["code"])] = row
    if not newest:
        return
    # Sorted, so that two batches take the rows' locks in one order.
    # The rows are given apart: as values of the statement, each batch would be a new one to compile.
    statement = insert(table)
    given = statement.excluded
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[table.c.code],
            set_={c.name: given[c.name] for c in table.columns if c.name not in ("code", "id")},
            where=given.version > table.c.version,
        ),
        [dict(newest[code]) for code in sorted(newest)],
    )


async def _load(session: AsyncSession, table: Table, refs: Iterable[str]) -> dict[str, RowMapping]:
    """Records by the reference given: a code, else an id."""
    wanted = sorted(set(refs))
    if not wanted:
        return {}
    ids: dict[UUID, list[str]] = {}
    for ref in wanted:
        try:
            ids.setdefault(UUID(ref), []).append(ref)
        except ValueError:
            continue
    condition = table.c.code == func.any(wanted)
    if ids:
        condition = or_(condition, table.c.id == func.any(list(ids)))
    found: dict[str, RowMapping] = {}
    asked = frozenset(wanted)
    for row in (await session.execute(select(table).where(condition))).mappings():
        for ref in ids.get(row["id"], ()):
            found.setdefault(ref, row)
        if row["code"] in asked:
            found[row["code"]] = row
    return found


async def load_items(session: AsyncSession, refs: Iterable[str]) -> dict[str, ItemReplica]:
    """Items by code or id."""
    return {
        ref: ItemReplica(
            id=row["id"],
            code=row["code"],
            name=row["name"],
            base_unit=row["base_unit"],
            quantity_decimals=row["quantity_decimals"],
            units={u["unit"]: Factor(u["numerator"], u["denominator"]) for u in row["units"]},
            procurement=row["procurement"],
            tax_code=row["tax_code"],
            lead_time_days=row["lead_time_days"],
            active=row["active"],
        )
        for ref, row in (await _load(session, tables.items, refs)).items()
    }


async def load_partners(session: AsyncSession, refs: Iterable[str]) -> dict[str, PartnerReplica]:
    """Partners by code or id."""
    return {
        ref: PartnerReplica(
            id=row["id"],
            code=row["code"],
            name=row["name"],
            roles=frozenset(row["roles"]),
            currency=row["currency"],
            payment_days=row["payment_days"],
            blocked=row["blocked"],
            active=row["active"],
        )
        for ref, row in (await _load(session, tables.partners, refs)).items()
    }


async def load_warehouses(
    session: AsyncSession, refs: Iterable[str]
) -> dict[str, WarehouseReplica]:
    """Warehouses by code or id."""
    return {
        ref: WarehouseReplica(
            id=row["id"],
            code=row["code"],
            name=row["name"],
            company=row["company"],
            active=row["active"],
        )
        for ref, row in (await _load(session, tables.warehouses, refs)).items()
    }


async def load_companies(session: AsyncSession, refs: Iterable[str]) -> dict[str, CompanyReplica]:
    """Companies by code or id."""
    return {
        ref: CompanyReplica(
            id=row["id"],
            code=row["code"],
            name=row["name"],
            currency=row["currency"],
            time_zone=row["time_zone"],
            active=row["active"],
        )
        for ref, row in (await _load(session, tables.companies, refs)).items()
    }


async def load_tax_codes(session: AsyncSession, refs: Iterable[str]) -> dict[str, TaxCodeReplica]:
    """Tax codes by code or id."""
    return {
        ref: TaxCodeReplica(id=row["id"], code=row["code"], rate=row["rate"], active=row["active"])
        for ref, row in (await _load(session, tables.tax_codes, refs)).items()
    }
