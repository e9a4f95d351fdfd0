"""Master records for the features: kept by events, found in one statement per kind."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from purchasing.replicas import store, tables
from purchasing.replicas.rules import (
    CompanyReplica,
    ItemReplica,
    PartnerReplica,
    TaxCodeReplica,
    WarehouseReplica,
)
from tongheng_contracts.masterdata import Company, Item, Partner, TaxCode, Warehouse


async def keep_items(session: AsyncSession, items: list[Item]) -> None:
    """Keep newer versions of items."""
    await store.upsert(
        session,
        tables.items,
        [
            {
                "code": i.code,
                "id": i.id,
                "active": i.active,
                "version": i.version,
                "name": i.name,
                "base_unit": i.base_unit,
                "quantity_decimals": i.quantity_decimals,
                "units": [u.model_dump(mode="json") for u in i.units],
                "procurement": i.procurement,
                "tax_code": i.tax_code,
                "lead_time_days": i.lead_time_days,
            }
            for i in items
        ],
    )


async def keep_partners(session: AsyncSession, partners: list[Partner]) -> None:
    """Keep newer versions of partners."""
    await store.upsert(
        session,
        tables.partners,
        [
            {
                "code": p.code,
                "id": p.id,
                "active": p.active,
                "version": p.version,
                "name": p.name,
                "roles": p.roles,
                "currency": p.currency,
                "payment_days": p.payment_days,
                "blocked": p.blocked,
            }
            for p in partners
        ],
    )


async def keep_warehouses(session: AsyncSession, warehouses: list[Warehouse]) -> None:
    """Keep newer versions of warehouses."""
    await store.upsert(
        session,
        tables.warehouses,
        [
            {
                "code": w.code,
                "id": w.id,
                "active": w.active,
                "version": w.version,
                "name": w.name,
                "company": w.company,
            }
            for w in warehouses
        ],
    )


async def keep_companies(session: AsyncSession, companies: list[Company]) -> None:
    """Keep newer versions of companies."""
    await store.upsert(
        session,
        tables.companies,
        [
            {
                "code": c.code,
                "id": c.id,
                "active": c.active,
                "version": c.version,
                "name": c.name,
                "currency": c.currency,
                "time_zone": c.time_zone,
            }
            for c in companies
        ],
    )


async def keep_tax_codes(session: AsyncSession, tax_codes: list[TaxCode]) -> None:
    """Keep newer versions of tax codes."""
    await store.upsert(
        session,
        tables.tax_codes,
        [
            {"code": t.code, "id": t.id, "active": t.active, "version": t.version, "rate": t.rate}
            for t in tax_codes
        ],
    )


async def find_items(session: AsyncSession, refs: Iterable[str]) -> dict[str, ItemReplica]:
    """Items by the reference given, active or not; unknown ones are left out."""
    return await store.load_items(session, refs)


async def find_partners(session: AsyncSession, refs: Iterable[str]) -> dict[str, PartnerReplica]:
    """Partners by the reference given, active or not; unknown ones are left out."""
    return await store.load_partners(session, refs)


async def find_warehouses(
    session: AsyncSession, refs: Iterable[str]
) -> dict[str, WarehouseReplica]:
    """Warehouses by the reference given, active or not; unknown ones are left out."""
    return await store.load_warehouses(session, refs)


async def find_companies(session: AsyncSession, refs: Iterable[str]) -> dict[str, CompanyReplica]:
    """Companies by the reference given, active or not; unknown ones are left out."""
    return await store.load_companies(session, refs)


async def find_tax_codes(session: AsyncSession, refs: Iterable[str]) -> dict[str, TaxCodeReplica]:
    """Tax codes by the reference given, active or not; unknown ones are left out."""
    return await store.load_tax_codes(session, refs)


async def now(session: AsyncSession) -> datetime:
    """The transaction's moment, by the database's clock."""
    return (await session.execute(select(func.now()))).scalar_one()
