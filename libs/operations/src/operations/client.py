"""The gateway's public API for programs: signs in, keys every command, tries again where that is safe, waits for quiet."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar, cast
from uuid import uuid4

import aiohttp

from operations.errors import OperationsError

Json = dict[str, Any]
ResultT = TypeVar("ResultT")

RETRY_STATUSES = frozenset({429, 502, 503, 504})
TRIES_MAX = 40
LOOK_SECONDS = 0.1


class Refused(Exception):
    """The gateway answered with a problem document."""

    def __init__(self, method: str, path: str, status: int, problem: Json) -> None:
        self.status = status
        self.problem = problem
        self.code = str(problem.get("code", ""))
        super().__init__(
            f"{method} {path}: {status} {self.code}: {problem.get('detail')} {problem.get('errors') or ''}"
        )


@dataclass(slots=True)
class Answer:
    """A good answer: its status, its body and the headers that matter."""

    status: int
    body: Any
    headers: Mapping[str, str]


@dataclass(slots=True)
class Client:
    """One user's way through the gateway. `async with Client(address, username, password) as erp: …`"""

    address: str
    username: str
    password: str
    language: str = "en"
    retries: bool = True
    keeps: bool = True
    """Whether connections are kept for the next request; else each request has one of its own."""
    _http: aiohttp.ClientSession | None = None
    _token: str = ""
    _token_until: float = 0.0
    _signing_in: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    def of_stack(cls, var_dir: Path) -> Client:
        """The administrator of the stack that runs in `var_dir`.

        Raises:
            OperationsError: no stack is running there.
        """
        file = var_dir / "stack.json"
        if not file.exists():
            raise OperationsError("no stack is running here: start one with `make up`")
        described = json.loads(file.read_text("utf-8"))
        return cls(
            described["gateway"], described["admin"]["username"], described["admin"]["password"]
        )

    async def __aenter__(self) -> Client:
        self._http = aiohttp.ClientSession(
            base_url=self.address,
            timeout=aiohttp.ClientTimeout(total=60, sock_connect=5),
            connector=aiohttp.TCPConnector(limit=64, force_close=not self.keeps),
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._http is not None:
            await self._http.close()

    async def token(self) -> str:
        """A valid access token; signs in when there is none."""
        async with self._signing_in:
            if time.monotonic() > self._token_until:
                form = {
                    "grant_type": "password",
                    "username": self.username,
                    "password": self.password,
                }
                answer = await self._send("POST", "/api/v1/auth/token", data=form, headers={})
                self._token = str(answer.body["access_token"])
                self._token_until = time.monotonic() + int(answer.body["expires_in"]) - 60
        return self._token

    async def request(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request under /api/v1, tried again with the same key while the answer is unknown.

        Raises:
            Refused: the answer is a problem document.
        """
        sent = {
            "authorization": f"Bearer {await self.token()}",
            "accept-language": self.language,
            **(headers or {}),
        }
        if method == "POST":
            sent["idempotency-key"] = key or str(uuid4())
        return await self._send(
            method,
            f"/api/v1{path}",
            json=None if method == "GET" else body or {},
            headers=sent,
            params=params,
        )

    async def _send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        json: object = None,
        data: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Answer:
        assert self._http is not None, "use it as `async with Client(…)`"
        tries = TRIES_MAX if self.retries else 1
        for attempt in range(1, tries + 1):
            try:
                async with self._http.request(
                    method, path, json=json, data=data, headers=headers, params=params
                ) as answer:
                    text = await answer.read()
                    if answer.status in RETRY_STATUSES and attempt < tries:
                        await asyncio.sleep(
                            min(float(answer.headers.get("retry-after", "0.25")), 2.0)
                        )
                        continue
                    return _answer(method, path, answer, text)
            except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, TimeoutError):
                if attempt == tries:
                    raise
                await asyncio.sleep(0.25)
        raise AssertionError("unreachable")

    async def get(self, path: str, **params: str) -> Any:
        """The body of a GET."""
        return (await self.request("GET", path, params=params)).body

    async def post(self, path: str, body: object = None, *, key: str | None = None) -> Any:
        """The body of a command's answer."""
        return (await self.request("POST", path, body=body, key=key)).body

    async def items(self, path: str, **params: str) -> list[Json]:
        """All rows of a list, page by page."""
        found: list[Json] = []
        cursor = ""
        while True:
            page = await self.get(
                path, **{"limit": "1000", **params, **({"cursor": cursor} if cursor else {})}
            )
            found += page["items"]
            cursor = page.get("next") or ""
            if not cursor:
                return found

    async def batch(self, path: str, rows: Sequence[Json], *, size: int = 500) -> list[Json]:
        """Send rows to a collection's `:batch`; the bodies in order.

        Raises:
            Refused: a row was refused; the first one is named.
        """
        return await self.act(f"{path}:batch", rows, size=size)

    async def act(
        self,
        path: str,
        rows: Sequence[Json],
        *,
        size: int = 500,
        tolerated: frozenset[str] = frozenset(),
    ) -> list[Json]:
        """Send rows to a command that takes many; the bodies in order, without rows refused for a `tolerated` reason.

        Raises:
            Refused: a row was refused; the first one is named.
        """
        bodies: list[Json] = []
        for start in range(0, len(rows), size):
            answer = await self.post(path, {"rows": list(rows[start : start + size])})
            results: list[Json] = answer["results"]
            for result in results:
                if result["status"] >= 400 and result["problem"].get("code") in tolerated:
                    continue
                if result["status"] >= 400:
                    row = start + int(result["index"])
                    raise Refused("POST", f"{path} row {row}", result["status"], result["problem"])
                bodies.append(result["body"])
        return bodies

    async def eventually(
        self,
        ask: Callable[[], Awaitable[ResultT]],
        wanted: Callable[[ResultT], bool],
        *,
        seconds: float = 30,
    ) -> ResultT:
        """Ask until the answer is as wanted; events take a moment.

        Raises:
            OperationsError: it was not within the time; the last answer is told.
        """
        deadline = time.monotonic() + seconds
        while True:
            try:
                found = await ask()
                if wanted(found):
                    return found
                last: object = found
            except Refused as refusal:
                last = refusal
            if time.monotonic() > deadline:
                raise OperationsError(f"not within {seconds:.0f} s; last seen: {last}")
            await asyncio.sleep(0.1)

    async def quiet(self, *, seconds: float = 60) -> Json:
        """Wait until nothing is on its way: outboxes published, nothing to consume, nothing parked.

        Raises:
            OperationsError: not quiet in time, or a message is parked.
        """
        deadline = time.monotonic() + seconds
        status: Json = {}
        while time.monotonic() < deadline:
            # The gateway says so only after two looks at all services with nothing between.
            answer = await self.get("/status")
            status = answer["services"]
            if answer["quiet"]:
                return status
            parked = [name for name, s in status.items() if s.get("parked")]
            if parked and all(_is_idle(s) for s in status.values()):
                raise OperationsError(f"messages are parked in {', '.join(parked)}")
            await asyncio.sleep(LOOK_SECONDS)
        restless = {name: s for name, s in status.items() if s.get("parked") or not _is_idle(s)}
        raise OperationsError(f"not quiet within {seconds:.0f} s: {json.dumps(restless or status)}")


def _is_idle(status: Json) -> bool:
    return bool(status.get("answers")) and not any(
        status.get(name) for name in ("outbox_pending", "lag", "writing")
    )


def _answer(method: str, path: str, answer: aiohttp.ClientResponse, text: bytes) -> Answer:
    is_json = "json" in answer.headers.get("content-type", "")
    body: Any = json.loads(text) if text and is_json else text.decode("utf-8", "replace")
    if answer.status >= 400:
        problem = cast("Json", body) if isinstance(body, dict) else {"detail": body}
        raise Refused(method, path, answer.status, problem)
    return Answer(
        answer.status, body, {name.lower(): value for name, value in answer.headers.items()}
    )
