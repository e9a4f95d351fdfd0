"""What happens at the same time, on connections of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio
from sqlalchemy import text

from chassis.context import system_context
from chassis.database import Database
from chassis.service import Service
from chassis.testing import role_url
from identity.factors.service import Factors
from identity.guessing import service as guessing
from identity.guessing.rules import TooManyWrongPasswords
from identity.keys.service import KeyRing, Sealing
from identity.passwords import Passwords
from identity.sessions.rules import Origin
from identity.tokens.rules import Grant, InvalidGrant, TokenRequest
from identity.tokens.service import Issued, Issuer

from ..conftest import ADMIN_PASSWORD, settings


@pytest_asyncio.fixture
async def database(scratch_database_url: str, service: Service) -> AsyncGenerator[Database]:
    """The api's way into a database after its first start."""
    worker = Database(role_url(scratch_database_url, "identity", "worker"), pool_size=1)
    assert service.seed is not None
    async with worker.transaction(system_context("identity")) as session:
        await service.seed(session)
    await worker.close()
    api = Database(role_url(scratch_database_url, "identity", "api"), pool_size=4, pool_overflow=4)
    yield api
    await api.close()


def new_issuer() -> Issuer:
    """An issuer as another process has it: nothing shared but the database."""
    ours = settings()
    return Issuer(
        ours,
        ring=KeyRing(Sealing(ours.key_encryption_key.get_secret_value())),
        passwords=Passwords(ours),
        factors=Factors(
            Sealing(ours.key_encryption_key.get_secret_value(), purpose="second-factors")
        ),
    )


@pytest.fixture
def issuer() -> Issuer:
    """An issuer that has seen nothing yet."""
    return new_issuer()


def sign_in(password: str) -> TokenRequest:
    return TokenRequest(Grant.PASSWORD, username="admin", password=password)


async def test_many_guesses_at_once_are_not_more_guesses(
    database: Database, issuer: Issuer
) -> None:
    results = await asyncio.gather(
        *(
            issuer.issue(database, sign_in("no no no"), origin=Origin("192.0.2.1"))
            for _ in range(25)
        ),
        return_exceptions=True,
    )

    assert sum(isinstance(result, InvalidGrant) for result in results) == 10
    assert sum(isinstance(result, TooManyWrongPasswords) for result in results) == 15


async def test_guesses_are_counted_over_all_processes(database: Database) -> None:
    processes = [new_issuer() for _ in range(3)]

    results = await asyncio.gather(
        *(
            processes[n % 3].issue(database, sign_in("no no no"), origin=Origin("198.51.100.1"))
            for n in range(30)
        ),
        return_exceptions=True,
    )
    with pytest.raises(TooManyWrongPasswords) as right:
        await new_issuer().issue(database, sign_in(ADMIN_PASSWORD), origin=Origin("198.51.100.1"))
    elsewhere = await processes[0].issue(
        database, sign_in(ADMIN_PASSWORD), origin=Origin("198.51.100.2")
    )

    assert not [r for r in results if not isinstance(r, InvalidGrant | TooManyWrongPasswords)]
    assert sum(isinstance(result, InvalidGrant) for result in results) == 10
    assert sum(isinstance(result, TooManyWrongPasswords) for result in results) == 20
    assert 1 <= int(right.value.headers["Retry-After"]) <= 60
    assert elsewhere.access_token


async def test_a_minute_later_nothing_is_held_against_anybody(
    database: Database, issuer: Issuer
) -> None:
    for _ in range(10):
        with pytest.raises(InvalidGrant):
            await issuer.issue(database, sign_in("no"), origin=Origin("198.51.100.3"))
    async with database.transaction(system_context("test")) as session:
        await session.execute(
            text(
                "UPDATE wrong_passwords SET times = ARRAY(SELECT t - interval '61 s' FROM unnest(times) AS t ORDER BY t)"
            )
        )

    issued = await issuer.issue(database, sign_in(ADMIN_PASSWORD), origin=Origin("198.51.100.3"))
    async with database.transaction(system_context("test")) as session:
        await guessing.remove_old(session)
        left = await session.scalar(text("SELECT count(*) FROM wrong_passwords"))

    assert issued.access_token
    assert left == 0


async def test_many_right_passwords_at_once_are_no_guesses(
    database: Database, issuer: Issuer
) -> None:
    results = await asyncio.gather(
        *(
            issuer.issue(database, sign_in(ADMIN_PASSWORD), origin=Origin("198.51.100.4"))
            for _ in range(20)
        )
    )

    assert len({result.refresh_token for result in results}) == 20


async def test_a_refresh_token_used_at_once_by_two_is_good_for_one(
    database: Database, issuer: Issuer
) -> None:
    first = await issuer.issue(database, sign_in(ADMIN_PASSWORD), origin=Origin("198.51.100.4"))
    again = TokenRequest(Grant.REFRESH_TOKEN, refresh_token=first.refresh_token or "")

    results = await asyncio.gather(
        *(issuer.issue(database, again, origin=Origin("198.51.100.4")) for _ in range(8)),
        return_exceptions=True,
    )

    won = [result for result in results if isinstance(result, Issued)]
    assert len(won) == 1
    assert sum(isinstance(result, InvalidGrant) for result in results) == 7
    with pytest.raises(InvalidGrant):  # the copy ended the session, also for the one that won
        await issuer.issue(
            database,
            TokenRequest(Grant.REFRESH_TOKEN, refresh_token=won[0].refresh_token or ""),
            origin=Origin("198.51.100.4"),
        )
