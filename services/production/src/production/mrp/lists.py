"""Lists of rows, one list per item-site, that plans share without copying.

Rows live in one pool that is only ever appended to. A plan keeps where each list begins and how long it is;
a changed list is written anew at the pool's end. A fork copies the beginnings and lengths, not the rows.
"""

from __future__ import annotations

import numpy as np

from production.mrp.compiled import compiled
from production.mrp.values import Int32s, Int64s

SPARE_ROWS = 1_000_000


class Pool:
    """Rows of one kind; what is written never changes."""

    __slots__ = ("data", "used")

    def __init__(self, data: Int64s, used: int) -> None:
        self.data = data
        self.used = used

    def make_room(self, rows: int) -> None:
        """At least so many rows can be written after the last."""
        if self.used + rows > len(self.data):
            size = max(self.used + rows, len(self.data) + len(self.data) // 3)
            grown = np.empty((size, self.data.shape[1]), dtype=np.int64)
            grown[: self.used] = self.data[: self.used]
            self.data = grown


class Lists:
    """One plan's lists in a pool."""

    __slots__ = ("count", "first", "pool", "replaced", "tidy_at")

    def __init__(self, pool: Pool, first: Int64s, count: Int32s) -> None:
        self.pool = pool
        self.first = first
        self.count = count
        self.replaced: list[tuple[int, int, int]] = []
        self.tidy_at = 2 * pool.used + SPARE_ROWS

    @classmethod
    def empty(cls, lists: int, columns: int) -> Lists:
        """Lists without a row."""
        pool = Pool(np.empty((1024, columns), dtype=np.int64), 0)
        return cls(pool, np.zeros(lists, dtype=np.int64), np.zeros(lists, dtype=np.int32))

    def fork(self) -> Lists:
        """The same lists, to be changed apart."""
        other = Lists(self.pool, self.first.copy(), self.count.copy())
        other.tidy_at = self.tidy_at
        return other

    def of(self, item: int) -> Int64s:
        """The rows of one list, to read."""
        first = int(self.first[item])
        return self.pool.data[first : first + int(self.count[item])]

    def set(self, item: int, rows: Int64s) -> None:
        """Replace one list."""
        self.replaced.append((item, int(self.first[item]), int(self.count[item])))
        self.pool.make_room(len(rows))
        at = self.pool.used
        self.pool.data[at : at + len(rows)] = rows
        self.pool.used = at + len(rows)
        self.first[item] = at
        self.count[item] = len(rows)

    def undo(self) -> None:
        """Put back the lists that were replaced since `replaced` was last cleared."""
        while self.replaced:
            item, first, count = self.replaced.pop()
            self.first[item] = first
            self.count[item] = count

    def tidy(self) -> None:
        """Move to a pool of one's own, without what is used no more, once half of the pool may be that."""
        if self.pool.used <= self.tidy_at:
            return
        live = int(self.count.sum(dtype=np.int64))
        data = np.empty((live + SPARE_ROWS // 10, self.pool.data.shape[1]), dtype=np.int64)
        self.first = gathered(self.pool.data, self.first, self.count, data)
        self.pool = Pool(data, live)
        self.replaced.clear()
        self.tidy_at = 2 * live + SPARE_ROWS


@compiled
def gathered(data: Int64s, first: Int64s, count: Int32s, target: Int64s) -> Int64s:
    """Copy the lists' rows one after the other; where each begins now."""
    begins = np.empty_like(first)
    used = 0
    for item in range(len(first)):
        begins[item] = used
        for row in range(first[item], first[item] + count[item]):
            target[used] = data[row]
            used += 1
    return begins


@compiled
def unlike(
    data: Int64s,
    first: Int64s,
    count: Int32s,
    other: Int64s,
    other_first: Int64s,
    other_count: Int32s,
    shared: bool,
) -> Int64s:
    """The lists whose rows are not the same in both; in a shared pool the same place is the same list."""
    found = [np.int64(0) for _ in range(0)]
    for item in range(len(first)):
        same = count[item] == other_count[item]
        if same and not (shared and first[item] == other_first[item]):
            for offset in range(count[item]):
                for column in range(data.shape[1]):
                    if (
                        data[first[item] + offset, column]
                        != other[other_first[item] + offset, column]
                    ):
                        same = False
        if not same:
            found.append(np.int64(item))
    result = np.empty(len(found), dtype=np.int64)
    for at in range(len(found)):
        result[at] = found[at]
    return result
