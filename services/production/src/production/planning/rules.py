"""From what is known of a company to the engine's arrays, and back to orders that people read. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import ClassVar
from uuid import UUID

import numpy as np

from chassis.errors import BusinessError
from production.boms.rules import Bom
from production.item_plans.rules import ItemPlan
from production.mrp import (
    Demands,
    Edges,
    Horizon,
    ItemSites,
    LotRule,
    Plan,
    ReceiptKind,
    Receipts,
    Role,
    Source,
    decimal_of,
    micro,
)
from production.orders.rules import Order
from production.outlook.rules import Coming, Offer, Wanted
from production.replicas.rules import ItemReplica
from tongheng_contracts.production import ProductionOrderStatus

ZERO = Decimal(0)
DAYS, WEEKS = 90, 52
"""A plan looks three months ahead by the day, then a year by the week."""
SOURCES = {"buy": Source.BUY, "make": Source.MAKE, "transfer": Source.TRANSFER, "phantom": Source.PHANTOM}  # fmt: skip
LOT_RULES = {
    "lot_for_lot": LotRule.LOT_FOR_LOT,
    "fixed": LotRule.FIXED,
    "period": LotRule.PERIOD,
    "economic": LotRule.ECONOMIC,
    "up_to": LotRule.UP_TO,
}
COUNTED = frozenset({LotRule.LOT_FOR_LOT, LotRule.FIXED, LotRule.UP_TO})
"""Lot rules whose value is a quantity; the others' are days."""


class NotPlanned(BusinessError):
    """The item is not known, or nothing says that it is ever needed."""

    code: ClassVar[str] = "unknown-reference"
    status: ClassVar[int] = 422
    en: ClassVar[str] = "Item {item} is not known here."
    zh: ClassVar[str] = "物料“{item}”不存在。"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one company on one day."""

    company: str
    today: date
    warehouses: Sequence[str]
    """The first is where things are made and bought unless said otherwise."""
    items: Mapping[str, ItemReplica]
    plans: Sequence[ItemPlan]
    offers: Mapping[str, Offer]
    boms: Sequence[Bom]
    stock: Sequence[tuple[str, str, Decimal]]
    wanted: Sequence[Wanted]
    coming: Sequence[Coming]
    orders: Sequence[Order]


@dataclass(frozen=True, slots=True)
class Reference:
    """The document behind a demand or a receipt."""

    kind: str
    """sales_order, production_order, purchase or requisition."""
    id: UUID
    line: int
    number: str


@dataclass(slots=True)
class Picture:
    """A company's situation as the engine sees it."""

    known: Known
    sites: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Item and site by row; the site is empty where warehouses are planned together."""
    index: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    separate: frozenset[tuple[str, str]] = frozenset()
    demands: list[Reference] = field(default_factory=list[Reference])
    receipts: list[Reference] = field(default_factory=list[Reference])
    plan: Plan | None = None

    @property
    def planned(self) -> Plan:
        """The plan of it."""
        assert self.plan is not None, "a picture is planned when it is made"
        return self.plan

    def row(self, item: str, warehouse: str) -> int:
        """The row that plans an item at a warehouse, made when it is first asked for."""
        site = warehouse if (item, warehouse) in self.separate else ""
        key = (item, site)
        found = self.index.get(key)
        if found is None:
            found = self.index[key] = len(self.sites)
            self.sites.append(key)
        return found

    def place(self, row: int) -> str:
        """The warehouse where a row's orders arrive."""
        site = self.sites[row][1]
        return site or (self.known.warehouses[0] if self.known.warehouses else "")

    def day(self, on: date | None) -> int:
        """A date as days from today; none is today."""
        return 0 if on is None else (on - self.known.today).days

    def date(self, day: int) -> date:
        """Days from today as a date."""
        return self.known.today + timedelta(days=max(min(day, 3650), -3650))


def picture_of(known: Known) -> Picture:
    """Lay a company's situation out, and plan it."""
    plans = {(p.item, p.warehouse): p for p in known.plans}
    picture = Picture(known, separate=frozenset(key for key in plans if key[1]))
    edges = _edges(picture)
    demands = _demands(picture)
    receipts = _receipts(picture)
    stock: dict[int, Decimal] = {}
    for item, warehouse, quantity in known.stock:
        row = picture.row(item, warehouse)
        stock[row] = stock.get(row, ZERO) + quantity
    edges += _transfers(picture, plans)
    picture.plan = Plan.build(
        _item_sites(picture, plans, stock),
        Edges.of(**_columns(edges, ("parent", "child", "quantity", "base", "scrap", "valid_from", "valid_to", "role"))),
        Demands.of(**_columns(demands, ("item", "day", "quantity"))),
        Receipts.of(**_columns(receipts, ("item", "day", "quantity", "kind", "start_day"))),
        Horizon.mixed(days=DAYS, weeks=WEEKS),
    )  # fmt: skip
    return picture


