"""What is known of items, warehouses and companies: kept by events, asked by code or id."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.clock import HOME_ZONE, day_in
from chassis.errors import InvalidState, UnknownReference
from inventory.replicas import store
from inventory.replicas.rules import (
    TODAY,
    Around,
    CompanyReplica,
    Day,
    ItemReplica,
    WarehouseReplica,
    chosen_day,
)

ReplicaT = TypeVar("ReplicaT", ItemReplica, WarehouseReplica, CompanyReplica)


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


async def find_items(session: AsyncSession, refs: Collection[str]) -> dict[str, ItemReplica]:
    """The items that are known, active or not."""
    return await store.ITEMS.find(session, refs)


async def find_warehouse(session: AsyncSession, ref: str) -> WarehouseReplica | None:
    """The warehouse, if it is known, active or not."""
    return (await store.WAREHOUSES.find(session, [ref])).get(ref)


async def around(session: AsyncSession, company_codes: Collection[str]) -> dict[str, Around]:
    """The business day at each company's seat, and where sourcing takes from: what all its documents need."""
    if not company_codes:
        return {}
    zones: dict[str, str | None] = {}
    places: dict[str, list[str]] = {}
    for company, zone, warehouse in await store.around(session, company_codes):
        zones[company] = zone
        places.setdefault(company, [])
        if warehouse is not None:
            places[company].append(warehouse)
    now = datetime.now(UTC)
    return {
        company: Around(day_in(zone or HOME_ZONE, now), tuple(places[company]))
        for company, zone in zones.items()
    }


async def today(session: AsyncSession, company: str) -> date:
    """The business day at the company's seat."""
    return (await around(session, [company]))[company].today


async def business_day(session: AsyncSession, company: str, asked: Day = TODAY) -> date:
    """The day asked for, or today at the company's seat.

    Raises:
        Forbidden: an earlier day, without the permission for it.
    """
    return chosen_day(asked, await today(session, company))
