"""One effect per key, whatever the caller repeats and whenever."""

import asyncio

from sqlalchemy import text

NOTE = {"code": "A-1", "quantity": "3"}


async def test_a_repeated_command_gets_the_first_answer_and_has_one_effect(api, count, doors):
    first = await api.post(json=NOTE, key="k1")
    again = await api.post(json=NOTE, key="k1")

    assert first.status_code == again.status_code == 201
    assert again.content == first.content
    assert (
        again.headers["idempotency-replayed"] == "true"
        and "idempotency-replayed" not in first.headers
    )
    assert again.headers["etag"] == '"1"' and again.headers["location"] == first.headers["location"]
    assert again.headers["content-type"] == "application/json"
    assert (await count("notes"), doors.runs) == (1, 1)


async def test_the_same_key_for_another_request_is_refused(api, count):
    await api.post(json=NOTE, key="k1")

    other_body = await api.post(json={**NOTE, "quantity": "4"}, key="k1")
    other_path = await api.post("/1/approve", key="k1")

    assert [r.status_code for r in (other_body, other_path)] == [422, 422]
    assert other_body.json()["code"] == "idempotency-key-reused"
    assert await count("notes") == 1


async def test_another_callers_same_key_is_independent(api, issuer, count):
    await api.post(json=NOTE, key="k1")

    answer = await api.post(json={**NOTE, "code": "A-2"}, key="k1", token=issuer.token("grace"))

    assert answer.status_code == 201
    assert await count("notes") == 2


async def test_a_post_without_a_key_or_with_a_bad_one_is_refused(api, count):
    missing = await api.post(json=NOTE, key=None)
    empty = await api.post(json=NOTE, headers={"Idempotency-Key": ""})
    too_long = await api.post(json=NOTE, headers={"Idempotency-Key": "x" * 256})
    accented = await api.post(json=NOTE, headers={"Idempotency-Key": "clé".encode("latin-1")})

    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency-key-missing")
    assert [r.status_code for r in (empty, too_long, accented)] == [400, 400, 400]
    assert await count("notes") == 0


async def test_a_second_request_while_the_first_runs_is_told_so(api, doors, count):
    waiting = {"code": "WAIT", "quantity": "1"}
    first = asyncio.create_task(api.post(json=waiting, key="k1"))
    await doors.entered.wait()

    second = await api.post(json=waiting, key="k1")
    doors.leave.set()

    assert (second.status_code, second.json()["code"]) == (409, "idempotency-in-progress")
    assert (await first).status_code == 201
    assert (await api.post(json=waiting, key="k1")).headers["idempotency-replayed"] == "true"
    assert await count("notes") == 1


async def test_twenty_at_once_have_one_effect_and_never_two_answers(api, count):
    answers = await asyncio.gather(*(api.post(json=NOTE, key="k1") for _ in range(20)))

    assert {a.status_code for a in answers} <= {201, 409}
    assert (
        sum(a.status_code == 201 and "idempotency-replayed" not in a.headers for a in answers) == 1
    )
    assert all(
        a.json()["code"] == "idempotency-in-progress" for a in answers if a.status_code == 409
    )
    assert await count("notes") == 1


async def test_a_holder_who_commits_after_our_snapshot_is_replayed(
    app, api, database, monkeypatch, count, doors
):
    """The row is not seen by the claim but is there at the end: the command starts again."""
    from chassis import idempotency

    await api.post(json=NOTE, key="k1")
    real, calls = idempotency.claim, []

    async def blind_at_first(session, wanted):
        calls.append(wanted)
        return None if len(calls) == 1 else await real(session, wanted)

    async with database.engine.begin() as connection:
        await connection.execute(
            text("DELETE FROM notes")
        )  # so that the second run gets as far as its answer
    monkeypatch.setattr(idempotency, "claim", blind_at_first)
    answer = await api.post(json=NOTE, key="k1")

    assert answer.status_code == 201 and answer.headers["idempotency-replayed"] == "true"
    assert len(calls) == 2 and await count("notes") == 0


async def test_a_refusal_caused_by_our_own_first_run_is_no_refusal(
    api, monkeypatch, count, database
):
    """Missed by the claim, the first run's note makes the second a duplicate: the first answer is the true one."""
    from chassis import idempotency

    async def blind(session, wanted):
        return None

    first = await api.post(json=NOTE, key="k1")
    monkeypatch.setattr(idempotency, "claim", blind)
    answer = await api.post(json=NOTE, key="k1")
    other = await api.post(json=NOTE, key="k2")

    assert (answer.status_code, answer.content) == (201, first.content)
    assert answer.headers["idempotency-replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (409, "duplicate")
    assert (await count("notes"), await count("audit_entries")) == (1, 1)


async def test_a_refused_command_keeps_nothing_but_an_audit_entry(api, count, database):
    refused = await api.post(json={"code": "REFUSE", "quantity": "1"}, key="k1")

    assert (refused.status_code, refused.json()["code"]) == (409, "invalid-state")
    assert (await count("notes"), await count("idempotency_keys")) == (0, 0)
    async with database.engine.connect() as connection:
        entry = (
            await connection.execute(text("SELECT actor, outcome, code FROM audit_entries"))
        ).one()
    assert tuple(entry) == ("ada", "refused", "invalid-state")
    assert (await api.post(json=NOTE, key="k1")).status_code == 201


async def test_a_command_runs_to_its_end_though_its_caller_went_away(api, doors, count):
    gone = asyncio.create_task(api.post(json={"code": "WAIT", "quantity": "1"}, key="k1"))
    await doors.entered.wait()
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    doors.leave.set()

    from chassis.http import finish_commands

    assert await finish_commands(5) == 0
    assert await count("notes") == 1
    settled = await api.post(json={"code": "WAIT", "quantity": "1"}, key="k1")
    assert settled.headers["idempotency-replayed"] == "true"


async def test_deadlocks_are_tried_again_and_then_given_up_as_503(api, doors, count):
    doors.failures = ["40P01", "40001"]
    answer = await api.post(json=NOTE)
    assert (answer.status_code, doors.runs, await count("notes")) == (201, 3, 1)

    doors.failures, doors.runs = ["40001"] * 9, 0
    answer = await api.post(json={**NOTE, "code": "A-2"})
    assert (answer.status_code, answer.json()["code"]) == (503, "dependency-unavailable")
    assert answer.headers["retry-after"] == "1" and doors.runs == 5


async def test_a_connection_that_breaks_at_commit_leaves_the_outcome_unknown(
    api, database, monkeypatch, count
):
    from sqlalchemy.ext.asyncio import AsyncSession

    real = AsyncSession.commit

    async def cut_after_commit(session):
        await real(session)
        raise ConnectionResetError

    with monkeypatch.context() as patch:
        patch.setattr(AsyncSession, "commit", cut_after_commit)
        answer = await api.post(json=NOTE, key="k1")
    settled = await api.post(json=NOTE, key="k1")

    assert (answer.status_code, answer.json()["code"]) == (503, "outcome-unknown")
    assert "retry-after" in answer.headers
    assert settled.status_code == 201 and settled.headers["idempotency-replayed"] == "true"
    assert await count("notes") == 1
