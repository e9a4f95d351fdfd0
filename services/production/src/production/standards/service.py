"""Standard costs: rolled up, frozen, and compared with what orders have cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import numbers
from chassis.audit import record_change
from chassis.auth import Principal
from chassis.errors import InvalidState, NotFound
from chassis.http import check_version
from chassis.ids import uuid7
from production.boms import service as boms
from production.boms.rules import Bom, choose
from production.costing import service as costing
from production.orders import service as orders
from production.orders.rules import Order
from production.replicas import service as replicas
from production.routings import service as routings
from production.routings.rules import Routing
from production.routings.rules import choose as choose_routing
from production.standards import store
from production.standards.rules import (
    Analysis,
    Basis,
    CostMissing,
    LineKind,
    NoStandard,
    NotFinished,
    Spent,
    Standard,
    Version,
    analyse,
    roll_up,
)
from production.work_centres import service as work_centres
from tongheng_contracts.production import ProductionOrderStatus as Status

WHAT = ("standard cost", "标准成本版本")
MISSING_SHOWN = 20


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A roll-up as it was asked for; items are codes or ids."""

    company: str
    name: str
    valid_from: date | None
    lot_size: Decimal
    prices: Sequence[tuple[str, int | None, Decimal]]
    """Item, operation (of subcontracted work) and price: instead of the item's own standard cost."""
    lots: Sequence[tuple[str, Decimal]]
    """Item and the pieces over which its setups are spread."""


async def add_version(session: AsyncSession, caller: Principal, asked: NewVersion) -> Version:
    """Roll the standard costs of a company up from its bills, routings, rates and prices, as a draft."""
    company = await replicas.resolve_company(session, asked.company)
    caller.check_company(company.code)
    today = await replicas.today(session, company.code)
    day = asked.valid_from or today
    fields = {item: f"/prices/{n}/item" for n, (item, _, _) in enumerate(asked.prices)}
    fields |= {item: f"/lots/{n}/item" for n, (item, _) in enumerate(asked.lots)}
    named = await replicas.resolve_items(session, fields)
    basis = await _basis(session, company.code, day, asked, {r: i.code for r, i in named.items()})
    bought = [named[item].code for item, operation, _ in asked.prices if operation is None]
    found, missing = roll_up(basis, day, bought)
    (number,) = await numbers.draw(session, "standard_cost_numbers", "STD", today.year)
    made = Version(
        id=uuid7(),
        number=number,
        company=company.code,
        version=1,
        status="draft",
        name=asked.name,
        valid_from=day,
        lot_size=asked.lot_size,
        missing=tuple(missing),
        items=len(found),
        business_date=today,
        posting_date=today,
    )
    await store.add(session, made, found)
    await record_change(session, "production.standard_cost.add", None, made)
    return made


async def _basis(
    session: AsyncSession, company: str, day: date, asked: NewVersion, codes: dict[str, str]
) -> Basis:
    by_item: dict[str, list[Bom]] = {}
    for bom in await boms.boms_of_company(session, company):
        by_item.setdefault(bom.item, []).append(bom)
    chosen = {item: bom for item, each in by_item.items() if (bom := choose(each, day)) is not None}
    known = await replicas.find_items(
        session, chosen.keys() | {c.item for bom in chosen.values() for c in bom.components}
    )
    phantom = {i.code for i in known.values() if i.procurement == "phantom"}
    ways: dict[str, list[Routing]] = {}
    for routing in await routings.routings_of(session, company, chosen.keys()):
        ways.setdefault(routing.item, []).append(routing)
    prices = {i.code: i.standard_cost for i in known.values() if i.standard_cost is not None}
    prices |= {codes[item]: price for item, operation, price in asked.prices if operation is None}
    return Basis(
        boms={item: bom for item, bom in chosen.items() if item not in phantom},
        phantoms={item: bom for item, bom in chosen.items() if item in phantom},
        routings={
            item: way
            for item, each in ways.items()
            if (way := choose_routing(each, day)) is not None
        },
        rates={
            code: work_centres.rates_of(row)
            for code, row in (await work_centres.of_company(session, company)).items()
        },
        prices=prices,
        outside={
            (codes[item], operation): price
            for item, operation, price in asked.prices
            if operation is not None
        },
        lots={codes[item]: lot for item, lot in asked.lots},
        lot_size=asked.lot_size,
    )


async def freeze(session: AsyncSession, ref: str, *, expected: int | None) -> Version:
    """Put a draft in force from its day on; it never changes again.

    Raises:
        CostMissing: an item in it has no price.
        InvalidState: a standard of that day or a later one is frozen already.
    """
    seen = await get(session, ref)
    await store.lock_company(session, seen.company)
    before = await store.find(session, ref, lock=True)
    assert before is not None
    check_version(expected, before.version)
    if before.status != "draft":
        raise InvalidState(now=before.status)
    if before.missing:
        more = "…" if len(before.missing) > MISSING_SHOWN else ""
        raise CostMissing(items=", ".join(before.missing[:MISSING_SHOWN]) + more)
    last = await store.last_frozen(session, before.company)
    if last is not None and before.valid_from <= last:
        raise InvalidState(
            en="A standard is in force from {last} on already; this one begins on {day}.",
            zh="自 {last} 起已有生效的标准成本；该版本自 {day} 起生效。",
            last=last.isoformat(),
            day=before.valid_from.isoformat(),
        )
    await store.freeze(session, before.id)
    after = replace(before, status="frozen", version=before.version + 1)
    await record_change(session, "production.standard_cost.freeze", before, after)
    return after


async def get(session: AsyncSession, ref: str) -> Version:
    """One version by id or number."""
    found = await store.find(session, ref)
    if found is None:
        raise NotFound(what=WHAT)
    return found


async def of_item(session: AsyncSession, ref: str, item: str) -> tuple[Version, Standard]:
    """What an item should cost by a version, and why."""
    version = await get(session, ref)
    known = (await replicas.find_items(session, [item])).get(item)
    code = known.code if known is not None else item
    found = (await store.of_items(session, version.id, [code])).get(code)
    if found is None:
        raise NotFound(what=("item", "物料"))
    return version, found


def listing(**filters: object) -> Select[tuple[object, ...]]:
    """Versions by what a controller looks for."""
    return store.listing(**filters)


def items_listing(version: UUID, item: str | None) -> Select[tuple[object, ...]]:
    """The items of a version."""
    return store.items_listing(version, item)


async def variances(session: AsyncSession, ref: str) -> tuple[Order, Version, Analysis]:
    """Why a finished order cost more or less than its output should have cost.

    Raises:
        NotFinished: it is still in work.
        NoStandard: nothing was frozen for its day.
    """
    order = await orders.get(session, ref)
    if order.status not in (Status.COMPLETED, Status.CLOSED):
        raise NotFinished(number=order.number)
    refusal = NoStandard(item=order.item, day=order.business_date.isoformat())
    version = await store.in_force(session, order.company, order.business_date)
    if version is None:
        raise refusal
    entries = [
        Spent(e["kind"], e["element"], e["item"], e["operation"], e["quantity"], e["amount"])
        for e in await costing.entries(session, order.id)
    ]
    items = {order.item} | {e.item for e in entries if e.kind == "issue"}
    known = await store.of_items(session, version.id, items)
    standard = known.get(order.item)
    if standard is None or not any(x.kind is not LineKind.PRICE for x in standard.lines):
        raise refusal
    prices = {item: each.price for item, each in known.items()}
    return order, version, analyse(order, entries, standard, prices)