def _columns(rows: Sequence[tuple[int, ...]], names: Sequence[str]) -> dict[str, list[int]]:
    return {name: [row[n] for row in rows] for n, name in enumerate(names)}


def _edges(picture: Picture) -> list[tuple[int, ...]]:
    by_place: dict[tuple[str, str], list[Bom]] = {}
    for bom in picture.known.boms:
        by_place.setdefault((bom.item, bom.warehouse), []).append(bom)
    first = picture.known.warehouses[0] if picture.known.warehouses else ""
    found: list[tuple[int, ...]] = []
    places: list[tuple[str, str, list[Bom]]] = []
    for (item, warehouse), boms in by_place.items():
        if not warehouse:
            sites = {w for i, w in picture.separate if i == item and (item, w) not in by_place}
            places += [(item, w, boms) for w in sorted({"", *sites})]
        elif (item, warehouse) in picture.separate or (item, "") not in by_place:
            places.append((item, warehouse, boms))
    for item, warehouse, boms in places:
        parent = picture.row(item, warehouse)
        ordered = sorted(boms, key=lambda bom: (bom.valid_from, bom.revision))
        for n, bom in enumerate(ordered):
            end = bom.valid_to
            if n + 1 < len(ordered):
                following = ordered[n + 1].valid_from
                end = following if end is None else min(end, following)
            found += _lines(picture, bom, parent, warehouse or first, end)
    return found


def _lines(
    picture: Picture, bom: Bom, parent: int, warehouse: str, end: date | None
) -> Iterable[tuple[int, ...]]:
    for c in bom.components:
        if c.alternate_of is not None:
            continue
        start = max(bom.valid_from, c.valid_from) if c.valid_from else bom.valid_from
        stop = min((d for d in (end, c.valid_to) if d is not None), default=None)
        if stop is not None and stop <= start:
            continue
        yield (
            parent, picture.row(c.item, warehouse), micro(c.quantity), micro(bom.base_quantity), micro(c.scrap_rate),
            max(picture.day(start), -900_000), 900_000 if stop is None else picture.day(stop), Role.COMPONENT,
        )  # fmt: skip
    for o in bom.outputs:
        yield (
            parent, picture.row(o.item, warehouse), micro(o.quantity), micro(bom.base_quantity), 0,
            max(picture.day(bom.valid_from), -900_000), 900_000 if end is None else picture.day(end), Role.CO_PRODUCT,
        )  # fmt: skip


def _transfers(
    picture: Picture, plans: Mapping[tuple[str, str], ItemPlan]
) -> list[tuple[int, ...]]:
    one = micro(Decimal(1))
    return [
        (picture.row(p.item, p.warehouse), picture.row(p.item, p.transfer_from), one, one, 0, -900_000, 900_000, Role.COMPONENT)
        for p in plans.values()
        if p.source == "transfer" and p.warehouse
    ]  # fmt: skip


def _demands(picture: Picture) -> list[tuple[int, ...]]:
    rows: list[tuple[int, ...]] = []
    for w in picture.known.wanted:
        if w.item in picture.known.items:
            picture.demands.append(Reference("sales_order", w.order, w.line, w.number))
            rows.append((picture.row(w.item, w.warehouse), picture.day(w.day), micro(w.quantity)))
    for order in picture.known.orders:
        if order.status is not ProductionOrderStatus.RELEASED:
            continue
        for c in order.components:
            left = c.quantity - c.issued
            if left > ZERO and c.item in picture.known.items:
                picture.demands.append(
                    Reference("production_order", order.id, c.line, order.number)
                )
                day = max(picture.day(order.start_date), 0)
                rows.append((picture.row(c.item, c.warehouse), day, micro(left)))
    return rows


