"""Standard costs, rolled up level by level, and the variances of orders from them. No I/O.

The formulas are those of the textbooks (Horngren, Datar and Rajan, *Cost Accounting*, chapters 7 and 8). Each variance
is a difference of two amounts in cents of which the second is the first of the next, so that all of them together are
what was spent less the standard cost of what was made, to the cent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from chassis.errors import BusinessError, InvalidState
from production.boms.rules import ONE, Bom, explode
from production.costing.rules import CENT, ZERO, Costs, Element
from production.orders.rules import Order
from production.routings.rules import Routing
from production.work_centres.rules import Rates

SIX = Decimal("0.000001")
_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)


class CostMissing(BusinessError):
    """Items without a standard cost cannot be frozen."""

    code: ClassVar[str] = "standard-cost-missing"
    status: ClassVar[int] = 409
    en: ClassVar[str] = "Nothing says what these items cost: {items}."
    zh: ClassVar[str] = "以下物料缺少标准成本：{items}。"


class NoStandard(BusinessError):
    """No frozen standard says what the item should have cost."""

    code: ClassVar[str] = "no-standard-cost"
    status: ClassVar[int] = 409
    en: ClassVar[str] = "Item {item} has no frozen standard cost on {day}."
    zh: ClassVar[str] = "物料“{item}”在 {day} 没有已冻结的标准成本。"


class NotFinished(InvalidState):
    """An order still in work has no variances yet."""

    en = "Order {number} is not completed yet."
    zh = "订单 {number} 尚未完工。"


class LineKind(StrEnum):
    """What a line of a standard cost stands for."""

    PRICE = "price"
    """What the item is bought at."""
    COMPONENT = "component"
    SETUP = "setup"
    RUN = "run"
    SUBCONTRACT = "subcontract"
    BY_PRODUCT = "by_product"
    CO_PRODUCT = "co_product"


@dataclass(frozen=True, slots=True)
class Line:
    """One reason why a unit of an item should cost what it should: quantity times price. Signed."""

    kind: LineKind
    element: Element
    item: str
    operation: int | None
    work_centre: str
    quantity: Decimal
    """Of the component, or hours, per good unit."""
    price: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Standard:
    """What one good unit of an item should cost; its lines sum to it."""

    item: str
    level: int
    """Low-level code: 0 for what goes into nothing."""
    made: bool
    lot_size: Decimal
    yield_rate: Decimal
    costs: Costs
    """By element, with those of what goes into it."""
    lines: tuple[Line, ...] = ()

    @property
    def price(self) -> Decimal:
        """All elements together."""
        return self.costs.total

    def own(self, element: Element, *kinds: LineKind) -> Decimal:
        """What the lines of this level say of an element."""
        return sum(
            (
                x.amount
                for x in self.lines
                if x.element is element and (not kinds or x.kind in kinds)
            ),
            ZERO,
        )


@dataclass(frozen=True, slots=True)
class Basis:
    """All that a roll-up stands on."""

    boms: Mapping[str, Bom]
    phantoms: Mapping[str, Bom]
    routings: Mapping[str, Routing]
    rates: Mapping[str, Rates]
    prices: Mapping[str, Decimal]
    """Of what is bought, per base unit."""
    outside: Mapping[tuple[str, int], Decimal] = field(
        default_factory=dict[tuple[str, int], Decimal]
    )
    """What a supplier takes per piece, by item and operation."""
    lots: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    lot_size: Decimal = ONE
    """Pieces over which a setup is spread, where nothing else is said."""


def levels(boms: Mapping[str, Bom], phantoms: Mapping[str, Bom], day: date) -> dict[str, int]:
    """The low-level code of each item that is made, or goes into something: its deepest place in any bill."""
    below = {
        item: {n.item for n in explode(bom, ONE, day, phantoms=phantoms)}
        for item, bom in boms.items()
    }
    known = set(below).union(*below.values()) if below else set[str]()
    above = dict.fromkeys(known, 0)
    for parts in below.values():
        for part in parts:
            above[part] += 1
    found = dict.fromkeys(known, 0)
    ready = sorted(item for item, count in above.items() if count == 0)
    while ready:
        item = ready.pop()
        for part in below.get(item, ()):
            found[part] = max(found[part], found[item] + 1)
            above[part] -= 1
            if above[part] == 0:
                ready.append(part)
    return found


def roll_up(
    basis: Basis, day: date, bought: Iterable[str] = ()
) -> tuple[list[Standard], list[str]]:
    """Standard costs of all that is made, and of what goes into it, from the lowest level up; what has no price."""
    coded = levels(basis.boms, basis.phantoms, day)
    coded |= {item: 0 for item in bought if item not in coded}
    found: dict[str, Standard] = {}
    missing: list[str] = []
    for item in sorted(coded, key=lambda code: (-coded[code], code)):
        bom = basis.boms.get(item)
        if bom is None:
            price = basis.prices.get(item)
            if price is None:
                missing.append(item)
                price = ZERO
            line = Line(LineKind.PRICE, Element.MATERIAL, item, None, "", ONE, price, price)
            found[item] = Standard(
                item, coded[item], False, ONE, ONE, Costs(material=price), (line,)
            )
        else:
            found[item] = _made(basis, bom, coded[item], day, found, missing)
    return [found[item] for item in sorted(found)], missing


def _made(
    basis: Basis,
    bom: Bom,
    level: int,
    day: date,
    known: Mapping[str, Standard],
    missing: list[str],
) -> Standard:
    lot = basis.lots.get(bom.item, basis.lot_size)
    lines: list[Line] = []
    costs = Costs()
    needs: dict[str, Decimal] = {}
    for need in explode(bom, ONE / bom.yield_rate, day, phantoms=basis.phantoms):
        needs[need.item] = needs.get(need.item, ZERO) + need.quantity
    for item, wanted in needs.items():
        quantity, of = _six(wanted), known[item].costs
        amount = _six(quantity * of.total)
        lines.append(
            Line(LineKind.COMPONENT, Element.MATERIAL, item, None, "", quantity, of.total, amount)
        )
        labour, overhead, outside = (
            _six(quantity * each) for each in (of.labour, of.overhead, of.subcontract)
        )
        # What is left of the amount is material, so that the elements sum to it.
        costs += Costs(amount - labour - overhead - outside, labour, overhead, outside)
    routing = basis.routings.get(bom.item)
    for step in routing.steps if routing is not None else ():
        price = basis.outside.get((bom.item, step.operation))
        if step.supplier or price is not None:
            if price is None:
                missing.append(f"{bom.item}/{step.operation}")
                price = ZERO
            quantity = _six(ONE / bom.yield_rate)
            lines.append(
                Line(
                    LineKind.SUBCONTRACT, Element.SUBCONTRACT, bom.item, step.operation,
                    step.work_centre, quantity, price, _six(quantity * price),
                )
            )  # fmt: skip
            continue
        rates = basis.rates.get(step.work_centre, Rates(ZERO, ZERO))
        for kind, hours in (
            (LineKind.SETUP, _six(_WIDE.divide(step.setup_hours, lot))),
            (LineKind.RUN, _six(_WIDE.divide(step.run_hours, bom.yield_rate))),
        ):
            for element, rate in (
                (Element.LABOUR, rates.labour), (Element.OVERHEAD, rates.overhead),
            ):  # fmt: skip
                if hours and rate:
                    lines.append(
                        Line(
                            kind, element, bom.item, step.operation, step.work_centre,
                            hours, rate, _six(hours * rate),
                        )
                    )  # fmt: skip
    costs += sum(
        (Costs(**{x.element.value: x.amount}) for x in lines if x.kind is not LineKind.COMPONENT),
        Costs(),
    )
    lines += _beside(bom, lines)
    for line in lines:
        if line.kind in (LineKind.BY_PRODUCT, LineKind.CO_PRODUCT):
            costs += Costs(**{line.element.value: line.amount})
    return Standard(bom.item, level, True, lot, bom.yield_rate, costs, tuple(lines))


def _beside(bom: Bom, lines: Sequence[Line]) -> list[Line]:
    found: list[Line] = []
    for each in bom.outputs:
        quantity = _six(_WIDE.divide(each.quantity, bom.base_quantity))
        if each.kind == "by":
            amount = -_six(quantity * each.unit_value)
            found.append(
                Line(
                    LineKind.BY_PRODUCT, Element.MATERIAL, each.item, None, "",
                    -quantity, each.unit_value, amount,
                )
            )  # fmt: skip
    both = [*lines, *found]
    for each in bom.outputs:
        if each.kind != "co":
            continue
        for element in Element:
            total = sum((x.amount for x in both if x.element is element), ZERO)
            amount = -_six(total * each.cost_share)
            if amount:
                found.append(
                    Line(
                        LineKind.CO_PRODUCT, element, each.item, None, "",
                        -each.cost_share, total, amount,
                    )
                )  # fmt: skip
    return found


def _six(value: Decimal) -> Decimal:
    return _WIDE.quantize(value, SIX)


def cents(value: Decimal) -> Decimal:
    """An amount, to the cent."""
    return _WIDE.quantize(value, CENT)


# --- variances -------------------------------------------------------------------------------------------------


class VarianceKind(StrEnum):
    """Why an order cost more (or, negative, less) than the standard."""

    PRICE = "price"
    """Material was dearer."""
    USAGE = "usage"
    """More material was taken."""
    RATE = "rate"
    """An hour of labour was dearer."""
    EFFICIENCY = "efficiency"
    """More hours were needed."""
    SPENDING = "spending"
    """An hour of overhead was dearer."""
    LOT_SIZE = "lot_size"
    """The setup lay on fewer pieces."""
    YIELD = "yield"
    """Fewer pieces were good."""
    SUBCONTRACT = "subcontract"
    BY_PRODUCT = "by_product"
    CO_PRODUCT = "co_product"


@dataclass(frozen=True, slots=True)
class Variance:
    """A reason why an order cost something else than the standard; more is positive."""

    kind: VarianceKind
    element: Element
    item: str
    operation: int | None
    actual: Decimal
    """Quantity or hours."""
    standard: Decimal
    """What the standard allows for what was done."""
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Spent:
    """A cost entry of the order, as its cost sheet has it."""

    kind: str
    element: str
    item: str
    operation: int | None
    quantity: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Analysis:
    """What an order has cost, what its output should have cost, and why they differ."""

    actual: Costs
    standard: Costs
    variances: tuple[Variance, ...]

    @property
    def total(self) -> Decimal:
        """What was spent more than the standard allows."""
        return self.actual.total - self.standard.total


def analyse(
    order: Order,
    entries: Sequence[Spent],
    standard: Standard,
    prices: Mapping[str, Decimal],
) -> Analysis:
    """Why a finished order cost something else than its output should have cost."""
    made = order.quantity_completed
    net = {e: cents(made * standard.own(e)) for e in Element}
    actual = Costs()
    for each in entries:
        if each.kind != "variance" and not (each.kind == "output" and each.item == order.item):
            actual += Costs(**{each.element: each.amount})
    found = [
        *_of_material(order, entries, standard, prices),
        *_of_hours(order, entries, standard, Element.LABOUR),
        *_of_hours(order, entries, standard, Element.OVERHEAD),
        *_of_subcontract(order, entries, standard),
        *_of_beside(order, entries, standard),
    ]
    return Analysis(
        actual,
        Costs(**{e.value: amount for e, amount in net.items()}),
        tuple(v for v in found if v.amount or v.actual != v.standard),
    )


def _of_material(
    order: Order,
    entries: Sequence[Spent],
    standard: Standard,
    prices: Mapping[str, Decimal],
) -> list[Variance]:
    made = order.quantity_completed
    started = standard.yield_rate * (made + order.quantity_scrapped)
    taken: dict[str, tuple[Decimal, Decimal]] = {}
    for each in entries:
        if each.kind == "issue":
            quantity, amount = taken.get(each.item, (ZERO, ZERO))
            taken[each.item] = (quantity + each.quantity, amount + each.amount)
    planned = {x.item: x for x in standard.lines if x.kind is LineKind.COMPONENT}
    found: list[Variance] = []
    allowed = ZERO
    for item in sorted(taken.keys() | planned.keys()):
        quantity, amount = taken.get(item, (ZERO, ZERO))
        line = planned.get(item)
        price = line.price if line is not None else prices.get(item)
        wanted = line.quantity * started if line is not None else ZERO
        at_price = amount if price is None else cents(quantity * price)
        at_standard = ZERO if price is None else cents(wanted * price)
        found += [
            Variance(
                VarianceKind.PRICE, Element.MATERIAL, item, None, quantity, quantity,
                amount - at_price,
            ),
            Variance(
                VarianceKind.USAGE, Element.MATERIAL, item, None, quantity, _six(wanted),
                at_price - at_standard,
            ),
        ]  # fmt: skip
        allowed += at_standard
    gross = _gross(standard, Element.MATERIAL, made)
    found.append(
        Variance(
            VarianceKind.YIELD, Element.MATERIAL, order.item, None, made, _six(started),
            allowed - gross,
        )
    )  # fmt: skip
    return found


def _gross(standard: Standard, element: Element, made: Decimal) -> Decimal:
    # The net standard in cents, and what goes off it in cents: together what came in must be.
    off = sum((cents(made * x.amount) for x in _beside_lines(standard, element)), ZERO)
    return cents(made * standard.own(element)) - off


def _beside_lines(standard: Standard, element: Element) -> list[Line]:
    kinds = (LineKind.BY_PRODUCT, LineKind.CO_PRODUCT)
    return [x for x in standard.lines if x.kind in kinds and x.element is element]


def _of_hours(
    order: Order, entries: Sequence[Spent], standard: Standard, element: Element
) -> list[Variance]:
    made = order.quantity_completed
    rate_kind = VarianceKind.RATE if element is Element.LABOUR else VarianceKind.SPENDING
    spent: dict[int | None, Decimal] = {}
    for each in entries:
        if each.kind == "operation" and each.element == element.value:
            spent[each.operation] = spent.get(each.operation, ZERO) + each.amount
    lines = [x for x in standard.lines if x.element is element]
    runs = {x.operation: x for x in lines if x.kind is LineKind.RUN}
    setups = {x.operation: x for x in lines if x.kind is LineKind.SETUP}
    seen = {o.operation: o.seen for o in order.operations}
    worked = {o.operation: o.hours for o in order.operations}
    found: list[Variance] = []
    allowed = ZERO
    for operation in sorted(spent.keys() | runs.keys() | setups.keys(), key=lambda o: o or 0):
        hours, amount = worked.get(operation or 0, ZERO), spent.get(operation, ZERO)
        run, setup = runs.get(operation), setups.get(operation)
        rate = run.price if run is not None else setup.price if setup is not None else ZERO
        at_rate = cents(hours * rate)
        through = standard.yield_rate * seen.get(operation or 0, ZERO)
        run_hours = run.quantity * through if run is not None else ZERO
        setup_hours = setup.quantity * standard.lot_size if setup is not None else ZERO
        absorbed = setup.quantity * made if setup is not None else ZERO
        for_run, for_setup = cents(run_hours * rate), cents(setup_hours * rate)
        borne = cents(absorbed * rate)
        found += [
            Variance(
                rate_kind, element, order.item, operation, hours, hours, amount - at_rate
            ),
            Variance(
                VarianceKind.EFFICIENCY, element, order.item, operation, hours,
                _six(run_hours + setup_hours), at_rate - for_run - for_setup,
            ),
            Variance(
                VarianceKind.LOT_SIZE, element, order.item, operation, _six(setup_hours),
                _six(absorbed), for_setup - borne,
            ),
        ]  # fmt: skip
        allowed += for_run + borne
    found.append(
        Variance(
            VarianceKind.YIELD, element, order.item, None, made,
            _six(standard.yield_rate * (made + order.quantity_scrapped)),
            allowed - _gross(standard, element, made),
        )
    )  # fmt: skip
    return found


def _of_subcontract(order: Order, entries: Sequence[Spent], standard: Standard) -> list[Variance]:
    made = order.quantity_completed
    paid, pieces = ZERO, ZERO
    for each in entries:
        if each.kind == "subcontract":
            paid, pieces = paid + each.amount, pieces + each.quantity
    gross = _gross(standard, Element.SUBCONTRACT, made)
    wanted = sum(
        (x.quantity * made for x in standard.lines if x.kind is LineKind.SUBCONTRACT), ZERO
    )
    return [
        Variance(
            VarianceKind.SUBCONTRACT, Element.SUBCONTRACT, order.item, None, pieces,
            _six(wanted), paid - gross,
        )
    ]  # fmt: skip


def _of_beside(order: Order, entries: Sequence[Spent], standard: Standard) -> list[Variance]:
    found: list[Variance] = []
    for kind, entry, line_kind in (
        (VarianceKind.BY_PRODUCT, "by_product", LineKind.BY_PRODUCT),
        (VarianceKind.CO_PRODUCT, "output", LineKind.CO_PRODUCT),
    ):
        for element in Element:
            mine = [
                e
                for e in entries
                if e.kind == entry and e.element == element.value and e.item != order.item
            ]
            planned = [x for x in standard.lines if x.kind is line_kind and x.element is element]
            actual = sum((e.amount for e in mine), ZERO)
            wanted = sum((cents(order.quantity_completed * x.amount) for x in planned), ZERO)
            if mine or planned:
                found.append(
                    Variance(kind, element, order.item, None, actual, wanted, actual - wanted)
                )
    return found


@dataclass(frozen=True, slots=True)
class Version:
    """A roll-up of all items of a company, a draft or frozen."""

    id: UUID
    number: str
    company: str
    version: int
    status: str
    name: str
    valid_from: date
    lot_size: Decimal
    missing: tuple[str, ...]
    items: int
    business_date: date
    posting_date: date
