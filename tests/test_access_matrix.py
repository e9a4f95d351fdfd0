"""Every ready-made role on every operation of every service, by the routes themselves; and a refusal leaves its entry."""

from __future__ import annotations

import asyncio
import importlib
import os
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from chassis.access import AccessDirectory, Authenticator
from chassis.auth import Claims, Principal, TokenVerifier
from chassis.context import Context
from chassis.errors import DependencyUnavailable
from chassis.http import permissions_of
from chassis.service import assemble, create_app
from identity.roles.rules import READY_MADE
from operations.services import SERVICES

RIGHTS = {role.code: frozenset(role.permissions) for role in READY_MADE}


class ByName(TokenVerifier):
    """Takes a token for the name of its subject."""

    async def verify(self, token: str) -> Claims:
        return Claims(
            subject=token, name=token, client="test", roles=(), companies=None, permissions=frozenset(),
            expires_at=time.time() + 600, token_id=token,
        )  # fmt: skip


class NoDatabase:
    """Whoever comes so far was let in."""

    @asynccontextmanager
    async def transaction(self, context: Context) -> AsyncGenerator[Any]:
        raise DependencyUnavailable
        yield context

    read = transaction


@dataclass(slots=True)
class Entries:
    """What would be written into the audit trail."""

    noted: list[tuple[str, str, str, str]] = field(default_factory=list[tuple[str, str, str, str]])

    async def note(
        self, context: Context, *, action: str, route: str, code: str, status: int, address: str
    ) -> None:
        assert (status, route.split(" ", 1)[0]) == (403, action.split(" ", 1)[0])
        self.noted.append((context.actor, action, code, address))


def application(name: str) -> tuple[FastAPI, Entries]:
    """A service as it is served, before its first transaction."""
    service = importlib.import_module(f"{name}.main").build()
    app = create_app(service, assemble(service))
    directory, entries = AccessDirectory(), Entries()
    directory.load(
        users={code: (True, (code,), ("*",)) for code in RIGHTS},
        roles={code: tuple(rights) for code, rights in RIGHTS.items()},
    )
    verifier = ByName(issuer="https://test", audience="tongheng", jwks_url="http://127.0.0.1:1/")
    app.state.authenticator = Authenticator(verifier, directory)
    app.state.database = NoDatabase()
    app.state.refusals = entries
    return app, entries


def operations(app: FastAPI) -> dict[tuple[str, str], set[str]]:
    """By method and path of a document that may be, the rights that are needed."""
    found: dict[tuple[str, str], set[str]] = {}
    for method, path, permission in permissions_of(app):
        parts = (str(uuid4()) if part.startswith("{") else part for part in path.split("/"))
        key = method, path if "{" not in path else "/".join(parts)
        found.setdefault(key, set()).add(permission)
    return found


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enough for services to be built; no database is ever opened."""
    for name in ("TONGHENG_DATABASE_URL", "TONGHENG_WORKER_DATABASE_URL"):
        if name not in os.environ:
            monkeypatch.setenv(name, "postgresql+asyncpg://nobody@127.0.0.1/none")


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize("service", [row.name for row in SERVICES if row.database])
async def test_a_role_is_refused_what_it_lacks_and_nothing_else(service: str) -> None:
    app, entries = application(service)
    wrong: list[str] = []
    refused: list[tuple[str, str, str, str]] = []
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
        for (method, path), needed in operations(app).items():
            for role, rights in RIGHTS.items():
                may = all(Principal("", permissions=rights).may(each) for each in needed)
                # What it accepts nobody has: who is let in is told so before anything is done.
                headers = {
                    "authorization": f"Bearer {role}", "accept": "image/png", "x-forwarded-for": "203.0.113.9",
                }  # fmt: skip
                answer = await http.request(method, path, headers=headers)
                if (answer.status_code != 403) != may or answer.status_code == 401:
                    wrong.append(f"{role}: {method} {path} {answer.status_code}")
                if not may:
                    refused.append((role, f"{method} {path}", "forbidden", "203.0.113.9"))
            await asyncio.sleep(0)

    assert wrong == []
    assert entries.noted == refused
    assert refused
