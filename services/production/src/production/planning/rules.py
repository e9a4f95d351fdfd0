"""From what is known of a company to the engine's arrays, and back to what people read. No I/O."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import ClassVar
from uuid import UUID

import numpy as np

from chassis.errors import BusinessError
from production.mrp import (
    Alternates,
    Calendars,
    Changes,
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
    micro,
)
from production.mrp.tracing import reached
from production.mrp.values import Int32s, Int64s
from production.orders.rules import Order
from production.planning.copying import Array
from production.planning.reading import FAR, Facts, Parameters
from production.work_centres.rules import Calendar
from tongheng_contracts.production import ProductionOrderStatus

ZERO = Decimal(0)
MICRO = 1_000_000
DAYS, WEEKS = 90, 52
"""A plan looks three months ahead by the day, then a year by the week."""
CALENDAR_PAST, CALENDAR_DAYS = 366, 3 * 366
SITE = 32
KEY = (1 << SITE) - 1


class NotPlanned(BusinessError):
    """The item is not known, or nothing says that it is ever needed."""

    code: ClassVar[str] = "unknown-reference"
    status: ClassVar[int] = 422
    en: ClassVar[str] = "Item {item} is not known here."
    zh: ClassVar[str] = "物料“{item}”不存在。"


class References:
    """The documents behind demands or receipts, by the id that the engine has of them."""

    SALES, PRODUCTION, PURCHASE, REQUISITION, TRANSFER = range(5)

    def __init__(self) -> None:
        self.count = 0
        self._kind = np.zeros(1024, dtype=np.int8)
        self._line = np.zeros(1024, dtype=np.int32)
        self._id: Array = np.zeros(1024, dtype="V16")

    def copy(self) -> References:
        """The same documents, to be added to apart."""
        other = References()
        other.count = self.count
        other._kind, other._line, other._id = self._kind.copy(), self._line.copy(), self._id.copy()
        return other

    def add(self, kind: Array | int, ids: Array, lines: Array | int) -> Int64s:
        """Note some documents' lines; the engine's ids of them."""
        end = self.count + len(ids)
        if end > len(self._kind):
            size = max(end, 2 * len(self._kind))
            for name in ("_kind", "_line", "_id"):
                grown = np.zeros(size, dtype=getattr(self, name).dtype)
                grown[: self.count] = getattr(self, name)[: self.count]
                setattr(self, name, grown)
        self._kind[self.count : end] = kind
        self._line[self.count : end] = lines
        self._id[self.count : end] = ids
        numbers = np.arange(self.count, end, dtype=np.int64)
        self.count = end
        return numbers

    def kind(self, reference: int) -> int:
        """What kind of document it is."""
        return int(self._kind[reference])

    def line(self, reference: int) -> int:
        """Which of its lines."""
        return int(self._line[reference])

    def id(self, reference: int) -> UUID:
        """The document's id."""
        return UUID(bytes=self._id[reference].tobytes())

    def ids(self, references: Int64s) -> Array:
        """Many documents' ids, as COPY has them; nobody's for what is none."""
        known = (references >= 0) & (references < self.count)
        found = np.zeros(len(references), dtype="V16")
        found[known] = self._id[references[known]]
        return found

    def kinds(self, references: Int64s) -> Array:
        """Many documents' kinds; -1 for what is none."""
        known = (references >= 0) & (references < self.count)
        found = np.full(len(references), -1, dtype=np.int16)
        found[known] = self._kind[references[known]]
        return found


@dataclass(frozen=True, slots=True)
class Frame:
    """What a plan stands on: the day, the places, the bills, whose working days count."""

    company: str
    today: date
    warehouses: Mapping[int, str]
    """Codes by key; the first is where things are made and bought unless said otherwise."""
    calendars: Mapping[str, Calendar]
    edges: Sequence[Array]
    alternates: Sequence[Array]

    @property
    def first(self) -> int:
        """The key of the first warehouse."""
        return next(iter(self.warehouses), 0)

    def usual(self, items: Array, separate: Int64s) -> Int64s:
        """Where items are made and bought unless said otherwise: the first warehouse that is no site of its own."""
        whole = np.asarray(items, dtype=np.int64) << SITE
        places = np.full(len(whole), self.first, dtype=np.int64)
        left = np.flatnonzero(np.isin(whole | self.first, separate))
        for key in list(self.warehouses)[1:]:
            if not len(left):
                break
            free = ~np.isin(whole[left] | key, separate)
            places[left[free]] = key
            left = left[~free]
        return places

    @property
    def working(self) -> Calendars:
        """The calendars as the engine has them, in the order of their codes."""
        if not self.calendars:
            return Calendars.none()
        days = [self.today + timedelta(days=n) for n in range(-CALENDAR_PAST, CALENDAR_DAYS)]
        rows = [[each.minutes_on(day) > 0 for day in days] for each in self.calendars.values()]
        return Calendars(np.array(rows, dtype=np.bool_), first_day=-CALENDAR_PAST)


