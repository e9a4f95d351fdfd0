"""Quotations raise engineering requests, move them and take them back."""

from datetime import date
from typing import Any

from chassis.ids import uuid7
from chassis.testing import Api, EmittedEvents, Publish
from tongheng_contracts.production import EngineeringRequestChanged
from tongheng_contracts.sales import QuoteChanged, QuoteIssued

from .. import builders as a
from .test_api import URL, step


async def raised(api: Api) -> list[dict[str, Any]]:
    """The requests by line of the quotation."""
    rows: list[dict[str, Any]] = (await api.get(URL, quotation_number="QT-1")).json()["items"]
    return sorted(rows, key=lambda row: (row["quotation_line"], row["status"]))


async def test_an_issued_quotation_raises_a_request_for_each_line_without_an_item(
    making: Api, publish: Publish, emitted_events: EmittedEvents
) -> None:
    first, second = uuid7(), uuid7()
    quotation = a.quotation(
        a.quoted_line(1, "5", item="X"),
        a.special_line(2, "2", first),
        a.special_line(3, "1", second),
    )

    await publish(QuoteIssued(quotation=quotation))
    await publish(QuoteIssued(quotation=quotation))

    rows = await raised(making)
    assert [(row["id"], row["status"]) for row in rows] == [
        (str(first), "requested"), (str(second), "requested"),
    ]  # fmt: skip
    assert (rows[0]["customer"], rows[0]["quantity"], rows[0]["requested_date"]) == (
        "C001", "2", "2999-06-30",
    )  # fmt: skip
    assert rows[0]["description"] == "四轴移载机"
    told = await emitted_events(EngineeringRequestChanged)
    assert {each.engineering_request.id for each in told} == {first, second}


async def test_the_next_revision_moves_what_stays_and_cancels_what_is_gone(
    making: Api, publish: Publish
) -> None:
    stays, gone, now_standard = uuid7(), uuid7(), uuid7()
    new = uuid7()
    await publish(
        QuoteIssued(
            quotation=a.quotation(
                a.special_line(1, "2", gone), a.special_line(2, "3", stays), a.special_line(3, "1", now_standard)
            )
        )
    )  # fmt: skip
    await step(making, {"id": str(stays)}, "take", assignee="王伟")

    drafted = a.quotation(a.special_line(1, "9", stays), version=3, status="draft")
    await publish(QuoteChanged(quotation=drafted))
    untouched = await raised(making)
    await publish(
        QuoteIssued(
            quotation=a.quotation(
                a.special_line(1, "4", stays), a.special_line(2, "1", new), a.quoted_line(3, "1", item="X"),
                version=4, revision=2,
            )
        )
    )  # fmt: skip

    assert [row["quantity"] for row in untouched] == ["2", "3", "1"]
    after = {row["id"]: row for row in await raised(making)}
    kept = after[str(stays)]
    assert (kept["status"], kept["assignee"], kept["quantity"], kept["quotation_line"]) == (
        "in_engineering", "王伟", "4", 1,
    )  # fmt: skip
    assert after[str(new)]["status"] == "requested"
    assert after[str(gone)]["status"] == after[str(now_standard)]["status"] == "cancelled"
    assert "quotation" in after[str(gone)]["reason"]


async def test_a_cancelled_quotation_takes_back_what_is_open_and_leaves_what_is_released(
    making: Api, publish: Publish
) -> None:
    done, waiting = uuid7(), uuid7()
    await publish(
        a.item("TU-4X", procurement="make"),
        QuoteIssued(
            quotation=a.quotation(a.special_line(1, "2", done), a.special_line(2, "1", waiting))
        ),
    )
    await a.made(making, "/production/boms", a.bom("TU-4X", ("C", "1")))
    await step(making, {"id": str(done)}, "take")
    await step(making, {"id": str(done)}, "design", item="TU-4X")
    await step(making, {"id": str(done)}, "release")

    over = a.quotation(
        a.special_line(1, "2", done), a.special_line(2, "1", waiting), version=5, status="cancelled"
    )
    await publish(QuoteChanged(quotation=over))

    assert [row["status"] for row in await raised(making)] == ["released", "cancelled"]


async def test_a_cancellation_that_overtakes_the_issue_leaves_nothing_to_engineer(
    making: Api, publish: Publish
) -> None:
    line = a.special_line(1, "2")

    await publish(QuoteChanged(quotation=a.quotation(line, version=3, status="cancelled")))
    await publish(QuoteIssued(quotation=a.quotation(line, version=2)))

    assert await raised(making) == []


async def test_what_a_quotation_asks_for_is_changed_in_the_quotation(
    making: Api, publish: Publish
) -> None:
    request = uuid7()
    await publish(QuoteIssued(quotation=a.quotation(a.special_line(1, "2", request))))

    answer = await making.patch(f"{URL}/{request}", {"quantity": "3"}, if_match='"1"')
    estimated = await making.patch(f"{URL}/{request}", {"due_date": "2999-01-31"}, if_match='"1"')

    assert (answer.status_code, answer.json()["code"]) == (409, "invalid-state")
    assert "QT-1" in answer.json()["detail"]
    assert date.fromisoformat(estimated.json()["due_date"]) == date(2999, 1, 31)
