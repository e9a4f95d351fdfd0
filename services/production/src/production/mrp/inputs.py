"""What the engine is given: arrays of item-sites, edges, demands, receipts, and the calendar of time.

Item-sites are rows 0…N-1, one per item and site that is planned. Days are whole numbers, 0 is today.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from production.mrp.values import (
    MICRO,
    QUANTITY_MAX,
    Bools,
    Int8s,
    Int16s,
    Int32s,
    Int64s,
    InvalidInput,
)

EVERY_DAY = -1
DAY_MAX = 1_000_000
BUCKETS_MAX = 30_000


@dataclass(frozen=True, slots=True)
class Horizon:
    """Time in buckets: bucket b runs from `starts[b]` until before `starts[b + 1]`."""

    starts: Int32s

    def __post_init__(self) -> None:
        if len(self.starts) < 2 or self.starts[0] != 0 or (np.diff(self.starts) < 1).any():
            raise InvalidInput("horizon", 0, "buckets start today and follow one another")
        if len(self.starts) > BUCKETS_MAX:
            raise InvalidInput("horizon", 0, f"more than {BUCKETS_MAX} buckets")

    @classmethod
    def days(cls, count: int) -> Horizon:
        """One bucket a day."""
        return cls(np.arange(count + 1, dtype=np.int32))

    @classmethod
    def weeks(cls, count: int) -> Horizon:
        """One bucket a week; what a week needs is needed on its first day."""
        return cls(np.arange(count + 1, dtype=np.int32) * np.int32(7))

    @classmethod
    def mixed(cls, *, days: int, weeks: int) -> Horizon:
        """Days first, then weeks."""
        near = np.arange(days, dtype=np.int32)
        far = days + np.arange(weeks + 1, dtype=np.int32) * 7
        return cls(np.concatenate([near, far]).astype(np.int32))

    @property
    def buckets(self) -> int:
        """How many buckets there are."""
        return len(self.starts) - 1

    @property
    def end(self) -> int:
        """The first day that is no longer planned."""
        return int(self.starts[-1])

    def bucket_of_day(self) -> Int16s:
        """The bucket of each day of the horizon."""
        return np.repeat(
            np.arange(self.buckets, dtype=np.int16), np.diff(self.starts).astype(np.int64)
        )


class WorkingDays(NamedTuple):
    """Calendars as the compiled passes read them: a row for each."""

    first_day: int
    passed: Int64s
    """How many working days there were up to each day given, itself among them."""
    workdays: Int64s
    """The working days; where a calendar has fewer than another, the rest of its row says nothing."""


class Calendars:
    """Working days, and arithmetic with them. Beyond what is given, every day is a working day."""

    def __init__(self, working: Bools, *, first_day: int) -> None:
        if working.ndim != 2 or first_day > 0:
            raise InvalidInput("calendars", 0, "a row per calendar, beginning today or earlier")
        for row in range(len(working)):
            if not working[row].any():
                raise InvalidInput("calendars", row, "has no working day")
        self.first_day = first_day
        self.count = len(working)
        self._length = working.shape[1]
        self._passed: list[Int64s] = [np.cumsum(one, dtype=np.int64) for one in working]
        self._workdays: list[Int64s] = [
            np.flatnonzero(one).astype(np.int64) + first_day for one in working
        ]

        self.packed = self._packed()

    def _packed(self) -> WorkingDays:
        workdays = np.zeros((self.count, self._length), dtype=np.int64)
        for row, days in enumerate(self._workdays):
            workdays[row, : len(days)] = days
        passed = np.array(self._passed, dtype=np.int64).reshape(self.count, self._length)
        return WorkingDays(self.first_day, passed, workdays)

    @classmethod
    def none(cls) -> Calendars:
        """Every day is a working day."""
        return cls(np.ones((0, 1), dtype=np.bool_), first_day=0)

    def _index(self, calendar: int, days: Int64s) -> Int64s:
        # The place of the last working day at or before each day.
        passed = self._passed[calendar]
        offset = days - self.first_day
        inside = passed[np.clip(offset, 0, self._length - 1)]
        index = np.where(offset < 0, offset, inside - 1)
        beyond = offset - (self._length - 1)
        return np.where(beyond > 0, len(self._workdays[calendar]) - 1 + beyond, index)

    def _day(self, calendar: int, index: Int64s) -> Int64s:
        workdays = self._workdays[calendar]
        inside = workdays[np.clip(index, 0, len(workdays) - 1)]
        beyond = index - (len(workdays) - 1)
        last = self.first_day + self._length - 1
        return np.where(
            index < 0, self.first_day + index, np.where(beyond > 0, last + beyond, inside)
        )

    def starts(self, calendar: int, lead: int, due: Int64s) -> Int64s:
        """When to start so as to be ready on the due day, or on the last working day before it."""
        if calendar == EVERY_DAY:
            return due - lead
        return self._day(calendar, self._index(calendar, due) - lead)

    def ready(self, calendar: int, lead: int, start: int) -> int:
        """When something started on a day is ready; on a day off it starts the next working day."""
        if calendar == EVERY_DAY:
            return start + lead
        one = np.array([start], dtype=np.int64)
        index = self._index(calendar, one)
        if int(self._day(calendar, index)[0]) < start:
            index = index + 1
        return int(self._day(calendar, index + lead)[0])


Integer = TypeVar("Integer", np.int8, np.int32, np.int64)


def column(
    values: ArrayLike | None, default: int, count: int, kind: type[Integer]
) -> NDArray[Integer]:
    """One column of whole numbers, checked for length and type."""
    if values is None:
        return np.full(count, default, dtype=kind)
    given = np.asarray(values)
    if given.shape != (count,):
        raise ValueError(f"{given.shape} values for {count} rows")
    if count and given.dtype.kind not in "iub":
        raise ValueError(f"whole numbers are needed, not {given.dtype}")
    return np.ascontiguousarray(given, dtype=kind)


@dataclass(frozen=True, slots=True)
class ItemSites:
    """What is planned, one row per item and site; see the package's README for the meaning of each column."""

    on_hand: Int64s
    safety_stock: Int64s
    step: Int64s
    yield_share: Int64s
    source: Int8s
    lead_days: Int32s
    calendar: Int32s
    lot_rule: Int8s
    lot_value: Int64s
    lot_min: Int64s
    lot_max: Int64s
    lot_multiple: Int64s
    expedite_days: Int32s

    @classmethod
    def of(
        cls,
        count: int,
        *,
        on_hand: ArrayLike | None = None,
        safety_stock: ArrayLike | None = None,
        step: ArrayLike | None = None,
        yield_share: ArrayLike | None = None,
        source: ArrayLike | None = None,
        lead_days: ArrayLike | None = None,
        calendar: ArrayLike | None = None,
        lot_rule: ArrayLike | None = None,
        lot_value: ArrayLike | None = None,
        lot_min: ArrayLike | None = None,
        lot_max: ArrayLike | None = None,
        lot_multiple: ArrayLike | None = None,
        expedite_days: ArrayLike | None = None,
    ) -> ItemSites:
        """Rows with the usual values where none are given."""
        return cls(
            on_hand=column(on_hand, 0, count, np.int64),
            safety_stock=column(safety_stock, 0, count, np.int64),
            step=column(step, 1, count, np.int64),
            yield_share=column(yield_share, MICRO, count, np.int64),
            source=column(source, 0, count, np.int8),
            lead_days=column(lead_days, 0, count, np.int32),
            calendar=column(calendar, EVERY_DAY, count, np.int32),
            lot_rule=column(lot_rule, 0, count, np.int8),
            lot_value=column(lot_value, 0, count, np.int64),
            lot_min=column(lot_min, 0, count, np.int64),
            lot_max=column(lot_max, 0, count, np.int64),
            lot_multiple=column(lot_multiple, 0, count, np.int64),
            expedite_days=column(expedite_days, 10_000, count, np.int32),
        )

    def __len__(self) -> int:
        return len(self.on_hand)


