"""Fixtures of identity's tests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr

from chassis.context import Context
from chassis.service import Service
from chassis.testing import Api, Harness
from identity.main import build
from identity.settings import Settings

ADMIN_PASSWORD = "correct horse battery"
PASSWORD = "a fine password"

Given = Callable[..., Awaitable[dict[str, Any]]]


def settings(**changes: Any) -> Settings:
    """Settings whose passwords are hashed lightly."""
    return Settings(
        issuer="https://test",
        password_memory_kib=8,
        password_rounds=1,
        admin_username="admin",
        admin_password=SecretStr(ADMIN_PASSWORD),
        key_encryption_key=SecretStr("k" * 32),
        **changes,
    )


@pytest.fixture(scope="session")
def service() -> Service:
    """The service under test."""
    return build(settings())


@dataclass(frozen=True, slots=True)
class Forms:
    """Sends forms to the token endpoint, from one address."""

    api: Api
    address: str = "192.0.2.1"

    def from_(self, address: str) -> Forms:
        """The same from elsewhere."""
        return replace(self, address=address)

    async def send(self, path: str, fields: dict[str, str], **headers: str) -> httpx.Response:
        """One form, without a token of ours."""
        return await replace(self.api, token="").request(
            "POST",
            path,
            content=urlencode(fields).encode(),
            headers={
                "content-type": "application/x-www-form-urlencoded",
                "x-forwarded-for": self.address,
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
        )

    async def token(self, **fields: str) -> httpx.Response:
        """A token request."""
        return await self.send("/auth/token", fields)

    async def sign_in(self, username: str, password: str = PASSWORD) -> dict[str, Any]:
        """The tokens of somebody who knows his password."""
        answer = await self.token(grant_type="password", username=username, password=password)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest_asyncio.fixture
async def forms(harness: Harness, api: Api) -> Forms:
    """The token endpoint of a service after its first start."""
    assert harness.service.seed is not None
    async with harness.worker.transaction(Context(actor="system:identity")) as session:
        await harness.service.seed(session)
    return Forms(api)


@pytest.fixture
def a_user(api: Api, forms: Forms) -> Given:
    """Makes users with a good password."""

    async def make(username: str = "li.na", **fields: object) -> dict[str, Any]:
        body = {"username": username, "password": PASSWORD, **fields}
        answer = await api.post("/identity/users", body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    return make


@pytest.fixture
def a_client(api: Api, forms: Forms) -> Given:
    """Makes clients; the answer has the secret."""

    async def make(client_id: str = "shop-one", **fields: object) -> dict[str, Any]:
        answer = await api.post(
            "/identity/clients", {"client_id": client_id, "name": "Shop", **fields}
        )
        assert answer.status_code == 201, answer.text
        return answer.json()

    return make