@dataclass(slots=True)
class Picture:
    """A company's situation as the engine sees it, and what follows from it."""

    frame: Frame
    codes: Int64s
    """Item key and site key of each row, ascending; the site is 0 where warehouses are planned together."""
    separate: Int64s
    """Item and warehouse keys that are a site of their own."""
    attributes: ItemSites
    plan: Plan
    demands: References = field(default_factory=References)
    receipts: References = field(default_factory=References)

    @property
    def today(self) -> date:
        """Day 0."""
        return self.frame.today

    def fork(self) -> Picture:
        """The same picture, whose plan is changed apart."""
        return Picture(
            self.frame, self.codes, self.separate, self.attributes, self.plan.fork(), self.demands, self.receipts
        )  # fmt: skip

    def rows(self, items: Array, places: Array) -> Int64s:
        """The rows that plan items at warehouses; -1 where there is none."""
        wanted = site_codes(items, places, self.separate)
        at = np.searchsorted(self.codes, wanted)
        at = np.minimum(at, max(len(self.codes) - 1, 0))
        if not len(self.codes):
            return np.full(len(wanted), -1, dtype=np.int64)
        return np.where(self.codes[at] == wanted, at, -1)

    def row(self, item: int, warehouse: int = 0) -> int:
        """The row that plans an item at a warehouse; -1 if there is none."""
        return int(self.rows(np.array([item]), np.array([warehouse]))[0])

    def rows_of(self, items: Array) -> Int64s:
        """All rows of some items."""
        keys = np.unique(np.asarray(items, dtype=np.int64))
        begin = np.searchsorted(self.codes, keys << SITE)
        end = np.searchsorted(self.codes, (keys + 1) << SITE)
        parts = [np.arange(b, e, dtype=np.int64) for b, e in zip(begin, end, strict=True)]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)

    def items(self, rows: Array) -> Int32s:
        """The item keys of rows."""
        return (self.codes[rows] >> SITE).astype(np.int32)

    def sites(self, rows: Array) -> Int32s:
        """The warehouse keys of rows: where what is ordered arrives."""
        site = self.codes[rows] & KEY
        usual = self.frame.usual(self.codes[rows] >> SITE, self.separate)
        return np.where(site == 0, usual, site).astype(np.int32)

    def warehouse(self, row: int) -> str:
        """The warehouse where a row's orders arrive."""
        return self.frame.warehouses.get(int(self.sites(np.array([row]))[0]), "")

    def day(self, on: date | None) -> int:
        """A date as days from today; none is today."""
        return 0 if on is None else (on - self.today).days

    def date(self, day: int) -> date:
        """Days from today as a date."""
        return self.today + timedelta(days=max(min(day, 3650), -3650))


def site_codes(items: Array, places: Array, separate: Int64s) -> Int64s:
    """Item and site of each: the warehouse where it is a site of its own, else none."""
    whole = np.asarray(items, dtype=np.int64) << SITE
    full = whole | np.asarray(places, dtype=np.int64)
    return np.where(np.isin(full, separate), full, whole)


# --- open production orders ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Work:
    """What open production orders bring, and what they still need, as rows of numbers."""

    receipts: Sequence[tuple[int, int, int, int, int, int, bytes]]
    """item, place, day, quantity, kind, start, order."""
    demands: Sequence[tuple[int, int, int, int, bytes, int]]
    """item, place, day, quantity, order, line."""


