"""Requisition lines merged into orders."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from purchasing.merging import rules
from purchasing.merging.rules import OpenLine
from purchasing.replicas.rules import Factor, ItemReplica
from purchasing.supplier_items.rules import Offer

ITEM = ItemReplica(UUID(int=1), "A", "A", "PCS", 0, {"BOX": Factor(12)})


def an_open_line(quantity: str, *, requisition: int = 1, **fields: object) -> OpenLine:
    given = {
        "requisition": UUID(int=requisition),
        "line": 1,
        "company": "E01",
        "item": "A",
        "quantity": Decimal(quantity),
        "warehouse": "SH",
        "due_date": None,
        "supplier": "V3",
        **fields,
    }
    return OpenLine(**given)  # type: ignore[arg-type]


def test_requisitions_merge_into_one_line_that_respects_the_suppliers_lot() -> None:
    offer = Offer("V3", "A", "BOX", Decimal(120), "CNY", 5, Decimal(2), Decimal(1))
    lines = [
        an_open_line("20", due_date=date(2026, 12, 1)),
        an_open_line("7", requisition=2, due_date=date(2026, 11, 20)),
        an_open_line("5", requisition=3, warehouse="GZ"),
    ]

    gz, sh = rules.merge_requisitions(lines, {"A": ITEM}, {("V3", "A"): offer})

    assert [(line.quantity, line.due_date) for line in sh.order.lines] == [(36, date(2026, 11, 20))]
    assert [(c.requisition.int, c.quantity) for c in sh.conversions] == [(1, 20), (2, 7)]
    assert [line.quantity for line in gz.order.lines] == [24]
    assert [c.quantity for c in gz.conversions] == [5]


def test_what_exceeds_the_suppliers_maximum_stays_open() -> None:
    offer = Offer("V3", "A", "PCS", Decimal(10), "CNY", 5, Decimal(0), None, Decimal(25))

    (merged,) = rules.merge_requisitions(
        [an_open_line("20"), an_open_line("20", requisition=2)], {"A": ITEM}, {("V3", "A"): offer}
    )

    assert merged.order.lines[0].quantity == 25
    assert [(c.requisition.int, c.quantity) for c in merged.conversions] == [(1, 20), (2, 5)]
