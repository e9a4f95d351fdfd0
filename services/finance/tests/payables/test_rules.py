"""The three-way match, and what a return takes back."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from finance.payables.rules import (
    BillLine,
    BlockReason,
    ReceiptLine,
    check_bill,
    credit_for,
    match_bill,
    part_after,
    supplier_key,
    take_back,
)

TOLERANCE = Decimal("0.02")


def receipt(
    number: int, quantity: str, price: str = "10", *, order_line: int = 1, cleared: str = "0"
) -> ReceiptLine:
    amount = (Decimal(quantity) * Decimal(price)).quantize(Decimal("0.01"))
    made = ReceiptLine(
        receipt=UUID(int=number), line=1, company="E01", receipt_number=f"GR-{number}", purchase_order=UUID(int=99),
        purchase_order_number="PO-1", order_line=order_line, supplier="V3", item="B", unit="KG", tax_code="VAT13",
        tax_rate=Decimal("0.13"), unit_price=Decimal(price), quantity=Decimal(quantity), amount=amount,
        cleared_quantity=Decimal(0), cleared_amount=Decimal(0), billed_quantity=Decimal(0), returned_quantity=Decimal(0),
    )  # fmt: skip
    billed = Decimal(cleared)
    return replace(
        made, cleared_quantity=billed, cleared_amount=made.clear(billed), billed_quantity=billed
    )


def line(quantity: str, price: str, *, order_price: str = "10", number: int = 1) -> BillLine:
    return BillLine(
        number,
        1,
        "B",
        "KG",
        "VAT13",
        Decimal("0.13"),
        Decimal(quantity),
        Decimal(price),
        Decimal(order_price),
    )


def test_a_bill_of_what_arrived_at_the_orders_price_has_nothing_against_it() -> None:
    assert (
        check_bill(
            [line("1000", "10")],
            [receipt(1, "580"), receipt(2, "420")],
            tolerance=TOLERANCE,
            price_accepted=False,
        )
        == []
    )


def test_three_percent_more_is_blocked_for_its_price_until_it_is_accepted() -> None:
    receipts = [receipt(1, "1000")]

    (finding,) = check_bill(
        [line("1000", "10.30")], receipts, tolerance=TOLERANCE, price_accepted=False
    )

    assert (finding.reason, finding.expected, finding.actual) == (
        BlockReason.PRICE,
        Decimal(10),
        Decimal("10.30"),
    )
    assert (
        check_bill([line("1000", "10.30")], receipts, tolerance=TOLERANCE, price_accepted=True)
        == []
    )
    assert (
        check_bill([line("1000", "10.20")], receipts, tolerance=TOLERANCE, price_accepted=False)
        == []
    )


def test_two_lines_of_one_order_line_share_what_arrived() -> None:
    findings = check_bill(
        [line("60", "10"), line("60", "10", number=2)],
        [receipt(1, "100")],
        tolerance=TOLERANCE,
        price_accepted=False,
    )

    assert [(one.line, one.reason, one.expected) for one in findings] == [
        (2, BlockReason.QUANTITY, Decimal(40))
    ]


def test_the_oldest_receipt_is_billed_first() -> None:
    matches = match_bill([line("700", "10.30")], [receipt(1, "580"), receipt(2, "420")])

    assert [(one.quantity, one.amount_received, one.amount_net) for one in matches] == [
        (Decimal(580), Decimal("5800.00"), Decimal("5974.00")), (Decimal(120), Decimal("1200.00"), Decimal("1236.00")),
    ]  # fmt: skip


quantities = st.integers(1, 5000).map(lambda value: Decimal(value).scaleb(-1))


@given(
    st.lists(quantities, min_size=1, max_size=5),
    st.integers(1, 9_999_999),
    st.integers(1, 9_999_999),
)
def test_billing_all_that_arrived_in_parts_clears_it_to_the_cent(
    parts: list[Decimal], price: int, billed: int
) -> None:
    whole = sum(parts, Decimal(0))
    current = receipt(1, str(whole), str(Decimal(price).scaleb(-6)))
    received = Decimal(0)
    for part in parts:
        one = line(str(part), str(Decimal(billed).scaleb(-6)))
        matches = match_bill([one], [current])
        assert sum(match.amount_net for match in matches) == one.net
        taken = sum((match.amount_received for match in matches), Decimal(0))
        received += taken
        current = replace(
            current,
            cleared_quantity=current.cleared_quantity + part,
            cleared_amount=current.cleared_amount + taken,
        )

    assert received == current.amount
    assert current.open_quantity == 0


@given(st.lists(quantities, min_size=1, max_size=6), st.integers(0, 10**8))
def test_parts_of_an_amount_sum_to_it(parts: list[Decimal], cents: int) -> None:
    amount, whole, before, total = (
        Decimal(cents).scaleb(-2),
        sum(parts, Decimal(0)),
        Decimal(0),
        Decimal(0),
    )
    for part in parts:
        share = part_after(amount, before, part, whole)
        assert share >= 0
        total += share
        before += part

    assert total == amount


def test_a_return_takes_what_is_not_billed_before_what_is() -> None:
    (part,) = take_back(Decimal(50), [receipt(1, "100", cleared="80")])

    assert (part.unbilled, part.unbilled_amount, part.billed) == (
        Decimal(20),
        Decimal("200.00"),
        Decimal(30),
    )


def test_the_credit_of_a_return_concerns_what_was_billed() -> None:
    parts = take_back(Decimal(50), [receipt(1, "100", cleared="80")])

    credit = credit_for(Decimal("515.00"), Decimal("66.95"), parts, Decimal(50))

    assert (credit.net, credit.tax) == (Decimal("309.00"), Decimal("40.17"))


def test_a_bill_number_is_the_same_in_another_width_case_or_spacing() -> None:
    assert supplier_key(" ＦＰ-００１ ") == supplier_key("fp- 001") == "fp-001"