def work_of(
    orders: Sequence[Order],
    today: date,
    items: Mapping[str, tuple[int, int]],
    warehouses: Mapping[str, int],
    yields: Mapping[UUID, Decimal],
) -> Work:
    """Open orders as the engine's rows; `items` gives each item's key and decimals."""
    receipts: list[tuple[int, int, int, int, int, int, bytes]] = []
    demands: list[tuple[int, int, int, int, bytes, int]] = []
    for order in sorted(orders, key=lambda each: each.id):
        start = (order.start_date - today).days if order.start_date else 0
        if order.status is ProductionOrderStatus.RELEASED:
            for c in order.components:
                left = c.quantity - c.issued
                if left > ZERO and c.item in items:
                    place = warehouses.get(c.warehouse, 0)
                    demands.append(
                        (items[c.item][0], place, max(start, 0), micro(left), order.id.bytes, c.line)
                    )  # fmt: skip
        left = order.quantity_left
        if left <= ZERO or order.item not in items:
            continue
        key, decimals = items[order.item]
        due = (order.due_date - today).days if order.due_date else max(start, 0)
        firm = order.status is ProductionOrderStatus.PLANNED
        if not firm and not order.quantity_good and order.bom is not None and order.bom in yields:
            # Nothing is reported yet: as many as usual will be good.
            step = Decimal(1).scaleb(-decimals)
            left = (left * yields[order.bom]).quantize(step, rounding=ROUND_DOWN)
        kind = ReceiptKind.FIRM if firm else ReceiptKind.PRODUCTION
        place = warehouses.get(order.warehouse, 0)
        receipts.append((key, place, due, micro(left), int(kind), min(start, due), order.id.bytes))
    return Work(receipts, demands)


# --- the whole picture -----------------------------------------------------------------------------------------


def separate_of(plans: Sequence[Array]) -> Int64s:
    """Item and warehouse keys that item plans make sites of their own."""
    item, place = plans[0].astype(np.int64), plans[1].astype(np.int64)
    return np.unique((item << SITE | place)[place > 0])


def transfers_of(plans: Sequence[Array], separate: Int64s) -> tuple[Int64s, Int64s]:
    """Which site is supplied from which."""
    moved = (plans[3] == int(Source.TRANSFER)) & (plans[1] > 0)
    return (
        site_codes(plans[0][moved], plans[1][moved], separate),
        site_codes(plans[0][moved], plans[2][moved], separate),
    )


def edges_of(frame: Frame, separate: Int64s) -> tuple[Int64s, Int64s, list[Array]]:
    """The bills' lines at each site: parent, child, and the other columns."""
    chosen, parents, places = _placed(frame, separate, *frame.edges[:2])
    children = site_codes(frame.edges[2][chosen], places, separate)
    return parents, children, [column[chosen] for column in frame.edges[3:]]


def alternates_of(frame: Frame, codes: Int64s, separate: Int64s) -> Alternates:
    """What may stand for what in the bills' lines, at each site."""
    chosen, parents, places = _placed(frame, separate, *frame.alternates[:2])
    primary, alternate, line, *rest = (column[chosen] for column in frame.alternates[2:])
    line_quantity, line_scrap, quantity, scrap, base, valid_from, valid_to = rest
    # By line, then by site, and within them in the order of priority: a line is one at each site.
    order = np.lexsort((places, line))
    key = line.astype(np.int64) << SITE | places

    def at(items: Array) -> Int64s:
        return np.searchsorted(codes, site_codes(items, places, separate))[order]

    return Alternates.of(
        parent=np.searchsorted(codes, parents)[order],
        primary=at(primary),
        alternate=at(alternate),
        line=key[order],
        line_quantity=line_quantity[order],
        line_scrap=line_scrap[order],
        quantity=quantity[order],
        scrap=scrap[order],
        base=base[order],
        valid_from=valid_from[order],
        valid_to=valid_to[order],
    )


def _placed(
    frame: Frame, separate: Int64s, parent: Array, place: Array
) -> tuple[Int64s, Int64s, Int64s]:
    # The lines of bills at each site where they hold: which line, its parent there, and the warehouse.
    parent, place = parent.astype(np.int64), place.astype(np.int64)
    own = np.unique(frame.edges[0].astype(np.int64) << SITE | frame.edges[1].astype(np.int64))
    generic = place == 0
    full = parent << SITE | place
    # A warehouse's own bill is for its site; where there is no such site it is the bill if there is no general one.
    at_site = ~generic & np.isin(full, separate)
    in_general = ~generic & ~at_site & ~np.isin(parent << SITE, own)
    index = [np.flatnonzero(generic), np.flatnonzero(at_site), np.flatnonzero(in_general)]
    parents = [parent[index[0]] << SITE, full[index[1]], parent[index[2]] << SITE]
    places = [frame.usual(parent[index[0]], separate), place[index[1]], place[index[2]]]
    # A general bill holds at every site of its item that has none of its own.
    following = separate[~np.isin(separate, own)]
    begin = np.searchsorted(following, parent[index[0]] << SITE)
    end = np.searchsorted(following, (parent[index[0]] + 1) << SITE)
    count = end - begin
    if count.sum():
        repeated = np.repeat(index[0], count)
        offset = np.arange(len(repeated)) - np.repeat(np.cumsum(count) - count, count)
        sites = following[np.repeat(begin, count) + offset]
        index.append(repeated)
        parents.append(sites)
        places.append(sites & KEY)
    return np.concatenate(index), np.concatenate(parents), np.concatenate(places)


