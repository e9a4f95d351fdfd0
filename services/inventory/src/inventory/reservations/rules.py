"""Who gets what: orders are served by priority, requested date, time of placing; the rest waits for supply."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from inventory.deliveries.rules import Delivery
from inventory.stock.rules import ZERO, Balance, ItemKey, Status, by_expiry
from inventory.supplies.rules import Supply
from tongheng_contracts.sales import OrderStatus

ACTIVE = frozenset({OrderStatus.PENDING, OrderStatus.PROCESSING, OrderStatus.CANCELLING})
"""Stock is held in these states; in cancelling for what stays wanted."""
ENDED = frozenset({OrderStatus.CANCELLED, OrderStatus.COMPLETED, OrderStatus.CLOSED})

LineKey = tuple[UUID, int]
QueueKey = tuple[int, date, datetime, UUID, int]


@dataclass(slots=True)
class Demand:
    """One order line: quantity = cancelled + held + shipped + missing."""

    order_id: UUID
    line: int
    company: str
    item: str
    unit: str
    warehouse: str | None
    quantity: Decimal
    cancelled: Decimal
    held: Decimal
    shipped: Decimal
    cancel_requested: Decimal
    amount_net: Decimal
    amount_tax: Decimal
    tax_code: str
    tax_rate: Decimal
    active: bool

    @property
    def key(self) -> LineKey:
        """The order and its line."""
        return (self.order_id, self.line)

    @property
    def item_key(self) -> ItemKey:
        """The item in its company."""
        return ItemKey(self.company, self.item)

    @property
    def missing(self) -> Decimal:
        """Wanted and not held; nothing while the order is on hold or at its end."""
        return self.quantity - self.cancelled - self.held - self.shipped if self.active else ZERO


@dataclass(slots=True)
class Order:
    """A sales order as far as inventory serves it. `version` counts what we told of it."""

    id: UUID
    number: str
    company: str
    customer: str
    currency: str
    status: str
    priority: int
    requested_date: date | None
    placed_at: datetime
    order_version: int
    version: int
    business_date: date
    demands: dict[int, Demand] = field(default_factory=dict[int, Demand])

    @property
    def active(self) -> bool:
        """Whether stock is held for it."""
        return self.status in ACTIVE

    def queue_key(self, line: int) -> QueueKey:
        """Its place in the queue: priority, then requested date, then time of placing."""
        return (self.priority, self.requested_date or date.max, self.placed_at, self.id, line)


@dataclass(frozen=True, slots=True)
class Want:
    """What an order line still misses."""

    queue_key: QueueKey
    key: LineKey
    item_key: ItemKey
    warehouse: str | None
    quantity: Decimal


@dataclass(slots=True)
class Hold:
    """Stock set aside for an order line: a quantity of one balance, on one delivery note."""

    order_id: UUID
    line: int
    balance_id: int
    item_key: ItemKey
    warehouse: str
    lot: str
    quantity: Decimal
    delivery_id: UUID | None = None
    picked: bool = False

    @property
    def key(self) -> LineKey:
        """The order line that it is for."""
        return (self.order_id, self.line)


@dataclass(slots=True)
class Notes:
    """Delivery notes of orders whose heads are locked, with what is on them; the goods' items are locked too."""

    heads: dict[UUID, Delivery] = field(default_factory=dict[UUID, Delivery])
    holds: dict[UUID, list[Hold]] = field(default_factory=dict[UUID, list[Hold]])
    balances: dict[int, Balance] = field(default_factory=dict[int, Balance])
    demands: dict[LineKey, Demand] = field(default_factory=dict[LineKey, Demand])
    currencies: dict[UUID, str] = field(default_factory=dict[UUID, str])
    """Of the orders."""

    @property
    def item_keys(self) -> set[ItemKey]:
        """The items that are on them."""
        return {balance.key.item_key for balance in self.balances.values()}


@dataclass(frozen=True, slots=True)
class Peg:
    """Supply on its way that an order line waits for."""

    key: LineKey
    source_id: UUID
    source_line: int
    item_key: ItemKey
    warehouse: str
    source: str
    due_date: date | None
    quantity: Decimal


def in_sourcing_order(
    balances: Iterable[Balance], rank: Mapping[tuple[str, str], int]
) -> dict[ItemKey, list[Balance]]:
    """Balances to take from, by item: warehouses in the order of sourcing, in each what expires first.

    What is in quarantine or blocked is not taken from.

    `rank` knows the warehouses that may be taken from, by company and code.
    """
    usable = [
        b
        for b in balances
        if b.key.status == Status.AVAILABLE
        and (b.key.company, b.key.warehouse) in rank
        and b.available > 0
    ]
    usable.sort(key=lambda b: (rank[b.key.company, b.key.warehouse], by_expiry(b)))
    places: dict[ItemKey, list[Balance]] = {}
    for balance in usable:
        places.setdefault(balance.key.item_key, []).append(balance)
    return places


def plan_holds(
    wants: Sequence[Want],
    places: Mapping[ItemKey, Sequence[Balance]],
    hold: Callable[[Balance, Decimal], None],
) -> list[Hold]:
    """Serve the wants in the order given, each from the places in theirs."""
    holds: list[Hold] = []
    for want in wants:
        missing = want.quantity
        for balance in places.get(want.item_key, ()):
            if missing <= 0:
                break
            if want.warehouse is not None and balance.key.warehouse != want.warehouse:
                continue
            taken = min(missing, balance.available)
            if taken > 0:
                assert balance.id is not None, "what is held lies in a balance that is written"
                hold(balance, taken)
                missing -= taken
                key = balance.key
                order_id, line = want.key
                holds.append(
                    Hold(order_id, line, balance.id, key.item_key, key.warehouse, key.lot, taken)
                )
    return holds


def plan_pegs(wants: Sequence[Want], supplies: Mapping[ItemKey, Sequence[Supply]]) -> list[Peg]:
    """Let the wants wait for supply, in the order given; a supply's quantity goes down as it is promised."""
    pegs: list[Peg] = []
    for want in wants:
        missing = want.quantity
        for supply in supplies.get(want.item_key, ()):
            if missing <= 0:
                break
            if want.warehouse is not None and supply.warehouse != want.warehouse:
                continue
            taken = min(missing, supply.quantity)
            if taken > 0:
                supply.quantity -= taken
                missing -= taken
                pegs.append(
                    Peg(
                        want.key,
                        supply.order_id,
                        supply.line,
                        want.item_key,
                        supply.warehouse,
                        supply.number,
                        supply.due_date,
                        taken,
                    )
                )
    return pegs


def cancelled_of(order: Order, demand: Demand, picked: Decimal) -> Decimal:
    """What is really cancelled of a line: what was asked for at most, and never what is picked or shipped."""
    most = demand.quantity - demand.shipped - picked
    return most if order.status in ENDED else min(demand.cancel_requested, most)


def plan_release(holds: Sequence[Hold], surplus: Decimal) -> list[tuple[Hold, Decimal]]:
    """Which holds of a line to let go: the last sourced first, picked ones never."""
    released: list[tuple[Hold, Decimal]] = []
    for hold in reversed([h for h in holds if not h.picked]):
        if surplus <= 0:
            break
        quantity = min(surplus, hold.quantity)
        surplus -= quantity
        released.append((hold, quantity))
    assert surplus <= 0, "what is picked is not released"
    return released
