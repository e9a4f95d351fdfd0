"""The desk of parked messages: looked at, repaired, released in order, given up; each once, and written down."""

import json
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from chassis.consuming import Message
from chassis.context import Context
from chassis.desk import OLDEST, PARKED, measure
from chassis.service import Service
from chassis.testing import Api, Harness, message_of
from tongheng_contracts.sales import OrderChanged

from .toy import main as toy
from .toy.main import order

DESK = "/toy/parked-messages"


@pytest.fixture(scope="session")
def service() -> Service:
    return toy.build()


async def rows(harness: Harness, sql: str) -> Sequence[tuple[object, ...]]:
    async with harness.worker.read(Context(actor="test")) as session:
        return [tuple(row) for row in await session.execute(text(sql))]


async def heard(harness: Harness) -> list[tuple[UUID, int]]:
    found = await rows(harness, "SELECT document, version FROM heard ORDER BY document, version")
    return [(UUID(str(document)), int(str(version))) for document, version in found]


async def park(harness: Harness, document: UUID, *, value: bytes = b"\xff\xfe") -> Message:
    message = Message("sales.OrderPlaced", 0, 7, str(document), {"other": "header"}, value)
    await harness.inbox.apply([message])
    return message


async def test_what_is_parked_is_listed_and_shown(harness: Harness, api: Api) -> None:
    one = uuid4()
    poison = message_of(order(one, 1, customer="POISON"))
    await harness.inbox.apply([poison])
    await harness.inbox.apply([message_of(order(one, 2, topic=OrderChanged))])
    broken = await park(harness, uuid4())

    listed = (await api.get(DESK, status="parked")).json()["items"]
    shown = (await api.get(f"{DESK}/{poison.id}")).json()
    bytes_shown = (await api.get(f"{DESK}/{broken.id}")).json()

    assert {row["event_id"] for row in listed} == {str(poison.id), str(broken.id)}
    assert [row["topic"] for row in (await api.get(DESK, status="waiting")).json()["items"]] == [
        "sales.OrderChanged"
    ]
    assert len((await api.get(DESK, key=str(one))).json()["items"]) == 2
    assert (shown["reason"], shown["detail"]) == ("ValueError", "this one can't be applied")
    assert shown["value"]["order"]["customer"] == "POISON"
    assert (shown["behind"], shown["size"]) == (1, len(poison.value))
    assert (bytes_shown["value"], bytes_shown["excerpt"]) == (None, "//4=")
    assert (await api.get(f"{DESK}/{uuid4()}")).status_code == 404
    first = (await api.get(DESK, limit="2")).json()
    rest = (await api.get(DESK, limit="2", cursor=first["next"])).json()
    assert len(first["items"]) == 2
    assert len(rest["items"]) == 1


async def test_a_release_that_still_fails_changes_nothing(harness: Harness, api: Api) -> None:
    poison = message_of(order(uuid4(), 1, customer="POISON"))
    await harness.inbox.apply([poison])

    answer = await api.post(f"{DESK}/{poison.id}/release")

    assert (answer.status_code, answer.json()["code"]) == (409, "still-failing")
    assert "this one can't be applied" in answer.json()["detail"]
    chinese = await api.post(f"{DESK}/{poison.id}/release", accept_language="zh")
    assert "仍无法处理" in chinese.json()["detail"]
    assert await rows(harness, "SELECT status FROM parked") == [("parked",)]
    assert await heard(harness) == []


async def test_bytes_are_repaired_and_what_waits_follows_in_order(
    harness: Harness, api: Api
) -> None:
    one = uuid4()
    broken = await park(harness, one)
    await harness.inbox.apply([message_of(order(one, 2, topic=OrderChanged))])
    corrected = json.loads(order(one, 1).model_dump_json())
    key = str(uuid4())
    body = {"value": corrected, "reason": "the sender's defect 17"}

    answer = await api.post(f"{DESK}/{broken.id}/repair", body, idempotency_key=key)
    again = await api.post(f"{DESK}/{broken.id}/repair", body, idempotency_key=key)

    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "event_id": str(broken.id), "status": "released", "settled": 2, "left": 0,
    }  # fmt: skip
    assert again.headers["idempotency-replayed"] == "true"
    assert await heard(harness) == [(one, 2)]
    shown = (await api.get(f"{DESK}/{broken.id}")).json()
    assert shown["excerpt"] == "//4="  # the original stays
    assert shown["repaired_value"] == corrected
    assert (shown["status"], shown["repaired_by"]) == ("released", "tester")
    assert await rows(
        harness, "SELECT action, actor FROM audit_entries WHERE outcome = 'done'"
    ) == [("operations.parked.repair", "tester")]
    late = await api.post(f"{DESK}/{broken.id}/release")
    assert (late.status_code, late.json()["code"]) == (409, "invalid-state")
    await harness.inbox.apply([broken])  # the topic is read once more
    assert await heard(harness) == [(one, 2)]


