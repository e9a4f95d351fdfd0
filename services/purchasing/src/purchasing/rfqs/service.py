"""What can be done with requests for quotation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy import RowMapping, Select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import numbers
from chassis.audit import record_change
from chassis.auth import Principal
from chassis.errors import NotFound
from chassis.http import check_version
from chassis.ids import uuid7
from purchasing.orders import service as orders
from purchasing.replicas import rules as masters
from purchasing.replicas import service as replicas
from purchasing.rfqs import rules, store
from purchasing.rfqs.rules import Known, NewRfq, Offer, Rfq

DOCUMENT = "purchasing.rfq"


async def create_rfq(session: AsyncSession, caller: Principal, asked: NewRfq) -> Rfq:
    """Ask suppliers for their prices."""
    known = Known(
        now=await replicas.now(session),
        companies=await replicas.find_companies(session, [asked.company]),
        partners=await replicas.find_partners(session, asked.suppliers),
        warehouses=await replicas.find_warehouses(session, [asked.warehouse]),
        items=await replicas.find_items(session, {line.item for line in asked.lines}),
    )
    company = masters.find(known.companies, asked.company, masters.COMPANY, "/company")
    caller.check_company(company.code)
    planned = rules.plan_rfq(asked, known, id=uuid7())
    (number,) = await numbers.draw(session, "rfq_numbers", "RFQ", planned.business_date.year)
    made = await store.add(session, replace(planned, number=number))
    await record_change(session, f"{DOCUMENT}.create", None, made)
    return made


async def take_offer(
    session: AsyncSession, ref: str, supplier: str, offers: Sequence[Offer], *, expected: int | None
) -> Rfq:
    """Note what a supplier offers, in place of what he offered before."""
    before = await _locked(session, ref, expected)
    if supplier not in before.suppliers:
        raise NotFound(what=("supplier of this request", "该询价单的供应商"))
    after = rules.take_offer(before, supplier, offers, today=await _today(session, before))
    await store.replace_offers(session, after, supplier)
    return await _save(session, "offer", before, after)


async def award_rfq(
    session: AsyncSession, caller: Principal, ref: str, supplier: str, *, expected: int | None
) -> Rfq:
    """Choose a supplier: everything becomes a draft order at what he offers."""
    before = await _locked(session, ref, expected)
    wanted = rules.order_of(before, supplier, today=await _today(session, before))
    order = await orders.create_order(session, caller, wanted)
    return await _save(session, "award", before, rules.award(before, order))


async def cancel_rfq(session: AsyncSession, ref: str, *, expected: int | None) -> Rfq:
    """Give it up."""
    before = await _locked(session, ref, expected)
    return await _save(session, "cancel", before, rules.cancel(before))


async def get(session: AsyncSession, ref: str) -> Rfq:
    """One request by id or number."""
    found = await store.load(session, ref)
    if found is None:
        raise _not_found()
    return found


async def whole_ones(session: AsyncSession, heads: Sequence[RowMapping]) -> list[Rfq]:
    """The listed requests with their lines and offers."""
    return await store.whole_ones(session, heads)


def listing(filters: Mapping[str, str | None]) -> Select[tuple[object, ...]]:
    """Requests by what a buyer looks for."""
    return store.listing(filters)


async def _today(session: AsyncSession, rfq: Rfq) -> date:
    companies = await replicas.find_companies(session, [rfq.company])
    company = masters.find(companies, rfq.company, masters.COMPANY, None)
    return masters.local_day(company, await replicas.now(session))


async def _locked(session: AsyncSession, ref: str, expected: int | None) -> Rfq:
    found = await store.load(session, ref, lock=True)
    if found is None:
        raise _not_found()
    check_version(expected, found.version)
    return found


async def _save(session: AsyncSession, action: str, before: Rfq, after: Rfq) -> Rfq:
    await store.save(session, after)
    await record_change(session, f"{DOCUMENT}.{action}", before, after)
    return after


def _not_found() -> NotFound:
    return NotFound(what=("request for quotation", "询价单"))
