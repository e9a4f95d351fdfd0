"""What counts as JSON, and what a request's values may be."""

import json

import pytest

from chassis.errors import MalformedJson, ValidationFailed
from chassis.jsonreader import read_json

GOOD = {"code": "A-1", "quantity": "3"}


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"a":1',
        b"\xff\xfe{}",
        '{"a":1}'.encode("utf-16"),
        b"\xef\xbb\xbf{}",
        b'{"a":"\xc3\x28"}',
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":1e999}',
        b'{"a":1,"a":1}',
        b'{"x":{"a":1,"\\u0061":2}}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":"line\nbreak"}',
        b"{'a':1}",
        b"[1,]",
        b"1 2",
        nested(33),
        nested(900),
        nested(100_000),
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'"' + b'\\"' * 500_000,
    ],
    ids=lambda raw: f"{raw[:12]!r}-{len(raw)}",
)
def test_what_is_not_json_is_refused(raw):
    with pytest.raises(MalformedJson):
        read_json(raw)


def test_brackets_in_texts_do_not_count_as_depth():
    value = {"a": "[" * 100_000 + '\\"[' * 50, "b": nested(30).decode()}

    assert read_json(json.dumps(value).encode()) == value
    assert read_json(nested(32)) is not None


def test_half_a_character_is_named_by_its_place():
    with pytest.raises(ValidationFailed) as refusal:
        read_json(b'{"lines":[{"item":"a\\ud800"}],"ok":"\\ud83d\\ude00"}')

    assert [error.pointer for error in refusal.value.errors] == ["/lines/0/item"]


async def test_malformed_bodies_are_answered_400(api, count):
    for body in (
        b"",
        b"{",
        nested(100_000),
        b'{"code":"A","code":"A","quantity":"1"}',
        b'{"quantity":NaN}',
    ):
        answer = await api.post(content=body, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed-json"), body[:40]
    assert await count("notes") == 0


async def test_other_media_types_and_charsets_are_answered_415(api):
    raw = json.dumps(GOOD).encode()
    for media_type in ("text/plain", "application/xml", "application/json; charset=utf-16", ""):
        answer = await api.post(content=raw, headers={"Content-Type": media_type})
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported-media-type"), (
            media_type
        )
    fine = await api.post(content=raw, headers={"Content-Type": "application/json; charset=UTF-8"})
    assert fine.status_code == 201


async def test_a_body_over_its_limit_is_answered_413_also_in_chunks(api):
    async def chunks(size):
        for _ in range(size // 65536 + 1):
            yield b" " * 65536

    json_type = {"Content-Type": "application/json"}
    whole = await api.post(content=b" " * (1024 * 1024 + 1), headers=json_type)
    chunked = await api.post(content=chunks(1024 * 1024), headers=json_type)
    batch = await api.post(
        ":batch",
        json={
            "rows": [{**GOOD, "remark": "x" * 450, "lines": [{"item": "I", "quantity": "1"}] * 30}]
            * 1000
        },
    )
    too_large_batch = await api.post(":batch", content=chunks(16 * 1024 * 1024), headers=json_type)

    assert [r.status_code for r in (whole, chunked, batch, too_large_batch)] == [413, 413, 200, 413]
    assert whole.json()["code"] == "payload-too-large" and len(batch.json()["results"]) == 1000
    assert int(batch.request.headers["content-length"]) > 1024 * 1024


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"unknown": 1}, "/unknown", "unknown-field"),
        ({"id": 7}, "/id", "unknown-field"),
        ({"quantity": "1e5"}, "/quantity", "decimal"),
        ({"quantity": "1_000"}, "/quantity", "decimal"),
        ({"quantity": " 1 "}, "/quantity", "decimal"),
        ({"quantity": "١٢"}, "/quantity", "decimal"),
        ({"quantity": "+1"}, "/quantity", "decimal"),
        ({"quantity": "NaN"}, "/quantity", "decimal"),
        ({"quantity": ""}, "/quantity", "decimal"),
        ({"quantity": True}, "/quantity", "decimal"),
        ({"quantity": 1}, "/quantity", "decimal"),
        ({"quantity": 1.5}, "/quantity", "decimal"),
        ({"quantity": None}, "/quantity", "decimal"),
        ({"quantity": "0"}, "/quantity", "above-zero"),
        ({"quantity": "-1"}, "/quantity", "above-zero"),
        ({"quantity": "1.1234567"}, "/quantity", "decimal"),
        ({"quantity": "1234567890123456"}, "/quantity", "decimal"),
        ({"wanted": "2026-02-31"}, "/wanted", "date"),
        ({"wanted": "0000-01-01"}, "/wanted", "date"),
        ({"wanted": "0999-01-01"}, "/wanted", "date-range"),
        ({"wanted": "2026-01-01T00:00:00"}, "/wanted", "date"),
        ({"wanted": 20260101}, "/wanted", "date"),
        ({"remark": "a\u0007"}, "/remark", "text"),
        ({"remark": "a\u0000"}, "/remark", "text"),
        ({"remark": "x" * 501}, "/remark", "too-long"),
        ({"code": "C" * 300}, "/code", "code-length"),
        ({"code": " A"}, "/code", "code"),
        ({"code": ""}, "/code", "code-length"),
        ({"code": 5}, "/code", "string"),
        ({"reference": "../etc"}, "/reference", "uuid"),
        ({"reference": 5}, "/reference", "uuid"),
        ({"lines": {"0": 1}}, "/lines", "list"),
        (
            {"lines": [{"item": "A", "quantity": "1"}, {"item": "B"}]},
            "/lines/1/quantity",
            "required",
        ),
    ],
)
async def test_values_that_do_not_conform_are_named_by_pointer(api, count, change, pointer, code):
    answer = await api.post(json={**GOOD, **change})

    assert (answer.status_code, answer.json()["code"]) == (422, "validation-failed")
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [(pointer, code)]
    assert await count("notes") == 0


