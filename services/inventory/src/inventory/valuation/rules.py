"""Moving average per company: each move gets its amount in cents, and rates are derived."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from inventory.stock.rules import (
    ZERO,
    Balance,
    BalanceKey,
    ItemKey,
    Move,
    Origin,
    Picked,
    Place,
    Status,
    choose,
    insufficient,
    share,
    split,
)

INSIDE = ""


class Destination(StrEnum):
    """Where value goes that leaves stock; a later cost follows it there."""

    ON_HAND = "on_hand"
    SALE = "sale"
    WORK_IN_PROCESS = "work_in_process"
    EXPENSE = "expense"
    ADJUSTMENT = "adjustment"
    SUPPLIER_RETURN = "supplier_return"


@dataclass(slots=True)
class ItemValue:
    """What a company has of an item, and what it is worth. Its row is the lock of all that happens to the item."""

    key: ItemKey
    quantity: Decimal = ZERO
    amount: Decimal = ZERO
    valuation_class: str = ""
    inflow: Decimal = ZERO
    """All that ever came in."""
    outflow: Decimal = ZERO
    """All that ever went out."""
    changed: bool = False

    def take_in(self, quantity: Decimal, amount: Decimal, valuation_class: str) -> None:
        """Goods enter the company's stock."""
        assert quantity > 0 and amount >= 0, "what comes in has a quantity and no negative value"  # noqa: PT018
        self.quantity += quantity
        self.amount += amount
        self.inflow += quantity
        # The class of the first move stays: a later change of the item would move value between accounts unseen.
        self.valuation_class = self.valuation_class or valuation_class
        self.changed = True

    def cost_of(self, quantity: Decimal) -> Decimal:
        """What a quantity costs by the moving average; the last unit takes the remaining cents."""
        assert 0 < quantity <= self.quantity, "stock was checked before it is costed"
        return share(self.amount, quantity, self.quantity)

    def take_out(self, quantity: Decimal) -> Decimal:
        """Goods leave the company's stock, at the moving average."""
        cost = self.cost_of(quantity)
        self.quantity -= quantity
        self.amount -= cost
        self.outflow += quantity
        self.changed = True
        return cost

    def revalue(self, amount: Decimal) -> None:
        """The same goods are worth more, or less."""
        assert self.amount + amount >= 0, "stock is never worth less than nothing"
        assert self.quantity > 0 or amount == 0, "value needs goods to lie on"
        self.amount += amount
        self.changed = True