@pytest.mark.parametrize("value", [{"order": {}}, None, "text", {"order": "other document"}])
async def test_a_value_that_does_not_fit_is_refused(
    harness: Harness, api: Api, value: object
) -> None:
    broken = await park(harness, uuid4())
    if value == {"order": "other document"}:
        value = json.loads(order(uuid4(), 1).model_dump_json())

    answer = await api.post(f"{DESK}/{broken.id}/repair", {"value": value, "reason": "r"})

    assert (answer.status_code, answer.json()["code"]) == (422, "validation-failed")
    assert await rows(harness, "SELECT status, repaired_value FROM parked") == [("parked", None)]


async def test_two_broken_messages_of_a_document_are_repaired_one_after_the_other(
    harness: Harness, api: Api
) -> None:
    one = uuid4()
    first = await park(harness, one)
    second = Message("sales.OrderPlaced", 0, 8, str(one), {}, b"{")
    await harness.inbox.apply([second])
    await harness.inbox.apply([message_of(order(one, 3, topic=OrderChanged))])

    def body(version: int) -> dict[str, object]:
        return {"value": json.loads(order(one, version).model_dump_json()), "reason": "r"}

    early = await api.post(f"{DESK}/{second.id}/repair", body(2))
    assert (early.status_code, early.json()["code"]) == (409, "earlier-message-parked")
    assert (await api.post(f"{DESK}/{first.id}/repair", body(1))).json()["left"] == 2
    assert (await api.post(f"{DESK}/{second.id}/repair", body(2))).json()["settled"] == 2
    assert await heard(harness) == [(one, 1), (one, 3)]


async def test_what_is_given_up_has_a_reason_and_lets_the_rest_go(
    harness: Harness, api: Api
) -> None:
    one = uuid4()
    broken = await park(harness, one)
    waiting = message_of(order(one, 2, topic=OrderChanged))
    await harness.inbox.apply([waiting])

    refused = await api.post(f"{DESK}/{broken.id}/drop", {"reason": ""})
    dropped = await api.post(f"{DESK}/{broken.id}/drop", {"reason": "a test message"})
    released = await api.post(f"{DESK}/{waiting.id}/release")

    assert refused.status_code == 422
    assert dropped.json()["left"] == 1
    assert released.json()["settled"] == 1
    assert await heard(harness) == [(one, 2)]
    assert await rows(harness, "SELECT outcome FROM inbox ORDER BY outcome") == [
        ("dropped",),
        ("released",),
    ]


async def test_it_is_for_those_who_may_and_see_all_companies(harness: Harness, api: Api) -> None:
    broken = await park(harness, uuid4())
    reader = api.as_("operations.parked.read")
    narrow = api.as_("*", companies=["E01"])

    assert (await reader.get(DESK)).status_code == 200
    assert (await reader.post(f"{DESK}/{broken.id}/release")).json()["code"] == "forbidden"
    for answer in (
        await narrow.get(DESK),
        await narrow.get(f"{DESK}/{broken.id}"),
        await narrow.post(f"{DESK}/{broken.id}/drop", {"reason": "r"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "out-of-scope")
    assert await rows(harness, "SELECT status FROM parked") == [("parked",)]


async def test_what_waits_is_measured(harness: Harness) -> None:
    await park(harness, uuid4())
    async with harness.worker.transaction(Context(actor="test")) as session:
        await session.execute(text("UPDATE parked SET parked_at = now() - interval '1 hour'"))

    await measure(harness.worker, "toy")

    assert PARKED.labels("parked")._value.get() == 1
    assert 3590 < OLDEST._value.get() < 3700