@dataclass(frozen=True, slots=True)
class Edges:
    """What an order of the parent asks of, or gives to, its children."""

    parent: Int32s
    child: Int32s
    quantity: Int64s
    base: Int64s
    scrap: Int64s
    valid_from: Int32s
    valid_to: Int32s
    role: Int8s

    @classmethod
    def of(
        cls,
        *,
        parent: ArrayLike,
        child: ArrayLike,
        quantity: ArrayLike | None = None,
        base: ArrayLike | None = None,
        scrap: ArrayLike | None = None,
        valid_from: ArrayLike | None = None,
        valid_to: ArrayLike | None = None,
        role: ArrayLike | None = None,
    ) -> Edges:
        """Edges that ask one per one, always, where nothing else is said."""
        count = len(np.asarray(parent))
        return cls(
            parent=column(parent, 0, count, np.int32),
            child=column(child, 0, count, np.int32),
            quantity=column(quantity, MICRO, count, np.int64),
            base=column(base, MICRO, count, np.int64),
            scrap=column(scrap, 0, count, np.int64),
            valid_from=column(valid_from, -DAY_MAX, count, np.int32),
            valid_to=column(valid_to, DAY_MAX, count, np.int32),
            role=column(role, 0, count, np.int8),
        )

    @classmethod
    def none(cls) -> Edges:
        """No edge at all."""
        return cls.of(parent=[], child=[])

    def __len__(self) -> int:
        return len(self.parent)


