"""Places, balances and moves, and how an amount is shared without losing a cent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal
from enum import StrEnum
from typing import ClassVar, NamedTuple
from uuid import UUID

from chassis.errors import BusinessError

CENT = Decimal("0.01")
ZERO = Decimal(0)
_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)
_DOWN = Context(prec=60, rounding=ROUND_DOWN)


class Status(StrEnum):
    """What stock may be used for."""

    AVAILABLE = "available"
    QUARANTINE = "quarantine"
    BLOCKED = "blocked"


class Place(StrEnum):
    """The other end of a move that enters or leaves, and the road between two warehouses."""

    SUPPLIER = "@supplier"
    CUSTOMER = "@customer"
    PRODUCTION = "@production"
    ADJUSTMENT = "@adjustment"
    OPENING = "@opening"
    VALUE = "@value"
    """Both ends of a change of value that moves nothing."""
    TRANSIT = "@transit"
    """Ours; its bin is the warehouse that the goods are going to."""


class ItemKey(NamedTuple):
    """An item in a company: what valuation and reservation are locked by."""

    company: str
    item: str


class BalanceKey(NamedTuple):
    """Where stock lies, and in which condition."""

    company: str
    item: str
    warehouse: str
    bin: str = ""
    lot: str = ""
    status: str = Status.AVAILABLE

    @property
    def item_key(self) -> ItemKey:
        """The item in its company."""
        return ItemKey(self.company, self.item)


@dataclass(slots=True)
class Balance:
    """How much lies in one place, and what changes about it in this transaction."""

    key: BalanceKey
    on_hand: Decimal
    reserved: Decimal = ZERO
    id: int | None = None
    expiry_date: date | None = None
    moved: Decimal = ZERO
    """Change of on_hand that is not written yet."""
    held: Decimal = ZERO
    """Change of reserved that is not written yet."""

    @property
    def available(self) -> Decimal:
        """What nobody has a claim on."""
        return self.on_hand - self.reserved


@dataclass(frozen=True, slots=True)
class Origin:
    """The document that a move belongs to, with its dates."""

    topic: str
    id: UUID
    number: str
    business_date: date
    posting_date: date


@dataclass(frozen=True, slots=True)
class Move:
    """One entry of the ledger. `amount` is the change of the company's stock value."""

    item: ItemKey
    unit: str
    quantity: Decimal
    source: tuple[str, str, str]
    """Place, bin, status."""
    target: tuple[str, str, str]
    lot: str
    direction: int
    amount: Decimal
    carried: Decimal
    """Value that goes along inside the company."""
    valuation_class: str
    destination: str
    flow_end: Decimal
    """Where this quantity ends in all that ever came in, or went out, of the item."""
    origin: Origin
    line: int


class InsufficientStock(BusinessError):
    """More is asked for than is there and free."""

    code: ClassVar[str] = "insufficient-stock"
    status: ClassVar[int] = 409
    en: ClassVar[str] = (
        "Item {item} in {warehouse}: {wanted} wanted, {available} available ({on_hand} on hand, {reserved} reserved)."
    )
    zh: ClassVar[str] = (
        "物料“{item}”在“{warehouse}”：需要 {wanted}，可用 {available}（现存 {on_hand}，已预留 {reserved}）。"
    )


