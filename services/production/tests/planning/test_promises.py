"""Promises that move: what is told, when nothing is, and that a net change tells what a full run would."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from sqlalchemy import text

from chassis.ids import named
from production.planning import promises, store
from production.planning.desk import DESK
from production.planning.promises import LATE, ON_TIME, Supported, Told, moved, words

from .test_net_change import World, bought, ordered, world

__all__ = ["world"]
DAY = date(2026, 11, 20)
LINE = (UUID(int=1), 1)


def supported(day: date | None, cause: str = LATE) -> Supported:
    return Supported(LINE, 0, DAY, day, cause)


@pytest.mark.parametrize(
    ("now", "last", "told"),
    [
        (supported(DAY, ON_TIME), None, None),
        (supported(DAY + timedelta(4)), None, (DAY, 1)),
        (supported(None, promises.MISSING), None, (DAY, 1)),
        (supported(DAY + timedelta(4)), Told(DAY + timedelta(4), 3), None),
        (supported(DAY + timedelta(5)), Told(DAY + timedelta(4), 3), (DAY + timedelta(4), 4)),
        (supported(DAY, ON_TIME), Told(None, 3), (None, 4)),
        (supported(DAY, ON_TIME), Told(DAY, 4), None),
    ],
)
def test_a_line_is_told_of_when_its_day_is_another_than_was_told(
    now: Supported, last: Told | None, told: tuple[date | None, int] | None
) -> None:
    found = [(one.old, one.sequence) for one in moved([now], {} if last is None else {LINE: last})]

    assert found == ([] if told is None else [told])


def test_the_reason_names_the_document_that_is_waited_for() -> None:
    assert words(LATE, "X", "C", "PO-7") == ("等待 PO-7 的物料“C”。", "It waits for C of PO-7.")
    assert words(ON_TIME, "X", "", "")[1] == "The plan supports the day that the line asks for."


async def heard(world: World) -> list[dict[str, Any]]:
    """What was told of promises so far, oldest first."""
    async with world.transaction() as session:
        rows = await session.execute(
            text("SELECT value FROM outbox WHERE topic = 'production.PromiseChanged' ORDER BY id")
        )
        return [json.loads(bytes(row[0]))["change"] for row in rows]


async def remembered(world: World) -> list[tuple[Any, ...]]:
    async with world.transaction() as session:
        rows = await session.execute(
            text("SELECT order_line, item, told_date, sequence FROM told_promises ORDER BY 1")
        )
        return [tuple(row) for row in rows]


async def test_a_supplier_who_comes_later_moves_the_promise_and_back(world: World) -> None:
    today = world.today
    wanted = today + timedelta(days=14)
    await world.publish(bought(7, "C", 150, today + timedelta(days=5)))
    await world.publish(ordered(1, "X", 100, wanted, "SH"))
    await world.begin()
    assert await heard(world) == []

    # Chips on the 12th, four days for S and four for X.
    await world.publish(bought(7, "C", 150, today + timedelta(days=12), 2))
    await world.run("net_change")
    await world.run("net_change")
    await world.run("full")

    (late,) = await heard(world)
    assert (late["order"], late["order_line"], late["item"], late["sequence"]) == (
        str(named("order", "1")), 1, "X", 1,
    )  # fmt: skip
    assert (late["wanted_date"], late["old_date"], late["new_date"]) == (
        str(wanted), str(wanted), str(today + timedelta(days=20)),
    )  # fmt: skip
    assert (late["cause"], late["waiting_item"], late["waiting_document"]) == ("late", "C", "PO-7")

    await world.publish(bought(7, "C", 150, today + timedelta(days=5), 3))
    await world.run("net_change")

    again = (await heard(world))[-1]
    assert (again["old_date"], again["new_date"], again["cause"], again["sequence"]) == (
        late["new_date"], str(wanted), "on_time", 2,
    )  # fmt: skip
    assert await remembered(world) == [(1, "X", wanted, 2)]


async def test_the_first_plan_is_silent_and_a_change_elsewhere_looks_at_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = world.today
    await world.publish(bought(7, "C", 150, today + timedelta(days=12)))
    await world.publish(ordered(1, "X", 100, today + timedelta(days=14), "SH"))
    await world.begin()

    assert await heard(world) == []
    assert await remembered(world) == [(1, "X", today + timedelta(days=20), 0)]

    looked: list[int] = []
    through = promises.supported

    def counted(picture: Any, rows: Any, reach: Any) -> list[Supported]:
        looked.append(len(rows))
        return through(picture, rows, reach)

    monkeypatch.setattr(promises, "supported", counted)
    await world.publish(bought(8, "TAPE", 500, today + timedelta(days=3)))
    await world.run("net_change")
    assert await heard(world) == []
    # Tape goes into X, whose line was told of; nothing else is looked at.
    assert looked == [1]


async def test_what_changed_finds_what_all_would_find(world: World) -> None:
    today = world.today
    await world.publish(
        bought(7, "C", 150, today + timedelta(days=5)), bought(8, "B", 800, today + timedelta(days=2))
    )  # fmt: skip
    for number in range(1, 6):
        await world.publish(ordered(number, "X", 20, today + timedelta(days=10 + number), "SH"))
    await world.begin()
    for days, version in ((12, 2), (3, 3), (9, 4)):
        await world.publish(bought(7, "C", 150, today + timedelta(days=days), version))
        await world.run("net_change")

        async with world.transaction() as session:
            DESK.forget("E01")
            async with DESK.at(session, "E01") as held:
                picture = held.picture.fork()
            rows = np.flatnonzero(picture.plan.demands.count).astype(np.int64)
            everywhere = np.ones(len(picture.codes), dtype=np.bool_)
            days_of = {one.line: one.day for one in promises.supported(picture, rows, everywhere)}
            told = await store.told_promises(session, "E01", days_of)
        known = {(row["order_id"], row["order_line"]): row["told_date"] for row in told}
        wanted = {one.line: one.wanted for one in promises.supported(picture, rows, everywhere)}
        assert {line: known.get(line, wanted[line]) for line in days_of} == days_of
