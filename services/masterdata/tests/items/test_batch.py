"""Many items at once."""

import json

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.testing import Api, Emitted

from ..builders import an_item

BATCH = "/masterdata/items:batch"


async def test_each_row_is_answered_and_the_good_ones_are_kept(seeded: Api) -> None:
    await seeded.post("/masterdata/items", an_item("A"))

    answer = await seeded.post(
        BATCH,
        {
            "rows": [
                an_item("B", barcode="generate"),
                an_item("a"),
                an_item("C", base_unit="FURLONG"),
                {"code": "D", "base_unit": "PCS"},
                an_item("b"),
                an_item("E", list_price=1.5),
            ]
        },
    )

    results = answer.json()["results"]
    assert answer.status_code == 200
    assert [(r["index"], r["status"]) for r in results] == [
        (0, 201), (1, 409), (2, 422), (3, 422), (4, 409), (5, 422),
    ]  # fmt: skip
    assert results[0]["body"]["code"] == "B"
    assert results[0]["body"]["shelf_life_days"] is None
    assert [r["problem"]["code"] for r in results[1:]] == [
        "duplicate",
        "unknown-reference",
        "validation-failed",
        "duplicate",
        "validation-failed",
    ]
    assert results[3]["problem"]["errors"][0]["pointer"] == "/name"
    listed = (await seeded.get("/masterdata/items")).json()["items"]
    assert [item["code"] for item in listed] == ["A", "B"]


async def test_batch_of_a_thousand_is_a_handful_of_statements(
    seeded: Api, emitted: Emitted, connection: AsyncConnection
) -> None:
    rows = [
        an_item(f"ITEM-{n:04d}", barcode="generate", units=[{"unit": "BOX", "numerator": 10}])
        for n in range(1000)
    ]
    statements: list[str] = []
    event.listen(
        connection.sync_connection,
        "before_cursor_execute",
        lambda _c, _cursor, statement, *_: statements.append(statement),
    )

    answer = await seeded.post(BATCH, {"rows": rows})

    assert {result["status"] for result in answer.json()["results"]} == {201}
    assert (await emitted()).count("masterdata.ItemChanged") == 1000
    assert len(statements) < 30, statements


async def test_batch_is_limited_to_a_thousand_rows(seeded: Api, emitted: Emitted) -> None:
    told = await emitted()

    answer = await seeded.post(BATCH, {"rows": [an_item(f"X{n}") for n in range(1001)]})

    assert (answer.status_code, answer.json()["code"]) == (413, "payload-too-large")
    assert await emitted() == told


@pytest.mark.parametrize("body", [{}, {"rows": {}}, {"rows": [], "more": 1}, []])
async def test_batch_must_be_rows(seeded: Api, body: object) -> None:
    answer = await seeded.request("POST", BATCH, json=body)

    assert (answer.status_code, answer.json()["code"]) == (422, "validation-failed")


async def test_row_that_is_no_object_is_refused_by_itself(seeded: Api) -> None:
    answer = await seeded.post(BATCH, {"rows": [None, an_item("A"), 7]})

    assert [result["status"] for result in answer.json()["results"]] == [422, 201, 422]


async def test_batch_repeated_with_its_key_is_answered_alike(seeded: Api) -> None:
    body = {"rows": [an_item("A"), an_item("a")]}

    first = await seeded.post(BATCH, body, idempotency_key="k-1")
    again = await seeded.post(BATCH, body, idempotency_key="k-1")

    assert json.loads(first.text) == json.loads(again.text)
    assert again.headers["idempotency-replayed"] == "true"
    assert len((await seeded.get("/masterdata/items")).json()["items"]) == 1
