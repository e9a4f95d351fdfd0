"""From a wish to an item: which steps there are, and what a release asks for."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import BusinessError, InvalidState
from chassis.ids import named, uuid7
from production.boms.rules import Bom, NoBom
from production.engineering import rules
from production.engineering.rules import (
    AskedElsewhere,
    Change,
    Estimate,
    NotMade,
    Quoted,
    Request,
    UnitDiffers,
    Wanted,
)
from production.replicas.rules import ItemReplica
from production.routings.rules import Routing
from tongheng_contracts.production import EngineeringStatus as Status

DAY = date(2026, 11, 24)
ITEM = ItemReplica(
    "TU-4X", uuid7(), True, "移载机", "Transfer unit", "PCS", 0, "make", "none", "finished_goods", None, None, None, "VAT13"
)  # fmt: skip


def request(status: Status = Status.REQUESTED, **values: Any) -> Request:
    given: dict[str, Any] = {
        "id": named("request", "1"), "number": "ER-1", "company": "E01", "version": 1, "business_date": DAY,
        "posting_date": DAY, "customer": "", "quotation_id": None, "quotation_number": "", "quotation_line": None,
        "order_id": None, "order_number": "", "order_line": None, "description": "四轴移载机", "description_en": "",
        "specification": "", "attributes": {}, "quantity": Decimal(2), "unit": "PCS", "requested_date": None,
        **values,
    }  # fmt: skip
    return Request(status=status, **given)


def bom(**values: Any) -> Bom:
    given: dict[str, Any] = {
        "number": "BOM-1", "warehouse": "", "revision": "1", "valid_from": date(2026, 1, 1), "valid_to": None, **values,
    }  # fmt: skip
    return Bom(
        id=uuid7(), company="E01", item="TU-4X", version=1, status="active", base_quantity=Decimal(1),
        yield_rate=Decimal(1), business_date=DAY, components=(), **given,
    )  # fmt: skip


def routing() -> Routing:
    return Routing(
        uuid7(), "RT-1", "E01", "TU-4X", "", "1", 1, "active", date(2026, 1, 1), None, DAY, ()
    )


def test_the_whole_way_ends_with_the_item_its_bill_and_routing() -> None:
    taken = rules.take(request(), Estimate("王伟", DAY, 20))
    designed = rules.design(taken, ITEM, lead_time_days=25)
    released = rules.release(designed, ITEM, [bom()], [routing()], DAY)

    assert (taken.assignee, taken.due_date, designed.lead_time_days) == ("王伟", DAY, 25)
    assert (released.item, released.bom, released.routing, released.released_on) == (
        "TU-4X", "BOM-1", "RT-1", DAY,
    )  # fmt: skip
    assert (released.status, released.version, released.is_open) == (Status.RELEASED, 4, False)


@pytest.mark.parametrize(
    ("known", "refusal"),
    [
        ([], NoBom),
        ([bom(valid_from=date(2026, 12, 1))], NoBom),
        ([bom(valid_to=DAY)], NoBom),
    ],
)
def test_release_waits_for_a_bill_that_is_valid(known: list[Bom], refusal: type[Exception]) -> None:
    designed = request(Status.DESIGNED, item="TU-4X")

    with pytest.raises(refusal):
        rules.release(designed, ITEM, known, [], DAY)


def test_a_bill_of_one_warehouse_is_enough_and_one_for_all_goes_before_it() -> None:
    of_one, of_all = bom(number="BOM-1", warehouse="SH"), bom(number="BOM-2")
    designed = request(Status.DESIGNED, item="TU-4X")

    assert rules.release(designed, ITEM, [of_one], [], DAY).bom == "BOM-1"
    assert rules.release(designed, ITEM, [of_one, of_all], [], DAY).bom == "BOM-2"


def test_what_is_bought_or_counted_otherwise_is_no_design() -> None:
    taken = request(Status.IN_ENGINEERING)
    designed = request(Status.DESIGNED, item="TU-4X")
    bought, weighed = replace(ITEM, procurement="buy"), replace(ITEM, base_unit="KG")

    with pytest.raises(NotMade):
        rules.design(taken, bought, lead_time_days=None)
    with pytest.raises(UnitDiffers) as refused:
        rules.design(taken, weighed, lead_time_days=None)
    with pytest.raises(NotMade):
        rules.release(designed, bought, [bom()], [], DAY)

    assert "KG" in refused.value.detail("zh")
    assert "KG" in refused.value.detail("en")


def test_a_design_that_is_given_back_has_no_item_until_it_is_designed_again() -> None:
    back = rules.give_back(request(Status.DESIGNED, item="TU-4X"), "太重")

    assert (back.status, back.item, back.reason) == (Status.IN_ENGINEERING, "", "太重")
    assert rules.design(back, ITEM, lead_time_days=None).reason == ""
    with pytest.raises(InvalidState):
        rules.give_back(request(Status.REQUESTED), "太重")


def test_a_wish_changes_where_it_was_made_and_not_under_a_design() -> None:
    quoted = request(quotation_id=uuid7(), quotation_number="QT-1", quotation_line=1)
    designed = request(Status.DESIGNED, item="TU-4X")

    changed = rules.change(
        request(requested_date=DAY), Change(quantity=Decimal(3), whenever=True), Estimate("李娜")
    )
    estimated = rules.change(quoted, Change(), Estimate(lead_time_days=9))

    assert (changed.quantity, changed.requested_date, changed.assignee) == (
        Decimal(3),
        None,
        "李娜",
    )
    assert (estimated.lead_time_days, estimated.version) == (9, 2)
    with pytest.raises(AskedElsewhere):
        rules.change(quoted, Change(quantity=Decimal(3)), Estimate())
    with pytest.raises(InvalidState):
        rules.change(designed, Change(unit="KG"), Estimate())


def test_a_quotation_s_line_is_followed_while_something_is_different() -> None:
    before = request(quotation_id=uuid7(), quotation_number="QT-1", quotation_line=1)
    same = Quoted(before.id, 1, before.wanted)
    more = Quoted(before.id, 2, replace(before.wanted, quantity=Decimal(5)))

    assert rules.follow(before, same) is before
    after = rules.follow(before, more)
    assert (after.quantity, after.quotation_line, after.version) == (Decimal(5), 2, 2)
    over = replace(before, status=Status.REJECTED)
    assert rules.follow(over, more) is over


STEPS = {
    "take": lambda r: rules.take(r, Estimate("王伟")),
    "design": lambda r: rules.design(r, ITEM, lead_time_days=None),
    "give_back": lambda r: rules.give_back(r, "太重"),
    "release": lambda r: rules.release(r, ITEM, [bom()], [], DAY),
    "reject": lambda r: rules.reject(r, "做不了"),
    "cancel": lambda r: rules.cancel(r, "不要了"),
    "change": lambda r: rules.change(r, Change(), Estimate("李娜")),
    "follow": lambda r: rules.follow(
        r, Quoted(r.id, 1, Wanted("四轴移载机", Decimal(r.version), "PCS"))
    ),
}


@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=25))
def test_whatever_is_tried_the_document_stays_whole(steps: list[str]) -> None:
    now = request()
    for name in steps:
        try:
            after = STEPS[name](now)
        except BusinessError:
            continue
        assert after is now or after.version == now.version + 1
        assert now.is_open or after is now
        now = after

        assert bool(now.item) or now.status not in (Status.DESIGNED, Status.RELEASED)
        assert (now.status is Status.RELEASED) == (now.released_on is not None) == bool(now.bom)
        assert not now.is_open or now.status in rules.LIFECYCLE.steps
