"""What is known of items, warehouses, companies and suppliers: kept by events, asked by code or id."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import InvalidState, UnknownReference
from production.replicas import store
from production.replicas.rules import (
    CompanyReplica,
    ItemReplica,
    SupplierReplica,
    TaxCodeReplica,
    WarehouseReplica,
    today_in,
)
from production.replicas.tables import companies, items, suppliers, tax_codes, warehouses
from tongheng_contracts.masterdata import Company, Item, Partner, TaxCode, Warehouse

ReplicaT = TypeVar(
    "ReplicaT", ItemReplica, WarehouseReplica, CompanyReplica, SupplierReplica, TaxCodeReplica
)


async def keep_items(session: AsyncSession, records: Sequence[Item]) -> None:
    """Take over what masterdata says of items."""
    rows = [
        {
            "code": r.code,
            "id": r.id,
            "active": r.active,
            "version": r.version,
            "name": r.name,
            "name_en": r.name_en,
            "base_unit": r.base_unit,
            "quantity_decimals": r.quantity_decimals,
            "procurement": r.procurement,
            "tracking": r.tracking,
            "valuation_class": str(r.valuation_class),
            "standard_cost": r.standard_cost,
            "lead_time_days": r.lead_time_days,
            "safety_stock": r.safety_stock,
            "tax_code": r.tax_code,
        }
        for r in records
    ]
    await store.upsert(session, items, rows)


async def keep_warehouses(session: AsyncSession, records: Sequence[Warehouse]) -> None:
    """Take over what masterdata says of warehouses."""
    rows = [
        {
            "code": r.code,
            "id": r.id,
            "active": r.active,
            "version": r.version,
            "name": r.name,
            "company": r.company,
            "priority": r.priority,
        }
        for r in records
    ]
    await store.upsert(session, warehouses, rows)


async def keep_companies(session: AsyncSession, records: Sequence[Company]) -> None:
    """Take over what masterdata says of companies."""
    rows = [
        {
            "code": r.code,
            "id": r.id,
            "active": r.active,
            "version": r.version,
            "name": r.name,
            "currency": r.currency,
            "time_zone": r.time_zone,
        }
        for r in records
    ]
    await store.upsert(session, companies, rows)


async def keep_partners(session: AsyncSession, records: Sequence[Partner]) -> None:
    """Take over what masterdata says of partners: who supplies, in which currency, on which terms."""
    rows = [
        {
            "code": r.code,
            "id": r.id,
            "active": r.active and not r.blocked,
            "version": r.version,
            "name": r.name,
            "currency": r.currency,
            "payment_days": r.payment_days,
            "supplies": "supplier" in r.roles,
        }
        for r in records
    ]
    await store.upsert(session, suppliers, rows)


async def keep_tax_codes(session: AsyncSession, records: Sequence[TaxCode]) -> None:
    """Take over what masterdata says of tax codes."""
    rows = [
        {"code": r.code, "id": r.id, "active": r.active, "version": r.version, "rate": r.rate}
        for r in records
    ]
    await store.upsert(session, tax_codes, rows)


def _checked(
    known: Mapping[str, ReplicaT], refs: Mapping[str, str], what: tuple[str, str]
) -> dict[str, ReplicaT]:
    """Every reference's record; `refs` gives to each the field that named it."""
    for ref, field in refs.items():
        record = known.get(ref)
        if record is None:
            raise UnknownReference(what=what, reference=ref, field=field)
        if not record.active:
            raise InvalidState(
                en=f"The {what[0]} {record.code} is not active.",
                zh=f"{what[1]}“{record.code}”已停用。",
                field=field,
            )
    return {ref: known[ref] for ref in refs}


async def resolve_items(session: AsyncSession, refs: Mapping[str, str]) -> dict[str, ItemReplica]:
    """The items named, each by code or id; `refs` maps each to the field that named it."""
    return _checked(await store.items_by_ref(session, refs), refs, ("item", "物料"))


async def resolve_warehouses(
    session: AsyncSession, company: str, refs: Mapping[str, str]
) -> dict[str, WarehouseReplica]:
    """The company's warehouses named, each by code or id."""
    known = await store.warehouses_by_ref(session, refs)
    of_company = {ref: record for ref, record in known.items() if record.company == company}
    return _checked(of_company, refs, ("warehouse", "仓库"))


async def resolve_company(session: AsyncSession, ref: str) -> CompanyReplica:
    """The company named by code or id."""
    known = await store.companies_by_ref(session, [ref])
    return _checked(known, {ref: "/company"}, ("company", "公司"))[ref]


async def resolve_supplier(session: AsyncSession, ref: str, *, field: str) -> SupplierReplica:
    """The supplier named by code or id."""
    known = await store.suppliers_by_ref(session, [ref])
    supplying = {ref: record for ref, record in known.items() if record.supplies}
    return _checked(supplying, {ref: field}, ("supplier", "供应商"))[ref]


async def resolve_tax_code(session: AsyncSession, ref: str, *, field: str) -> TaxCodeReplica:
    """The tax code named."""
    known = await store.tax_codes_by_ref(session, [ref])
    return _checked(known, {ref: field}, ("tax code", "税码"))[ref]


async def find_items(session: AsyncSession, refs: Collection[str]) -> dict[str, ItemReplica]:
    """The items that are known, active or not."""
    return await store.items_by_ref(session, refs) if refs else {}


async def find_companies(session: AsyncSession, refs: Collection[str]) -> dict[str, CompanyReplica]:
    """The companies that are known, active or not."""
    return await store.companies_by_ref(session, refs) if refs else {}


async def now(session: AsyncSession) -> datetime:
    """The transaction's moment, by the database's clock."""
    return (await session.execute(select(func.now()))).scalar_one()


async def today(session: AsyncSession, company: str) -> date:
    """The business day at a company's seat."""
    known = (await store.companies_by_ref(session, [company])).get(company)
    return today_in(known.time_zone if known else "", await now(session))


def known_item(known: Mapping[str, ItemReplica], ref: str, *, field: str) -> ItemReplica:
    """The active item of a reference, among those found before.

    Raises:
        UnknownReference: there is none.
        InvalidState: it is not active.
    """
    return _checked(known, {ref: field}, ("item", "物料"))[ref]


async def warehouses_of(session: AsyncSession, company: str) -> list[str]:
    """A company's active warehouses, in the order in which they are taken from."""
    query = (
        select(warehouses.c.code)
        .where(warehouses.c.company == company, warehouses.c.active)
        .order_by(warehouses.c.priority, warehouses.c.code)
    )
    return list((await session.execute(query)).scalars())
