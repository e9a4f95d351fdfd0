"""Process cost sheets: made at the end of a period from what orders have counted and cost since the one before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import numbers
from chassis.audit import AuditEntry, record
from chassis.auth import Principal
from chassis.errors import InvalidState, NotFound, ValidationFailed
from chassis.ids import uuid7
from production.process_costs import store
from production.process_costs.rules import Count, Method, Sheet, check_conserved, steps_of
from production.replicas import service as replicas

WHAT = ("process cost sheet", "分步法成本计算单")


@dataclass(frozen=True, slots=True)
class NewSheet:
    """A sheet as it was asked for."""

    company: str
    item: str
    period: str
    method: Method
    counts: Mapping[int, Count]


async def add_sheet(session: AsyncSession, caller: Principal, asked: NewSheet) -> Sheet:
    """Compute what each step of an item has cost since the sheet before, and keep it.

    Raises:
        CountDiffers: other pieces were counted in work than the reports leave there.
        InvalidState: the period, or a later one, has its sheet; or nothing was made yet.
    """
    company = await replicas.resolve_company(session, asked.company)
    caller.check_company(company.code)
    item = (await replicas.resolve_items(session, {asked.item: "/item"}))[asked.item]
    await store.lock_item(session, company.code, item.code)
    last = await store.newest(session, company.code, item.code)
    if last is not None and asked.period <= last.period:
        raise InvalidState(
            en="{period} has its sheet already: {number}.",
            zh="{period} 已有成本计算单 {number}。",
            period=last.period,
            number=last.number,
            field="/period",
        )
    previous = {} if last is None else {s.operation: s for s in last.steps}
    tallies = await store.tallies(session, company.code, item.code)
    if not tallies and not previous:
        raise InvalidState(
            en="Nothing of {item} was made yet.", zh="“{item}”尚无生产记录。", item=item.code
        )
    for index, operation in enumerate(asked.counts):
        if operation not in tallies and operation not in previous:
            raise ValidationFailed(
                en="No order of {item} has worked at operation {operation}.",
                zh="“{item}”没有工序 {operation} 的生产记录。",
                item=item.code,
                operation=operation,
                field=f"/work_in_process/{index}/operation",
            )
    steps = steps_of(tallies, previous, asked.counts, asked.method)
    check_conserved(steps)
    day = await replicas.today(session, company.code)
    (number,) = await numbers.draw(session, "process_cost_numbers", "PCS", day.year)
    sheet = Sheet(
        uuid7(), number, company.code, item.code, asked.period, asked.method, tuple(steps)
    )
    await store.add(session, sheet, day)
    await record(
        session,
        AuditEntry(
            action="production.process_cost.add",
            document_type="production.process_cost",
            document_id=sheet.id,
            number=number,
            company=company.code,
            before=None,
            after={
                "item": item.code,
                "period": asked.period,
                "method": asked.method.value,
                "handed_on": steps[-1].handed_on.total,
            },
        ),
    )
    return sheet


async def get(session: AsyncSession, ref: str) -> Sheet:
    """One sheet by id or number."""
    found = await store.find(session, ref)
    if found is None:
        raise NotFound(what=WHAT)
    return found


def listing(**filters: object) -> Select[tuple[object, ...]]:
    """Sheets by what a controller looks for."""
    return store.listing(**filters)