@dataclass(frozen=True, slots=True)
class Alternates:
    """What may stand for a primary in a line of its parent's bill, in the order in which it is tried."""

    parent: Int32s
    primary: Int32s
    alternate: Int32s
    line: Int64s
    """Rows of one line share it."""
    line_quantity: Int64s
    """The primary's quantity, scrap in that line; quantity and scrap are the alternate's. One base is for both."""
    line_scrap: Int64s
    quantity: Int64s
    scrap: Int64s
    base: Int64s
    valid_from: Int32s
    valid_to: Int32s

    @classmethod
    def of(
        cls,
        *,
        parent: ArrayLike,
        primary: ArrayLike,
        alternate: ArrayLike,
        line: ArrayLike | None = None,
        line_quantity: ArrayLike | None = None,
        line_scrap: ArrayLike | None = None,
        quantity: ArrayLike | None = None,
        scrap: ArrayLike | None = None,
        base: ArrayLike | None = None,
        valid_from: ArrayLike | None = None,
        valid_to: ArrayLike | None = None,
    ) -> Alternates:
        """Alternates of one for one, always, where nothing else is said; each parent and primary is one line."""
        count = len(np.asarray(parent))
        above = column(parent, 0, count, np.int32)
        first = column(primary, 0, count, np.int32)
        return cls(
            parent=above,
            primary=first,
            alternate=column(alternate, 0, count, np.int32),
            line=above.astype(np.int64) << 32 | first
            if line is None
            else column(line, 0, count, np.int64),
            line_quantity=column(line_quantity, MICRO, count, np.int64),
            line_scrap=column(line_scrap, 0, count, np.int64),
            quantity=column(quantity, MICRO, count, np.int64),
            scrap=column(scrap, 0, count, np.int64),
            base=column(base, MICRO, count, np.int64),
            valid_from=column(valid_from, -DAY_MAX, count, np.int32),
            valid_to=column(valid_to, DAY_MAX, count, np.int32),
        )

    @classmethod
    def none(cls) -> Alternates:
        """No line has any."""
        return cls.of(parent=[], primary=[], alternate=[])

    def __len__(self) -> int:
        return len(self.parent)


@dataclass(frozen=True, slots=True)
class Demands:
    """Independent demand: orders, forecasts, reservations, components of released orders."""

    item: Int32s
    day: Int32s
    quantity: Int64s
    id: Int64s

    @classmethod
    def of(
        cls,
        *,
        item: ArrayLike,
        day: ArrayLike,
        quantity: ArrayLike,
        id: ArrayLike | None = None,
    ) -> Demands:
        """Demands; their ids are their positions unless given."""
        count = len(np.asarray(item))
        return cls(
            item=column(item, 0, count, np.int32),
            day=column(day, 0, count, np.int32),
            quantity=column(quantity, 0, count, np.int64),
            id=np.arange(count) if id is None else column(id, 0, count, np.int64),
        )

    @classmethod
    def none(cls) -> Demands:
        """No demand at all."""
        return cls.of(item=[], day=[], quantity=[])

    def __len__(self) -> int:
        return len(self.item)


@dataclass(frozen=True, slots=True)
class Receipts:
    """Supply that is arranged already: open purchase and production orders, goods in transit, firm planned orders."""

    item: Int32s
    day: Int32s
    quantity: Int64s
    id: Int64s
    kind: Int8s
    start_day: Int32s

    @classmethod
    def of(
        cls,
        *,
        item: ArrayLike,
        day: ArrayLike,
        quantity: ArrayLike,
        id: ArrayLike | None = None,
        kind: ArrayLike | None = None,
        start_day: ArrayLike | None = None,
    ) -> Receipts:
        """Receipts; their ids are their positions unless given, firm orders start today unless said."""
        count = len(np.asarray(item))
        return cls(
            item=column(item, 0, count, np.int32),
            day=column(day, 0, count, np.int32),
            quantity=column(quantity, 0, count, np.int64),
            id=np.arange(count) if id is None else column(id, 0, count, np.int64),
            kind=column(kind, 0, count, np.int8),
            start_day=column(start_day, 0, count, np.int32),
        )

    @classmethod
    def none(cls) -> Receipts:
        """Nothing arranged."""
        return cls.of(item=[], day=[], quantity=[])

    def __len__(self) -> int:
        return len(self.item)


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened since the plan was made. A row replaces the one with its id; quantity 0 removes it."""

    demands: Demands = field(default_factory=Demands.none)
    receipts: Receipts = field(default_factory=Receipts.none)
    whole: Int32s = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    """Item-sites whose demands and receipts are those given, and no others."""
    on_hand: tuple[Int32s, Int64s] | None = None
    """Item-sites and what they have on hand now."""
    items: tuple[Int32s, ItemSites] | None = None
    """Item-sites and their new rows."""
    add_edges: Edges = field(default_factory=Edges.none)
    remove_edges: Edges = field(default_factory=Edges.none)
    """Taken away by parent, child and role; the other columns do not matter."""


def refuse(table: str, bad: Bools, reason: str) -> None:
    """Name the first row that a check has found."""
    if bad.any():
        raise InvalidInput(table, int(np.argmax(bad)), reason)


def check_quantities(table: str, values: Int64s, *, lowest: int = 0) -> None:
    """A quantity is within what can be counted."""
    refuse(table, values < lowest, f"a quantity below {lowest}")
    refuse(table, values > QUANTITY_MAX, "a quantity above what can be counted")


def check_days(table: str, days: Int32s) -> None:
    """A day is within a few thousand years."""
    refuse(table, np.abs(days.astype(np.int64)) > DAY_MAX, "a day too far away")
