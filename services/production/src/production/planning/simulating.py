"""What if: a fork of the live plan, changed and planned anew, and what is different there. Nothing is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import numpy as np

from production.mrp import (
    Changes,
    Demands,
    Edges,
    ItemSites,
    Message,
    Plan,
    Receipts,
    Role,
    Source,
    kernels,
    messages_of,
    micro,
)
from production.mrp.delivery import deliveries, late_items
from production.mrp.values import Bools, Int64s
from production.planning.rules import KEY, MICRO, NotPlanned, Picture, References, above, below

IMAGINED = 1 << 40
"""Ids of demands that only the simulation has begin here."""
SHOWN_MAX = 1000


@dataclass(frozen=True, slots=True)
class Wish:
    """A demand that there might be."""

    item: int
    warehouse: int
    quantity: Decimal
    day: date


@dataclass(frozen=True, slots=True)
class Slip:
    """A document whose goods might come some days later, or earlier."""

    document: UUID
    items: Sequence[int]
    days: int


@dataclass(frozen=True, slots=True)
class Part:
    """What an item might be made of: so much of a component for one; nothing takes it away."""

    item: int
    component: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What might be; items and warehouses by key."""

    demands: Sequence[Wish] = ()
    slips: Sequence[Slip] = ()
    lead_times: Mapping[int, int] | None = None
    parts: Sequence[Part] = ()


