"""Purchase orders' decisions."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import InvalidState
from purchasing.orders import rules
from purchasing.orders.rules import NewOrder, Order, OrderLine
from purchasing.replicas.rules import (
    CompanyReplica,
    Factor,
    ItemReplica,
    PartnerReplica,
    TaxCodeReplica,
    WarehouseReplica,
    base_quantity,
)
from tongheng_contracts.purchasing import PurchaseOrderStatus as Status

ID = UUID(int=1)
DAY = date(2026, 11, 2)
ITEM = ItemReplica(ID, "A", "A", "PCS", 0, {"BOX": Factor(12)})
quantities = st.decimals(min_value=Decimal("0.001"), max_value=Decimal(10_000), places=3)
prices = st.decimals(min_value=0, max_value=Decimal(10_000), places=6)


def a_line(number: int = 1, quantity: str = "1000", price: str = "10") -> OrderLine:
    net = rules.money(Decimal(quantity) * Decimal(price))
    return OrderLine(
        number, "A", Decimal(quantity), "PCS", Decimal(price), net, rules.money(net * Decimal("0.13")),
        "VAT13", Decimal("0.13"), DAY, Decimal(quantity), "PCS",
    )  # fmt: skip


def an_order(*lines: OrderLine, status: Status = Status.APPROVED) -> Order:
    return Order(
        ID, "PO-1", "E01", 3, status, DAY, DAY, "V3", "SH", "CNY", Decimal("0.02"), 30,
        lines or (a_line(),),
    )  # fmt: skip


@given(st.lists(quantities, min_size=1, max_size=6), prices)
def test_what_is_open_and_what_is_received_never_exceed_the_line(
    parts: list[Decimal], price: Decimal
) -> None:
    whole = sum(parts, Decimal(0))
    order = an_order(a_line(quantity=str(whole), price=str(price)))

    for part in parts:
        order = rules.receive(order, {1: part})

        line = order.lines[0]
        assert line.quantity_open + line.quantity_received == whole
        assert Decimal(0) <= line.amount_open <= line.amount_net
    assert order.status is Status.RECEIVED
    assert order.commitment == rules.Commitment(Decimal(0), Decimal(0), 0)


@pytest.mark.parametrize("status", [Status.RECEIVED, Status.CLOSED, Status.CANCELLED])
def test_what_is_over_is_not_cancelled(status: Status) -> None:
    with pytest.raises(InvalidState):
        rules.cancel(an_order(status=status))


def test_cancelling_keeps_what_was_received() -> None:
    order = rules.receive(an_order(a_line(1), a_line(2)), {1: Decimal(580)})

    cancelled = rules.cancel(order)

    assert cancelled.status is Status.CLOSED
    assert [line.quantity_cancelled for line in cancelled.lines] == [420, 1000]


def test_a_late_receipt_on_a_closed_order_takes_back_its_cancellation() -> None:
    closed = rules.close(rules.receive(an_order(), {1: Decimal(580)}))

    late = rules.receive(closed, {1: Decimal(20)})

    assert late.status is Status.CLOSED
    assert late.version == closed.version + 1
    assert late.lines[0].quantity_cancelled == 400


def test_the_day_is_the_companys_own() -> None:
    shanghai = CompanyReplica(ID, "E01", "E01", "CNY", "Asia/Shanghai")
    known = rules.Known(
        now=datetime(2026, 11, 1, 17, 0, tzinfo=UTC),
        companies={"E01": shanghai},
        partners={"V3": PartnerReplica(ID, "V3", "V3", frozenset({"supplier"}), "CNY", 60, False)},
        warehouses={"SH": WarehouseReplica(ID, "SH", "SH", "E01")},
        items={"A": replace(ITEM, lead_time_days=3)},
        tax_codes={"VAT13": TaxCodeReplica(ID, "VAT13", Decimal("0.13"))},
    )
    asked = NewOrder(
        "E01", "V3", "SH", (rules.NewLine("A", Decimal(3), unit_price=Decimal("0.335")),)
    )

    order = rules.plan_order(asked, known, id=ID)

    assert (order.business_date, order.payment_days) == (date(2026, 11, 2), 60)
    assert order.lines[0].due_date == date(2026, 11, 5)
    assert (order.amount_net, order.amount_tax) == (Decimal("1.01"), Decimal("0.13"))


def test_a_box_of_twelve_is_twelve_pieces_and_a_third_of_one_is_four() -> None:
    assert base_quantity(ITEM, Decimal(3), "BOX") == 36
    thirds = replace(ITEM, units={"THIRD": Factor(1, 3)})
    assert base_quantity(thirds, Decimal(3), "THIRD") == 1
    with pytest.raises(Exception, match="finer"):
        base_quantity(thirds, Decimal(1), "THIRD")
