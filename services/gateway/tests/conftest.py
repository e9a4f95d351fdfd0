"""A gateway on a real port before a real small service on another; tokens that are really signed."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import jwt
import pytest
import pytest_asyncio
import uvicorn
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from yarl import URL

from chassis import telemetry
from gateway.main import Gateway, build, configuration
from gateway.settings import Settings

KEY = Ed25519PrivateKey.generate()
PUBLIC = (
    base64.urlsafe_b64encode(KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
    .rstrip(b"=")
    .decode()
)


def token(subject: str = "somebody", **changes: Any) -> str:
    """A token as identity makes it."""
    now = int(time.time())
    claims = {
        "iss": "https://tongheng.local", "aud": "tongheng", "sub": subject, "jti": f"{subject}-{now}", "iat": now,
        "exp": now + 600, "client_id": "tests", "name": subject, "roles": [], "companies": ["*"],
    }  # fmt: skip
    return jwt.encode(
        {**claims, **changes}, KEY, algorithm="EdDSA", headers={"typ": "at+jwt", "kid": "k1"}
    )


@dataclass(slots=True)
class Upstream:
    """A service that remembers what it was asked, and can misbehave."""

    address: str = ""
    asked: list[web.BaseRequest] = field(default_factory=list[web.BaseRequest])
    bodies: list[bytes] = field(default_factory=list[bytes])
    usage: list[tuple[str, dict[str, Any]]] = field(
        default_factory=list[tuple[str, dict[str, Any]]]
    )
    """What it was told of usage, with whose token."""
    refusals: list[tuple[str, str, dict[str, Any]]] = field(
        default_factory=list[tuple[str, str, dict[str, Any]]]
    )
    """What it was told of refusals: with whose token, from where."""
    deaths: int = 0
    """So many requests to /die end without an answer."""
    permissions: tuple[str, ...] = ("operations.read",)
    scope: dict[str, Any] = field(default_factory=lambda: {"companies": None})
    """What identity says of a caller's scope."""
    disabled: bool = False
    pending: dict[str, object] = field(default_factory=dict[str, object])
    emitted: int = 0
    moving: bool = False
    ready: bool = True
    document: dict[str, Any] = field(default_factory=dict[str, Any])
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:  # noqa: C901 - one case for each thing that a service may do
        """Whatever the path says."""
        if request.path in ("/.well-known/jwks.json", "/readyz", "/status", "/openapi.json"):
            return self._own(request.path)
        if request.path == "/usage":
            sent = json.loads(await request.content.read())
            self.usage.append((request.headers["authorization"], sent))
            return web.Response(status=204)
        if request.path == "/refusals":
            sent = json.loads(await request.content.read())
            named = request.headers
            self.refusals.append((named["authorization"], named["x-forwarded-for"], sent))
            return web.Response(status=204)
        self.asked.append(request)
        match request.path.rsplit("/", 1)[-1]:
            case "me":
                if self.disabled:
                    return web.Response(status=401)
                return web.json_response(
                    {"subject": "li.na", "permissions": list(self.permissions), **self.scope}
                )
            case "large":
                return web.Response(body=b"x" * 3_000_000, content_type="application/octet-stream")
            case "slow":
                await asyncio.sleep(5)
            case "die" if self.deaths:
                self.deaths -= 1
                return await self._die(request)
            case "cut":
                return await self._cut(request)
            case "endless":
                return await self._endless(request)
            case "refuse":
                headers = {"content-type": "application/problem+json"}
                return web.Response(status=409, body=b'{"code": "invalid-state"}', headers=headers)
            case "elsewhere":
                return web.Response(status=302, headers={"location": "http://192.0.2.1/"})
            case _:
                pass
        self.bodies.append(await request.content.read())
        return web.json_response(
            {"method": request.method, "path": request.raw_path, "size": len(self.bodies[-1])},
            headers={
                "X-Request-Id": "of-the-service",
                "ETag": '"1"',
                "Server": "secret/1.0",
                "Keep-Alive": "timeout=5",
            },
        )

    def _own(self, path: str) -> web.Response:
        if path == "/readyz":
            reason = "" if self.ready else "database"
            return web.json_response(
                {"ready": self.ready, "reason": reason}, status=200 if self.ready else 503
            )
        if path == "/status":
            self.emitted += self.moving
            said = {
                "answers": True,
                "started": True,
                "outbox_pending": 0,
                "lag": 0,
                "parked": 0,
                "writing": 0,
            }
            return web.json_response({**said, "emitted": self.emitted, **self.pending})
        if path == "/openapi.json":
            return web.json_response(self.document)
        key = {
            "kty": "OKP",
            "crv": "Ed25519",
            "x": PUBLIC,
            "kid": "k1",
            "use": "sig",
            "alg": "EdDSA",
        }
        return web.json_response({"keys": [key]})

    async def _die(self, request: web.BaseRequest) -> web.StreamResponse:
        await request.content.read()
        assert request.transport is not None
        request.transport.abort()
        raise asyncio.CancelledError

    async def _cut(self, request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"the first half")
        assert request.transport is not None
        request.transport.abort()
        raise asyncio.CancelledError

    async def _endless(self, request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            while request.transport is not None and not request.transport.is_closing():
                await response.write(b"x" * 10_000)
                await asyncio.sleep(0.01)
        self.gone.set()
        return response

    def header(self, name: str) -> str | None:
        """What the last request said."""
        return self.asked[-1].headers.get(name)


@pytest_asyncio.fixture
async def upstream() -> AsyncGenerator[Upstream]:
    """The service behind the gateway."""
    service = Upstream()
    runner = web.ServerRunner(web.Server(service.answer, access_log=None), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    service.address = (
        site.name if not site.name.endswith(":0") else f"http://127.0.0.1:{runner.addresses[0][1]}"
    )
    yield service
    await runner.cleanup()


@dataclass(slots=True)
class Client:
    """Talks to the gateway."""

    address: str
    gateway: Gateway
    session: aiohttp.ClientSession
    token: str = ""

    def as_(self, subject: str, **claims: object) -> Client:
        """The same, with a valid token."""
        return Client(self.address, self.gateway, self.session, token(subject, **claims))

    async def ask(self, method: str, path: str, *, data: Any = None, **headers: str) -> Answer:
        """One request; header names with underscores."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            sent.setdefault("authorization", f"Bearer {self.token}")
        async with self.session.request(
            method,
            URL(self.address + path, encoded=True),
            data=data,
            headers=sent,
            allow_redirects=False,
        ) as answer:
            return Answer(answer.status, dict(answer.headers), await answer.read())

    async def raw(self, sent: bytes) -> bytes:
        """What comes back for exactly these bytes."""
        host, port = self.address.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            writer.write(sent)
            async with asyncio.timeout(5):
                return await reader.read(65536)
        finally:
            writer.close()
            await writer.wait_closed()


@dataclass(slots=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body read."""
        return json.loads(self.body)

    def header(self, name: str) -> str:
        """By any case."""
        return next(
            (value for key, value in self.headers.items() if key.lower() == name.lower()), ""
        )


Start = Callable[..., contextlib.AbstractAsyncContextManager[Client]]


@contextlib.asynccontextmanager
async def running(upstreams: dict[str, str], **changes: Any) -> AsyncGenerator[Client]:
    """A gateway that serves on a port of its own."""
    telemetry.configure_traces("gateway")
    gateway = build(Settings(upstreams=upstreams, port=0, **changes))
    server = uvicorn.Server(configuration(gateway))
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.005)
        assert not serving.done()
    port = server.servers[0].sockets[0].getsockname()[1]
    async with aiohttp.ClientSession() as session:
        yield Client(f"http://127.0.0.1:{port}", gateway, session)
    server.should_exit = True
    await serving


@pytest.fixture
def start(upstream: Upstream) -> Start:
    """Starts a gateway with other settings."""

    def begin(**changes: Any) -> contextlib.AbstractAsyncContextManager[Client]:
        upstreams = {"identity": upstream.address, "sales": upstream.address}
        return running(changes.pop("upstreams", upstreams), **changes)

    return begin


@pytest_asyncio.fixture
async def client(start: Start) -> AsyncGenerator[Client]:
    """Somebody with a valid token before a gateway with the usual settings."""
    async with start() as plain:
        yield plain.as_("li.na")
