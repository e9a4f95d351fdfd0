"""What each client was told, and an independent small model of what must therefore be true."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

ZERO = Decimal(0)
Outcome = Literal["ok", "refused", "unknown"]


@dataclass(slots=True)
class Command:
    """One command of a client: sent with one key until it is settled."""

    kind: str
    path: str
    body: Mapping[str, Any]
    key: str
    context: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What the client knew when it sent it, such as the order that it cancels."""
    outcome: Outcome = "unknown"
    status: int = 0
    code: str = ""
    answer: Mapping[str, Any] = field(default_factory=dict[str, Any])
    attempts: int = 0
    lost_answers: int = 0
    """Attempts whose outcome the client could not know."""
    twice: bool = False
    contradictions: list[str] = field(default_factory=list[str])
    """Two answers to the same key that are not the same."""


@dataclass(slots=True)
class Stock:
    """What the model says of one item."""

    on_hand: Decimal = ZERO
    quarantine: Decimal = ZERO
    open_orders: Decimal = ZERO
    in_transit: Decimal = ZERO

    @property
    def reserved(self) -> Decimal:
        """Whoever waits gets what is there: as much as is ordered, at most what may be promised."""
        return min(self.open_orders, self.on_hand - self.quarantine)


@dataclass(slots=True)
class Expected:
    """The world as the journal has it."""

    stock: dict[str, Stock] = field(default_factory=lambda: defaultdict(Stock))
    owed: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    """By customer: shipped, not returned, not paid."""
    documents: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Ids of the documents that commands made, by kind of command."""


class _Books:
    """Writes one command after the other into the model."""

    def __init__(self) -> None:
        self.found = Expected()
        self.orders: dict[str, dict[int, tuple[str, Decimal]]] = {}
        self.shipped: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
        self.cancelled: set[str] = set()
        self.needed: dict[str, tuple[str, Decimal]] = {}
        self.ways: dict[str, Callable[[Command], None]] = {
            "place": self._placed, "cancel": self._cancelled, "ship": self._shipped, "receive": self._received,
            "adjust": self._adjusted, "pay": self._paid, "transfer-ship": self._sent, "transfer-receive": self._arrived,
            "take-back": self._taken_back, "inspect": self._inspected, "make-release": self._released,
            "make-issue": self._issued, "make-complete": self._completed,
        }  # fmt: skip

    def write(self, one: Command) -> None:
        if "id" in one.answer:
            self.found.documents[one.kind].add(str(one.answer["id"]))
        if one.kind in self.ways:
            self.ways[one.kind](one)

    def close(self) -> Expected:
        for order, lines in self.orders.items():
            for line, (item, quantity) in lines.items():
                if order not in self.cancelled:
                    self.found.stock[item].open_orders += quantity - self.shipped[order, line]
        return self.found

    def _placed(self, one: Command) -> None:
        self.orders[str(one.answer["id"])] = {
            int(line["line"]): (str(line["item"]), Decimal(line["quantity"]))
            for line in one.answer["lines"]
        }

    def _cancelled(self, one: Command) -> None:
        self.cancelled.add(str(one.context["order"]))

    def _shipped(self, one: Command) -> None:
        for line in one.answer["lines"]:
            quantity = Decimal(line["quantity"])
            self.shipped[str(one.answer["order"]), int(line["line"])] += quantity
            self.found.stock[line["item"]].on_hand -= quantity
        self.found.owed[str(one.answer["customer"])] += Decimal(one.answer["amount_gross"])

    def _received(self, one: Command) -> None:
        for line in one.answer["lines"]:
            self.found.stock[line["item"]].on_hand += Decimal(line["accepted"])

    def _adjusted(self, one: Command) -> None:
        for line in one.body["lines"]:
            self.found.stock[line["item"]].on_hand += Decimal(line["quantity"])

    def _paid(self, one: Command) -> None:
        self.found.owed[str(one.answer["partner"])] -= Decimal(one.answer["amount"])

    def _sent(self, one: Command) -> None:
        for line in one.answer["lines"]:
            self.found.stock[line["item"]].on_hand -= Decimal(line["quantity"])
            self.found.stock[line["item"]].in_transit += Decimal(line["quantity"])

    def _arrived(self, one: Command) -> None:
        for line in one.answer["lines"]:
            self.found.stock[line["item"]].on_hand += Decimal(line["quantity"])
            self.found.stock[line["item"]].in_transit -= Decimal(line["quantity"])

    def _taken_back(self, one: Command) -> None:
        quantity = Decimal(one.body["lines"][0]["quantity"])
        stock = self.found.stock[str(one.context["item"])]
        stock.on_hand += quantity
        stock.quarantine += quantity
        gross = quantity * Decimal(one.context["gross"])
        self.found.owed[str(one.context["customer"])] -= gross

    def _inspected(self, one: Command) -> None:
        accepted = Decimal(one.body["lines"][0]["accepted"])
        self.found.stock[str(one.context["item"])].quarantine -= accepted

    def _released(self, one: Command) -> None:
        component, needed = str(one.context["component"]), Decimal(one.context["needed"])
        self.needed[str(one.context["order"])] = component, needed
        self.found.stock[component].open_orders += needed

    def _issued(self, one: Command) -> None:
        component, needed = self.needed.pop(str(one.context["order"]))
        self.found.stock[component].open_orders -= needed
        self.found.stock[component].on_hand -= needed

    def _completed(self, one: Command) -> None:
        quantity = Decimal(one.body["quantity"])
        # An order may be completed though its issue was refused: then it holds nothing any longer.
        component, needed = self.needed.pop(str(one.context["order"]), ("", ZERO))
        if needed:
            self.found.stock[component].open_orders -= needed
        self.found.stock[str(one.context["item"])].on_hand += quantity


def expected(journal: Iterable[Command]) -> Expected:
    """What must be true after these commands, all settled."""
    books = _Books()
    for one in journal:
        if one.outcome == "ok":
            books.write(one)
    return books.close()


def differences(
    model: Expected,
    stock: Mapping[str, Mapping[str, Decimal]],
    owed: Mapping[str, Decimal],
) -> list[str]:
    """Where the system says something else than the model: on hand, reserved, in transit; what customers owe."""
    wrong: list[str] = []
    for item, should in sorted(model.stock.items()):
        found = stock.get(item, {})
        for name, wanted in (
            ("on_hand", should.on_hand),
            ("reserved", should.reserved),
            ("in_transit", should.in_transit),
        ):
            seen = found.get(name, ZERO)
            if seen != wanted:
                wrong.append(f"{item} {name}: {seen}, by the journal {wanted}")
    for customer in sorted(model.owed.keys() | owed.keys()):
        seen, wanted = owed.get(customer, ZERO), model.owed.get(customer, ZERO)
        if seen != wanted:
            wrong.append(f"{customer} owes {seen}, by the journal {wanted}")
    return wrong


def lost_and_doubled(model: Expected, there: Mapping[str, set[str]]) -> tuple[list[str], list[str]]:
    """Documents that a client was told of and that are not there; documents that no client was told of."""
    lost = [
        f"{kind} {one}"
        for kind, ids in there.items()
        for one in sorted(model.documents[kind] - ids)
    ]
    doubled = [
        f"{kind} {one}"
        for kind, ids in there.items()
        for one in sorted(ids - model.documents[kind])
    ]
    return lost, doubled