def plain(value: Decimal) -> str:
    """A quantity as people write it."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def insufficient(
    *,
    item: str,
    warehouse: str,
    wanted: Decimal,
    on_hand: Decimal,
    reserved: Decimal,
    field: str | None,
) -> InsufficientStock:
    """The refusal, with its figures."""
    return InsufficientStock(
        item=item,
        warehouse=warehouse,
        wanted=plain(wanted),
        available=plain(max(on_hand - reserved, ZERO)),
        on_hand=plain(on_hand),
        reserved=plain(reserved),
        field=field,
    )


def cents(value: Decimal) -> Decimal:
    """Rounded half up to the cent."""
    return _WIDE.quantize(value, CENT)


def priced(quantity: Decimal, unit_price: Decimal) -> Decimal:
    """Quantity times price, to the cent."""
    return cents(_WIDE.multiply(quantity, unit_price))


def share(amount: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """The part's share of an amount, to the cent; the whole's is all of it."""
    if part == whole:
        return cents(amount)
    assert whole > 0, "nothing has no shares"
    return cents(_WIDE.divide(_WIDE.multiply(amount, part), whole))


def cumulative_share(amount: Decimal, before: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """The share of the part that comes after `before`: the shares of all parts sum to the amount."""
    if not before:
        return share(amount, part, whole)
    return share(amount, before + part, whole) - share(amount, before, whole)


def split(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """The amount over the weights, by largest remainder: the parts sum to it, a weight of nothing gets nothing."""
    total = sum(weights, ZERO)
    if total <= 0:
        assert amount == 0, "an amount needs a weight to lie on"
        return [ZERO.quantize(CENT) for _ in weights]
    sign = -1 if amount < 0 else 1
    exact = [_WIDE.divide(_WIDE.multiply(abs(amount), weight), total) for weight in weights]
    parts = [_DOWN.quantize(value, CENT) for value in exact]
    missing = int((abs(amount) - sum(parts, ZERO)) / CENT)
    order = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in order[:missing]:
        parts[i] += CENT
    return [sign * part for part in parts]


@dataclass(slots=True)
class Picked:
    """A quantity taken from one balance."""

    balance: Balance
    quantity: Decimal


def by_expiry(balance: Balance) -> tuple[date, str, str]:
    """First what expires first, then by lot and bin."""
    return (balance.expiry_date or date.max, balance.key.lot, balance.key.bin)


def choose(
    balances: Sequence[Balance],
    quantity: Decimal,
    *,
    lot: str | None = None,
    bin: str | None = None,
) -> list[Picked]:
    """Available stock for a quantity, what expires first first; less than wanted when there is not enough."""
    chosen: list[Picked] = []
    missing = quantity
    for balance in sorted(balances, key=by_expiry):
        if missing <= 0:
            break
        key = balance.key
        if (lot is not None and key.lot != lot) or (bin is not None and key.bin != bin):
            continue
        taken = min(missing, balance.available)
        if taken > 0:
            chosen.append(Picked(balance, taken))
            missing -= taken
    return chosen


@dataclass(slots=True)
class StockRow:
    """An item's stock in one warehouse."""

    company: str
    item: str
    warehouse: str
    on_hand: Decimal = ZERO
    usable: Decimal = ZERO
    reserved: Decimal = ZERO
    quarantine: Decimal = ZERO
    blocked: Decimal = ZERO
    in_transit: Decimal = ZERO
    value: Decimal = ZERO

    @property
    def available(self) -> Decimal:
        """Usable and not reserved."""
        return self.usable - self.reserved


def stock_rows(balances: Sequence[Balance], values: Mapping[ItemKey, Decimal]) -> list[StockRow]:
    """Balances by item and warehouse; the item's value is shared by quantity so that the rows sum to it.

    What is on the road counts, in quantity and value, for the warehouse that it is going to.
    """
    found: dict[tuple[str, str, str], StockRow] = {}
    for balance in balances:
        key = balance.key
        moving = key.warehouse == Place.TRANSIT
        warehouse = key.bin if moving else key.warehouse
        row = found.setdefault(
            (key.company, key.item, warehouse), StockRow(key.company, key.item, warehouse)
        )
        if moving:
            row.in_transit += balance.on_hand
            continue
        row.on_hand += balance.on_hand
        row.reserved += balance.reserved
        if key.status == Status.AVAILABLE:
            row.usable += balance.on_hand
        elif key.status == Status.QUARANTINE:
            row.quarantine += balance.on_hand
        else:
            row.blocked += balance.on_hand
    rows = [found[place] for place in sorted(found)]
    by_item: dict[ItemKey, list[StockRow]] = {}
    for row in rows:
        by_item.setdefault(ItemKey(row.company, row.item), []).append(row)
    for key, own in by_item.items():
        shares = split(values.get(key, ZERO), [row.on_hand + row.in_transit for row in own])
        for row, value in zip(own, shares, strict=True):
            row.value = value
    return rows
