"""Keycloak in identity's place: the real server, its tokens, our scopes.

Runs where TONGHENG_TEST_KEYCLOAK names the folder of an unpacked Keycloak 26 (`make keycloak-test` fetches one); the
server takes minutes to start.
"""

import asyncio
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from chassis.access import AccessDirectory, Authenticator
from chassis.auth import TokenVerifier
from chassis.errors import Unauthenticated

HOME = os.environ.get("TONGHENG_TEST_KEYCLOAK", "")
START_SECONDS = 900
PASSWORD = "a fine password"

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(
        not (Path(HOME) / "bin" / "kc.sh").is_file() or shutil.which("java") is None,
        reason="Keycloak is not here: TONGHENG_TEST_KEYCLOAK names no unpacked Keycloak, or Java is missing",
    ),
]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def running(port: int, password: str) -> Generator[subprocess.Popen[bytes]]:
    """A Keycloak of our own, with a database that goes with it."""
    with tempfile.TemporaryDirectory(
        prefix="tongheng-keycloak-", ignore_cleanup_errors=True
    ) as folder:
        shutil.copytree(HOME, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("data"))
        environment = {
            **os.environ, "KC_BOOTSTRAP_ADMIN_USERNAME": "admin", "KC_BOOTSTRAP_ADMIN_PASSWORD": password,
            "JAVA_OPTS_KC_HEAP": "-Xms64m -Xmx384m", "KC_CACHE": "local",
        }  # fmt: skip
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(
                [f"{folder}/bin/kc.sh", "start-dev", f"--http-port={port}", "--http-host=127.0.0.1"],
                env=environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
            try:
                yield process
            finally:
                os.killpg(process.pid, 15)
                try:
                    process.wait(timeout=60)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, 9)
                    process.wait()


@dataclass(slots=True)
class Keycloak:
    """The server's realm `erp`, as its administrator and as its users see it."""

    http: aiohttp.ClientSession
    address: str
    password: str

    @property
    def issuer(self) -> str:
        return f"{self.address}/realms/erp"

    async def administer(self, method: str, path: str, body: Any = None) -> Any:
        form = {
            "grant_type": "password", "client_id": "admin-cli", "username": "admin", "password": self.password,
        }  # fmt: skip
        master = f"{self.address}/realms/master/protocol/openid-connect/token"
        async with self.http.post(master, data=form) as answer:
            token = (await answer.json())["access_token"]
        headers = {"authorization": f"Bearer {token}"}
        async with self.http.request(
            method, f"{self.address}/admin/realms{path}", json=body, headers=headers
        ) as answer:
            text = await answer.text()
            assert answer.status < 300, text
            return await answer.json() if text else None

    async def token(self, **form: str) -> dict[str, Any]:
        async with self.http.post(
            f"{self.issuer}/protocol/openid-connect/token", data=form
        ) as answer:
            said = await answer.json()
            assert answer.status == 200, said
            return said

    async def of_person(self, username: str) -> str:
        form = {"grant_type": "password", "client_id": "web", "username": username, "password": PASSWORD}  # fmt: skip
        return str((await self.token(**form, scope="openid"))["access_token"])


def client(client_id: str, **changes: Any) -> dict[str, Any]:
    """A client whose tokens are ours to read: RFC 9068's type, and our audience."""
    return {
        "clientId": client_id,
        "attributes": {"access.token.header.type.rfc9068": "true"},
        "protocolMappers": [
            {
                "name": "tongheng", "protocol": "openid-connect", "protocolMapper": "oidc-audience-mapper",
                "config": {"included.custom.audience": "tongheng", "access.token.claim": "true"},
            }
        ],
        **changes,
    }  # fmt: skip


def person(username: str, *, verified: bool = True, **changes: Any) -> dict[str, Any]:
    return {
        "username": username, "enabled": True, "email": f"{username}@erp.example", "emailVerified": verified,
        "firstName": "Na", "lastName": "Li", "realmRoles": ["seller"],
        "credentials": [{"type": "password", "value": PASSWORD, "temporary": False}], **changes,
    }  # fmt: skip


