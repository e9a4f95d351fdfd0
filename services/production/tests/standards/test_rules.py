"""Roll-ups and variances against cases worked by hand."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from production.boms.rules import Bom, Component, Output
from production.costing.rules import Costs
from production.orders.rules import Operation, Order
from production.routings.rules import Routing, Step
from production.standards.rules import (
    Analysis,
    Basis,
    LineKind,
    Spent,
    Standard,
    VarianceKind,
    analyse,
    levels,
    roll_up,
)
from production.work_centres.rules import Rates
from tongheng_contracts.production import ProductionOrderStatus

D = Decimal
DAY = date(2026, 11, 2)


def bill(item: str, *components: tuple[str, str], **values: Any) -> Bom:
    return Bom(**{
        "id": uuid4(), "number": "BOM", "company": "E01", "item": item, "warehouse": "",
        "revision": "1", "version": 1, "status": "active", "valid_from": DAY, "valid_to": None,
        "base_quantity": D(1), "yield_rate": D(1), "business_date": DAY,
        "components": tuple(
            Component(n, code, D(quantity)) for n, (code, quantity) in enumerate(components, 1)
        ),
    } | values)  # fmt: skip


def way(item: str, *steps: Step) -> Routing:
    return Routing(uuid4(), "RT", "E01", item, "", "1", 1, "active", DAY, None, DAY, steps)


def basis(*bills: Bom, **values: Any) -> Basis:
    given: dict[str, Any] = {
        "phantoms": {}, "routings": {}, "rates": {"WC1": Rates(D(50), D(20))}, "prices": {},
    }  # fmt: skip
    return Basis(boms={b.item: b for b in bills}, **given | values)


def finished(
    quantity: str, *operations: Operation, started: str | None = None, item: str = "F"
) -> Order:
    return Order(
        id=uuid4(), number="MO-1", company="E01", version=1, status=ProductionOrderStatus.COMPLETED,
        item=item, unit="PCS", quantity=D(started or quantity), warehouse="SH", start_date=None,
        due_date=None, bom=None, routing=None, demand_order=None, demand_line=None,
        planned_order=None, quantity_completed=D(quantity), business_date=DAY, posting_date=DAY,
        components=(), operations=operations,
    )  # fmt: skip


def sums(found: Analysis) -> dict[VarianceKind, Decimal]:
    kinds = dict.fromkeys((v.kind for v in found.variances), D(0))
    for v in found.variances:
        kinds[v.kind] += v.amount
    return {kind: amount for kind, amount in kinds.items() if amount}


def test_e3_rolls_up_level_by_level() -> None:
    """S = (3 kg B at 10.80 + C at 5.00 + 0.2 h at 70) / 0.97; X = 2 S + 1 box + 0.5 m tape + 0.2 h at 70."""
    found, missing = roll_up(
        basis(
            bill("S", ("B", "3"), ("C", "1"), yield_rate=D("0.97")),
            bill("X", ("S", "2"), ("P", "1")),
            phantoms={"P": bill("P", ("BOX", "1"), ("TAPE", "0.5"))},
            routings={
                "S": way("S", Step(10, "WC1", run_hours=D("0.2"))),
                "X": way("X", Step(10, "WC1", run_hours=D("0.2"))),
            },
            prices={"B": D("10.8"), "C": D(5), "BOX": D("0.5"), "TAPE": D("0.1")},
        ),
        DAY,
    )
    by_item = {s.item: s for s in found}

    assert missing == []
    assert {s.item: s.level for s in found} == {
        "X": 0, "S": 1, "BOX": 1, "TAPE": 1, "B": 2, "C": 2,
    }  # fmt: skip
    # 3 / 0.97 = 3.092784 kg, 1 / 0.97 = 1.030928 chips, 0.2 / 0.97 = 0.206186 h.
    s = by_item["S"]
    assert [(x.kind, x.quantity, x.amount) for x in s.lines] == [
        (LineKind.COMPONENT, D("3.092784"), D("33.402067")),
        (LineKind.COMPONENT, D("1.030928"), D("5.154640")),
        (LineKind.RUN, D("0.206186"), D("10.309300")),
        (LineKind.RUN, D("0.206186"), D("4.123720")),
    ]
    assert s.costs == Costs(D("38.556707"), D("10.309300"), D("4.123720"))
    x = by_item["X"]
    assert x.costs == Costs(D("77.663414"), D("30.618600"), D("12.247440"))
    for each in found:
        assert sum(line.amount for line in each.lines) == each.price


def test_a_setup_lies_on_the_lot_and_by_products_and_co_products_take_their_part() -> None:
    made = bill(
        "M", ("A", "10"), base_quantity=D(10),
        outputs=(
            Output(1, "WASTE", D(5), "KG", "by", D(0), D("0.20")),
            Output(2, "TWIN", D(10), "PCS", "co", D("0.25")),
        ),
    )  # fmt: skip
    found, _ = roll_up(
        basis(
            made,
            routings={
                "M": way("M", Step(10, "WC1", setup_hours=D(2)), Step(20, "", supplier="V3"))
            },
            prices={"A": D("4.1")},
            lots={"M": D(100)},
            outside={("M", 20): D("0.6")},
        ),
        DAY,
    )
    m = {s.item: s for s in found}["M"]

    # 4.10 - 0.10 = 4.00 material, 2 h / 100 × 50 = 1.00, × 20 = 0.40, outside 0.60; a quarter is the twin's.
    assert m.costs == Costs(D("3.00"), D("0.75"), D("0.30"), D("0.45"))
    assert sum(line.amount for line in m.lines) == m.price == D("4.50")


def test_what_has_no_price_is_named() -> None:
    _, missing = roll_up(
        basis(
            bill("M", ("A", "1")),
            routings={"M": way("M", Step(20, "", supplier="V3"))},
        ),
        DAY,
    )
    assert missing == ["A", "M/20"]


def test_the_low_level_code_is_the_deepest_place() -> None:
    bills = {b.item: b for b in (bill("A", ("B", "1"), ("C", "1")), bill("B", ("C", "1")))}
    assert levels(bills, {}, DAY) == {"A": 0, "B": 1, "C": 2}


TEXTBOOK = basis(
    bill("F", ("RAW", "2")),
    routings={"F": way("F", Step(10, "WC1", run_hours=D("0.5")))},
    rates={"WC1": Rates(D(20), D(8))},
    prices={"RAW": D(5)},
)
"""One unit: 2 kg at 5.00, half an hour at 20.00 and 8.00: 24.00."""


def standard(of: Basis = TEXTBOOK, item: str = "F") -> Standard:
    found, _ = roll_up(of, DAY)
    return {s.item: s for s in found}[item]


def test_the_textbook_case_of_a_flexible_budget() -> None:
    """1,000 made of 2,100 kg at 5.20 in 480 h at 21.00 and 9.00: 25,320.00 against 24,000.00."""
    found = analyse(
        finished("1000", Operation(10, "WC1", good=D(1000), hours=D(480))),
        [
            Spent("issue", "material", "RAW", None, D(2100), D("10920.00")),
            Spent("operation", "labour", "F", 10, D(480), D("10080.00")),
            Spent("operation", "overhead", "F", 10, D(480), D("4320.00")),
            Spent("output", "material", "F", None, D(1000), D("-25320.00")),
        ],
        standard(),
        {"RAW": D(5)},
    )

    assert (found.actual.total, found.standard.total) == (D("25320.00"), D("24000.00"))
    assert sums(found) == {
        VarianceKind.PRICE: D("420.00"),
        VarianceKind.USAGE: D("500.00"),
        VarianceKind.RATE: D("480.00"),
        VarianceKind.EFFICIENCY: D("-400.00") + D("-160.00"),
        VarianceKind.SPENDING: D("480.00"),
    }
    assert sum(v.amount for v in found.variances) == found.total == D("1320.00")


def test_pieces_lost_beyond_the_normal_are_a_yield_variance() -> None:
    """Yield 80 %: 100 started should give 80; 75 are good. 5 × 10.00 of material and 5 × 14.00 of work are lost."""
    of = standard(
        basis(
            bill("F", ("RAW", "1.6"), yield_rate=D("0.8")),
            routings={"F": way("F", Step(10, "WC1", run_hours=D("0.4")))},
            rates={"WC1": Rates(D(20), D(8))},
            prices={"RAW": D(5)},
        )
    )
    assert of.price == D("24.00")
    found = analyse(
        finished(
            "75", Operation(10, "WC1", good=D(75), scrapped=D(25), hours=D(40)), started="100"
        ),
        [
            Spent("issue", "material", "RAW", None, D(160), D("800.00")),
            Spent("operation", "labour", "F", 10, D(40), D("800.00")),
            Spent("operation", "overhead", "F", 10, D(40), D("320.00")),
        ],
        of,
        {"RAW": D(5)},
    )

    assert sums(found) == {VarianceKind.YIELD: D("120.00")}
    assert found.total == D("120.00")


def test_a_small_lot_bears_its_setup_alone_and_unplanned_material_is_usage() -> None:
    """2 h of setup for 100 pieces; 40 are made: 60 × 0.02 h × 28.00 = 33.60. 3 kg of glue at 7.00 were not planned."""
    of = replace(
        TEXTBOOK,
        routings={"F": way("F", Step(10, "WC1", setup_hours=D(2), run_hours=D("0.5")))},
        lots={"F": D(100)},
    )
    found = analyse(
        finished("40", Operation(10, "WC1", good=D(40), hours=D(22))),
        [
            Spent("issue", "material", "RAW", None, D(80), D("400.00")),
            Spent("issue", "material", "GLUE", None, D(3), D("24.00")),
            Spent("operation", "labour", "F", 10, D(22), D("440.00")),
            Spent("operation", "overhead", "F", 10, D(22), D("176.00")),
        ],
        standard(of),
        {"RAW": D(5), "GLUE": D(7)},
    )

    assert sums(found) == {
        VarianceKind.LOT_SIZE: D("33.60"),
        VarianceKind.PRICE: D("3.00"),
        VarianceKind.USAGE: D("21.00"),
    }
    assert sum(v.amount for v in found.variances) == found.total


money = st.decimals("0.01", "99999.99", places=2)
hours = st.decimals("0", "500", places=3)


@settings(max_examples=60, deadline=None)
@given(
    made=st.integers(1, 500), lost=st.integers(0, 50), raw=money, wages=money, burden=money,
    outside=money, waste=money, twin=money, taken=hours, worked=hours,
    rate=st.decimals("0.01", "99", places=6), run=st.decimals("0.001", "3", places=4),
)  # fmt: skip
def test_whatever_happened_the_variances_sum_to_the_cent(
    made: int, lost: int, raw: Decimal, wages: Decimal, burden: Decimal, outside: Decimal,
    waste: Decimal, twin: Decimal, taken: Decimal, worked: Decimal, rate: Decimal, run: Decimal,
) -> None:  # fmt: skip
    of = standard(
        basis(
            bill(
                "F", ("RAW", "1.37"), ("NUT", "3"), yield_rate=D("0.93"),
                outputs=(
                    Output(1, "WASTE", D("0.1"), "KG", "by", D(0), D("0.33")),
                    Output(2, "TWIN", D(1), "PCS", "co", D("0.21")),
                ),
            ),
            routings={
                "F": way(
                    "F", Step(10, "WC1", setup_hours=D("1.7"), run_hours=run),
                    Step(20, "", supplier="V3"),
                )
            },
            rates={"WC1": Rates(rate, D("7.77"))},
            prices={"RAW": rate, "NUT": D("0.013")},
            lots={"F": D(70)},
            outside={("F", 20): D("1.23")},
        )
    )  # fmt: skip
    found = analyse(
        finished(
            str(made),
            Operation(10, "WC1", good=D(made), scrapped=D(lost), hours=worked),
            Operation(20, "", good=D(made)),
            started=str(made + lost),
        ),
        [
            Spent("issue", "material", "RAW", None, taken, raw),
            Spent("operation", "labour", "F", 10, worked, wages),
            Spent("operation", "overhead", "F", 10, worked, burden),
            Spent("subcontract", "subcontract", "F", 20, D(made), outside),
            Spent("by_product", "material", "WASTE", None, D(1), -waste),
            Spent("output", "labour", "TWIN", None, D(made), -twin),
            Spent("variance", "material", "F", None, D(0), D("-12.34")),
        ],
        of,
        {"RAW": rate},
    )

    assert sum(v.amount for v in found.variances) == found.total