def codes_of(
    frame: Frame, facts: Facts, work: Work, parameters: Parameters
) -> tuple[Int64s, Int64s]:
    """All item-sites that something is known of, ascending; and those that are a warehouse's own."""
    separate = separate_of(parameters.plans)
    parent, child, _ = edges_of(frame, separate)
    chosen, _, places = _placed(frame, separate, *frame.alternates[:2])
    arrays = [
        site_codes(rows[0], rows[1], separate) for rows in (facts.stock, facts.wanted, facts.coming)
    ]
    made = [(row[0], row[1]) for row in (*work.receipts, *work.demands)]
    if made:
        pairs = np.array(made, dtype=np.int64)
        arrays.append(site_codes(pairs[:, 0], pairs[:, 1], separate))
    arrays += [site_codes(frame.alternates[3][chosen], places, separate)]
    arrays += [parent, child, *transfers_of(parameters.plans, separate)]
    arrays.append(site_codes(parameters.plans[0], parameters.plans[1], separate))
    return np.unique(np.concatenate(arrays)), separate


def picture_of(frame: Frame, facts: Facts, work: Work, parameters: Parameters) -> Picture:
    """Lay a company's situation out, and plan it."""
    codes, separate = codes_of(frame, facts, work, parameters)
    demands, receipts = References(), References()
    parent, child, rest = edges_of(frame, separate)
    site, source = transfers_of(parameters.plans, separate)
    moved = np.full(len(site), MICRO, dtype=np.int64)
    quantity, base, scrap, valid_from, valid_to, role = rest
    edges = Edges.of(
        parent=np.searchsorted(codes, np.concatenate([parent, site])),
        child=np.searchsorted(codes, np.concatenate([child, source])),
        quantity=np.concatenate([quantity, moved]),
        base=np.concatenate([base, moved]),
        scrap=np.concatenate([scrap, moved * 0]),
        valid_from=np.concatenate([valid_from, np.full(len(site), -FAR)]),
        valid_to=np.concatenate([valid_to, np.full(len(site), FAR)]),
        role=np.concatenate([role, np.full(len(site), int(Role.COMPONENT))]),
    )
    attributes = attributes_of(codes, separate, facts, parameters)
    changes = changes_of(codes, separate, facts, work, demands, receipts)
    plan = Plan.build(
        attributes,
        edges,
        changes.demands,
        changes.receipts,
        Horizon.mixed(days=DAYS, weeks=WEEKS),
        frame.working,
        alternates_of(frame, codes, separate),
    )
    return Picture(frame, codes, separate, attributes, plan, demands, receipts)


_WANTING = np.array([References.SALES, References.TRANSFER], dtype=np.int8)
_BRINGING = np.array(
    [References.PURCHASE, References.REQUISITION, References.TRANSFER], dtype=np.int8
)
"""Kinds of documents by the kinds that are read: `WANTING` and `BRINGING`."""


