"""When sales order lines can be delivered by the plan, told when it is another day than was told last.

A line is told of first when the plan does not support the day that it asks for, then each time the day changes. Only
lines that were ever off their day are remembered, and only what may be late is looked through.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.ids import uuid7
from chassis.outbox import emit
from production.mrp.delivery import Deliveries, deliveries, late_items
from production.mrp.values import Bools, Int64s
from production.planning import store
from production.planning.rules import Picture, References, above, below
from production.replicas import service as replicas
from tongheng_contracts.production import PromiseChange, PromiseChanged

LOOKED_THROUGH_MAX = 5_000
"""Item-sites whose lines one run looks at; where more are late, those that are wanted soonest."""
LATE, MISSING, ON_TIME = "late", "missing", "on_time"
Line = tuple[UUID, int]


@dataclass(frozen=True, slots=True)
class Supported:
    """The day on which the plan delivers a line, and the supply that it waits for."""

    line: Line
    row: int
    wanted: date
    day: date | None
    """None: part of it has no supply."""
    cause: str
    waits_item: int = -1
    """The row whose supply it waits for; -1: none."""
    waits_receipt: int = -1
    """The engine's id of that supply's receipt; -1 where it is an order of the plan."""


@dataclass(frozen=True, slots=True)
class Told:
    """What was told of a line last."""

    day: date | None
    sequence: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A line that is to be told of."""

    now: Supported
    old: date | None
    sequence: int


def moved(found: Iterable[Supported], told: Mapping[Line, Told]) -> list[Moved]:
    """Which lines can be delivered on another day than was told last; of one never told of, than it asks for."""
    changed: list[Moved] = []
    for one in found:
        last = told.get(one.line, Told(one.wanted, 0))
        if one.day != last.day:
            changed.append(Moved(one, last.day, last.sequence + 1))
    return changed


def looked_at(picture: Picture, rows: Int64s | None, told_of: Int64s) -> tuple[Int64s, Bools]:
    """The rows whose lines may be delivered on another day than was told, and all rows where something may be late.

    Args:
        picture: the plan as it is now.
        rows: what changed since the last plan; None for all.
        told_of: rows of lines that were told of.
    """
    plan = picture.plan
    if rows is None:
        late = above(picture, late_items(plan))
        some = np.union1d(late, told_of)
    else:
        # What hangs on a changed row may serve another order now, though it is planned as it was.
        changed = above(picture, late_items(plan, below(picture, rows)))
        again = np.intersect1d(above(picture, rows), told_of)
        some = np.union1d(changed, again)
        late = above(picture, late_items(plan, below(picture, some)))
    reach = np.zeros(len(picture.codes), dtype=np.bool_)
    reach[late] = True
    some = some[plan.demands.count[some] > 0]
    if len(some) > LOOKED_THROUGH_MAX:
        soonest = np.argsort(plan.demands.pool.data[plan.demands.first[some], 1], kind="stable")
        some = np.sort(some[soonest[:LOOKED_THROUGH_MAX]])
    return some, reach


def supported(picture: Picture, rows: Int64s, reach: Bools) -> list[Supported]:
    """When the sales order lines of some rows can be delivered."""
    found = deliveries(picture.plan, rows, reach)
    sold = np.flatnonzero(picture.demands.kinds(found.demand) == References.SALES)
    order = np.lexsort((found.demand[sold], found.item[sold]))
    return [_supported(picture, found, n) for n in sold[order].tolist()]


def _supported(picture: Picture, found: Deliveries, n: int) -> Supported:
    demand, row = int(found.demand[n]), int(found.item[n])
    line = (picture.demands.id(demand), picture.demands.line(demand))
    asked, day = int(found.wanted[n]), int(found.day[n])
    wanted = picture.date(asked)
    if day < 0:
        return Supported(line, row, wanted, None, MISSING)
    # What lies there is not late because its day has passed.
    if day <= max(asked, 0):
        return Supported(line, row, wanted, wanted, ON_TIME)
    return Supported(
        line, row, wanted, picture.date(day), LATE, int(found.waits_item[n]), int(found.waits_receipt[n])
    )  # fmt: skip


