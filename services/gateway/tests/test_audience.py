"""Who may see an event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from chassis.errors import InvalidQuery
from gateway.audience import Audience, chosen_topics, permission_of, streamed_topics

ALL = streamed_topics()


def audience(permissions: list[str], **said: Any) -> Audience:
    """What identity says of somebody."""
    return Audience.of(
        {"subject": "li.na", "permissions": permissions, "companies": ["E01"], **said},
        topics=ALL,
        companies=(),
    )


def test_every_streamed_topic_needs_a_right_to_read() -> None:
    assert permission_of("sales.OrderPlaced") == "sales.order.read"
    assert permission_of("inventory.GoodsShipped") == "inventory.delivery.read"
    assert all(permission_of(topic).endswith(".read") for topic in ALL)


def test_what_services_tell_each_other_for_their_own_ends_is_left_out() -> None:
    assert not [topic for topic in ALL if topic.endswith((".ControlTotals", ".AuditRecorded"))]


def test_the_company_decides() -> None:
    seller = audience(["sales.order.read"])

    assert seller.sees("sales.OrderPlaced", "E01", "x", {})
    assert not seller.sees("sales.OrderPlaced", "E02", "x", {})
    assert not seller.sees("finance.VoucherPosted", "E01", "x", {})


def test_what_all_companies_share_is_seen_by_right_alone() -> None:
    assert audience(["masterdata.item.read"]).sees("masterdata.ItemChanged", "", "x", {})
    assert not audience(["sales.order.read"]).sees("masterdata.ItemChanged", "", "x", {})


def test_asking_for_a_company_narrows_and_never_widens() -> None:
    said = {"subject": "x", "permissions": ["*"], "companies": ["E01"]}
    asked = Audience.of(said, topics=ALL, companies=("E01", "E02"))

    assert asked.companies == {"E01"}


@pytest.mark.parametrize(
    ("topic", "data", "seen"),
    [
        ("sales.OrderPlaced", {"order": {"customer": "C1"}}, True),
        ("sales.OrderPlaced", {"order": {"customer": "C2"}}, False),
        ("sales.OrderPlaced", {}, False),
        ("finance.VoucherPosted", {"voucher": {"number": "1"}}, False),
        ("purchasing.PurchaseOrderApproved", {"order": {"supplier": "C1"}}, True),
        ("masterdata.PartnerChanged", {"partner": {"code": "C1"}}, True),
        ("masterdata.PartnerChanged", {"partner": {"code": "C2"}}, False),
        ("masterdata.ItemChanged", {"item": {"code": "A"}}, True),
    ],
)
def test_a_partner_sees_his_own(topic: str, data: Mapping[str, Any], seen: bool) -> None:
    partner = audience(["*"], partners=["C1"])

    assert (
        partner.sees(topic, "E01" if not topic.startswith("masterdata") else "", "x", data) is seen
    )


@pytest.mark.parametrize(
    ("receipt", "seen"),
    [
        ({"warehouse": "SH"}, True),
        ({"warehouse": "GZ"}, False),
        ({"lines": [{"warehouse": "GZ"}, {"warehouse": "SH"}]}, True),
        ({"from_warehouse": "SH", "to_warehouse": "GZ"}, True),
        ({}, False),
    ],
)
def test_a_keeper_sees_his_warehouses(receipt: Mapping[str, Any], seen: bool) -> None:
    keeper = audience(["*"], warehouses=["SH"])

    assert keeper.sees("inventory.GoodsReceived", "E01", "x", {"receipt": receipt}) is seen


def test_own_means_done_by_oneself() -> None:
    clerk = audience(["*"], own=True)

    assert clerk.sees("sales.OrderPlaced", "E01", "li.na", {})
    assert not clerk.sees("sales.OrderPlaced", "E01", "wang.wei", {})


def test_types_are_patterns_of_topics() -> None:
    assert chosen_topics("") == ALL
    assert chosen_topics("sales.OrderPlaced") == ("sales.OrderPlaced",)
    assert {topic.partition(".")[0] for topic in chosen_topics("sales.*,finance.*")} == {
        "sales",
        "finance",
    }


@pytest.mark.parametrize(
    "asked", ["nothing.Here", "sales.[a-z]*", "*.x", "sales.*,", "finance.ControlTotals"]
)
def test_a_pattern_that_no_event_has_is_refused(asked: str) -> None:
    with pytest.raises(InvalidQuery):
        chosen_topics(asked)
