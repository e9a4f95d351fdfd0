"""The plan: built once, changed by what happens, forked for what might happen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from threading import RLock

import numpy as np
from numpy.typing import ArrayLike

from production.mrp import building, kernels
from production.mrp.inputs import (
    Alternates,
    Calendars,
    Changes,
    Demands,
    Edges,
    Horizon,
    ItemSites,
    Receipts,
    check_days,
    check_quantities,
)
from production.mrp.lists import SPARE_ROWS, Lists, Pool, unlike
from production.mrp.values import (
    Bools,
    CycleFound,
    Int8s,
    Int16s,
    Int32s,
    Int64s,
    QuantityOverflow,
    Role,
)


@dataclass(frozen=True, slots=True)
class PlannedOrders:
    """What to buy, make or move; one row per order."""

    item: Int32s
    source: Int8s
    quantity: Int64s
    """To order or to start."""
    good: Int64s
    """Expected to arrive, after yield."""
    due_day: Int32s
    start_day: Int32s
    """Below 0: should have begun before today."""
    row: Int64s
    """The plan's row; orders that were split by the maximum share one."""

    @property
    def late(self) -> Bools:
        """Which orders should have begun already."""
        return self.start_day < 0

    def __len__(self) -> int:
        return len(self.item)


@dataclass(frozen=True, slots=True)
class Differences:
    """Order quantities per item-site and due day that differ between two plans."""

    item: Int32s
    due_day: Int32s
    before: Int64s
    after: Int64s

    def __len__(self) -> int:
        return len(self.item)


