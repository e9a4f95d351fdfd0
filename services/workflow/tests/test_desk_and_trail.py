"""One list of parked messages, one audit trail, and who is told of what."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit_chain import GENESIS, chain
from chassis.context import Context
from chassis.testing import Api, Publish
from tongheng_contracts.audit import AuditChapter, AuditRecord, SalesAuditRecorded
from tongheng_contracts.control import ControlReport, ParkedNote, SalesControlTotals
from workflow.parked import service as parked

NOW = datetime.now(UTC)


def report(version: int, *events: UUID, minutes: int = 1) -> SalesControlTotals:
    return SalesControlTotals(
        report=ControlReport(
            id=UUID(int=7), service="sales", version=version, cut=NOW, totals=[],
            parked=[
                ParkedNote(
                    event=each, topic="masterdata.ItemChanged", key="k", status="parked", reason="unreadable",
                    parked_at=NOW - timedelta(minutes=minutes),
                )
                for each in events
            ],
        )
    )  # fmt: skip


async def listed(api: Api, **filters: str) -> list[UUID]:
    answer = await api.get("/workflow/parked-messages", **filters)
    assert answer.status_code == 200, answer.text
    return [UUID(each["event_id"]) for each in answer.json()["items"]]


async def test_the_list_is_what_each_service_said_last(api: Api, publish: Publish) -> None:
    first, second = uuid4(), uuid4()
    await publish(report(1, first, second))
    assert set(await listed(api)) == {first, second}
    await publish(report(3, second))
    await publish(report(2, first, second))

    assert await listed(api) == [second]
    assert await listed(api, service="finance") == []
    [shown] = (await api.get("/workflow/parked-messages", topic="masterdata.ItemChanged")).json()[
        "items"
    ]
    assert shown["desk"] == f"/api/v1/sales/parked-messages/{second}"
    await publish(report(4))
    assert await listed(api) == []


async def test_the_list_is_for_who_serves_all_companies(api: Api) -> None:
    limited = await api.as_("operations.parked.read", companies=["E01"]).get(
        "/workflow/parked-messages"
    )
    without = await api.as_("sales.order.read").get("/workflow/parked-messages")

    assert (limited.status_code, without.status_code) == (403, 403)
    assert (await api.get(f"/workflow/parked-messages/{uuid4()}")).status_code == 404


async def test_what_waits_long_is_told_once_to_those_who_settle_it(
    api: Api, publish: Publish, session: AsyncSession
) -> None:
    await publish(report(1, uuid4(), minutes=20))
    assert await parked.tell_of_long(session, NOW) == 1
    assert await parked.tell_of_long(session, NOW) == 0
    await publish(report(2, uuid4(), minutes=10))
    assert await parked.tell_of_long(session, NOW) == 0
    await session.flush()

    settler = api.as_("operations.parked.read", subject="settler")
    [told] = (await settler.get("/workflow/notifications")).json()["items"]
    assert (told["kind"], told["document_id"]) == ("messages-parked", "sales")
    chinese = await settler.request(
        "GET", "/workflow/notifications", headers={"accept-language": "zh"}
    )
    assert "滞留" in chinese.json()["items"][0]["text"]
    for other in (
        api.as_("sales.order.read", subject="seller"),
        api.as_("operations.parked.read", subject="narrow", companies=["E01"]),
    ):
        assert (await other.get("/workflow/notifications")).json()["items"] == []
        assert (await other.post(f"/workflow/notifications/{told['id']}/read")).status_code == 404
    assert (await settler.post(f"/workflow/notifications/{told['id']}/read")).status_code == 204
    assert (await settler.get("/workflow/notifications/unread")).json() == {"unread": 0}
    other = api.as_("operations.parked.read", subject="another")
    assert (await other.get("/workflow/notifications/unread")).json() == {"unread": 1}


def chapters(*actions: tuple[str, str], size: int = 2) -> list[SalesAuditRecorded]:
    """A trail of entries (action, company) in chapters."""
    digests = [bytes([n]) * 32 for n in range(len(actions))]
    links = chain((0, GENESIS), list(enumerate(digests, start=1)))
    records = [
        AuditRecord(
            seq=link.seq, recorded_at=NOW + timedelta(seconds=link.seq), actor="li.na", client="console", address=f"203.0.113.{link.seq}",
            request_id="r", trace="", action=action, outcome="done", document_type="order", document_id=f"d{link.seq}",
            number=f"SO-{link.seq}", company=company, before=None, after={"status": "pending"}, digest=link.digest.hex(),
        )
        for link, (action, company) in zip(links, actions, strict=True)
    ]  # fmt: skip
    made: list[SalesAuditRecorded] = []
    for start in range(0, len(records), size):
        part = records[start : start + size]
        made.append(
            SalesAuditRecorded(
                chapter=AuditChapter(
                    id=uuid4(), service="sales", first=part[0].seq, last=part[-1].seq,
                    previous_hash=(links[start - 1].hash if start else GENESIS).hex(),
                    hash=links[start + len(part) - 1].hash.hex(), records=part,
                )
            )
        )  # fmt: skip
    return made


FIVE = (
    ("sales.order.place", "E01"), ("sales.order.place", "E02"), ("sales.order.cancel", "E01"),
    ("sales.return.authorise", "E01"), ("POST /api/v1/sales/orders", ""),
)  # fmt: skip


async def found(api: Api, **filters: str) -> list[int]:
    answer = await api.get("/workflow/audit-entries", **filters)
    assert answer.status_code == 200, answer.text
    return [each["seq"] for each in answer.json()["items"]]


async def test_entries_are_found_by_what_is_known_of_them(api: Api, publish: Publish) -> None:
    trail = chapters(*FIVE)
    await publish(*trail)
    await publish(*trail)

    assert await found(api) == [5, 4, 3, 2, 1]
    assert await found(api, action="sales.order.*") == [3, 2, 1]
    assert await found(api, action="sales.order.cancel") == [3]
    assert await found(api, company="E02") == [2]
    assert await found(api, document="d4", actor="li.na") == [4]
    assert await found(api, address="203.0.113.3") == [3]
    assert await found(api, number="SO-1", service="sales", sort="recorded_at") == [1]
    assert await found(api, since=(NOW + timedelta(seconds=4)).isoformat()) == [5, 4]
    for vague in ("2026-01-01T00:00:00", "0.5", "0"):
        refused = await api.get("/workflow/audit-entries", since=vague)
        assert refused.status_code == 400, vague
    [shown] = (await api.get("/workflow/audit-entries", number="SO-1")).json()["items"]
    assert shown["address"] == "203.0.113.1"
    assert shown["after"] == {"status": "pending"}


@pytest.mark.parametrize(
    "scope", [{"partners": ["C001"]}, {"warehouses": ["SH"]}, {"own": True}, {"partners": []}]
)
async def test_whoever_is_limited_sees_of_the_trail_what_he_did(
    api: Api, publish: Publish, scope: dict[str, Any]
) -> None:
    await publish(*chapters(*FIVE))
    right = "workflow.audit_entry.read"

    assert await found(api.as_(right, subject="li.na")) == [5, 4, 3, 2, 1]
    assert await found(api.as_(right, subject="li.na", **scope)) == [5, 4, 3, 2, 1]
    assert await found(api.as_(right, subject="somebody", **scope)) == []
    other = api.as_(right, subject="somebody", **scope)
    assert await found(other, number="SO-1", actor="li.na") == []


async def test_the_trail_is_seen_within_ones_companies_and_changed_by_nobody(
    api: Api, publish: Publish
) -> None:
    await publish(*chapters(*FIVE))

    assert await found(api.as_("workflow.audit_entry.read", companies=["E02"])) == [2]
    assert (await api.as_("sales.order.read").get("/workflow/audit-entries")).status_code == 403
    for change in ("UPDATE audit_records SET actor = 'x'", "DELETE FROM audit_records"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with api.harness.worker.transaction(Context(actor="test")) as session:
                await session.execute(text(change))


async def test_a_chain_with_a_gap_or_a_changed_entry_is_not_whole(
    api: Api, publish: Publish
) -> None:
    first, second, third = chapters(*FIVE)
    await publish(first)
    [chain_] = (await api.get("/workflow/audit-chains")).json()
    assert (chain_["service"], chain_["whole"], chain_["last"]) == ("sales", True, 2)
    await publish(third)
    [chain_] = (await api.get("/workflow/audit-chains")).json()
    assert chain_["whole"] is False
    await publish(second)
    [chain_] = (await api.get("/workflow/audit-chains")).json()
    assert (chain_["whole"], chain_["entries"]) == (True, 5)


async def test_a_forged_chapter_shows(api: Api, publish: Publish) -> None:
    [only] = chapters(*FIVE, size=5)
    records = list(only.chapter.records)
    records[2] = records[2].model_copy(update={"digest": "00" * 32})
    forged = only.chapter.model_copy(update={"records": records})
    await publish(SalesAuditRecorded(chapter=forged))

    [chain_] = (await api.get("/workflow/audit-chains")).json()
    assert chain_["whole"] is False
