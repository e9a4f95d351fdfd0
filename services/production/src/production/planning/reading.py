"""What planning reads of the database: arrays by binary COPY, items and warehouses by their short keys."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from production.planning import copying
from production.planning.copying import Array, CopyConnection

FAR = 900_000
_MICRO = "(({}) * 1000000)::bigint"


def _micro(*names: str) -> str:
    return ", ".join(_MICRO.format(name) for name in names)


_ITEMS = (
    "SELECT i.key, i.quantity_decimals::smallint,"
    " CASE i.procurement WHEN 'make' THEN 1 WHEN 'transfer' THEN 2 WHEN 'phantom' THEN 3 ELSE 0 END::smallint,"
    f" coalesce(i.lead_time_days, 0), {_micro('coalesce(i.safety_stock, 0)')}"
    " FROM item_replicas i WHERE i.key = ANY($1::integer[]) ORDER BY i.key"
)
_PLANS = (
    "SELECT i.key, coalesce(w.key, 0), coalesce(f.key, 0),"
    " CASE p.source WHEN 'buy' THEN 0 WHEN 'make' THEN 1 WHEN 'transfer' THEN 2 WHEN 'phantom' THEN 3 ELSE -1 END::smallint,"
    " CASE p.lot_rule WHEN 'fixed' THEN 1 WHEN 'period' THEN 2 WHEN 'economic' THEN 3 WHEN 'up_to' THEN 4 ELSE 0 END::smallint,"
    f" {_micro('p.lot_quantity', 'p.lot_minimum', 'p.lot_maximum', 'p.lot_multiple')},"
    f" coalesce(p.lead_time_days, -1), {_micro('coalesce(p.safety_stock, -1)')},"
    " coalesce(array_position(CAST($3 AS text[]), p.calendar) - 1, -1)::integer"
    " FROM item_plans p JOIN item_replicas i ON i.code = p.item"
    " LEFT JOIN warehouse_replicas w ON w.code = p.warehouse LEFT JOIN warehouse_replicas f ON f.code = p.transfer_from"
    " WHERE p.company = $1 AND {only}"
)
_OFFERS = (
    "SELECT DISTINCT ON (o.item) i.key, o.lead_time_days,"
    f" {_micro('o.minimum_quantity', 'o.multiple_quantity')}, o.unit = i.base_unit"
    " FROM supplier_offers o JOIN item_replicas i ON i.code = o.item WHERE o.active AND {only}"
    " ORDER BY o.item, o.preferred DESC, o.lead_time_days, o.supplier DESC"
)
_YIELDS = (
    "SELECT DISTINCT ON (b.item, b.warehouse) i.key, coalesce(w.key, 0), (b.yield_rate * 1000000)::bigint"
    " FROM boms b JOIN item_replicas i ON i.code = b.item LEFT JOIN warehouse_replicas w ON w.code = b.warehouse"
    " WHERE b.company = $1 AND b.status = 'active' AND b.valid_from <= $3::date"
    " AND (b.valid_to IS NULL OR b.valid_to > $3::date) AND {only}"
    " ORDER BY b.item, b.warehouse, b.valid_from DESC, b.revision DESC"
)
_EDGES = (
    "WITH bills AS (SELECT b.id, i.key, coalesce(w.key, 0) AS place, b.base_quantity, b.valid_from,"
    " least(b.valid_to, lead(b.valid_from) OVER (PARTITION BY b.item, b.warehouse ORDER BY b.valid_from, b.revision))"
    " AS valid_to FROM boms b JOIN item_replicas i ON i.code = b.item"
    " LEFT JOIN warehouse_replicas w ON w.code = b.warehouse WHERE b.company = $1 AND b.status = 'active'),"
    " lines AS (SELECT b.key AS parent, b.place, c.item, c.quantity, b.base_quantity, c.scrap_rate,"
    " greatest(b.valid_from, c.valid_from) AS valid_from, least(b.valid_to, c.valid_to) AS valid_to, 0 AS role"
    " FROM bills b JOIN bom_components c ON c.bom_id = b.id WHERE c.alternate_of IS NULL"
    " UNION ALL SELECT b.key, b.place, o.item, o.quantity, b.base_quantity, 0, b.valid_from, b.valid_to, 1"
    " FROM bills b JOIN bom_outputs o ON o.bom_id = b.id)"
    f" SELECT l.parent, l.place, i.key, {_micro('l.quantity', 'l.base_quantity', 'l.scrap_rate')},"
    f" greatest(l.valid_from - $2::date, -{FAR}), least(coalesce(l.valid_to - $2::date, {FAR}), {FAR}), l.role::smallint"
    " FROM lines l JOIN item_replicas i ON i.code = l.item"
    " WHERE l.quantity > 0 AND (l.valid_to IS NULL OR l.valid_to > l.valid_from)"
    " ORDER BY l.parent, l.place, i.key, l.valid_from, l.role"
)
_ALTERNATES = (
    "WITH bills AS (SELECT b.id, i.key, coalesce(w.key, 0) AS place, b.base_quantity, b.valid_from,"
    " least(b.valid_to, lead(b.valid_from) OVER (PARTITION BY b.item, b.warehouse ORDER BY b.valid_from, b.revision))"
    " AS valid_to FROM boms b JOIN item_replicas i ON i.code = b.item"
    " LEFT JOIN warehouse_replicas w ON w.code = b.warehouse WHERE b.company = $1 AND b.status = 'active'),"
    " lines AS (SELECT b.key AS parent, b.place, c.item AS primary, a.item AS alternate,"
    " dense_rank() OVER (ORDER BY b.key, b.place, b.id, c.line) AS line, b.base_quantity,"
    " c.quantity AS line_quantity, c.scrap_rate AS line_scrap, a.quantity, a.scrap_rate, a.priority, a.line AS number,"
    " greatest(b.valid_from, c.valid_from, a.valid_from) AS valid_from,"
    " least(b.valid_to, c.valid_to, a.valid_to) AS valid_to FROM bills b"
    " JOIN bom_components a ON a.bom_id = b.id AND a.alternate_of IS NOT NULL"
    " JOIN bom_components c ON c.bom_id = b.id AND c.line = a.alternate_of)"
    " SELECT l.parent, l.place, p.key, i.key, l.line,"
    f" {_micro('l.line_quantity', 'l.line_scrap', 'l.quantity', 'l.scrap_rate', 'l.base_quantity')},"
    f" greatest(l.valid_from - $2::date, -{FAR}), least(coalesce(l.valid_to - $2::date, {FAR}), {FAR})"
    " FROM lines l JOIN item_replicas p ON p.code = l.primary JOIN item_replicas i ON i.code = l.alternate"
    " WHERE l.quantity > 0 AND l.line_quantity > 0 AND (l.valid_to IS NULL OR l.valid_to > l.valid_from)"
    " ORDER BY l.line, l.priority, l.number"
)
_STOCK = (
    f"SELECT i.key, coalesce(w.key, 0), {_micro('greatest(s.quantity, 0)')} FROM stock_levels s"
    " JOIN item_replicas i ON i.code = s.item LEFT JOIN warehouse_replicas w ON w.code = s.warehouse"
    " WHERE s.company = $1 AND {only}"
)
_WANTED = (
    "WITH d AS (SELECT item, warehouse, wanted, quantity - shipped AS quantity, order_id, line, priority, number,"
    " 0::smallint AS kind FROM sales_demands WHERE company = $1 AND active AND quantity > shipped"
    " UNION ALL SELECT item, from_warehouse, ship_date, quantity - shipped, order_id, line, 0, number, 1::smallint"
    " FROM transfer_supplies WHERE company = $1 AND active AND quantity > shipped)"
    " SELECT i.key, coalesce(w.key, 0), coalesce(d.wanted - $3::date, 0),"
    f" {_micro('d.quantity')}, d.order_id, d.line, d.kind"
    " FROM d JOIN item_replicas i ON i.code = d.item LEFT JOIN warehouse_replicas w ON w.code = d.warehouse"
    " WHERE {only} ORDER BY d.wanted NULLS FIRST, d.priority, d.number, d.line"
)
_COMING = (
    "WITH p AS (SELECT item, warehouse, due_date, quantity - received AS quantity, order_id, line, number,"
    " CASE kind WHEN 'requisition' THEN 1 ELSE 0 END::smallint AS kind FROM purchase_supplies"
    " WHERE company = $1 AND active AND quantity > received"
    " UNION ALL SELECT item, warehouse, due_date, quantity - received, order_id, line, number, 2::smallint"
    " FROM transfer_supplies WHERE company = $1 AND active AND quantity > received)"
    " SELECT i.key, coalesce(w.key, 0), coalesce(p.due_date - $3::date, 0),"
    f" {_micro('p.quantity')}, p.order_id, p.line, p.kind"
    " FROM p JOIN item_replicas i ON i.code = p.item LEFT JOIN warehouse_replicas w ON w.code = p.warehouse"
    " WHERE {only} ORDER BY p.due_date NULLS FIRST, p.number, p.line"
)
_PLACE = ["integer", "integer"]
WANTING = ("sales", "transfer")
BRINGING = ("purchase", "requisition", "transfer")


@dataclass(frozen=True, slots=True)
class Facts:
    """Stock, demand and supply as they are now; item and warehouse keys first, then days from today and millionths.

    Last is what wants it (`WANTING`) or brings it (`BRINGING`).
    """

    stock: Sequence[Array]
    wanted: Sequence[Array]
    coming: Sequence[Array]


@dataclass(frozen=True, slots=True)
class Parameters:
    """How items are planned."""

    items: Sequence[Array]
    plans: Sequence[Array]
    offers: Sequence[Array]
    yields: Sequence[Array]


async def connection_of(session: AsyncSession) -> CopyConnection:
    """The driver's connection within the session's transaction."""
    raw = await (await session.connection()).get_raw_connection()
    return cast("CopyConnection", raw.driver_connection)


class Reader:
    """Reads one company's input for one day, all of it or of some items."""

    def __init__(
        self, connection: CopyConnection, company: str, today: date, items: Collection[str] | None
    ) -> None:
        self._connection = connection
        self._company = company
        self._today = today
        self._items = None if items is None else sorted(items)

    async def _read(self, query: str, column: str, kinds: list[str], *more: object) -> list[Array]:
        only = (
            "($2::text[] IS NULL OR TRUE)" if self._items is None else f"{column} = ANY($2::text[])"
        )
        return await copying.read(
            self._connection, query.replace("{only}", only), self._company, self._items, *more, kinds=kinds
        )  # fmt: skip

    async def facts(self) -> Facts:
        """Stock, demand and supply."""
        kinds = [*_PLACE, "integer", "bigint", "uuid", "integer", "smallint"]
        return Facts(
            await self._read(_STOCK, "s.item", [*_PLACE, "bigint"]),
            await self._read(_WANTED, "d.item", kinds, self._today),
            await self._read(_COMING, "p.item", kinds, self._today),
        )  # fmt: skip

    async def edges(self) -> list[Array]:
        """All bills: parent, place, child, quantity, base, scrap, valid from and to, role."""
        return await copying.read(
            self._connection, _EDGES, self._company, self._today,
            kinds=["integer", "integer", "integer", "bigint", "bigint", "bigint", "integer", "integer", "smallint"],
        )  # fmt: skip

    async def alternates(self) -> list[Array]:
        """What may stand for what in the bills' lines, by line and priority: parent, place, primary, alternate, line,
        the line's quantity and scrap, the alternate's, their base, valid from and to."""
        return await copying.read(
            self._connection, _ALTERNATES, self._company, self._today,
            kinds=["integer"] * 4 + ["bigint"] * 6 + ["integer"] * 2,
        )  # fmt: skip

    async def plans(self, calendars: Sequence[str]) -> list[Array]:
        """Item plans: item, warehouse, where it comes from, source, lot rule and its quantities, lead time, safety
        stock, and the place of its calendar among those given; -1 where nothing is said."""
        return await self._read(
            _PLANS, "p.item",
            ["integer"] * 3 + ["smallint"] * 2 + ["bigint"] * 4 + ["integer", "bigint", "integer"], list(calendars),
        )  # fmt: skip

    async def parameters(self, plans: Sequence[Array], keys: Array) -> Parameters:
        """How the items with these keys are planned."""
        items = await copying.read(
            self._connection, _ITEMS, np.unique(keys).tolist(),
            kinds=["integer", "smallint", "smallint", "integer", "bigint"],
        )  # fmt: skip
        yields = await self._read(_YIELDS, "b.item", [*_PLACE, "bigint"], self._today)
        return Parameters(items, plans, await self._offers(), yields)

    async def _offers(self) -> list[Array]:
        only = "TRUE" if self._items is None else "o.item = ANY($1::text[])"
        return await copying.read(
            self._connection, _OFFERS.replace("{only}", only),
            *([] if self._items is None else [self._items]),
            kinds=["integer", "integer", "bigint", "bigint", "boolean"],
        )  # fmt: skip
