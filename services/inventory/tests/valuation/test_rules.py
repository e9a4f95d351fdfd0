"""Value never gets lost: properties of the moving average, of sharing and of tracing."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from inventory.stock.rules import ZERO, BalanceKey, ItemKey, Origin, Place, cumulative_share, split
from inventory.valuation.rules import Book, Destination, ItemValue, Outflow, trace, whereabouts

KEY = ItemKey("E01", "A")
PLACES = [BalanceKey("E01", "A", warehouse) for warehouse in ("SH", "GZ")]
ORIGIN = Origin("test", UUID(int=1), "T-1", date(2026, 11, 22), date(2026, 11, 22))
quantities = st.decimals("0.001", "5000", places=3)
amounts = st.decimals("0", "99999.99", places=2)
CENTS = Decimal("0.01")


class StockMachine(RuleBasedStateMachine):
    """Receipts, issues, transfers and later costs in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.book = Book({KEY: ItemValue(KEY)}, {})
        self.received: list[tuple[Decimal, Decimal]] = []
        self.revalued = ZERO

    @property
    def value(self) -> ItemValue:
        return self.book.values[KEY]

    @rule(place=st.sampled_from(PLACES), quantity=quantities, amount=amounts)
    def receive(self, place: BalanceKey, quantity: Decimal, amount: Decimal) -> None:
        self.book.receive(
            place,
            quantity,
            amount,
            source=Place.SUPPLIER,
            valuation_class="raw_material",
            unit="KG",
            origin=ORIGIN,
            line=1,
        )
        self.received.append((self.value.inflow, quantity))

    @rule(place=st.sampled_from(PLACES), share=st.sampled_from(["0.1", "0.5", "1"]))
    def issue(self, place: BalanceKey, share: str) -> None:
        balance = self.book.balance(place)
        quantity = (balance.available * Decimal(share)).quantize(Decimal("0.001"))
        if quantity > 0:
            before = self.value.quantity, self.value.amount
            cost = self.book.issue(
                balance,
                quantity,
                target=Place.PRODUCTION,
                destination=Destination.WORK_IN_PROCESS,
                unit="KG",
                origin=ORIGIN,
                line=1,
            )
            # The cost is the average's, to the cent; the last unit takes what is left.
            assert abs(cost - before[1] * quantity / before[0]) <= CENTS
            assert cost == before[1] or quantity < before[0]

    @rule(quantity=quantities)
    def shift(self, quantity: Decimal) -> None:
        balance = self.book.balance(PLACES[0])
        quantity = min(quantity, balance.available)
        if quantity > 0:
            self.book.shift(
                balance, PLACES[1], quantity, carried=ZERO, unit="KG", origin=ORIGIN, line=1
            )

    @rule(share=st.sampled_from(["0.25", "1"]))
    def hold(self, share: str) -> None:
        balance = self.book.balance(PLACES[1])
        self.book.hold(
            balance, (balance.available * Decimal(share)).quantize(Decimal("0.001"), "ROUND_DOWN")
        )

    @precondition(lambda self: self.received)
    @rule(data=st.data(), difference=st.decimals("-5000", "5000", places=2))
    def later_cost(self, data: st.DataObject, difference: Decimal) -> None:
        end, quantity = data.draw(st.sampled_from(self.received))
        gone = [
            Outflow(m.flow_end, m.quantity, m.destination)
            for m in self.book.moves
            if m.direction == -1
        ]
        places = whereabouts(end, quantity, gone)
        assert sum(places.values(), ZERO) == quantity
        shares = trace(
            difference,
            places,
            bearable=self.value.amount,
            fallback=gone[-1].destination if gone else "expense",
        )
        assert sum((s.amount for s in shares), ZERO) == difference
        on_hand = sum((s.amount for s in shares if s.destination == Destination.ON_HAND), ZERO)
        if on_hand:
            self.book.revalue(KEY, on_hand, unit="KG", origin=ORIGIN, line=1)

    @invariant()
    def value_is_never_negative_and_nothing_is_worth_nothing(self) -> None:
        assert self.value.amount >= 0
        assert self.value.quantity > 0 or self.value.amount == 0

    @invariant()
    def the_moves_sum_to_what_is_there(self) -> None:
        by_place: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
        for move in self.book.moves:
            by_place[move.source[0]] -= move.quantity
            by_place[move.target[0]] += move.quantity
        for balance in self.book.balances.values():
            assert by_place[balance.key.warehouse] == balance.on_hand
            assert 0 <= balance.reserved <= balance.on_hand
        assert sum(by_place.values(), ZERO) == 0
        assert sum((m.amount for m in self.book.moves), ZERO) == self.value.amount
        assert self.value.inflow - self.value.outflow == self.value.quantity


TestStockMachine = StockMachine.TestCase
TestStockMachine.settings = settings(max_examples=50, stateful_step_count=30, deadline=None)


@given(
    st.decimals("-99999", "99999", places=2),
    st.lists(st.decimals("0", "1000", places=3), min_size=1),
)
def test_what_is_split_sums_to_the_whole(amount: Decimal, weights: list[Decimal]) -> None:
    if not any(weights):
        weights = [*weights, Decimal(1)]

    parts = split(amount, weights)

    assert sum(parts, ZERO) == amount
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)
    exact = [amount * weight / sum(weights, ZERO) for weight in weights]
    assert all(abs(part - real) < CENTS for part, real in zip(parts, exact, strict=True))


@given(amounts, st.lists(quantities, min_size=1, max_size=8))
def test_the_shares_of_a_line_sum_to_the_line(amount: Decimal, parts: list[Decimal]) -> None:
    whole = sum(parts, ZERO)
    before, shares = ZERO, ZERO
    for part in parts:
        shares += cumulative_share(amount, before, part, whole)
        before += part

    assert shares == amount


def test_what_came_in_first_is_gone_first() -> None:
    gone = [
        Outflow(Decimal(200), Decimal(200), "work_in_process"),
        Outflow(Decimal(650), Decimal(450), "sale"),
    ]

    assert whereabouts(Decimal(580), Decimal(580), gone) == {
        "work_in_process": Decimal(200),
        "sale": Decimal(380),
    }
    assert whereabouts(Decimal(1000), Decimal(420), gone) == {
        "on_hand": Decimal(350),
        "sale": Decimal(70),
    }


def test_stock_bears_a_decrease_down_to_nothing() -> None:
    shares = trace(
        Decimal("-900.00"), {"on_hand": Decimal(100)}, bearable=Decimal("550.00"), fallback="sale"
    )

    assert [(s.destination, str(s.amount)) for s in shares] == [
        ("on_hand", "-550.00"),
        ("sale", "-350.00"),
    ]
