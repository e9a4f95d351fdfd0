"""What is known of items, warehouses, companies and suppliers: kept by events, asked by code or id."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.clock import HOME_ZONE, day_in
from chassis.errors import InvalidState, UnknownReference
from production.replicas import store
from production.replicas.rules import (
    CompanyReplica,
    ItemReplica,
    SupplierReplica,
    TaxCodeReplica,
    WarehouseReplica,
)
from production.replicas.tables import warehouses

ReplicaT = TypeVar(
    "ReplicaT", ItemReplica, WarehouseReplica, CompanyReplica, SupplierReplica, TaxCodeReplica
)


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
    return _checked(await store.ITEMS.find(session, refs), refs, ("item", "物料"))


async def resolve_warehouses(
    session: AsyncSession, company: str, refs: Mapping[str, str]
) -> dict[str, WarehouseReplica]:
    """The company's warehouses named, each by code or id."""
    known = await store.WAREHOUSES.find(session, refs)
    of_company = {ref: record for ref, record in known.items() if record.company == company}
    return _checked(of_company, refs, ("warehouse", "仓库"))


async def resolve_company(session: AsyncSession, ref: str) -> CompanyReplica:
    """The company named by code or id."""
    known = await store.COMPANIES.find(session, [ref])
    return _checked(known, {ref: "/company"}, ("company", "公司"))[ref]


async def resolve_supplier(session: AsyncSession, ref: str, *, field: str) -> SupplierReplica:
    """The supplier named by code or id."""
    known = await store.SUPPLIERS.find(session, [ref])
    supplying = {ref: record for ref, record in known.items() if record.supplies}
    return _checked(supplying, {ref: field}, ("supplier", "供应商"))[ref]


async def resolve_customer(session: AsyncSession, ref: str, *, field: str) -> SupplierReplica:
    """The partner named by code or id; the same records are kept of all partners."""
    known = await store.SUPPLIERS.find(session, [ref])
    return _checked(known, {ref: field}, ("customer", "客户"))[ref]


async def resolve_tax_code(session: AsyncSession, ref: str, *, field: str) -> TaxCodeReplica:
    """The tax code named."""
    known = await store.TAX_CODES.find(session, [ref])
    return _checked(known, {ref: field}, ("tax code", "税码"))[ref]


async def find_items(session: AsyncSession, refs: Collection[str]) -> dict[str, ItemReplica]:
    """The items that are known, active or not."""
    return await store.ITEMS.find(session, refs)


async def find_companies(session: AsyncSession, refs: Collection[str]) -> dict[str, CompanyReplica]:
    """The companies that are known, active or not."""
    return await store.COMPANIES.find(session, refs)


async def now(session: AsyncSession) -> datetime:
    """The transaction's moment, by the database's clock."""
    return (await session.execute(select(func.now()))).scalar_one()


async def today(session: AsyncSession, company: str) -> date:
    """The business day at a company's seat."""
    known = (await store.COMPANIES.find(session, [company])).get(company)
    return day_in(known.time_zone if known else HOME_ZONE, await now(session))


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
