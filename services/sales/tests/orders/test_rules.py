"""What follows for an order, whatever comes in whatever order."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import BusinessError, InvalidState
from sales.orders import rules
from sales.orders.rules import ORDER_LIFECYCLE, CancelLine, Line, Order, Reserved, ReservedLine
from sales.pricing.rules import round_cents, share
from tongheng_contracts.sales import OrderStatus

DAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def _line(number: int, quantity: int, net: str) -> Line:
    tax = round_cents(Decimal(net) * Decimal("0.13"))
    return Line(
        line=number, item="A", quantity=Decimal(quantity), unit="PCS", warehouse=None, unit_price=Decimal(1),
        amount_net=Decimal(net), amount_tax=tax, tax_code="VAT13", tax_rate=Decimal("0.13"),
    )  # fmt: skip


def _order(*lines: Line, status: OrderStatus = OrderStatus.PENDING) -> Order:
    net, tax = rules.total_of(lines)
    order = Order(
        id=UUID(int=1), number="SO-1", company="E01", version=1, status=status, business_date=DAY, posting_date=DAY,
        customer="C001", currency="CNY", priority=100, requested_date=None, channel_number=None, placed_at=NOW,
        recorded_at=NOW, hold_reasons=("credit",) if status is OrderStatus.ON_HOLD else (), amount_net=net,
        amount_tax=tax, lines=list(lines), loaded_version=1,
    )  # fmt: skip
    order.amount_open = rules.open_amount(order)
    return order


def _answer(order: Order, *, cancelled: dict[int, Decimal], version: int) -> Reserved:
    return Reserved(
        order_version=version,
        released=True,
        lines=tuple(
            ReservedLine(
                line.line, cancelled.get(line.line, Decimal(0)), Decimal(0), (), Decimal(0)
            )
            for line in order.lines
        ),
    )


@given(
    amount=st.decimals("0", "99999.99", places=2),
    parts=st.lists(st.integers(1, 50), min_size=1, max_size=12),
)
def test_shares_of_a_line_sum_to_the_line(amount: Decimal, parts: list[int]) -> None:
    whole, before, summed = Decimal(sum(parts)), Decimal(0), Decimal(0)

    for part in parts:
        worth = share(amount, before + part, whole) - share(amount, before, whole)
        assert worth >= 0
        before, summed = before + part, summed + worth

    assert summed == amount


@given(
    quantities=st.lists(st.integers(1, 9), min_size=1, max_size=4),
    net=st.decimals("0.01", "999.99", places=2),
    data=st.data(),
)
def test_every_course_of_an_order_ends_with_nothing_open(
    quantities: list[int], net: Decimal, data: st.DataObject
) -> None:
    order = _order(*(_line(n + 1, quantity, str(net)) for n, quantity in enumerate(quantities)))
    seen = [order.status]

    for _ in range(40):
        open_lines = [line for line in order.lines if line.open]
        if not open_lines:
            break
        line = data.draw(st.sampled_from(open_lines))
        quantity = Decimal(data.draw(st.integers(1, int(line.open))))
        before = order.amount_open
        if data.draw(st.booleans()):
            gross = line.gross_of(line.shipped + quantity) - line.gross_of(line.shipped)
            rules.apply_shipment(order, {line.line: quantity}, amount_gross=gross)
            assert before - order.amount_open == gross or line.cancelled
        elif order.status is not OrderStatus.CANCELLING:
            rules.request_cancellation(order, [CancelLine(line.line, quantity)], items={})
        else:
            assert order.cancel_version is not None
            possible = {
                each.line: min(each.cancel_requested, each.open) + each.cancelled
                for each in order.lines
            }
            rules.apply_reservation(
                order, _answer(order, cancelled=possible, version=order.cancel_version), today=DAY
            )
        order.loaded_version = order.version
        seen.append(order.status)
        assert order.amount_open == rules.open_amount(order) >= 0
        for each in order.lines:
            assert each.shipped + each.cancelled + each.open == each.quantity

    if not any(line.open for line in order.lines):
        assert order.status in (OrderStatus.COMPLETED, OrderStatus.CANCELLED)
        assert order.amount_open == 0
        assert (order.status is OrderStatus.CANCELLED) == (
            not any(line.shipped for line in order.lines)
        )
        assert order.cancel_version is None


def test_open_amount_is_what_will_still_be_shipped() -> None:
    line = _line(1, 3, "10.00")
    order = _order(line)

    rules.apply_shipment(order, {1: Decimal(1)}, amount_gross=line.gross_of(Decimal(1)))
    line.cancelled = Decimal(1)

    assert (
        rules.open_amount(order)
        == line.gross_of(Decimal(2)) - line.gross_of(Decimal(1))
        == Decimal("3.78")
    )


def test_answer_to_an_older_version_settles_nothing() -> None:
    order = _order(_line(1, 3, "10.00"))
    rules.request_cancellation(order, None, items={})

    changed = rules.apply_reservation(order, _answer(order, cancelled={}, version=1), today=DAY)

    assert (changed, order.status) == (False, OrderStatus.CANCELLING)


def test_what_happens_in_one_transaction_is_one_version() -> None:
    order = _order(_line(1, 3, "10.00"))
    rules.settle(order, "invoice", Decimal("11.30"))
    rules.settle(order, "payment", Decimal("11.30"))

    rules.apply_shipment(order, {1: Decimal(3)}, amount_gross=Decimal("11.30"))
    rules.close_if_settled(order)

    assert (order.status, order.version) == (OrderStatus.CLOSED, 2)


@pytest.mark.parametrize(
    "status", [OrderStatus.COMPLETED, OrderStatus.CLOSED, OrderStatus.CANCELLED]
)
def test_finished_orders_are_neither_amended_nor_released_nor_cancelled(
    status: OrderStatus,
) -> None:
    order = _order(_line(1, 3, "10.00"))
    order.status = status

    for attempt in (
        lambda: rules.release(order),
        lambda: rules.amend(order, priority=1, requested_date=None),
        lambda: rules.request_cancellation(order, None, items={}),
    ):
        with pytest.raises(InvalidState):
            attempt()


def test_goods_of_a_held_order_cannot_have_left() -> None:
    with pytest.raises(BusinessError):
        rules.apply_shipment(
            _order(_line(1, 3, "10.00"), status=OrderStatus.ON_HOLD),
            {1: Decimal(1)},
            amount_gross=Decimal(1),
        )


def test_closed_and_cancelled_are_final() -> None:
    assert {status for status in OrderStatus if ORDER_LIFECYCLE.is_final(status)} == {
        OrderStatus.CLOSED,
        OrderStatus.CANCELLED,
    }


@pytest.mark.parametrize(
    ("expected", "uncovered", "promised"),
    [
        ((), 0, DAY),
        ((date(2026, 12, 1), date(2026, 11, 1)), 0, date(2026, 12, 1)),
        ((None,), 0, None),
        ((), 2, None),
    ],
)
def test_promised_is_the_day_by_which_all_is_there(
    expected: tuple[date | None, ...], uncovered: int, promised: date | None
) -> None:
    line = ReservedLine(1, Decimal(0), Decimal(1), expected, Decimal(uncovered))

    assert rules.promised_date(Reserved(1, False, (line,)), today=DAY) == promised
