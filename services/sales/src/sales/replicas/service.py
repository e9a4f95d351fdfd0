"""Master data by reference: code or id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from chassis import clock
from chassis.replicas import as_id, by_reference
from sales.replicas import store
from sales.replicas.rules import Company, Item, Known, Partner


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
        companies=by_reference(found[0]),
        partners=by_reference(found[1]),
        items=by_reference(found[2]),
        warehouses=by_reference(found[3]),
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


async def tax_rates(session: AsyncSession, codes: Iterable[str]) -> Mapping[str, Decimal]:
    """The rates of the tax codes given; what is unknown or no longer active is missing."""
    wanted = set(codes)
    return await store.tax_rates(session, wanted) if wanted else {}


def is_code(reference: str) -> bool:
    """Whether a reference is a code, and no id."""
    return as_id(reference) is None


def day_in(time_zone: str, at: datetime | None = None) -> date:
    """The business day at a company's place, now by default."""
    return clock.day_in(time_zone, at or datetime.now(UTC))


async def days_at(
    session: AsyncSession, codes: Iterable[str], at: datetime | None = None
) -> Mapping[str, date]:
    """The business day at each of these companies, now by default."""
    known = await resolve_companies(session, codes)
    return {code: day_in(company.time_zone, at) for code, company in known.items()}