async def tell(
    session: AsyncSession, picture: Picture, rows: Int64s | None, *, silently: bool = False
) -> int:
    """Tell of the lines whose day the new plan moved; how many. Silently: only remember them.

    Args:
        session: in whose transaction; the company's plan is locked.
        picture: the plan as it is written down now.
        rows: what changed since the last plan; None for all.
        silently: for the first plan, which nobody was told anything before.
    """
    company = picture.frame.company
    keys = await store.told_items(session, company)
    told_of = picture.rows_of(np.array(keys, dtype=np.int64))
    found = await asyncio.to_thread(_look, picture, rows, told_of)
    known = await store.told_promises(session, company, [one.line for one in found])
    told = {(r["order_id"], r["order_line"]): Told(r["told_date"], r["sequence"]) for r in known}
    changed = moved(found, told)
    if not changed:
        return 0
    names = await store.item_codes(session, _items_of(picture, changed))
    await store.remember_promises(
        session,
        company,
        [
            (*one.now.line, _item(picture, names, one.now.row), one.now.day, 0 if silently else one.sequence)
            for one in changed
        ],
    )  # fmt: skip
    if silently:
        return 0
    documents = {_document(picture, one.now) for one in changed} | {
        one.now.line[0] for one in changed
    }
    numbers = await store.numbers_of(session, [one for one in documents if one is not None])
    today = (await replicas.today(session, company)).isoformat()
    events = [_event(picture, one, names, numbers, today) for one in changed]
    cases = {event.key: event.change.order for event in events}
    await emit(session, *events, case_of=lambda event: cases[event.key])
    return len(events)


def _look(picture: Picture, rows: Int64s | None, told_of: Int64s) -> list[Supported]:
    return supported(picture, *looked_at(picture, rows, told_of))


def _items_of(picture: Picture, changed: Sequence[Moved]) -> Collection[int]:
    rows = {one.now.row for one in changed}
    rows |= {one.now.waits_item for one in changed if one.now.waits_item >= 0}
    return np.unique(picture.items(np.array(sorted(rows), dtype=np.int64))).tolist()


def _item(picture: Picture, names: Mapping[int, str], row: int) -> str:
    return names[int(picture.items(np.array([row]))[0])]


def _document(picture: Picture, now: Supported) -> UUID | None:
    if not 0 <= now.waits_receipt < picture.receipts.count:
        return None
    return picture.receipts.id(now.waits_receipt)


def _event(
    picture: Picture, one: Moved, names: Mapping[int, str], numbers: Mapping[UUID, str], today: str
) -> PromiseChanged:
    now = one.now
    order, line = now.line
    item = _item(picture, names, now.row)
    waiting = _item(picture, names, now.waits_item) if now.waits_item >= 0 else ""
    brought = _document(picture, now)
    document = numbers.get(brought, "") if brought is not None else ""
    reason, reason_en = words(now.cause, item, waiting, document)
    return PromiseChanged(
        change=PromiseChange(
            id=uuid7(), number=numbers.get(order, str(order)), company=picture.frame.company, business_date=today,
            posting_date=today, order=order, order_line=line, item=item, sequence=one.sequence,
            wanted_date=now.wanted.isoformat(), old_date=one.old.isoformat() if one.old else None,
            new_date=now.day.isoformat() if now.day else None, cause=now.cause, waiting_item=waiting,
            waiting_document=document, reason=reason, reason_en=reason_en,
        )
    )  # fmt: skip


def words(cause: str, item: str, waiting: str, document: str) -> tuple[str, str]:
    """Why a line's day moved, in Chinese and English."""
    if cause == ON_TIME:
        return "计划可按要求日期交货。", "The plan supports the day that the line asks for."
    if cause == MISSING:
        return f"物料“{item}”的部分数量没有供应。", f"Part of {item} has no supply."
    if document:
        return f"等待 {document} 的物料“{waiting}”。", f"It waits for {waiting} of {document}."
    return (
        f"物料“{waiting}”即使今天开始安排也会晚到。",
        f"{waiting} comes too late, even if it is ordered or begun today.",
    )
