"""What `tongheng prove` asks, and what it makes of the answers."""

from uuid import UUID, uuid4

import pytest

from operations.proving import topics
from operations.proving.across import Agreement, agreements
from operations.proving.checks import within
from operations.proving.runner import NOT_FROM_OUTSIDE, Finding, Proof, compare
from operations.proving.topics import Told
from operations.services import with_database

ALL = {*(f"A{n}" for n in range(1, 9)), *(f"B{n}" for n in range(1, 9)), *(f"C{n}" for n in range(1, 9)), "E1", "E2", "E3"}  # fmt: skip
ASKED_ELSEWHERE = {"B7", "E2", "A4"}
"""By the gateway's proof, by the audit trail's verification, of the topics."""


def ids(count: int) -> list[UUID]:
    return [uuid4() for _ in range(count)]


def test_every_invariant_is_asked_or_is_named_as_not_decided_here() -> None:
    asked = {check.invariant for check in within(list(with_database()))}
    asked |= {agreed.invariant for agreed in agreements()} | ASKED_ELSEWHERE

    assert asked | set(NOT_FROM_OUTSIDE) == ALL


def test_a_service_that_is_not_there_is_not_asked() -> None:
    assert {check.service for check in within(["sales"])} == {"sales"}


def test_an_event_that_is_not_in_its_topic_is_named() -> None:
    first, second = ids(2)
    told = [Told(first, "a", 1), Told(second, "a", 2)]

    assert topics.published(told, [first, second, first], "t").wrong == []
    assert topics.published(told, [first], "t").wrong == ["t a version 2"]
    assert [one.id for one in topics.unread(told, {first})] == [second]


def test_versions_come_in_order_and_may_come_again() -> None:
    first, second, other = ids(3)
    told = [Told(first, "a", 1), Told(second, "a", 2), Told(other, "b", 0)]

    right = topics.in_order(told, [first, other, second, first, second], "t")
    assert (right.checked, right.wrong) == (2, [])
    assert topics.in_order(told, [second, first], "t").wrong == ["t a version 1 after 2"]
    assert topics.repetitions({"t": [first, first, second], "u": [other]}) == 1


def test_a_stranger_is_named_until_somebody_has_settled_it() -> None:
    mine, stranger = ids(2)
    told = [Told(mine, "a", 1)]

    assert topics.strangers(told, [mine, stranger], set(), "t").wrong == [f"t {stranger}"]
    assert topics.strangers(told, [mine, stranger], {stranger}, "t").wrong == []


@pytest.mark.parametrize(
    ("all_of_left", "all_of_right", "differences"),
    [(True, True, 3), (False, True, 2), (False, False, 1)],
)
def test_two_services_are_compared_row_by_row(
    all_of_left: bool, all_of_right: bool, differences: int
) -> None:
    agreed = Agreement("C6", "the same", "sales", "", "inventory", "", all_of_left, all_of_right)

    found = compare(agreed, {"x": "1", "y": "2", "l": "3"}, {"x": "1", "y": "9", "r": "4"})

    assert (found.checked, found.differences) == (4, differences)
    assert "y: sales 2, inventory 9" in found.examples


def test_a_proof_sums_its_findings_by_invariant() -> None:
    proof = Proof("now", [Finding("B2", "a", "finance", 5, 0), Finding("B2", "b", "finance", 2, 1, ["x"])])  # fmt: skip

    assert proof.by_invariant() == {"B2": (7, 1)}
    assert proof.differences == 1
    assert proof.as_dict()["invariants"] == {"B2": {"checked": 7, "differences": 1}}
