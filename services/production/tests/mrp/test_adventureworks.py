"""A real company's bills, planned whole: what every make item asks for is bought, no piece more or less."""

from __future__ import annotations

import csv
from collections import defaultdict
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

from production.mrp import MICRO, Demands, Edges, Horizon, ItemSites, Plan, Source, micros

DATA = Path(__file__).resolve().parents[5] / "shared" / "data" / "adventureworks"
DEMAND = 100

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the legacy company's data are not here")


def read(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


class Company:
    """Its items in the order of their ids, its bills of today, its stock, and 100 wanted of all that it makes."""

    def __init__(self, *, stocked: bool) -> None:
        items = [row["ProductID"] for row in read("Product")]
        self.index = {item: place for place, item in enumerate(items)}
        self.parts: dict[int, dict[int, Fraction]] = defaultdict(dict)
        for row in read("BillOfMaterials"):
            if row["ProductAssemblyID"] and not row["EndDate"]:
                parts = self.parts[self.index[row["ProductAssemblyID"]]]
                child = self.index[row["ComponentID"]]
                parts[child] = parts.get(child, Fraction(0)) + Fraction(row["PerAssemblyQty"])
        self.on_hand = [0] * len(items)
        if stocked:
            for row in read("ProductInventory"):
                self.on_hand[self.index[row["ProductID"]]] += int(row["Quantity"])
        self.wanted = dict.fromkeys(self.parts, DEMAND)

    def planned(self) -> dict[int, Fraction]:
        """What the engine orders of each item."""
        pairs = [(p, c, q) for p, parts in self.parts.items() for c, q in parts.items()]
        items = ItemSites.of(
            len(self.index),
            on_hand=micros(self.on_hand),
            step=[1] * len(self.index),
            source=[Source.MAKE if one in self.parts else Source.BUY for one in range(len(self.index))],
        )  # fmt: skip
        edges = Edges.of(
            parent=[p for p, _, _ in pairs],
            child=[c for _, c, _ in pairs],
            quantity=micros([str(float(q)) for _, _, q in pairs]),
        )
        demands = Demands.of(
            item=list(self.wanted),
            day=[30] * len(self.wanted),
            quantity=micros([DEMAND] * len(self.wanted)),
            id=list(range(1, len(self.wanted) + 1)),
        )
        orders = Plan.build(items, edges, demands, horizon=Horizon.days(60)).orders()
        found: dict[int, Fraction] = defaultdict(Fraction)
        for item, quantity in zip(orders.item.tolist(), orders.quantity.tolist(), strict=True):
            found[item] += Fraction(quantity, MICRO)
        return found

    def reckoned(self) -> dict[int, Fraction]:
        """The same by recursion from each item to all that it goes into."""
        goes_into: dict[int, list[tuple[int, Fraction]]] = defaultdict(list)
        for parent, parts in self.parts.items():
            for child, quantity in parts.items():
                goes_into[child].append((parent, quantity))

        @cache
        def net(item: int) -> Fraction:
            gross = Fraction(self.wanted.get(item, 0))
            gross += sum((net(parent) * per for parent, per in goes_into[item]), Fraction(0))
            return max(Fraction(0), gross - self.on_hand[item])

        return {item: net(item) for item in self.index.values() if net(item)}


@pytest.mark.parametrize("stocked", [False, True], ids=["empty", "stocked"])
def test_every_make_items_demand_explodes_to_purchases_that_cover_it(stocked: bool) -> None:
    company = Company(stocked=stocked)

    planned = company.planned()

    assert planned == company.reckoned()
    assert len(company.parts) > 200
    bought = [item for item in planned if item not in company.parts]
    assert len(bought) > (80 if not stocked else 0)