@dataclass(slots=True)
class Book:
    """The ledger's page that is being written: values and balances of the items that are locked, and new moves."""

    values: dict[ItemKey, ItemValue]
    balances: dict[BalanceKey, Balance]
    moves: list[Move] = field(default_factory=list[Move])
    _by_place: dict[tuple[str, str, str], list[Balance]] = field(
        default_factory=dict[tuple[str, str, str], list[Balance]], repr=False
    )

    def __post_init__(self) -> None:
        for balance in self.balances.values():
            self._by_place.setdefault(balance.key[:3], []).append(balance)

    def balance(self, key: BalanceKey) -> Balance:
        """The balance of a place, made when nothing lies there yet."""
        known = self.balances.get(key)
        if known is None:
            known = self.balances[key] = Balance(key, ZERO)
            self._by_place.setdefault(key[:3], []).append(known)
        return known

    def in_warehouse(
        self, key: ItemKey, warehouse: str, status: str = Status.AVAILABLE
    ) -> list[Balance]:
        """The balances of an item in one warehouse that have a status."""
        found = self._by_place.get((key.company, key.item, warehouse), [])
        return [balance for balance in found if balance.key.status == status]

    def available(self, key: ItemKey, warehouse: str) -> Decimal:
        """What nobody has a claim on in one warehouse."""
        return sum((b.available for b in self.in_warehouse(key, warehouse)), ZERO)

    def take(
        self,
        key: ItemKey,
        warehouse: str,
        quantity: Decimal,
        *,
        lot: str | None = None,
        bin: str | None = None,
        field: str | None = None,
    ) -> list[Picked]:
        """Available stock for a quantity, what expires first first.

        Raises:
            InsufficientStock: there is less, or the rest is reserved.
        """
        balances = [
            b
            for b in self.in_warehouse(key, warehouse)
            if lot in (None, b.key.lot) and bin in (None, b.key.bin)
        ]
        chosen = choose(balances, quantity)
        if sum((p.quantity for p in chosen), ZERO) < quantity:
            raise insufficient(
                item=key.item,
                warehouse=warehouse,
                wanted=quantity,
                on_hand=sum((b.on_hand for b in balances), ZERO),
                reserved=sum((b.reserved for b in balances), ZERO),
                field=field,
            )
        return chosen

    def receive(
        self,
        place: BalanceKey,
        quantity: Decimal,
        amount: Decimal,
        *,
        source: Place,
        valuation_class: str,
        unit: str,
        origin: Origin,
        line: int,
        expiry_date: date | None = None,
    ) -> ItemValue:
        """Goods come in from outside, at an amount."""
        value = self.values[place.item_key]
        value.take_in(quantity, amount, valuation_class)
        balance = self.balance(place)
        self._put(balance, quantity)
        if balance.id is None:
            balance.expiry_date = balance.expiry_date or expiry_date
        self.moves.append(
            Move(
                item=place.item_key,
                unit=unit,
                quantity=quantity,
                source=(source, "", ""),
                target=_at(place),
                lot=place.lot,
                direction=1,
                amount=amount,
                carried=ZERO,
                valuation_class=value.valuation_class,
                destination=INSIDE,
                flow_end=value.inflow,
                origin=origin,
                line=line,
            )
        )
        return value

    def issue(
        self,
        balance: Balance,
        quantity: Decimal,
        *,
        target: Place,
        destination: Destination,
        unit: str,
        origin: Origin,
        line: int,
        from_reserved: bool = False,
    ) -> Decimal:
        """Goods leave to the outside; their cost by the moving average."""
        value = self.values[balance.key.item_key]
        cost = value.take_out(quantity)
        if from_reserved:
            self.hold(balance, -quantity)
        self._put(balance, -quantity)
        self.moves.append(
            Move(
                item=balance.key.item_key,
                unit=unit,
                quantity=quantity,
                source=_at(balance.key),
                target=(target, "", ""),
                lot=balance.key.lot,
                direction=-1,
                amount=-cost,
                carried=ZERO,
                valuation_class=value.valuation_class,
                destination=destination,
                flow_end=value.outflow,
                origin=origin,
                line=line,
            )
        )
        return cost

    def shift(
        self,
        balance: Balance,
        place: BalanceKey,
        quantity: Decimal,
        *,
        carried: Decimal,
        unit: str,
        origin: Origin,
        line: int,
    ) -> None:
        """Goods go from one place to another inside the company: its value stays."""
        value = self.values[place.item_key]
        self._put(balance, -quantity)
        target = self.balance(place)
        self._put(target, quantity)
        if target.id is None:
            target.expiry_date = target.expiry_date or balance.expiry_date
        self.moves.append(
            Move(
                item=place.item_key,
                unit=unit,
                quantity=quantity,
                source=_at(balance.key),
                target=_at(place),
                lot=place.lot,
                direction=0,
                amount=ZERO,
                carried=carried,
                valuation_class=value.valuation_class,
                destination=INSIDE,
                flow_end=ZERO,
                origin=origin,
                line=line,
            )
        )

    def revalue(
        self, key: ItemKey, amount: Decimal, *, unit: str, origin: Origin, line: int
    ) -> None:
        """A later cost comes to what is on hand: value without goods."""
        value = self.values[key]
        value.revalue(amount)
        at = (Place.VALUE, "", "")
        self.moves.append(
            Move(
                item=key,
                unit=unit,
                quantity=ZERO,
                source=at,
                target=at,
                lot="",
                direction=1,
                amount=amount,
                carried=ZERO,
                valuation_class=value.valuation_class,
                destination=INSIDE,
                flow_end=value.inflow,
                origin=origin,
                line=line,
            )
        )

    def hold(self, balance: Balance, quantity: Decimal) -> None:
        """Set stock aside, or let it go when negative."""
        assert 0 <= balance.reserved + quantity <= balance.on_hand, "only what is there is reserved"
        balance.reserved += quantity
        balance.held += quantity

    def changed_balances(self) -> list[Balance]:
        """The balances that are to be written."""
        return [b for b in self.balances.values() if b.moved or b.held]

    def changed_values(self) -> list[ItemValue]:
        """The values that are to be written."""
        return [v for v in self.values.values() if v.changed]

    def written(self) -> None:
        """All of it is in the database: what follows starts a new page."""
        self.moves.clear()
        for balance in self.balances.values():
            balance.moved = balance.held = ZERO
        for value in self.values.values():
            value.changed = False

    def _put(self, balance: Balance, quantity: Decimal) -> None:
        assert balance.on_hand + quantity >= balance.reserved, "what is reserved stays"
        balance.on_hand += quantity
        balance.moved += quantity


def _at(key: BalanceKey) -> tuple[str, str, str]:
    return (key.warehouse, key.bin, key.status)


@dataclass(frozen=True, slots=True)
class Outflow:
    """A quantity that went out: it covers the flow from `end - quantity` to `end`."""

    end: Decimal
    quantity: Decimal
    destination: str


@dataclass(frozen=True, slots=True)
class Inflow:
    """A quantity that came in, and where it ends in all that ever did."""

    key: ItemKey
    unit: str
    quantity: Decimal
    end: Decimal


@dataclass(frozen=True, slots=True)
class TracedShare:
    """The part of a later cost that follows the goods to one destination."""

    destination: str
    amount: Decimal


def whereabouts(end: Decimal, quantity: Decimal, outflows: Iterable[Outflow]) -> dict[str, Decimal]:
    """Where a received quantity is now: what came in first is taken to have gone out first."""
    start = end - quantity
    gone: dict[str, Decimal] = {}
    for outflow in outflows:
        overlap = min(end, outflow.end) - max(start, outflow.end - outflow.quantity)
        if overlap > 0:
            gone[outflow.destination] = gone.get(outflow.destination, ZERO) + overlap
    left = quantity - sum(gone.values(), ZERO)
    return ({Destination.ON_HAND.value: left} if left > 0 else {}) | gone


def trace(
    difference: Decimal, places: Mapping[str, Decimal], *, bearable: Decimal, fallback: str
) -> list[TracedShare]:
    """Split a cost difference by where the goods are; the shares sum to it.

    Stock bears at most what it is worth (`bearable`): where the average has carried the value out already,
    the rest of a decrease follows it to `fallback`.
    """
    names = list(places)
    shares = dict(zip(names, split(difference, [places[name] for name in names]), strict=True))
    on_hand = shares.get(Destination.ON_HAND, ZERO)
    if on_hand + bearable < 0:
        shares[Destination.ON_HAND] = -bearable
        shares[fallback] = shares.get(fallback, ZERO) + on_hand + bearable
    order: Sequence[str] = [d.value for d in Destination]
    return [TracedShare(name, shares[name]) for name in order if shares.get(name)]
