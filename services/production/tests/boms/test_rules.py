"""Bills: no item goes into itself, the right one is chosen, phantoms are blown through."""

import itertools
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from production.boms.rules import (
    Bom,
    BomCycle,
    Component,
    choose,
    explode,
    find_cycle,
    refuse_cycle,
)

DAY = date(2026, 11, 2)
D = Decimal


def a_bom(item: str, *components: Component, **values: object) -> Bom:
    given: dict[str, object] = {
        "id": uuid4(), "number": "BOM-1", "company": "E01", "item": item, "warehouse": "", "revision": "A",
        "version": 1, "status": "active", "valid_from": date(2026, 1, 1), "valid_to": None,
        "base_quantity": D(1), "yield_rate": D(1), "business_date": DAY, "components": components, **values,
    }  # fmt: skip
    return Bom(**given)  # type: ignore[arg-type]


def test_the_way_round_is_named() -> None:
    with pytest.raises(BomCycle) as refusal:
        refuse_cycle("A", {"A": ["B"], "B": ["C"], "C": ["A"]})

    assert "A → B → C → A" in refusal.value.detail("en")


@given(
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=25),
)
def test_a_cycle_is_found_exactly_when_an_item_reaches_itself(
    pairs: list[tuple[int, int]],
) -> None:
    edges: dict[str, set[str]] = {}
    for above, below in pairs:
        edges.setdefault(str(above), set()).add(str(below))
    reached = {below for above, below in pairs if above == 0}
    while True:
        more = {below for above, below in pairs if above in reached} | reached
        if more == reached:
            break
        reached = more

    cycle = find_cycle("0", edges)

    assert (cycle is not None) == (0 in reached)
    if cycle is not None:
        assert cycle[0] == cycle[-1] == "0"
        assert all(b in edges[a] for a, b in itertools.pairwise(cycle))


def test_the_warehouse_comes_before_the_company_and_the_newest_before_older_ones() -> None:
    old = a_bom("S", revision="A")
    new = a_bom("S", revision="B", valid_from=date(2026, 6, 1))
    own = a_bom("S", revision="A", warehouse="GZ")
    ended = a_bom("S", revision="C", valid_from=date(2026, 7, 1), valid_to=date(2026, 8, 1))

    assert choose([old, new, own, ended], DAY) is new
    assert choose([old, new, own, ended], DAY, "GZ") is own
    assert choose([old, new], date(2026, 3, 1)) is old
    assert choose([new], date(2026, 3, 1)) is None


def test_phantoms_are_blown_through_and_alternates_left_out() -> None:
    packaging = a_bom("P", Component(1, "BOX", D(1)), Component(2, "TAPE", D("0.5")))
    product = a_bom(
        "X",
        Component(1, "S", D(2), scrap_rate=D("0.2")),
        Component(2, "P", D(1)),
        Component(3, "S2", D(2), alternate_of=1),
        Component(4, "OLD", D(1), valid_to=date(2026, 5, 1)),
    )

    needs = explode(product, D(90), DAY, phantoms={"P": packaging})

    assert [(n.item, n.quantity, n.via) for n in needs] == [
        ("S", D(225), ()),
        ("BOX", D(90), ("P",)),
        ("TAPE", D("45.0"), ("P",)),
    ]
