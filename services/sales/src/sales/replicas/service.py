"""Master data by reference: code or id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Protocol, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.ext.asyncio import AsyncSession

from sales.replicas import store, tables
from sales.replicas.rules import Company, Item, Known, Partner
from tongheng_contracts.masterdata import (
    Company as CompanyRecord,
)
from tongheng_contracts.masterdata import (
    Item as ItemRecord,
)
from tongheng_contracts.masterdata import (
    Partner as PartnerRecord,
)
from tongheng_contracts.masterdata import (
    TaxCode as TaxCodeRecord,
)
from tongheng_contracts.masterdata import (
    Warehouse as WarehouseRecord,
)


class _Referable(Protocol):
    @property
    def id(self) -> UUID: ...

    @property
    def code(self) -> str: ...


ReferableT = TypeVar("ReferableT", bound=_Referable)


def _by_reference(found: Sequence[ReferableT]) -> dict[str, ReferableT]:
    # A code that looks like another record's id names the record with that code.
    return {str(record.id): record for record in found} | {record.code: record for record in found}


async def resolve(
    session: AsyncSession, *, companies: Iterable[str] = (), partners: Iterable[str] = (),
    items: Iterable[str] = (), warehouses: Iterable[str] = (),
) -> Known:  # fmt: skip
    """Records by the references given, all kinds at once; what is unknown is missing."""
    found = await store.load_known(
        session,
        {"companies": companies, "partners": partners, "items": items, "warehouses": warehouses},
    )
    return Known(
        companies=_by_reference(found[0]),
        partners=_by_reference(found[1]),
        items=_by_reference(found[2]),
        warehouses=_by_reference(found[3]),
    )


async def resolve_items(session: AsyncSession, references: Iterable[str]) -> Mapping[str, Item]:
    """Items by the references given; what is unknown is missing."""
    return (await resolve(session, items=references)).items


async def resolve_partners(
    session: AsyncSession, references: Iterable[str]
) -> Mapping[str, Partner]:
    """Partners by the references given; what is unknown is missing."""
    return (await resolve(session, partners=references)).partners


async def resolve_companies(
    session: AsyncSession, references: Iterable[str]
) -> Mapping[str, Company]:
    """Companies by the references given; what is unknown is missing."""
    return (await resolve(session, companies=references)).companies


def as_id(reference: str) -> UUID | None:
    """The id that a reference is, if it is one."""
    return store.as_id(reference)


def is_code(reference: str) -> bool:
    """Whether a reference is a code, and no id."""
    return store.as_id(reference) is None


def day_in(time_zone: str, at: datetime | None = None) -> date:
    """The business day at a company's place, now by default."""
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("Asia/Shanghai")
    return (at or datetime.now(UTC)).astimezone(zone).date()


async def days_at(
    session: AsyncSession, codes: Iterable[str], at: datetime | None = None
) -> Mapping[str, date]:
    """The business day at each of these companies, now by default."""
    known = await resolve_companies(session, codes)
    return {code: day_in(company.time_zone, at) for code, company in known.items()}


async def keep_items(session: AsyncSession, records: Sequence[ItemRecord]) -> None:
    """Renew the replica of items."""
    await store.upsert(
        session,
        tables.items,
        [
            {
                "code": item.code, "id": item.id, "version": item.version, "name": item.name, "name_en": item.name_en,
                "active": item.active, "base_unit": item.base_unit, "quantity_decimals": item.quantity_decimals,
                "units": {unit.unit: [unit.numerator, unit.denominator] for unit in item.units},
                "list_price": item.list_price, "tax_code": item.tax_code,
            }
            for item in records
        ],
    )  # fmt: skip


async def keep_partners(session: AsyncSession, records: Sequence[PartnerRecord]) -> None:
    """Renew the replica of partners."""
    await store.upsert(
        session,
        tables.partners,
        [
            {
                "code": partner.code, "id": partner.id, "version": partner.version, "name": partner.name,
                "name_en": partner.name_en, "active": partner.active, "customer": "customer" in partner.roles,
                "currency": partner.currency, "blocked": partner.blocked,
            }
            for partner in records
        ],
    )  # fmt: skip


async def keep_warehouses(session: AsyncSession, records: Sequence[WarehouseRecord]) -> None:
    """Renew the replica of warehouses."""
    await store.upsert(
        session,
        tables.warehouses,
        [
            {
                "code": warehouse.code, "id": warehouse.id, "version": warehouse.version,
                "company_code": warehouse.company, "active": warehouse.active,
            }
            for warehouse in records
        ],
    )  # fmt: skip


async def keep_companies(session: AsyncSession, records: Sequence[CompanyRecord]) -> None:
    """Renew the replica of companies."""
    await store.upsert(
        session,
        tables.companies,
        [
            {
                "code": company.code, "id": company.id, "version": company.version, "active": company.active,
                "currency": company.currency, "time_zone": company.time_zone,
            }
            for company in records
        ],
    )  # fmt: skip


async def keep_tax_codes(session: AsyncSession, records: Sequence[TaxCodeRecord]) -> None:
    """Renew the replica of tax codes."""
    await store.upsert(
        session,
        tables.tax_codes,
        [
            {
                "code": code.code,
                "id": code.id,
                "version": code.version,
                "active": code.active,
                "rate": code.rate,
            }
            for code in records
        ],
    )