async def test_a_lone_surrogate_is_answered_422(api):
    raw = b'{"code":"A-1","quantity":"1","remark":"a\\ud800"}'

    answer = await api.post(content=raw, headers={"Content-Type": "application/json"})

    assert answer.status_code == 422 and answer.json()["errors"][0]["pointer"] == "/remark"


async def test_what_json_says_as_text_is_taken_where_the_type_asks_for_it(api):
    full = {**GOOD, "reference": "0197f0e8-0000-7000-8000-000000000001", "wanted": "2026-02-28"}

    answer = await api.post(json={**full, "lines": [{"item": "B", "quantity": "0.000001"}]})

    assert answer.status_code == 201, answer.text


async def test_an_action_without_a_body_takes_none(api):
    await api.post(json=GOOD)

    plain = await api.post("/1/approve")
    empty = await api.post("/1/approve", json={})
    surplus = await api.post("/1/approve", json={"force": True})

    assert [r.status_code for r in (plain, empty, surplus)] == [200, 200, 422]


async def test_each_row_of_a_batch_is_answered_by_itself(api):
    good = {**GOOD, "reference": "0197f0e8-0000-7000-8000-000000000001", "wanted": "2026-02-28"}
    good["lines"] = [{"item": "B", "quantity": "1"}]
    bad_line = {**good, "lines": [{"item": "B", "quantity": "0"}]}

    answer = await api.post(
        ":batch", json={"rows": [good, bad_line, {**good, "code": "A-2"}, {"x": 1}, 5]}
    )

    results = answer.json()["results"]
    assert [(r["index"], r["status"]) for r in results] == [
        (0, 201),
        (1, 422),
        (2, 201),
        (3, 422),
        (4, 422),
    ]
    assert results[1]["problem"]["errors"][0]["pointer"] == "/lines/0/quantity"
    assert results[2]["body"]["code"] == "A-2" and "problem" not in results[2]


async def test_a_batch_that_is_none_is_refused_as_a_whole(api):
    too_many = await api.post(":batch", json={"rows": [GOOD] * 1001})
    surplus = await api.post(":batch", json={"rows": [GOOD, {}], "more": 1})
    no_rows = await api.post(":batch", json={"rows": {}})
    no_object = await api.post(":batch", json=[GOOD])

    assert (too_many.status_code, too_many.json()["code"]) == (413, "payload-too-large")
    assert [r.status_code for r in (surplus, no_rows, no_object)] == [422, 422, 422]