def _receipts(picture: Picture) -> list[tuple[int, ...]]:
    rows: list[tuple[int, ...]] = []
    for c in picture.known.coming:
        if c.item in picture.known.items:
            picture.receipts.append(Reference(c.kind, c.order, c.line, c.number))
            rows.append(
                (picture.row(c.item, c.warehouse), picture.day(c.day), micro(c.quantity), ReceiptKind.PURCHASE, 0)
            )  # fmt: skip
    for order in picture.known.orders:
        left = order.quantity_left
        if left <= ZERO or order.item not in picture.known.items:
            continue
        start = picture.day(order.start_date)
        due = picture.day(order.due_date) if order.due_date else max(start, 0)
        firm = order.status is ProductionOrderStatus.PLANNED
        if not firm and not order.quantity_good:
            left = _expected(picture, order, left)
        picture.receipts.append(Reference("production_order", order.id, 0, order.number))
        rows.append(
            (
                picture.row(order.item, order.warehouse), due, micro(left),
                ReceiptKind.FIRM if firm else ReceiptKind.PRODUCTION, min(start, due),
            )
        )  # fmt: skip
    return rows


def _expected(picture: Picture, order: Order, left: Decimal) -> Decimal:
    # Nothing is reported yet: as many as usual will be good.
    bom = next((b for b in picture.known.boms if b.id == order.bom), None)
    step = Decimal(1).scaleb(-picture.known.items[order.item].quantity_decimals)
    return left if bom is None else (left * bom.yield_rate).quantize(step, rounding=ROUND_DOWN)


def _item_sites(
    picture: Picture,
    plans: Mapping[tuple[str, str], ItemPlan],
    stock: Mapping[int, Decimal],
) -> ItemSites:
    known = picture.known
    yields = {(b.item, b.warehouse): b.yield_rate for b in known.boms if b.is_valid(known.today, b.warehouse)}  # fmt: skip
    columns: dict[str, list[int]] = {
        name: []
        for name in (
            "on_hand", "safety_stock", "step", "yield_share", "source", "lead_days", "lot_rule", "lot_value",
            "lot_min", "lot_max", "lot_multiple",
        )
    }  # fmt: skip
    for row, (code, site) in enumerate(picture.sites):
        item = known.items.get(code)
        plan = plans.get((code, site)) or plans.get((code, ""))
        source = (plan.source if plan else None) or (item.procurement if item else "buy")
        offer = known.offers.get(code) if source == "buy" else None
        matching = offer if offer and item and offer.unit == item.base_unit else None
        rule = LOT_RULES[plan.lot_rule] if plan else LotRule.LOT_FOR_LOT
        safety = plan.safety_stock if plan and plan.safety_stock is not None else None
        lead = plan.lead_time_days if plan and plan.lead_time_days is not None else None
        if lead is None:
            lead = offer.lead_time_days if offer else item.lead_time_days if item else None
        if safety is None:
            safety = item.safety_stock if item and item.safety_stock is not None else ZERO
        made = yields.get((code, site)) or yields.get((code, "")) if source == "make" else None
        values = {
            "on_hand": micro(stock.get(row, ZERO)),
            "safety_stock": micro(safety),
            "step": 10 ** (6 - min(item.quantity_decimals if item else 0, 6)),
            "yield_share": micro(made if made is not None else Decimal(1)),
            "source": int(SOURCES[source]),
            "lead_days": lead or 0,
            "lot_rule": int(rule),
            "lot_value": _lot_value(plan, rule),
            "lot_min": micro(plan.lot_minimum if plan and plan.lot_minimum else matching.minimum if matching else ZERO),
            "lot_max": micro(plan.lot_maximum if plan else ZERO),
            "lot_multiple": micro(
                plan.lot_multiple if plan and plan.lot_multiple else matching.multiple if matching else ZERO
            ),
        }  # fmt: skip
        for name, value in values.items():
            columns[name].append(value)
    return ItemSites.of(len(picture.sites), **columns)


def _lot_value(plan: ItemPlan | None, rule: LotRule) -> int:
    if plan is None:
        return 0
    if rule is LotRule.PERIOD:
        return int(plan.lot_quantity)
    return micro(plan.lot_quantity)


@dataclass(frozen=True, slots=True)
class Proposed:
    """What the plan would order."""

    row: int
    plan_row: int
    source: Source
    quantity: Decimal
    good: Decimal
    start: date
    due: date
    late: bool


def proposals(picture: Picture) -> list[Proposed]:
    """All planned orders."""
    orders = picture.planned.orders()
    return [
        Proposed(
            int(orders.item[n]),
            int(orders.row[n]),
            Source(int(orders.source[n])),
            decimal_of(int(orders.quantity[n])),
            decimal_of(int(orders.good[n])),
            picture.date(int(orders.start_day[n])),
            picture.date(int(orders.due_day[n])),
            bool(orders.start_day[n] < 0),
        )
        for n in np.lexsort((orders.item, orders.due_day)).tolist()
    ]
