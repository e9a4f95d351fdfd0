"""How the chart is read and written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from .rules import Account
from .tables import accounts, company_settings


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as a company has it."""

    company: str
    code: str
    name: str
    name_en: str
    kind: str
    parent: str | None
    postable: bool
    control: bool
    active: bool
    version: int


async def companies_without_books(session: AsyncSession, companies: Iterable[str]) -> list[str]:
    """Of these companies the ones that have no settings row yet."""
    rows = await session.execute(
        text(
            "SELECT c FROM unnest(CAST(:companies AS text[])) AS c WHERE NOT EXISTS"
            " (SELECT 1 FROM company_settings s WHERE s.company = c) ORDER BY c"
        ),
        {"companies": sorted(set(companies))},
    )
    return [str(row[0]) for row in rows]


async def insert_chart(session: AsyncSession, company: str, chart: Sequence[Account]) -> None:
    """Give a company these accounts; those that it has stay as they are."""
    rows = [
        {
            "company": company, "code": one.code, "name": one.name, "name_en": one.name_en, "kind": one.kind.value,
            "parent": one.parent, "postable": one.postable, "control": one.control, "active": True, "version": 1,
        }
        for one in chart
    ]  # fmt: skip
    await session.execute(insert(accounts).values(rows).on_conflict_do_nothing())


async def insert_settings(session: AsyncSession, company: str, price_tolerance: Decimal) -> None:
    """Give a company its settings."""
    row = {"company": company, "price_tolerance": price_tolerance, "version": 1}
    await session.execute(insert(company_settings).values(row).on_conflict_do_nothing())


async def price_tolerance(session: AsyncSession, company: str) -> tuple[Decimal, int] | None:
    """The company's price tolerance and the version of its settings."""
    query = select(company_settings.c.price_tolerance, company_settings.c.version)
    row = (await session.execute(query.where(company_settings.c.company == company))).one_or_none()
    return (Decimal(row[0]), int(row[1])) if row is not None else None


async def update_price_tolerance(
    session: AsyncSession, company: str, tolerance: Decimal, version: int
) -> bool:
    """Change the tolerance of exactly this version."""
    changed = await session.execute(
        update(company_settings)
        .where(company_settings.c.company == company, company_settings.c.version == version)
        .values(price_tolerance=tolerance, version=version + 1)
        .returning(company_settings.c.version)
    )
    return changed.first() is not None


async def by_code(
    session: AsyncSession, company: str, codes: Iterable[str]
) -> Mapping[str, AccountRow]:
    """The company's accounts with these codes."""
    query = select(accounts).where(
        accounts.c.company == company, accounts.c.code.in_(sorted(set(codes)))
    )
    return {row.code: AccountRow(*row) for row in (await session.execute(query)).all()}


async def chart_of(session: AsyncSession, company: str) -> list[AccountRow]:
    """All accounts of a company, in order of code."""
    query = select(accounts).where(accounts.c.company == company).order_by(accounts.c.code)
    return [AccountRow(*row) for row in (await session.execute(query)).all()]


async def insert_account(session: AsyncSession, row: AccountRow) -> bool:
    """Add an account; False when the code is taken."""
    values = {name: getattr(row, name) for name in AccountRow.__slots__}
    made = await session.execute(
        insert(accounts).values(values).on_conflict_do_nothing().returning(accounts.c.code)
    )
    return made.first() is not None