def changes_of(
    codes: Int64s,
    separate: Int64s,
    facts: Facts,
    work: Work,
    demands: References,
    receipts: References,
) -> Changes:
    """Demands and receipts as the engine's rows; their documents are noted."""

    def at(rows: Array) -> Int64s:
        return np.searchsorted(codes, site_codes(rows[:, 0], rows[:, 1], separate))

    wanted, coming = facts.wanted, facts.coming
    needs = np.array([row[:4] for row in work.demands], dtype=np.int64).reshape(-1, 4)
    brings = np.array([row[:6] for row in work.receipts], dtype=np.int64).reshape(-1, 6)
    need_ids = np.frombuffer(b"".join(row[4] for row in work.demands), dtype="V16")
    need_lines = np.array([row[5] for row in work.demands], dtype=np.int32)
    bring_ids = np.frombuffer(b"".join(row[6] for row in work.receipts), dtype="V16")
    sold = np.stack([wanted[0], wanted[1]], axis=1)
    bought = np.stack([coming[0], coming[1]], axis=1)
    wanting, bringing = _WANTING[wanted[6]], _BRINGING[coming[6]]
    moving = bringing == References.TRANSFER
    return Changes(
        demands=Demands.of(
            item=np.concatenate([at(sold), at(needs)]),
            day=np.concatenate([wanted[2], needs[:, 2]]),
            quantity=np.concatenate([wanted[3], needs[:, 3]]),
            id=np.concatenate(
                [
                    demands.add(wanting, wanted[4], wanted[5]),
                    demands.add(References.PRODUCTION, need_ids, need_lines),
                ]
            ),
        ),
        receipts=Receipts.of(
            item=np.concatenate([at(bought), at(brings)]),
            day=np.concatenate([coming[2], brings[:, 2]]),
            quantity=np.concatenate([coming[3], brings[:, 3]]),
            kind=np.concatenate(
                [
                    np.where(moving, int(ReceiptKind.TRANSFER), int(ReceiptKind.PURCHASE)),
                    brings[:, 4],
                ]
            ),
            start_day=np.concatenate([np.zeros(len(coming[0]), dtype=np.int64), brings[:, 5]]),
            id=np.concatenate(
                [
                    receipts.add(bringing, coming[4], coming[5]),
                    receipts.add(References.PRODUCTION, bring_ids, 0),
                ]
            ),
        ),
    )


def _looked_up(keys: Int64s, wanted: Int64s) -> Int64s:
    # The place of each wanted key among ascending keys; -1 for none.
    if not len(keys):
        return np.full(len(wanted), -1, dtype=np.int64)
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, at, -1)


def _either(keys: Int64s, codes: Int64s) -> Int64s:
    # What is said of the site, else of the item.
    own = _looked_up(keys, codes)
    return np.where(own >= 0, own, _looked_up(keys, codes >> SITE << SITE))


