"""Every refusal is a problem document; addresses and headers are read as strictly as bodies."""

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from chassis.errors import BusinessError, Duplicate, FieldError, UnknownReference
from chassis.http import permissions_of
from chassis.problems import install_problems, language_of, problem_of

NOTE = {"code": "A-1", "quantity": "3"}
MEMBERS = {"type", "title", "status", "detail", "code", "trace_id"}


def assert_problem(answer: httpx.Response, status: int, code: str) -> dict:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem.keys() >= MEMBERS and problem["status"] == status and problem["code"] == code
    assert problem["type"].endswith("/" + code) and problem["trace_id"]
    return problem


async def test_a_refusal_speaks_the_language_asked_for(api):
    english = assert_problem(await api.get("/9"), 404, "not-found")
    chinese = assert_problem(
        await api.get("/9", headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}),
        404,
        "not-found",
    )

    assert english["detail"] == "There is no such note."
    assert chinese["detail"] == "没有这个单据。" and chinese["title"] == "未找到"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("zh", "zh"),
        ("en;q=0.5, zh;q=0.7", "zh"),
        ("en, zh", "en"),
        ("fr", "en"),
        ("zh;q=x", "en"),
        ("*", "en"),
    ],
)
def test_english_unless_chinese_is_preferred(header, language):
    assert language_of(header) == language


async def test_unknown_addresses_and_methods(api):
    nowhere = await api.http.get("/nowhere")
    wrong_method = await api.send("PUT", "")
    slash = await api.get("/")

    assert_problem(nowhere, 404, "not-found")
    assert_problem(wrong_method, 405, "method-not-allowed")
    assert wrong_method.headers["allow"] == "GET, POST"
    assert_problem(slash, 404, "not-found")


async def test_an_address_of_its_own_takes_only_its_own_methods():
    app = FastAPI()
    install_problems(app)
    app.add_api_route("/bills/explosion", lambda: {"levels": []}, methods=["GET"])
    app.add_api_route("/bills/{ref}", lambda ref: {}, methods=["GET", "PATCH"])

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as http:
        own = await http.request("OPTIONS", "/bills/explosion")
        any_ = await http.request("OPTIONS", "/bills/42")

    assert (own.status_code, own.headers["allow"]) == (405, "GET")
    assert any_.headers["allow"] == "GET, PATCH"


async def test_an_unforeseen_error_shows_nothing_inner(api, count, capsys):
    answer = await api.post(json={"code": "BREAK", "quantity": "1"})

    problem = assert_problem(answer, 500, "internal-error")
    assert "inner words" not in answer.text and "BREAK" not in answer.text
    logged = capsys.readouterr().out
    assert problem["trace_id"] in logged and "inner words" in logged
    assert await count("notes") == 0


@pytest.mark.parametrize(
    "query",
    [
        "?limit=0",
        "?limit=1001",
        "?limit=1e3",
        "?limit=-1",
        "?limit=%201",
        "?limit=",
        "?limit=٥",
        "?limit=1_0",
        "?sort=password",
        "?sort=quantity,quantity",
        "?sort=id;drop",
        "?cursor=abc",
        "?cursor=%00",
        "?unknown=1",
        "?code=a&code=b",
        "?code=a%00",
        "?code=%ff",
        "?Code=a",
    ],
)
async def test_parameters_that_are_not_allowed_are_answered_400(api, query):
    assert_problem(await api.get(query), 400, "invalid-query")


async def test_a_fragment_of_sql_finds_nothing(api):
    await api.post(json=NOTE)

    answer = await api.get("", params={"code": "' OR 1=1 --"})

    assert (answer.status_code, answer.json()) == (200, {"items": [], "next": None})


async def test_a_path_that_is_no_number_is_answered_400(api):
    assert_problem(await api.get("/1%27"), 400, "invalid-query")
    assert_problem(await api.get("/9999999999999999"), 422, "validation-failed")
    assert_problem(await api.get("/%00"), 404, "not-found")


async def test_only_json_is_given(api):
    assert_problem(await api.get("/1", headers={"Accept": "text/html"}), 406, "not-acceptable")
    assert_problem(
        await api.get("/1", headers={"Accept": "application/json;q=0"}), 406, "not-acceptable"
    )
    for accept in (
        "*/*",
        "application/json",
        "text/html, application/*;q=0.5",
        "application/problem+json",
    ):
        assert (await api.get("", headers={"Accept": accept})).status_code == 200, accept


