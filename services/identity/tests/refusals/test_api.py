"""Whom the gateway refused: told by it with his token, and an entry of the audit trail."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.refusals import AT_ONCE_MAX
from chassis.testing import Api

STATUS = {"method": "GET", "path": "/api/v1/status"}
REFUSED = text(
    "SELECT actor, action, code, address FROM audit_entries WHERE outcome = 'refused' AND actor = :actor"
)


async def tell(api: Api, body: object) -> int:
    """A gateway tells of one refusal."""
    transport = httpx.ASGITransport(app=api.harness.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        headers = {"x-forwarded-for": "203.0.113.9"}
        if api.token:
            headers["authorization"] = f"Bearer {api.token}"
        return (await http.post("/refusals", json=body, headers=headers)).status_code


async def test_who_what_and_from_where_are_in_the_trail(api: Api, session: AsyncSession) -> None:
    caller = api.as_(subject="li.na")

    assert await tell(caller, STATUS) == 204
    rows = (await session.execute(REFUSED, {"actor": "li.na"})).tuples().all()

    assert rows == [("li.na", "GET /api/v1/status", "forbidden", "203.0.113.9")]


async def test_nobody_fills_the_trail_by_asking(api: Api, session: AsyncSession) -> None:
    caller = api.as_(subject="insistent")

    told = [await tell(caller, STATUS) for _ in range(AT_ONCE_MAX + 5)]
    rows = (await session.execute(REFUSED, {"actor": "insistent"})).all()

    assert set(told) == {204}
    assert len(rows) == AT_ONCE_MAX


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {**STATUS, "path": "/api/v1/sales/orders"},
        {**STATUS, "method": "POST"},
        {**STATUS, "actor": "admin"},
    ],
)
async def test_nothing_else_can_be_told(api: Api, session: AsyncSession, body: object) -> None:
    caller = api.as_(subject="liar")

    assert await tell(caller, body) == 422
    assert (await session.execute(REFUSED, {"actor": "liar"})).all() == []


async def test_whoever_has_no_token_tells_nothing(api: Api) -> None:
    assert await tell(replace(api, token=""), STATUS) == 401
