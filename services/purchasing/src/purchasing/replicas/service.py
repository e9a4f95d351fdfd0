"""Master records for the features: kept by events, found in one statement per kind."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from purchasing.replicas import store
from purchasing.replicas.rules import (
    CompanyReplica,
    ItemReplica,
    PartnerReplica,
    TaxCodeReplica,
    WarehouseReplica,
)


async def find_items(session: AsyncSession, refs: Iterable[str]) -> dict[str, ItemReplica]:
    """Items by the reference given, active or not; unknown ones are left out."""
    return await store.ITEMS.find(session, refs)


async def find_partners(session: AsyncSession, refs: Iterable[str]) -> dict[str, PartnerReplica]:
    """Partners by the reference given, active or not; unknown ones are left out."""
    return await store.PARTNERS.find(session, refs)


async def find_warehouses(
    session: AsyncSession, refs: Iterable[str]
) -> dict[str, WarehouseReplica]:
    """Warehouses by the reference given, active or not; unknown ones are left out."""
    return await store.WAREHOUSES.find(session, refs)


async def find_companies(session: AsyncSession, refs: Iterable[str]) -> dict[str, CompanyReplica]:
    """Companies by the reference given, active or not; unknown ones are left out."""
    return await store.COMPANIES.find(session, refs)


async def find_tax_codes(session: AsyncSession, refs: Iterable[str]) -> dict[str, TaxCodeReplica]:
    """Tax codes by the reference given, active or not; unknown ones are left out."""
    return await store.TAX_CODES.find(session, refs)


async def now(session: AsyncSession) -> datetime:
    """The transaction's moment, by the database's clock."""
    return (await session.execute(select(func.now()))).scalar_one()
