"""What can be done with the chart: give it to a company, read it, add to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.errors import (
    Duplicate,
    NotFound,
    PreconditionFailed,
    UnknownReference,
    ValidationFailed,
)
from chassis.ids import named

from . import store
from .rules import CHART, PRICE_TOLERANCE, NotPostable
from .store import AccountRow

__all__ = [
    "AccountRow",
    "add_account",
    "chart_of",
    "check_postable",
    "missing_books",
    "open_chart",
    "price_tolerance",
]


async def missing_books(session: AsyncSession, companies: Iterable[str]) -> list[str]:
    """The companies that have no books yet."""
    return await store.companies_without_books(session, companies)


async def open_chart(session: AsyncSession, company: str) -> None:
    """Give a company the usual chart and settings; what it has stays."""
    await store.insert_chart(session, company, CHART)
    await store.insert_settings(session, company, PRICE_TOLERANCE)


async def chart_of(session: AsyncSession, company: str) -> list[AccountRow]:
    """The company's accounts."""
    return await store.chart_of(session, company)


async def check_postable(
    session: AsyncSession, company: str, codes: Mapping[str, str]
) -> Mapping[str, AccountRow]:
    """The accounts of these codes, all of which take postings; `codes` says in which field each was named."""
    found = await store.by_code(session, company, codes)
    for code, field in codes.items():
        account = found.get(code)
        if account is None:
            raise UnknownReference(what=("account", "科目"), reference=code, field=field)
        if not account.postable or not account.active:
            raise NotPostable(account=code, field=field)
    return found


async def price_tolerance(session: AsyncSession, company: str) -> tuple[Decimal, int]:
    """How far a bill's price may be from the order's, and the version of this setting."""
    return await store.price_tolerance(session, company) or (PRICE_TOLERANCE, 0)


async def change_price_tolerance(
    session: AsyncSession, company: str, tolerance: Decimal, version: int | None
) -> int:
    """Set the price tolerance; the new version."""
    known = await store.price_tolerance(session, company)
    if known is None:
        raise NotFound(what=("company with books", "已建账公司"))
    before, current = known
    if version != current or not await store.update_price_tolerance(
        session, company, tolerance, current
    ):
        raise PreconditionFailed(current=current)
    await record(session, AuditEntry(
        action="finance.settings.change", document_type="finance.settings", document_id=named("settings", company),
        number=company, company=company, before={"price_tolerance": before}, after={"price_tolerance": tolerance},
    ))  # fmt: skip
    return current + 1


async def add_account(
    session: AsyncSession, *, company: str, code: str, name: str, name_en: str, parent: str
) -> AccountRow:
    """Add a sub-account of one that exists; it is of the same kind."""
    chart = {one.code: one for one in await store.chart_of(session, company)}
    above = chart.get(parent)
    if above is None:
        raise UnknownReference(what=("account", "科目"), reference=parent, field="/parent")
    if code.rpartition(".")[0] != parent or code.endswith("."):
        raise ValidationFailed(
            en="The code of a sub-account is its parent's code, a dot and its own: {parent}.xx.",
            zh="下级科目编码须为“上级编码.本级编码”：{parent}.xx。", parent=parent, field="/code",
        )  # fmt: skip
    row = AccountRow(company, code, name, name_en, above.kind, parent, True, above.control, True, 1)
    if not await store.insert_account(session, row):
        raise Duplicate(what=("An account", "科目"), field="/code")
    await record(session, AuditEntry(
        action="finance.account.add", document_type="finance.account", document_id=named("account", company, code),
        number=code, company=company, after={"name": name, "parent": parent},
    ))  # fmt: skip
    return row