async def test_changes_name_the_version_they_change(api):
    await api.post(json=NOTE)

    missing = await api.send("PATCH", "/1", json=NOTE)
    stale = await api.send("PATCH", "/1", json=NOTE, headers={"If-Match": '"7"'})
    bad = await api.send("PATCH", "/1", json=NOTE, headers={"If-Match": "*"})
    good = await api.send(
        "PATCH", "/1", json={**NOTE, "quantity": "5"}, headers={"If-Match": '"1"'}
    )
    again = await api.send(
        "PATCH", "/1", json={**NOTE, "quantity": "5"}, headers={"If-Match": '"1"'}
    )
    action = await api.post("/1/approve", headers={"If-Match": '"1"'})
    free_action = await api.post("/1/approve")

    assert_problem(missing, 428, "precondition-required")
    assert_problem(stale, 412, "precondition-failed")
    assert_problem(bad, 400, "invalid-header")
    assert good.status_code == 200 and good.json()["version"] == 2
    assert_problem(again, 412, "precondition-failed")
    assert_problem(action, 412, "precondition-failed")
    assert free_action.status_code == 200


async def test_what_slips_through_to_the_database_is_refused_by_its_sqlstate(api, doors):
    await api.post(json=NOTE)
    assert_problem(await api.post(json=NOTE), 409, "duplicate")

    for state, status, code in (
        ("22021", 422, "validation-failed"),
        ("22003", 422, "validation-failed"),
        ("23514", 422, "validation-failed"),
        ("23503", 422, "unknown-reference"),
        ("55P03", 503, "dependency-unavailable"),
        ("57014", 503, "dependency-unavailable"),
        ("57P01", 503, "dependency-unavailable"),
        ("08006", 503, "dependency-unavailable"),
        ("53300", 503, "dependency-unavailable"),
        ("42703", 500, "internal-error"),
    ):
        doors.failures = [state]
        answer = await api.post(json={**NOTE, "code": f"S-{state}"})
        problem = assert_problem(answer, status, code)
        assert "asked for" not in str(problem) and ("retry-after" in answer.headers) == (
            status == 503
        )


async def test_a_database_that_is_away_is_answered_503(api, app, monkeypatch):
    from chassis.database import Database

    away = Database("postgresql+asyncpg://nobody:nothing@127.0.0.1:1/none")
    monkeypatch.setattr(app.state, "database", away)

    for answer in (await api.get(""), await api.post(json=NOTE)):
        assert_problem(answer, 503, "dependency-unavailable")
        assert answer.headers["retry-after"] == "1"
    await away.close()


async def test_every_answer_has_its_safety_headers(api):
    for answer in (await api.get(""), await api.get("/9"), await api.http.get("/nowhere")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert len(answer.headers["x-request-id"]) == 32


async def test_the_trace_of_the_caller_is_continued(api):
    from chassis import telemetry

    telemetry.configure_traces("toys")
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"

    answer = await api.get("/9", headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})

    assert answer.json()["trace_id"] == trace


async def test_the_document_lists_permissions_keys_and_problems(app, database):
    assert ("POST", "/api/v1/toys/notes", "toys.note.place") in permissions_of(app)
    operations = app.openapi()["paths"]["/api/v1/toys/notes"]

    assert "Idempotency-Key" in [p["name"] for p in operations["post"]["parameters"]]
    assert {p["name"] for p in operations["get"]["parameters"]} == {
        "code",
        "limit",
        "cursor",
        "sort",
    }
    assert set(operations["post"]["responses"]) == {"201", "default"}
    assert operations["post"]["security"] == [{"accessToken": []}]
    assert operations["post"]["operationId"] == "notes_place_note"


def test_an_error_names_its_field_and_fills_both_languages():
    class Unlike(BusinessError):
        code = "unlike"
        status = 422
        en = "{left} is not {right}."
        zh = "{left}不等于{right}。"

    one = problem_of(Unlike(left="2", right="3", field="/a~b"), language="zh", trace_id="t")
    many = UnknownReference(errors=[FieldError("/lines/0/item", "unknown-reference", "en", "zh")])
    own = Duplicate("Item X exists already.")

    assert one["detail"] == "2不等于3。" and one["errors"] == [
        {"pointer": "/a~b", "code": "unlike", "detail": "2不等于3。"}
    ]
    assert problem_of(many, language="en", trace_id="")["errors"] == [
        {"pointer": "/lines/0/item", "code": "unknown-reference", "detail": "en"}
    ]
    assert own.detail("en") == "Item X exists already." and own.detail("zh") == "已存在相同的记录。"
    assert BusinessError("100 % {not a field}").detail("en") == "100 % {not a field}"


def test_what_a_caller_wrote_is_cut_and_cleaned_in_a_sentence():
    detail = UnknownReference(what="item", reference="x\n\x1b" + "y" * 500).detail("en")

    assert "\n" not in detail and "\x1b" not in detail and len(detail) < 300


async def test_row_level_security_is_answered_as_out_of_scope(api, database, doors):
    async with database.engine.begin() as connection:
        await connection.execute(
            text(
                "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION "
                "'new row violates row-level security policy for table \"notes\"' USING ERRCODE = '42501'; END $$"
            )
        )
        await connection.execute(
            text(
                "CREATE TRIGGER refuse BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION refuse()"
            )
        )
    try:
        assert_problem(await api.post(json=NOTE), 403, "out-of-scope")
    finally:
        async with database.engine.begin() as connection:
            await connection.execute(text("DROP TRIGGER refuse ON notes"))
