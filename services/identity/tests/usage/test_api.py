"""Usage of programs: told by gateways with the program's token, read by the program and by who manages it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from chassis.testing import Api

from ..conftest import Given

TODAY = datetime.now(UTC).date()


def as_program(api: Api, client: dict[str, str]) -> Api:
    """The client itself, with a token that names it."""
    signed = api.as_("sales.order.read", subject=client["id"], companies=["E01"])
    known = api.harness.verifier.known
    known[signed.token] = replace(known[signed.token], client=client["client_id"])
    return signed


async def tell(
    api: Api,
    *,
    path: str = "/usage",
    gateway: str = "",
    hours: list[dict[str, object]] | None = None,
    **changes: object,
) -> int:
    """A gateway tells of today what it counted."""
    day = {"day": TODAY.isoformat(), "calls": 5, "refused": 1, "limited": 1, "failed": 0, **changes}
    body: dict[str, object] = {"gateway": gateway or str(uuid4()), "days": [day]}
    if hours is not None:
        body["hours"] = hours
    transport = httpx.ASGITransport(app=api.harness.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        headers = {"authorization": f"Bearer {api.token}"}
        return (await http.post(path, json=body, headers=headers)).status_code


async def test_a_program_and_who_manages_it_see_what_it_asked_for(
    api: Api, a_client: Given
) -> None:
    program = as_program(api, await a_client(companies=["E01"]))
    gateway = str(uuid4())

    assert await tell(program, gateway=gateway, calls=3, refused=0, limited=0) == 204
    assert await tell(program, gateway=gateway) == 204
    assert await tell(program, gateway=gateway, calls=4) == 204  # late: an older sum
    assert await tell(program, calls=10, failed=2) == 204  # another gateway
    mine = await program.get("/identity/me/usage")
    managed = await api.get("/identity/clients/shop-one/usage", since=TODAY.isoformat())

    assert mine.status_code == 200, mine.text
    assert mine.json() == managed.json()
    assert mine.json()["client_id"] == "shop-one"
    assert mine.json()["days"] == [
        {"day": TODAY.isoformat(), "calls": 15, "refused": 2, "limited": 2, "failed": 2}
    ]
    before = (TODAY - timedelta(days=9)).isoformat()
    past = await program.get("/identity/me/usage", since=before, until=before)
    assert past.json()["days"] == []


async def test_nobody_sees_or_tells_anothers_usage(api: Api, a_client: Given) -> None:
    program = as_program(api, await a_client(companies=["E01"]))
    await a_client("other-shop", companies=["E02"])
    stranger = replace(api, token="nobody")

    assert await tell(stranger) == 401
    assert await tell(program, calls=-1) == 422
    assert await tell(program, calls=10**30) == 422
    assert await tell(program, day="1999-01-01") == 204
    assert (await program.get("/identity/clients/other-shop/usage")).status_code == 403
    manager = api.as_("identity.client.read", companies=["E01"])
    assert (await manager.get("/identity/clients/other-shop/usage")).status_code == 404
    assert (await api.get("/identity/me/usage")).status_code == 404  # a person
    assert (await program.get("/identity/me/usage")).json()["days"] == []


@pytest.mark.parametrize(
    "asked",
    [
        {"since": "2026-02-30"},
        {"since": "2026-02-02", "until": "2026-02-01"},
        {"days": "9"},
    ],
)
async def test_days_that_are_none_are_refused(
    api: Api, a_client: Given, asked: dict[str, str]
) -> None:
    await a_client()

    refused = await api.get("/identity/clients/shop-one/usage", **asked)

    assert (refused.status_code, refused.json()["code"]) == (400, "invalid-query")


async def test_hours_are_kept_apart_for_two_days(api: Api, a_client: Given) -> None:
    program = as_program(api, await a_client(companies=["E01"]))
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    counts = {"calls": 5, "refused": 1, "limited": 1, "failed": 0}
    gateway = str(uuid4())

    def hours(*told: datetime, calls: int = 5) -> list[dict[str, object]]:
        return [{"hour": each.isoformat(), **counts, "calls": calls} for each in told]

    hour_before = hour - timedelta(hours=1)
    assert await tell(program, gateway=gateway, hours=hours(hour, hour_before)) == 204
    assert await tell(program, gateway=gateway, hours=hours(hour, calls=7)) == 204
    assert await tell(program, hours=hours(hour)) == 204  # another gateway
    odd = [hour + timedelta(minutes=5), hour - timedelta(days=30), hour + timedelta(days=9)]
    assert await tell(program, hours=hours(*odd)) == 204
    assert await tell(program, hours=[{"hour": "2026-01-01T00:00:00", **counts}]) == 422

    shown = (await program.get("/identity/me/usage")).json()["hours"]
    assert [(datetime.fromisoformat(each["hour"]), each["calls"]) for each in shown] == [
        (hour, 12),
        (hour_before, 5),
    ]


async def test_all_programs_are_listed_with_what_they_asked_for(api: Api, a_client: Given) -> None:
    busy = as_program(api, await a_client(companies=["E01"]))
    await a_client("idle-shop", companies=["E01"])
    other = await a_client("other-shop", companies=["E02"])
    await tell(busy)
    await tell(as_program(api, other), calls=9)

    manager = api.as_("identity.client.read", companies=["E01"])
    items = (await manager.get("/identity/usage")).json()["items"]
    yesterday = (TODAY - timedelta(days=1)).isoformat()
    before = (await manager.get("/identity/usage", until=yesterday)).json()["items"]
    least = (await api.get("/identity/usage", sort="calls", limit="1")).json()
    following = await api.get("/identity/usage", sort="calls", limit="1", cursor=least["next"])

    assert [(each["client_id"], each["calls"], each["last_day"]) for each in items] == [
        ("shop-one", 5, TODAY.isoformat()),
        ("idle-shop", 0, None),
    ]
    assert [each["calls"] for each in before] == [0, 0]
    assert [each["client_id"] for each in least["items"]] == ["idle-shop"]
    assert [each["client_id"] for each in following.json()["items"]] == ["shop-one"]
    assert (await api.as_("sales.order.read").get("/identity/usage")).status_code == 403
    assert (await api.get("/identity/usage", sort="name")).status_code == 400
