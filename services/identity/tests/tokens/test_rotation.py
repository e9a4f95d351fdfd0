"""Keys are rotated while people work: nobody is refused."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chassis.auth import TokenVerifier
from chassis.context import system_context
from chassis.database import Database
from chassis.service import Service
from chassis.testing import role_url
from identity.keys import rules
from identity.keys import service as keys
from identity.keys.rules import KeyLife
from identity.keys.service import KeyRing, Sealing

from ..conftest import settings


async def test_a_rotation_under_load_refuses_no_token(
    scratch_database_url: str, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three processes sign, three services verify, each with its own picture of the keys; a rotation in the middle."""
    # the same order of waits as in life, so short that it fits into a test
    monkeypatch.setattr("identity.keys.service.READ_AGAIN_SECONDS", 0.3)
    monkeypatch.setattr("chassis.auth.REFRESH_SECONDS", 0.3)
    monkeypatch.setattr("identity.keys.rules.SHOWN_FIRST", timedelta(seconds=1))
    sealing = Sealing(settings().key_encryption_key.get_secret_value())
    database = Database(role_url(scratch_database_url, "identity", "api"), pool_size=4)
    async with database.transaction(system_context("test")) as session:
        await keys.seed(session, sealing)
    rings = [KeyRing(sealing) for _ in range(3)]
    verifiers = [
        TokenVerifier(issuer="https://test", audience="tongheng", fetch=lambda r=ring: r.published(database))
        for ring in rings
    ]  # fmt: skip
    signed_with: set[str] = set()
    refused: list[BaseException] = []
    stop = asyncio.Event()
    old: list[str] = []

    async def work(number: int) -> None:
        count = 0
        while not stop.is_set():
            now = int(time.time())
            count += 1
            token = await rings[number % 3].sign(
                database,
                {
                    "iss": "https://test", "aud": "tongheng", "sub": "li.na", "iat": now, "exp": now + 600,
                    "jti": f"{number}-{count}",
                },
            )  # fmt: skip
            signed_with.add(token.partition(".")[0])
            if count == 1:
                old.append(token)
            try:
                await verifiers[(number + count) % 3].verify(token)
            except BaseException as error:
                refused.append(error)
            await asyncio.sleep(0.005)

    workers = [asyncio.create_task(work(number)) for number in range(6)]
    while len(old) < 6:
        await asyncio.sleep(0.01)
    async with database.transaction(system_context("test")) as session:
        await keys.rotate(session, sealing, revoke=False)
    deadline = time.monotonic() + 60
    while len(signed_with) < 2 and time.monotonic() < deadline:
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.5)
    stop.set()
    await asyncio.gather(*workers)

    assert refused == []
    assert len(signed_with) == 2
    for token in old:
        for verifier in verifiers:
            assert (await verifier.verify(token)).subject == "li.na"
    await database.close()


def test_the_key_before_is_honoured_longer_than_its_last_token_lives() -> None:
    now = datetime.fromisoformat("2026-11-23T08:00:00+00:00")
    before = KeyLife("old", now - timedelta(days=1), None)
    until = rules.honoured_until([before], now, revoke=False)
    last_signed = now + rules.SHOWN_FIRST + timedelta(seconds=5)

    assert rules.signing([replace(before, honoured_until=until), KeyLife("new", now, None)], now) == (
        replace(before, honoured_until=until)
    )  # fmt: skip
    assert until >= last_signed + timedelta(minutes=15)
