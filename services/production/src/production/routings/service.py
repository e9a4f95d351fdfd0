"""Routings: entered, ended, found."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import RowMapping, Select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import numbers
from chassis.audit import record_change
from chassis.auth import Principal
from chassis.errors import Duplicate, InvalidState, NotFound
from chassis.http import check_version
from chassis.ids import uuid7
from production.replicas import service as replicas
from production.routings import store
from production.routings.rules import Routing, Step, check_steps, choose
from production.work_centres import service as work_centres


@dataclass(frozen=True, slots=True)
class NewRouting:
    """A routing as it was entered; references are codes or ids."""

    company: str
    item: str
    warehouse: str | None
    revision: str
    valid_from: date | None
    valid_to: date | None
    steps: tuple[Step, ...]


async def add_routing(session: AsyncSession, caller: Principal, asked: NewRouting) -> Routing:
    """Enter a routing."""
    company = await replicas.resolve_company(session, asked.company)
    caller.check_company(company.code)
    item = (await replicas.resolve_items(session, {asked.item: "/item"}))[asked.item]
    warehouse = ""
    if asked.warehouse is not None:
        found = await replicas.resolve_warehouses(
            session, company.code, {asked.warehouse: "/warehouse"}
        )
        warehouse = found[asked.warehouse].code
    check_steps(asked.steps)
    fields: dict[str, str] = {}
    for index, step in enumerate(asked.steps):
        fields.setdefault(step.work_centre, f"/operations/{index}/work_centre")
    await work_centres.resolve(session, company.code, fields)
    for index, step in enumerate(asked.steps):
        if step.supplier:
            await replicas.resolve_supplier(
                session, step.supplier, field=f"/operations/{index}/supplier"
            )
    today = await replicas.today(session, company.code)
    (number,) = await numbers.draw(session, "routing_numbers", "RT", today.year)
    routing = Routing(
        id=uuid7(),
        number=number,
        company=company.code,
        item=item.code,
        warehouse=warehouse,
        revision=asked.revision,
        version=1,
        status="active",
        valid_from=asked.valid_from or date(2000, 1, 1),
        valid_to=asked.valid_to,
        business_date=today,
        steps=tuple(sorted(asked.steps, key=lambda step: step.operation)),
    )
    if not await store.save(session, [routing]):
        raise Duplicate(what=("A routing", "工艺路线"), field="/revision")
    await record_change(session, "production.routing.add", None, routing)
    return routing


async def end_routing(
    session: AsyncSession, ref: str, valid_to: date, *, expected: int | None
) -> Routing:
    """Let a routing end on a day."""
    before = await store.find(session, ref, lock=True)
    if before is None:
        raise NotFound(what=("routing", "工艺路线"))
    check_version(expected, before.version)
    if valid_to < before.valid_from:
        raise InvalidState(
            en="It would end before it begins.", zh="失效日期早于生效日期。", field="/valid_to"
        )
    status = "ended" if valid_to <= await replicas.today(session, before.company) else "active"
    await store.end(session, before.id, valid_to, status)
    after = replace(before, valid_to=valid_to, status=status, version=before.version + 1)
    await record_change(session, "production.routing.end", before, after)
    return after


async def get(session: AsyncSession, ref: str) -> Routing:
    """One routing by id or number."""
    found = await store.find(session, ref)
    if found is None:
        raise NotFound(what=("routing", "工艺路线"))
    return found


async def with_steps(session: AsyncSession, heads: Sequence[RowMapping]) -> list[Routing]:
    """The listed routings with their steps."""
    return await store.with_steps(session, heads)


def listing(**filters: object) -> Select[tuple[object, ...]]:
    """Routings by what an engineer looks for."""
    return store.listing(**filters)


async def routing_for(
    session: AsyncSession, company: str, item: str, day: date, warehouse: str = ""
) -> Routing | None:
    """The routing in force, if the item has one."""
    return choose(await store.of_items(session, company, [item]), day, warehouse)


async def routings_of(session: AsyncSession, company: str, items: Collection[str]) -> list[Routing]:
    """All active routings of some items."""
    return await store.of_items(session, company, items)
