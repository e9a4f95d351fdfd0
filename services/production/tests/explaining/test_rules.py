"""A cost's tree sums to the cent at every step, whatever was made of what."""

from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from production.explaining.rules import Books, Entry, Explanation, Movement, check_sums

D = Decimal
S_ORDER, X_ORDER = UUID(int=1), UUID(int=2)


def e3() -> Books:
    """E3 after everything was made, before it is shipped."""
    return Books(
        movements={
            "X": [
                Movement("opening", D(10), D("1200.00"), "AD-1", None),
                Movement("production", D(90), D("10651.89"), "PRC-3", X_ORDER),
            ],
            "S": [
                Movement("opening", D(40), D("2000.00"), "AD-1", None),
                Movement("production", D(144), D("7550.00"), "PRC-2", S_ORDER),
                Movement("issue", D(-180), D("-9342.39"), "MI-2", X_ORDER),
            ],
            "B": [
                Movement("opening", D(750), D("8100.00"), "AD-1", None),
                Movement("issue", D(-435), D("-4698.00"), "MI-1", S_ORDER),
            ],
        },
        entries={
            S_ORDER: [
                Entry("issue", "material", "B", D(435), D("4698.00")),
                Entry("issue", "material", "C", D(145), D("725.00")),
                Entry("operation", "labour", "S", D(30), D("1500.00")),
                Entry("operation", "overhead", "S", D(30), D("600.00")),
                Entry("subcontract", "subcontract", "S", D(1), D("30.00")),
                Entry("by_product", "material", "SCRAP", D(1), D("-3.00")),
                Entry("output", "material", "S", D(144), D("-5420.00")),
                Entry("output", "labour", "S", D(144), D("-1500.00")),
                Entry("output", "overhead", "S", D(144), D("-600.00")),
                Entry("output", "subcontract", "S", D(144), D("-30.00")),
            ],
            X_ORDER: [
                Entry("issue", "material", "S", D(180), D("9342.39")),
                Entry("issue", "material", "BOX", D(90), D("45.00")),
                Entry("issue", "material", "TAPE", D(45), D("4.50")),
                Entry("operation", "labour", "X", D(18), D("900.00")),
                Entry("operation", "overhead", "X", D(18), D("360.00")),
                Entry("output", "material", "X", D(90), D("-9391.89")),
                Entry("output", "labour", "X", D(90), D("-900.00")),
                Entry("output", "overhead", "X", D(90), D("-360.00")),
            ],
        },
        numbers={S_ORDER: "MO-1", X_ORDER: "MO-2"},
    )


def test_why_118_52() -> None:
    tree = Explanation(e3()).of_item("X")

    assert (tree.amount, tree.quantity) == (D("11851.89"), D(100))
    assert check_sums(tree)
    leaves = list(tree.leaves())
    assert sum(leaf.amount for leaf in leaves if leaf.amount > 0) == D("12062.50")
    assert {(leaf.kind, leaf.item): leaf.amount for leaf in leaves if leaf.amount < 0} == {
        ("by_product", "SCRAP"): D("-3.00"),
        ("left", "S"): D("-207.61"),
    }


cents = st.integers(1, 100_000).map(lambda n: D(n).scaleb(-2))


@given(cents, cents, cents, st.integers(0, 100), st.integers(0, 100))
def test_every_step_sums(
    opening: Decimal, material: Decimal, labour: Decimal, used: int, elsewhere: int
) -> None:
    made = material + labour
    pool = opening + made
    taken = (pool * used / 200).quantize(D("0.01"))
    sold = ((pool - taken) * elsewhere / 200).quantize(D("0.01"))
    books = Books(
        movements={
            "X": [Movement("production", D(1), taken, "P2", X_ORDER)],
            "S": [
                Movement("opening", D(10), opening, "A", None),
                Movement("production", D(10), made, "P1", S_ORDER),
                Movement("issue", D(-5), -taken, "I", X_ORDER),
                Movement("shipment", D(-2), -sold, "D", None),
            ],
        },
        entries={
            S_ORDER: [
                Entry("issue", "material", "B", D(1), material),
                Entry("operation", "labour", "S", D(1), labour),
                Entry("output", "material", "S", D(10), -material),
                Entry("output", "labour", "S", D(10), -labour),
            ],
            X_ORDER: [
                Entry("issue", "material", "S", D(5), taken),
                Entry("output", "material", "X", D(1), -taken),
            ],
        },
        numbers={},
    )

    tree = Explanation(books).of_item("X")

    assert tree.amount == taken
    assert check_sums(tree)
