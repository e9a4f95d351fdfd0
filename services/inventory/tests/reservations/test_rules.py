"""No plan gives away more than there is, or leaves anything that somebody waits for."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from inventory.reservations.rules import (
    Hold,
    Want,
    in_sourcing_order,
    plan_holds,
    plan_pegs,
    plan_release,
)
from inventory.stock.rules import ZERO, Balance, BalanceKey, ItemKey, Status
from inventory.supplies.rules import Supply
from inventory.valuation.rules import Book

KEY = ItemKey("E01", "A")
RANK = {("E01", "SH"): 0, ("E01", "GZ"): 1}
numbers = st.integers(0, 20).map(Decimal)
places = st.sampled_from(["SH", "GZ", None])


def wants_of(asked: list[tuple[Decimal, str | None]]) -> list[Want]:
    moment = datetime(2026, 11, 22, tzinfo=UTC)
    return [
        Want((100, date.max, moment, UUID(int=n), 1), (UUID(int=n), 1), KEY, place, quantity)
        for n, (quantity, place) in enumerate(asked)
    ]


def held_by(holds: list[Hold], want: Want) -> Decimal:
    return sum((hold.quantity for hold in holds if hold.key == want.key), ZERO)


@given(
    st.lists(st.tuples(numbers, places)),
    st.lists(st.tuples(numbers, st.sampled_from(["SH", "GZ", "OLD"])), max_size=6),
)
def test_holds_never_exceed_stock_and_who_waits_finds_none(
    asked: list[tuple[Decimal, str | None]], lying: list[tuple[Decimal, str]]
) -> None:
    balances = [
        Balance(BalanceKey("E01", "A", place, f"B{n}"), quantity, id=n)
        for n, (quantity, place) in enumerate(lying)
    ]
    book = Book({}, {b.key: b for b in balances})
    wants = wants_of(asked)

    holds = plan_holds(wants, in_sourcing_order(balances, RANK), book.hold)

    for balance in balances:
        assert balance.reserved == sum(
            (h.quantity for h in holds if h.balance_id == balance.id), ZERO
        )
        assert 0 <= balance.reserved <= balance.on_hand
        assert balance.key.warehouse != "OLD" or balance.reserved == 0
    for want in wants:
        got = held_by(holds, want)
        assert got <= want.quantity
        if got < want.quantity:
            usable = [
                b
                for b in balances
                if b.key.warehouse in ({want.warehouse} if want.warehouse else {"SH", "GZ"})
            ]
            assert all(balance.available == 0 for balance in usable)


@given(
    st.lists(st.tuples(numbers, places)),
    st.lists(st.tuples(numbers, st.sampled_from(["SH", "GZ"])), max_size=5),
)
def test_pegs_never_exceed_supply_and_the_first_in_the_queue_goes_first(
    asked: list[tuple[Decimal, str | None]], coming: list[tuple[Decimal, str]]
) -> None:
    supplies = [
        Supply(UUID(int=n), 1, f"PO-{n}", "E01", "A", place, date(2026, 12, 1 + n), quantity)
        for n, (quantity, place) in enumerate(coming)
    ]

    pegs = plan_pegs(wants_of(asked), {KEY: supplies})

    for supply, (quantity, place) in zip(supplies, coming, strict=True):
        own = [peg for peg in pegs if peg.source_id == supply.order_id]
        assert sum((peg.quantity for peg in own), ZERO) + supply.quantity == quantity
        assert all(peg.warehouse == place for peg in own)
    anywhere = [want for want in wants_of(asked) if want.warehouse is None and want.quantity]
    waits = [sum((p.quantity for p in pegs if p.key == w.key), ZERO) < w.quantity for w in anywhere]
    assert waits == sorted(waits)


def test_what_was_sourced_last_is_let_go_first_and_picked_goods_never() -> None:
    def hold(place: str, quantity: int, *, picked: bool = False) -> Hold:
        return Hold(UUID(int=1), 1, quantity, KEY, place, "", Decimal(quantity), picked=picked)

    holds = [hold("SH", 5), hold("GZ", 4), hold("GZ", 3, picked=True)]

    assert [(h.warehouse, int(q)) for h, q in plan_release(holds, Decimal(6))] == [
        ("GZ", 4),
        ("SH", 2),
    ]


def test_what_is_in_quarantine_or_blocked_is_not_taken() -> None:
    good, *others = (
        Balance(BalanceKey("E01", "A", "SH", "", "", status), Decimal(5), id=n)
        for n, status in enumerate((Status.AVAILABLE, Status.QUARANTINE, Status.BLOCKED))
    )

    assert in_sourcing_order([*others, good], RANK) == {ItemKey("E01", "A"): [good]}
