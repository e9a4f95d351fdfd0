"""What happens at the same time, on connections of their own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from chassis.context import system_context
from chassis.database import Database
from chassis.service import Service
from chassis.testing import role_url
from identity.factors.service import Factors
from identity.keys.service import KeyRing, Sealing
from identity.passwords import Passwords
from identity.sessions.rules import Origin
from identity.tokens.rules import Grant, InvalidGrant, TokenRequest, TooManyWrongPasswords
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


@pytest.fixture
def issuer() -> Issuer:
    """An issuer that has seen nothing yet."""
    ours = settings()
    return Issuer(
        ours,
        ring=KeyRing(Sealing(ours.key_encryption_key.get_secret_value())),
        passwords=Passwords(ours),
        factors=Factors(
            Sealing(ours.key_encryption_key.get_secret_value(), purpose="second-factors")
        ),
    )


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

    looked_at = sum(isinstance(result, InvalidGrant) for result in results)
    assert 10 <= looked_at <= 11  # two threads: one more may be under way when the tenth is counted
    assert sum(isinstance(result, TooManyWrongPasswords) for result in results) == 25 - looked_at


async def test_many_right_passwords_at_once_are_no_guesses(
    database: Database, issuer: Issuer
) -> None:
    results = await asyncio.gather(
        *(
            issuer.issue(database, sign_in(ADMIN_PASSWORD), origin=Origin("192.0.2.1"))
            for _ in range(20)
        )
    )

    assert len({result.refresh_token for result in results}) == 20


async def test_a_refresh_token_used_at_once_by_two_is_good_for_one(
    database: Database, issuer: Issuer
) -> None:
    first = await issuer.issue(database, sign_in(ADMIN_PASSWORD), origin=Origin("192.0.2.1"))
    again = TokenRequest(Grant.REFRESH_TOKEN, refresh_token=first.refresh_token or "")

    results = await asyncio.gather(
        *(issuer.issue(database, again, origin=Origin("192.0.2.1")) for _ in range(8)),
        return_exceptions=True,
    )

    won = [result for result in results if isinstance(result, Issued)]
    assert len(won) == 1
    assert sum(isinstance(result, InvalidGrant) for result in results) == 7
    with pytest.raises(InvalidGrant):  # the copy ended the session, also for the one that won
        await issuer.issue(
            database,
            TokenRequest(Grant.REFRESH_TOKEN, refresh_token=won[0].refresh_token or ""),
            origin=Origin("192.0.2.1"),
        )