def attributes_of(
    codes: Int64s, separate: Int64s, facts: Facts, parameters: Parameters
) -> ItemSites:
    """How some item-sites are planned, and what they have on hand."""
    items, plans, offers, yields = (
        parameters.items, parameters.plans, parameters.offers, parameters.yields,
    )  # fmt: skip
    keys = codes >> SITE
    item = _looked_up(items[0].astype(np.int64), keys)
    plan_codes = plans[0].astype(np.int64) << SITE | plans[1]
    order = np.argsort(plan_codes, kind="stable")
    plan = _either(plan_codes[order], codes)
    plan = np.where(plan >= 0, order[plan] if len(order) else -1, -1)
    offer_order = np.argsort(offers[0], kind="stable")
    offer = _looked_up(offers[0][offer_order].astype(np.int64), keys)
    offer = np.where(offer >= 0, offer_order[offer] if len(offer_order) else -1, -1)
    yield_codes = yields[0].astype(np.int64) << SITE | yields[1]
    yield_order = np.argsort(yield_codes, kind="stable")
    good = _either(yield_codes[yield_order], codes)
    good = np.where(good >= 0, yield_order[good] if len(yield_order) else -1, -1)

    def taken(column: Array, at: Int64s, missing: int) -> Int64s:
        if not len(column):
            return np.full(len(at), missing, dtype=np.int64)
        return np.where(at >= 0, column[at].astype(np.int64), missing)

    source = taken(plans[3], plan, -1)
    source = np.where(source >= 0, source, taken(items[2], item, 0))
    bought = source == int(Source.BUY)
    matching = bought & (taken(offers[4], offer, 0) > 0)
    lead = taken(plans[9], plan, -1)
    lead = np.where((lead < 0) & bought, taken(offers[1], offer, -1), lead)
    lead = np.where(lead < 0, taken(items[3], item, 0), lead)
    safety = taken(plans[10], plan, -1)
    safety = np.where(safety < 0, taken(items[4], item, 0), safety)
    rule = taken(plans[4], plan, 0)
    value = taken(plans[5], plan, 0)
    least = taken(plans[6], plan, 0)
    multiple = taken(plans[8], plan, 0)
    stock = np.zeros(len(codes), dtype=np.int64)
    rows = _looked_up(codes, site_codes(facts.stock[0], facts.stock[1], separate))
    np.add.at(stock, rows[rows >= 0], facts.stock[2][rows >= 0])
    return ItemSites.of(
        len(codes),
        on_hand=stock,
        safety_stock=safety,
        step=10 ** (6 - np.minimum(taken(items[1], item, 0), 6)),
        yield_share=np.where(source == int(Source.MAKE), taken(yields[2], good, MICRO), MICRO),
        source=source,
        lead_days=lead,
        calendar=taken(plans[11], plan, -1),
        lot_rule=rule,
        lot_value=np.where(rule == int(LotRule.PERIOD), value // MICRO, value),
        lot_min=np.where(least > 0, least, np.where(matching, taken(offers[2], offer, 0), 0)),
        lot_max=taken(plans[7], plan, 0),
        lot_multiple=np.where(multiple > 0, multiple, np.where(matching, taken(offers[3], offer, 0), 0)),
    )  # fmt: skip


# --- net change ------------------------------------------------------------------------------------------------

_PARAMETERS = (
    "safety_stock", "step", "yield_share", "source", "lead_days", "calendar", "lot_rule", "lot_value", "lot_min",
    "lot_max", "lot_multiple",
)  # fmt: skip


def taken_in(
    picture: Picture, items: Collection[int], facts: Facts, work: Work, parameters: Parameters
) -> Int64s | None:
    """Bring a picture up to what is known now of some items; the rows whose plan or input may differ.

    None: something is known of an item-site that the picture does not have; it must be made anew.
    """
    rows = picture.rows_of(np.array(sorted(items), dtype=np.int64))
    demands, receipts = picture.demands, picture.receipts
    keys = np.array(sorted(items), dtype=np.int64)
    facts = _only(facts, keys)
    work = Work(
        [row for row in work.receipts if row[0] in items],
        [row for row in work.demands if row[0] in items],
    )
    made = np.array([row[:2] for row in (*work.receipts, *work.demands)], dtype=np.int64)
    places = [*((f[0], f[1]) for f in (facts.stock, facts.wanted, facts.coming)),
              (parameters.plans[0], parameters.plans[1])]  # fmt: skip
    places += [(made[:, 0], made[:, 1])] if len(made) else []
    if any((picture.rows(item, place) < 0).any() for item, place in places):
        return None
    at = rows.astype(np.int32)
    now = attributes_of(picture.codes[rows], picture.separate, facts, parameters)
    # What nothing is known of any more is not planned, whatever its safety stock: as if it had never been met.
    known = [site_codes(item, place, picture.separate) for item, place in places]
    linked = (picture.plan.into.count[rows] > 0) | (picture.plan.outof.count[rows] > 0)
    met = linked | np.isin(picture.codes[rows], np.concatenate(known))
    now.safety_stock[~met] = 0
    changed = np.zeros(len(rows), dtype=np.bool_)
    for name in _PARAMETERS:
        changed |= getattr(now, name) != getattr(picture.attributes, name)[rows]
    said = changes_of(picture.codes, picture.separate, facts, work, demands, receipts)
    altered = _rows_of(now, changed)
    touched = picture.plan.apply(
        Changes(
            whole=at,
            demands=said.demands,
            receipts=said.receipts,
            on_hand=(at[~changed], now.on_hand[~changed]),
            items=(at[changed], altered) if changed.any() else None,
        )
    )
    for name in ("on_hand", *_PARAMETERS):
        getattr(picture.attributes, name)[rows] = getattr(now, name)
    return np.union1d(touched, rows)


def _only(facts: Facts, keys: Int64s) -> Facts:
    def kept(columns: Sequence[Array]) -> list[Array]:
        which = np.isin(columns[0], keys)
        return [column[which] for column in columns]

    return Facts(kept(facts.stock), kept(facts.wanted), kept(facts.coming))


def _rows_of(items: ItemSites, which: Array) -> ItemSites:
    return ItemSites(**{name: getattr(items, name)[which] for name in ItemSites.__slots__})


def below(picture: Picture, rows: Int64s) -> Int64s:
    """The rows, all that they need at whatever depth, and the other sites of all these items."""
    return _closed(picture, rows, down=True)


def above(picture: Picture, rows: Int64s) -> Int64s:
    """The rows, and all that needs them at whatever height."""
    return _closed(picture, rows, down=False)


def _closed(picture: Picture, rows: Int64s, *, down: bool) -> Int64s:
    lists = picture.plan.outof if down else picture.plan.into
    families = picture.codes >> SITE if down else np.zeros(0, dtype=np.int64)
    return reached(lists.pool.data, lists.first, lists.count, np.asarray(rows, np.int64), families)