REALM = {
    "realm": "erp",
    "enabled": True,
    "accessTokenLifespan": 300,
    "defaultSignatureAlgorithm": "ES256",
    "roles": {"realm": [{"name": "seller"}, {"name": "administrator"}]},
    "clients": [
        client("web", publicClient=True, directAccessGrantsEnabled=True),
        client("channel-01", secret="a secret of many letters", serviceAccountsEnabled=True),
        client("plain", publicClient=True, directAccessGrantsEnabled=True, attributes={}),
    ],
    "users": [
        person("li.na"), person("other-name", email="wang.wei@erp.example"),
        person("unverified", email="zhao.min@erp.example", verified=False), person("stranger"),
    ],
}  # fmt: skip


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def keycloak() -> AsyncGenerator[Keycloak]:
    """A realm set up as docs/guides/keycloak.md says."""
    port, password = free_port(), secrets.token_urlsafe(16)
    with running(port, password) as process:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as http:
            server = Keycloak(http, f"http://127.0.0.1:{port}", password)
            deadline = time.monotonic() + START_SECONDS
            while True:
                assert process.poll() is None, "Keycloak ended by itself"
                assert time.monotonic() < deadline, "Keycloak did not come up"
                try:
                    async with http.get(f"{server.address}/realms/master") as answer:
                        if answer.status == 200:
                            break
                except (aiohttp.ClientError, TimeoutError):
                    pass
                await asyncio.sleep(2)
            await server.administer("POST", "", REALM)
            yield server


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def doorkeeper(keycloak: Keycloak) -> AsyncGenerator[Authenticator]:
    """A service's own way from a token to a caller, with Keycloak as the issuer."""
    verifier = TokenVerifier(
        issuer=keycloak.issuer, audience="tongheng", jwks_url=f"{keycloak.issuer}/protocol/openid-connect/certs"
    )  # fmt: skip
    directory = AccessDirectory()
    directory.load(
        users={
            "user-1": (True, ["buyer"], ["E01"]),
            "user-2": (True, [], ["E02"]),
            "user-3": (True, [], ["*"]),
            "channel-01": (True, [], ["E03"]),
        },
        roles={"seller": ["sales.order.read"], "buyer": ["purchasing.order.read"], "administrator": ["*"]},
        accounts={
            "Li.Na": "user-1", "wang.wei@erp.example": "user-2", "zhao.min@erp.example": "user-3",
            "channel-01": "channel-01",
        },
    )  # fmt: skip
    yield Authenticator(verifier, directory)
    await verifier.close()


async def test_roles_come_from_keycloak_and_the_scope_from_our_record(
    keycloak: Keycloak, doorkeeper: Authenticator
) -> None:
    caller = await doorkeeper.principal(await keycloak.of_person("li.na"))

    assert caller.subject == "user-1"
    assert caller.companies == {"E01"}
    assert caller.may("sales.order.read")
    assert not caller.may("purchasing.order.read")
    assert not caller.may("sales.order.place")


async def test_a_verified_address_names_a_person_too_and_another_does_not(
    keycloak: Keycloak, doorkeeper: Authenticator
) -> None:
    by_address = await doorkeeper.principal(await keycloak.of_person("other-name"))
    unverified = await doorkeeper.principal(await keycloak.of_person("unverified"))

    assert (by_address.subject, by_address.companies) == ("user-2", {"E02"})
    assert (unverified.companies, unverified.warehouses, unverified.partners) == (
        set(),
        set(),
        set(),
    )
    assert unverified.subject.startswith("external:")


async def test_whoever_has_no_record_here_sees_nothing(
    keycloak: Keycloak, doorkeeper: Authenticator
) -> None:
    caller = await doorkeeper.principal(await keycloak.of_person("stranger"))

    assert (caller.companies, caller.warehouses, caller.partners) == (set(), set(), set())


async def test_a_programs_account_is_its_clients(
    keycloak: Keycloak, doorkeeper: Authenticator
) -> None:
    tokens = await keycloak.token(
        grant_type="client_credentials", client_id="channel-01", client_secret="a secret of many letters"
    )  # fmt: skip

    caller = await doorkeeper.principal(tokens["access_token"])

    assert (caller.subject, caller.companies) == ("channel-01", {"E03"})


async def test_tokens_of_another_kind_are_refused(
    keycloak: Keycloak, doorkeeper: Authenticator
) -> None:
    form = {"grant_type": "password", "username": "li.na", "password": PASSWORD, "scope": "openid"}
    plain = await keycloak.token(client_id="plain", **form)
    web = await keycloak.token(client_id="web", **form)

    for token in (plain["access_token"], web["id_token"], web["refresh_token"]):
        with pytest.raises(Unauthenticated):
            await doorkeeper.principal(token)


async def test_who_is_disabled_here_is_refused_though_keycloak_lets_him_in(
    keycloak: Keycloak, doorkeeper: Authenticator
) -> None:
    directory = AccessDirectory()
    directory.load(users={"user-1": (False, [], ["*"])}, accounts={"li.na": "user-1"})
    strict = Authenticator(doorkeeper._verifier, directory)

    with pytest.raises(Unauthenticated):
        await strict.principal(await keycloak.of_person("li.na"))
