"""What finance asks of its replicas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import UnknownReference
from tongheng_contracts.masterdata import Company as CompanyRecord
from tongheng_contracts.masterdata import Item as ItemRecord
from tongheng_contracts.masterdata import Partner as PartnerRecord
from tongheng_contracts.masterdata import TaxCode as TaxCodeRecord
from tongheng_contracts.purchasing import PurchaseOrder

from . import store, tables
from .rules import COUNTRY_ZONE, Company, OrderedLine, Partner

CHINA = timezone(timedelta(hours=8))


async def keep_companies(session: AsyncSession, records: Sequence[CompanyRecord]) -> None:
    """Keep companies as masterdata tells of them."""
    rows = [
        {
            "code": one.code, "id": one.id, "name": one.name, "name_en": one.name_en, "currency": one.currency,
            "time_zone": one.time_zone, "active": one.active, "version": one.version,
        }
        for one in records
    ]  # fmt: skip
    await store.upsert(session, tables.companies, rows, "code")


async def keep_partners(session: AsyncSession, records: Sequence[PartnerRecord]) -> None:
    """Keep customers and suppliers with their terms."""
    rows = [
        {
            "code": one.code, "id": one.id, "name": one.name, "name_en": one.name_en, "roles": one.roles,
            "currency": one.currency, "payment_days": one.payment_days, "billing_policy": one.billing_policy,
            "active": one.active, "blocked": one.blocked, "version": one.version,
        }
        for one in records
    ]  # fmt: skip
    await store.upsert(session, tables.partners, rows, "code")


async def keep_items(session: AsyncSession, records: Sequence[ItemRecord]) -> None:
    """Keep items' names, which vouchers and statements show."""
    rows = [
        {
            "code": one.code, "id": one.id, "name": one.name, "name_en": one.name_en, "base_unit": one.base_unit,
            "valuation_class": one.valuation_class.value, "active": one.active, "version": one.version,
        }
        for one in records
    ]  # fmt: skip
    await store.upsert(session, tables.items, rows, "code")


async def keep_tax_codes(session: AsyncSession, records: Sequence[TaxCodeRecord]) -> None:
    """Keep tax rates."""
    rows = [
        {
            "code": one.code,
            "id": one.id,
            "rate": one.rate,
            "active": one.active,
            "version": one.version,
        }
        for one in records
    ]
    await store.upsert(session, tables.tax_codes, rows, "code")


async def keep_purchase_orders(session: AsyncSession, orders: Sequence[PurchaseOrder]) -> None:
    """Keep what was ordered at which price, so that bills can be compared with it."""
    rows = [
        {
            "company": order.company, "purchase_order": order.id, "purchase_order_number": order.number,
            "order_line": line.line, "supplier": order.supplier, "item": line.item, "unit": line.unit,
            "quantity": line.quantity - line.quantity_cancelled, "unit_price": line.unit_price,
            "tax_code": line.tax_code, "tax_rate": line.tax_rate, "payment_days": order.payment_days,
            "status": order.status, "version": order.version,
        }
        for order in orders
        for line in order.lines
    ]  # fmt: skip
    for start in range(0, len(rows), 1000):
        await store.upsert(
            session,
            tables.purchase_order_lines,
            rows[start : start + 1000],
            "purchase_order",
            "order_line",
        )


async def company_of(session: AsyncSession, code: str) -> Company:
    """A company that a person named."""
    found = await store.company(session, code)
    if found is None:
        raise UnknownReference(what=("company", "公司"), reference=code, field="/company")
    return found


async def company_codes(session: AsyncSession) -> list[str]:
    """All known companies."""
    return await store.company_codes(session)


async def companies_of(session: AsyncSession, codes: Iterable[str]) -> Mapping[str, Company]:
    """Those of these companies that are known, by code."""
    return {one.code: one for one in await store.companies(session, codes)}


async def partner_of(session: AsyncSession, reference: str, *, role: str, field: str) -> Partner:
    """A customer or supplier that a person named by code or id."""
    return in_role(await partners_named(session, [reference]), reference, role=role, field=field)


async def partners_named(session: AsyncSession, references: Iterable[str]) -> Mapping[str, Partner]:
    """Those of these partners that are known, by code and by id."""
    found = await store.partners(session, references)
    return {**{str(one.id): one for one in found}, **{one.code: one for one in found}}


def in_role(partners: Mapping[str, Partner], reference: str, *, role: str, field: str) -> Partner:
    """Of these partners the one that was named by code or id, if it is a customer, or a supplier."""
    found = partners.get(reference) or partners.get(reference.lower())
    if found is None or role not in found.roles:
        what = ("customer", "客户") if role == "customer" else ("supplier", "供应商")
        raise UnknownReference(what=what, reference=reference, field=field)
    return found


async def partners_of(session: AsyncSession, codes: Iterable[str]) -> Mapping[str, Partner]:
    """Those of these partners that are known, by code."""
    return {one.code: one for one in await store.partners(session, codes)}


async def ordered_lines(session: AsyncSession, reference: str) -> list[OrderedLine]:
    """The lines of a purchase order by its id or number; none when it is not known."""
    return await store.ordered_lines(session, reference)


async def today_of(session: AsyncSession, code: str) -> date:
    """The day it is in a company."""
    found = await store.company(session, code)
    now = datetime.now(UTC)
    try:
        return now.astimezone(
            ZoneInfo(found.time_zone if found is not None else COUNTRY_ZONE)
        ).date()
    except (ZoneInfoNotFoundError, ValueError):
        return now.astimezone(CHINA).date()
