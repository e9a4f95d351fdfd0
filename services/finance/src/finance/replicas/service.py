"""What finance asks of its replicas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.clock import HOME_ZONE, day_in
from chassis.errors import UnknownReference
from tongheng_contracts.purchasing import PurchaseOrder

from . import store, tables
from .rules import Company, OrderedLine, Partner


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
    return day_in(found.time_zone if found is not None else HOME_ZONE, datetime.now(UTC))