@dataclass(frozen=True, slots=True)
class Shift:
    """Ordered for a day: before and after, in millionths."""

    row: int
    source: Source
    day: date
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Notice:
    """A message that is there on one side only."""

    row: int
    kind: Message
    reference: int
    day: int
    to_day: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Moved:
    """A customer's line and the day on which it can be delivered; None: part of it never."""

    order: UUID
    line: int
    row: int
    wanted: date
    before: date | None
    after: date | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is different."""

    shifts: Sequence[Shift]
    new: Sequence[Notice]
    gone: Sequence[Notice]
    moved: Sequence[Moved]


def simulate(picture: Picture, assumed: Assumptions) -> Outcome:
    """Change a fork of the picture's plan and compare; the picture stays as it is.

    Raises:
        NotPlanned: an item has no place in the plan.
        CycleFound: an item would go into itself.
    """
    fork = picture.plan.fork()
    changes, named = _changes(picture, assumed)
    touched = np.union1d(fork.apply(changes), named)
    apart = picture.plan.differences(fork)
    shifts = [
        Shift(int(row), Source(int(fork.items[row, kernels.SOURCE])), picture.date(int(day)), int(before), int(after))
        for row, day, before, after in zip(
            apart.item, apart.due_day, apart.before, apart.after, strict=True
        )
    ]  # fmt: skip
    was, now = (_notices(plan, touched) for plan in (picture.plan, fork))
    return Outcome(
        shifts[:SHOWN_MAX],
        sorted(now - was, key=_rank)[:SHOWN_MAX],
        sorted(was - now, key=_rank)[:SHOWN_MAX],
        moved(picture, replace(picture, plan=fork), touched)[:SHOWN_MAX],
    )


def _rank(one: Notice) -> tuple[int, int, int, int]:
    return (one.row, int(one.kind), one.day, one.reference)


def _notices(plan: Plan, rows: Int64s) -> set[Notice]:
    found = messages_of(plan, rows)
    return {
        Notice(
            int(found.item[n]), Message(int(found.kind[n])), int(found.reference[n]), int(found.day[n]),
            int(found.to_day[n]), int(found.quantity[n]),
        )
        for n in range(len(found))
    }  # fmt: skip


def moved(before: Picture, after: Picture, touched: Int64s) -> list[Moved]:
    """The sales lines that can be delivered on another day, where only `touched` and what hangs on it is different."""
    # Only where a changed item-site, or one of which other quantities are asked now, is at or below a row, and
    # something changed or below it is late, now or then, can that row's days move.
    sides = (before, after)
    late = [above(one, late_items(one.plan, below(one, touched))) for one in sides]
    apart = [above(one, _asked_anew(one, touched)) for one in sides]
    rows = np.intersect1d(np.union1d(*late), np.union1d(*apart))
    rows = rows[before.plan.demands.count[rows] > 0]
    then, now = (deliveries(one.plan, rows, _late_below(one, rows)) for one in sides)
    becomes = {int(demand): int(day) for demand, day in zip(now.demand, now.day, strict=True)}
    found: list[Moved] = []
    for n in np.lexsort((then.demand, then.item)).tolist():
        demand, day = int(then.demand[n]), int(then.day[n])
        new = becomes.get(demand, -1)
        if day == new or before.demands.kind(demand) != References.SALES:
            continue
        found.append(
            Moved(
                before.demands.id(demand), before.demands.line(demand), int(then.item[n]),
                before.date(max(int(then.wanted[n]), 0)), before.date(day) if day >= 0 else None,
                before.date(new) if new >= 0 else None,
            )
        )  # fmt: skip
    return found


def _asked_anew(picture: Picture, touched: Int64s) -> Int64s:
    # What the orders of changed item-sites ask of their components is another quantity now.
    lists = picture.plan.outof
    parts = [lists.of(int(row))[:, kernels.OTHER] & KEY for row in touched if lists.count[row]]
    return np.union1d(touched, np.concatenate(parts)) if parts else touched


def _late_below(picture: Picture, rows: Int64s) -> Bools:
    reach = np.zeros(len(picture.codes), dtype=np.bool_)
    reach[above(picture, late_items(picture.plan, below(picture, rows)))] = True
    return reach


def _changes(picture: Picture, assumed: Assumptions) -> tuple[Changes, Int64s]:
    named: list[int] = []

    def row_of(item: int, warehouse: int = 0) -> int:
        row = picture.row(item, warehouse)
        if row < 0:
            raise NotPlanned(item=item)
        named.append(row)
        return row

    changes = Changes()
    if assumed.demands:
        changes = replace(
            changes,
            demands=Demands.of(
                item=[row_of(one.item, one.warehouse) for one in assumed.demands],
                day=[picture.day(one.day) for one in assumed.demands],
                quantity=[micro(one.quantity) for one in assumed.demands],
                id=[IMAGINED + n for n in range(len(assumed.demands))],
            ),
        )
    receipts = [
        (row, int(day) + slip.days, int(quantity), int(known), int(kind), int(start))
        for slip in assumed.slips
        for row in picture.rows_of(np.array(slip.items)).tolist()
        for quantity, day, known, kind, start in picture.plan.receipts.of(row).tolist()
        if picture.receipts.id(int(known)) == slip.document
    ]
    if receipts:
        named.extend(row for row, *_ in receipts)
        item, day, quantity, known, kind, start = (list(column) for column in zip(*receipts, strict=True))  # fmt: skip
        changes = replace(
            changes,
            receipts=Receipts.of(item=item, day=day, quantity=quantity, id=known, kind=kind, start_day=start),
        )  # fmt: skip
    leads = {row: days for key, days in (assumed.lead_times or {}).items()
             for row in (picture.rows_of(np.array([key])).tolist() or [row_of(key)])}  # fmt: skip
    if leads:
        rows = np.array(sorted(leads), dtype=np.int64)
        named.extend(rows.tolist())
        columns = {name: getattr(picture.attributes, name)[rows] for name in ItemSites.__slots__}
        columns["lead_days"] = np.array([leads[int(row)] for row in rows], dtype=np.int32)
        changes = replace(changes, items=(rows.astype(np.int32), ItemSites(**columns)))
    if assumed.parts:
        parents = [row_of(part.item) for part in assumed.parts]
        children = [row_of(part.component) for part in assumed.parts]
        kept = [n for n, part in enumerate(assumed.parts) if part.quantity > 0]
        there = [
            n for n in range(len(parents))
            if ((picture.plan.outof.of(parents[n])[:, 0]) == (children[n] | int(Role.COMPONENT) << 32)).any()
        ]  # fmt: skip
        changes = replace(
            changes,
            remove_edges=Edges.of(parent=[parents[n] for n in there], child=[children[n] for n in there])
            if there
            else Edges.none(),
            add_edges=Edges.of(
                parent=[parents[n] for n in kept],
                child=[children[n] for n in kept],
                quantity=[micro(assumed.parts[n].quantity) for n in kept],
                base=[MICRO] * len(kept),
            )
            if kept
            else Edges.none(),
        )  # fmt: skip
    return changes, np.unique(np.array(named, dtype=np.int64))
