"""Who is refused leaves a trace, and cannot fill the trail."""

from __future__ import annotations

import json

from sqlalchemy import text

from chassis.context import Context
from chassis.database import Database
from chassis.refusals import AT_ONCE_MAX, CALLERS_MAX, ENTRIES_MAX, KINDS_MAX, MINUTE, Refusals

ADA = Context(actor="ada", client="console", request_id="r1")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def entries(database: Database) -> list[tuple[str, str, str, str, dict[str, object]]]:
    query = text(
        "SELECT actor, client, action, code, address, after::text FROM audit_entries ORDER BY id"
    )
    async with database.engine.connect() as connection:
        rows = (await connection.execute(query)).tuples().all()
    return [(*row[:4], {"address": row[4], **json.loads(row[5])}) for row in rows]


async def refuse(refusals: Refusals, n: int, *, context: Context = ADA, route: str = "") -> None:
    await refusals.note(
        context, action=f"GET /notes/{n}", route=route or "GET /notes/{number}", code="forbidden", status=403,
        address="192.0.2.7",
    )  # fmt: skip


async def test_a_missing_right_leaves_an_entry_before_any_transaction(api, database, issuer):
    lent = issuer.token("bob", roles=["reader"])
    answer = await api.post(
        json={"code": "A-1", "quantity": "1"},
        token=lent,
        headers={"x-forwarded-for": "203.0.113.9"},
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    ((actor, _, action, code, after),) = await entries(database)
    assert (actor, action, code) == ("bob", "POST /api/v1/toys/notes", "forbidden")
    assert after == {"status": 403, "address": "203.0.113.9"}


async def test_a_question_outside_of_the_scope_leaves_an_entry(api, database, issuer):
    lent = issuer.token("bob", roles=["reader"])

    answer = await api.get("/scope?company=E02", token=lent)

    assert answer.status_code == 403
    ((actor, _, action, code, _),) = await entries(database)
    assert (actor, action, code) == ("bob", "GET /api/v1/toys/notes/scope", "out-of-scope")


async def test_a_row_of_a_batch_outside_of_the_scope_leaves_an_entry(api, database):
    good, foreign = {"code": "A-1", "quantity": "1"}, {"code": "FOREIGN", "quantity": "1"}

    answer = await api.post(":batch", json={"rows": [good, foreign, {"code": "A-2"}]})

    assert [row["status"] for row in answer.json()["results"]] == [201, 403, 422]
    ((_, _, action, code, after),) = await entries(database)
    assert (action, code) == ("POST /api/v1/toys/notes:batch", "out-of-scope")
    assert after["status"] == 403


async def test_many_refusals_of_a_minute_are_counted(database):
    clock = Clock()
    refusals = Refusals(database, clock=clock)

    for n in range(1000):
        await refuse(refusals, n)
    at_once = await entries(database)
    clock.now += MINUTE
    await refusals.flush()
    await refusals.flush()
    told = await entries(database)

    assert len(at_once) == AT_ONCE_MAX
    assert len(told) == AT_ONCE_MAX + 1
    assert told[-1][:4] == ("ada", "console", "GET /notes/{number}", "forbidden")
    assert told[-1][4] == {"status": 403, "address": "192.0.2.7", "times": 1000 - AT_ONCE_MAX}


async def test_the_next_minute_begins_anew_and_tells_the_one_before(database):
    clock = Clock()
    refusals = Refusals(database, clock=clock)
    for n in range(AT_ONCE_MAX + 5):
        await refuse(refusals, n)
    clock.now += MINUTE

    await refuse(refusals, 99)

    told = await entries(database)
    assert [after.get("times") for *_, after in told] == [*[None] * AT_ONCE_MAX, None, 5]


async def test_whatever_is_asked_a_caller_writes_so_many_entries_and_no_more(database):
    clock = Clock()
    refusals = Refusals(database, clock=clock)
    for n in range(500):
        await refuse(refusals, n, route=f"GET /notes/{n}")

    await refusals.flush(all_=True)

    told = await entries(database)
    assert len(told) == ENTRIES_MAX == AT_ONCE_MAX + KINDS_MAX + 1
    assert sum(int(str(after.get("times", 1))) for *_, after in told) == 500


async def test_one_who_asks_often_hides_nobody_else(database):
    refusals = Refusals(database, clock=Clock())
    for n in range(100):
        await refuse(refusals, n)

    await refuse(refusals, 1, context=Context(actor="eve", client="console"))

    assert [row[0] for row in await entries(database)].count("eve") == 1


async def test_too_many_callers_are_counted_as_one():
    class Nowhere:
        written = 0

        def transaction(self, context: Context) -> object:
            self.written += 1
            raise ConnectionError

    nowhere = Nowhere()
    refusals = Refusals(nowhere, clock=Clock())  # type: ignore[arg-type]
    for n in range(CALLERS_MAX + 3):
        await refuse(refusals, n, context=Context(actor=f"a{n}"))

    assert nowhere.written == CALLERS_MAX
    assert len(refusals._tallies) == CALLERS_MAX + 1


async def test_a_trail_that_cannot_be_written_changes_no_answer(api, issuer, monkeypatch):
    from chassis import refusals

    async def broken(*_: object) -> None:
        raise ConnectionResetError

    monkeypatch.setattr(refusals, "record_refusals", broken)
    lent = issuer.token("bob", roles=[])

    answer = await api.post(json={"code": "A", "quantity": "1"}, token=lent)

    assert answer.status_code == 403