class Plan:
    """Item-sites with their supply graph, demand and supply, and the orders that follow from them."""

    __slots__ = (
        "_items_replaced", "_items_shared", "_lock", "_queued", "_spare",
        "alternates", "bucket_of_day", "calendars", "demands", "horizon",
        "into", "items", "leads", "levels", "outof", "receipts", "rows",
    )  # fmt: skip

    items: Int64s
    demands: Lists
    receipts: Lists
    into: Lists
    outof: Lists
    rows: Lists
    levels: Int32s
    alternates: Int64s
    """The kernel's table of what may stand for primaries in their lines."""
    leads: building.LeadTimes
    horizon: Horizon
    calendars: Calendars
    bucket_of_day: Int16s
    """The bucket of each day of the horizon."""
    _items_replaced: list[tuple[Int32s, Int64s]]
    _items_shared: bool
    _lock: RLock
    _queued: Int8s
    _spare: int

    @classmethod
    def build(
        cls,
        items: ItemSites,
        edges: Edges | None = None,
        demands: Demands | None = None,
        receipts: Receipts | None = None,
        horizon: Horizon | None = None,
        calendars: Calendars | None = None,
        alternates: Alternates | None = None,
    ) -> Plan:
        """Check the input and plan all of it."""
        plan, sequence = cls.prepare(
            items, edges, demands, receipts, horizon, calendars, alternates
        )
        plan.run(sequence)
        return plan

    @classmethod
    def prepare(
        cls,
        items: ItemSites,
        edges: Edges | None = None,
        demands: Demands | None = None,
        receipts: Receipts | None = None,
        horizon: Horizon | None = None,
        calendars: Calendars | None = None,
        alternates: Alternates | None = None,
    ) -> tuple[Plan, Int32s]:
        """The input, checked and ordered but not planned yet, and the sequence in which to plan it."""
        plan = cls()
        count = len(items)
        plan.horizon = horizon or Horizon.days(365)
        plan.calendars = calendars or Calendars.none()
        plan._lock = RLock()
        plan.bucket_of_day = plan.horizon.bucket_of_day()
        plan.leads = building.LeadTimes(plan.calendars, plan.horizon)
        plan.items = building.pack_items(items, plan.leads, plan.calendars)
        plan._items_shared = False
        plan._items_replaced = []
        plan._queued = np.zeros(count, dtype=np.int8)
        plan.demands = building.pack_demands(demands or Demands.none(), count)
        plan.receipts = building.pack_receipts(receipts or Receipts.none(), count)
        given = edges or Edges.none()
        into, outof = building.pack_edges(given, count)
        plan.into = building.edge_lists(given.child, into, count)
        plan.outof = building.edge_lists(given.parent, outof, count)
        plan.levels, sequence = building.levels_of(count, plan.into, plan.outof)
        substituted = given.parent[given.role == Role.SUBSTITUTE]
        plan.items[substituted, kernels.SUBSTITUTED_BY] = kernels.HAS_SUBSTITUTE
        plan.alternates, into_link, outof_link = building.pack_alternates(
            alternates or Alternates.none(), count
        )
        plan._spare = 0
        if len(plan.alternates):
            primary = plan.alternates[:, kernels.PRIMARY].astype(np.int32)
            stand_in = plan.alternates[:, kernels.ALTERNATE].astype(np.int32)
            plan.into = building.edge_lists(
                np.concatenate([given.child, stand_in]), np.vstack([into, into_link]), count
            )
            plan.outof = building.edge_lists(
                np.concatenate([given.parent, primary]), np.vstack([outof, outof_link]), count
            )
            plan.items[primary, kernels.SUBSTITUTED_BY] |= kernels.HAS_ALTERNATE
            plan.items[stand_in, kernels.SUBSTITUTED_BY] |= kernels.IS_ALTERNATE
            # Each may write a row in each bucket.
            plan._spare = int(np.bincount(primary).max()) * plan.horizon.buckets
            plan.levels, sequence = building.order_with_alternates(
                count, plan.into, plan.outof, plan.alternates
            )
        plan.rows = Lists(
            Pool(np.empty((0, kernels.ROW_COLUMNS), dtype=np.int64), 0),
            np.zeros(count, dtype=np.int64),
            np.zeros(count, dtype=np.int32),
        )
        return plan, sequence

    @property
    def state(self) -> kernels.State:
        """What the compiled passes read."""
        return kernels.State(
            items=self.items,
            demands=self.demands.pool.data,
            demand_first=self.demands.first,
            demand_count=self.demands.count,
            receipts=self.receipts.pool.data,
            receipt_first=self.receipts.first,
            receipt_count=self.receipts.count,
            into=self.into.pool.data,
            into_first=self.into.first,
            into_count=self.into.count,
            rows=self.rows.pool.data,
            row_first=self.rows.first,
            row_count=self.rows.count,
            start_of=self.leads.table,
            bucket_start=self.horizon.starts,
            bucket_of_day=self.bucket_of_day,
            levels=self.levels,
            alternates=self.alternates,
            spare=self._spare,
        )

    def __len__(self) -> int:
        return len(self.items)

    def run(self, sequence: Int32s) -> None:
        """Plan every item-site, parents first."""
        pool = Pool(self.rows.pool.data, 0)
        self.rows = Lists(pool, self.rows.first, self.rows.count)
        scratch = kernels.scratch_for(self.horizon.buckets)
        # Room for a third of all buckets at first; untouched pages cost nothing.
        pool.make_room(len(self) * (self.horizon.buckets // 3) + self._most_rows())
        place = 0
        while place < len(sequence):
            place, pool.used, bad = kernels.plan_all(
                self.state, sequence, place, pool.used, scratch
            )
            if bad >= 0:
                raise QuantityOverflow(bad)
            pool.make_room(self._most_rows())
        self.rows.tidy_at = 2 * pool.used + SPARE_ROWS

    def _most_rows(self) -> int:
        # The rows that one item-site may have.
        receipts = int(self.receipts.count.max(initial=0))
        return self.horizon.buckets + receipts + self._spare

    # --- net change -------------------------------------------------------------------------------

    def apply(self, changes: Changes) -> Int64s:
        """Plan anew what a change touches; the item-sites whose orders are different now.

        The result is what a full run over the changed input gives. A refused change leaves the plan as it was.
        """
        with self._lock:
            self._check(changes, len(self))
            for lists in (self.demands, self.receipts, self.into, self.outof, self.rows):
                lists.tidy()
            undo = self._journal()
            touched: Int64s = np.zeros(0, dtype=np.int64)
            try:
                touched = self._change(changes)
                return self._plan_touched(touched)
            except (CycleFound, QuantityOverflow):
                undo()
                self._plan_touched(touched)
                raise

    def _journal(self) -> Callable[[], None]:
        # Notes what is replaced from now on, so that a refused change costs what it touched and no more.
        inputs = (self.demands, self.receipts, self.into, self.outof)
        for lists in inputs:
            lists.replaced.clear()
        self._items_replaced.clear()
        levels, alternates = self.levels, self.alternates

        def undo() -> None:
            for lists in inputs:
                lists.undo()
            for at, rows in reversed(self._items_replaced):
                self.items[at] = rows
            self.levels, self.alternates = levels, alternates

        return undo

    def _change(self, changes: Changes) -> Int64s:
        touched: list[Int64s] = []
        if len(changes.whole):
            touched.append(self._empty(changes.whole))
        if len(changes.demands):
            touched.append(self._change_demands(changes.demands))
        if len(changes.receipts):
            touched.append(self._change_receipts(changes.receipts))
        if changes.on_hand is not None:
            at, quantity = changes.on_hand
            self._note_items(at)
            self.items[at, kernels.ON_HAND] = quantity
            touched.append(at.astype(np.int64))
        if changes.items is not None:
            touched.append(self._change_items(*changes.items))
        for parent, child, role in zip(
            changes.remove_edges.parent,
            changes.remove_edges.child,
            changes.remove_edges.role,
            strict=True,
        ):
            touched.append(self._remove_edge(int(parent), int(child), int(role)))
        if len(changes.add_edges):
            touched.append(self._add_edges(changes.add_edges))
        if len(self.alternates) and (len(changes.add_edges) or len(changes.remove_edges)):
            touched.append(self._order_alternates(changes.remove_edges))
        return np.unique(np.concatenate(touched)) if touched else np.zeros(0, dtype=np.int64)

    def _check(self, changes: Changes, count: int) -> None:
        building.check_item("whole", changes.whole, count)
        building.check_item("demands", changes.demands.item, count)
        check_quantities("demands", changes.demands.quantity)
        check_days("demands", changes.demands.day)
        building.check_receipts(changes.receipts, count)
        if changes.on_hand is not None:
            building.check_item("on_hand", changes.on_hand[0], count)
            check_quantities("on_hand", changes.on_hand[1], lowest=-(2**62))
        if changes.items is not None:
            building.check_item("items", changes.items[0], count)
            building.pack_items(changes.items[1], self.leads.copy(), self.calendars)
        building.pack_edges(changes.add_edges, count)
        building.check_item("edges", changes.remove_edges.parent, count)
        building.check_item("edges", changes.remove_edges.child, count)

    def _note_items(self, at: Int32s) -> None:
        if self._items_shared:
            self.items = self.items.copy()
            self._items_shared = False
        self._items_replaced.append((at, self.items[at].copy()))

    def _empty(self, items: Int32s) -> Int64s:
        for lists in (self.demands, self.receipts):
            nothing = np.zeros((0, lists.pool.data.shape[1]), dtype=np.int64)
            for item in items.tolist():
                if lists.count[item]:
                    lists.set(item, nothing)
        return items.astype(np.int64)

    def _change_demands(self, demands: Demands) -> Int64s:
        items = np.unique(demands.item).astype(np.int64)
        rows = np.stack([demands.quantity, demands.day.astype(np.int64), demands.id], axis=1)
        for item in items:
            self.demands.set(
                int(item), _replaced(self.demands.of(int(item)), rows[demands.item == item])
            )
        return items

    def _change_receipts(self, receipts: Receipts) -> Int64s:
        items = np.unique(receipts.item).astype(np.int64)
        columns = [receipts.quantity, receipts.day, receipts.id, receipts.kind, receipts.start_day]
        rows = np.stack([column.astype(np.int64) for column in columns], axis=1)
        for item in items:
            kept = _replaced(self.receipts.of(int(item)), rows[receipts.item == item])
            kept = kept[np.lexsort((kept[:, kernels.ID], kept[:, kernels.DAY]))]
            self.receipts.set(int(item), kept)
        return items

    def _change_items(self, at: Int32s, items: ItemSites) -> Int64s:
        self._note_items(at)
        packed = building.pack_items(items, self.leads, self.calendars)
        packed[:, kernels.SUBSTITUTED_BY] = self.items[at, kernels.SUBSTITUTED_BY]
        self.items[at] = packed
        # A new maximum splits the same order otherwise, and components are rounded per order.
        below = [self.outof.of(int(item))[:, kernels.OTHER] & 0xFFFFFFFF for item in at]
        return np.concatenate([at.astype(np.int64), *below])

    def _remove_edge(self, parent: int, child: int, role: int) -> Int64s:
        for lists, here, other in ((self.into, child, parent), (self.outof, parent, child)):
            rows = lists.of(here)
            lists.set(here, rows[rows[:, kernels.OTHER] != (other | role << 32)])
        self._note_substitutes(parent)
        return np.array([parent, child], dtype=np.int64)

    def _add_edges(self, edges: Edges) -> Int64s:
        into, outof = building.pack_edges(edges, len(self))
        self.levels = self.levels.copy()
        for at in range(len(edges)):
            parent, child = int(edges.parent[at]), int(edges.child[at])
            if parent == child or not kernels.deepen(
                self.levels, self.outof.pool.data, self.outof.first, self.outof.count, parent, child
            ):
                raise CycleFound(building.circle_through(parent, child, self.outof))
            self.into.set(child, np.vstack([self.into.of(child), into[at : at + 1]]))
            self.outof.set(parent, np.vstack([self.outof.of(parent), outof[at : at + 1]]))
            self._note_substitutes(parent)
        return np.concatenate([edges.parent, edges.child]).astype(np.int64)

    def _order_alternates(self, removed: Edges) -> Int64s:
        # A line that is taken away takes its alternates with it. Who comes before whom may be different now.
        self.alternates = self.alternates.copy()
        for parent, child, role in zip(removed.parent, removed.child, removed.role, strict=True):
            if role == Role.COMPONENT:
                gone = (self.alternates[:, kernels.PARENT] == parent) & (
                    self.alternates[:, kernels.PRIMARY] == child
                )
                self.alternates[gone, kernels.USED] = -1
        self.levels, _ = building.order_with_alternates(
            len(self), self.into, self.outof, self.alternates
        )
        return np.unique(self.alternates[:, kernels.PRIMARY])

    def _note_substitutes(self, item: int) -> None:
        role = self.outof.of(item)[:, kernels.OTHER] >> 32
        known = int(self.items[item, kernels.SUBSTITUTED_BY])
        has = known & ~kernels.HAS_SUBSTITUTE
        if (role == Role.SUBSTITUTE).any():
            has |= kernels.HAS_SUBSTITUTE
        if known != has:
            self._note_items(np.array([item], dtype=np.int32))
            self.items[item, kernels.SUBSTITUTED_BY] = has

    def _plan_touched(self, touched: Int64s) -> Int64s:
        scratch = kernels.scratch_for(self.horizon.buckets)
        pool = self.rows.pool
        pool.make_room(4 * self._most_rows())
        changed: list[Int64s] = []
        left = touched
        while len(left):
            some, left, pool.used, bad = kernels.plan_touched(
                self.state, self.levels, self.outof.pool.data, self.outof.first, self.outof.count,
                self._queued, left, pool.used, scratch,
            )  # fmt: skip
            if bad >= 0:
                raise QuantityOverflow(bad)
            changed.append(some)
            if len(left):
                pool.make_room(len(left) * self._most_rows())
        return np.unique(np.concatenate(changed)) if changed else np.zeros(0, dtype=np.int64)

    # --- what-if ----------------------------------------------------------------------------------

    def fork(self) -> Plan:
        """The same plan, to be changed apart: rows are shared, only what changes is written anew."""
        with self._lock:
            other = Plan()
            other.horizon = self.horizon
            other.calendars = self.calendars
            other._lock = self._lock
            other.bucket_of_day = self.bucket_of_day
            other._queued = self._queued
            other.items = self.items
            other._items_replaced = []
            self._items_shared = other._items_shared = True
            other.leads = self.leads.copy()
            other.levels = self.levels
            other.alternates, other._spare = self.alternates, self._spare
            for name in ("demands", "receipts", "into", "outof", "rows"):
                setattr(other, name, getattr(self, name).fork())
            return other

    def differences(self, other: Plan) -> Differences:
        """What the other plan orders differently."""
        mine, theirs = self.rows, other.rows
        apart = unlike(
            mine.pool.data, mine.first, mine.count, theirs.pool.data, theirs.first, theirs.count,
            mine.pool is theirs.pool,
        )  # fmt: skip
        keys: list[Int64s] = []
        quantities: list[Int64s] = []
        for plan in (self, other):
            orders = plan.orders(apart)
            keys.append(orders.item.astype(np.int64) << 32 | orders.due_day)
            quantities.append(orders.quantity)
        both, inverse = np.unique(np.concatenate(keys), return_inverse=True)
        before = np.zeros(len(both), dtype=np.int64)
        after = np.zeros(len(both), dtype=np.int64)
        np.add.at(before, inverse[: len(keys[0])], quantities[0])
        np.add.at(after, inverse[len(keys[0]) :], quantities[1])
        found = before != after
        return Differences(
            item=(both[found] >> 32).astype(np.int32),
            due_day=(both[found] & 0xFFFFFFFF).astype(np.int32),
            before=before[found],
            after=after[found],
        )

    # --- results ----------------------------------------------------------------------------------

    def orders(self, items: ArrayLike | Iterable[int] | None = None) -> PlannedOrders:
        """The planned orders, of some item-sites or all; firm orders are the caller's own and not repeated."""
        chosen = self.chosen(items)
        state = self.state
        count = kernels.count_orders(state, chosen)
        orders = PlannedOrders(
            item=np.empty(count, dtype=np.int32),
            source=np.empty(count, dtype=np.int8),
            quantity=np.empty(count, dtype=np.int64),
            good=np.empty(count, dtype=np.int64),
            due_day=np.empty(count, dtype=np.int32),
            start_day=np.empty(count, dtype=np.int32),
            row=np.empty(count, dtype=np.int64),
        )
        kernels.fill_orders(
            state, chosen, orders.item, orders.source, orders.quantity, orders.good,
            orders.due_day, orders.start_day, orders.row,
        )  # fmt: skip
        return orders

    def chosen(self, items: ArrayLike | Iterable[int] | None) -> Int64s:
        """Positions of item-sites; all when none are named."""
        if items is None:
            return np.arange(len(self), dtype=np.int64)
        return np.asarray(items if isinstance(items, np.ndarray) else list(items), dtype=np.int64)  # pyright: ignore[reportArgumentType]


def _replaced(rows: Int64s, new: Int64s) -> Int64s:
    # A row with a known id takes its place; a quantity of nothing takes it away.
    kept = rows[~np.isin(rows[:, kernels.ID], new[:, kernels.ID])]
    return np.vstack([kept, new[new[:, kernels.QUANTITY] > 0]])
