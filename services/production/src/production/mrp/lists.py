"""Lists of rows, one list per item-site, that plans share without copying.

Rows live in one pool that is only ever appended to. A plan keeps where each list begins and how long it is;
a changed list is written anew at the pool's end. A fork copies the beginnings and lengths, not the rows.
"""

from __future__ import annotations

import numpy as np

from production.mrp.values import Int32s, Int64s


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

    __slots__ = ("count", "first", "pool", "replaced")

    def __init__(self, pool: Pool, first: Int64s, count: Int32s) -> None:
        self.pool = pool
        self.first = first
        self.count = count
        self.replaced: list[tuple[int, int, int]] = []

    @classmethod
    def empty(cls, lists: int, columns: int) -> Lists:
        """Lists without a row."""
        pool = Pool(np.empty((1024, columns), dtype=np.int64), 0)
        return cls(pool, np.zeros(lists, dtype=np.int64), np.zeros(lists, dtype=np.int32))

    def fork(self) -> Lists:
        """The same lists, to be changed apart."""
        return Lists(self.pool, self.first.copy(), self.count.copy())

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

    @property
    def wasted(self) -> int:
        """Rows that no list of this plan uses any more."""
        return self.pool.used - int(self.count.sum(dtype=np.int64))
