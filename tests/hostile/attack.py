"""A case, how it is tried, and what came of it."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp
from yarl import URL

SECRETS = ("Traceback", 'File "', "asyncpg", "sqlalchemy", "SELECT ", "postgresql://", "pg_catalog")
"""What no answer may contain (R21)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    code: str
    body: bytes
    headers: Mapping[str, str]

    @property
    def json(self) -> Any:
        """The body read; None where it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Case:
    """One thing tried. `wanted`: the answers that are right, as status or `status code`."""

    group: str
    name: str
    attempt: Callable[[], Awaitable[Answer]]
    wanted: tuple[str, ...]


@dataclass(slots=True)
class Caller:
    """Somebody with a token, or without."""

    address: str
    http: aiohttp.ClientSession
    token: str = ""

    async def ask(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        key: str | None = "",
    ) -> Answer:
        """One request, exactly as given: no retry, nothing corrected. `key` None leaves the Idempotency-Key out."""
        sent: dict[str, str] = {}
        if self.token:
            sent["authorization"] = f"Bearer {self.token}"
        if method == "POST" and key is not None:
            sent["idempotency-key"] = key or str(uuid4())
        data = raw
        if body is not None and raw is None:
            data = json.dumps(body).encode()
        if data is not None:
            sent["content-type"] = "application/json"
        sent |= {name: value for name, value in (headers or {}).items() if value}
        for name, value in (headers or {}).items():
            if not value:
                sent.pop(name, None)
        url = URL(self.address + path, encoded=True)
        async with self.http.request(
            method, url, data=data, headers=sent, allow_redirects=False
        ) as answer:
            content = await answer.read()
            found = Answer(answer.status, "", content, dict(answer.headers))
            said = found.json
            code = str(said.get("code", "")) if isinstance(said, dict) else ""
            return Answer(answer.status, code, content, dict(answer.headers))


@dataclass(slots=True)
class Report:
    """What is written at the end."""

    cases: int = 0
    groups: Counter[str] = field(default_factory=Counter[str])
    unexpected: list[dict[str, object]] = field(default_factory=list[dict[str, object]])
    server_errors: list[dict[str, object]] = field(default_factory=list[dict[str, object]])
    leaks: list[dict[str, object]] = field(default_factory=list[dict[str, object]])
    not_tried: dict[str, str] = field(default_factory=dict[str, str])
    """Doors of the campaign's list that do not exist yet."""
    lists_of_others: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """By narrow caller the lists that had a row of others, which was then asked for by every door."""
    generated: dict[str, object] = field(default_factory=dict[str, object])
    """What came of requests made from the API's description, by caller."""
    seconds: float = 0.0

    def note(self, case: Case, answer: Answer | None, failure: str = "") -> None:
        """Count a case and judge its answer."""
        self.cases += 1
        self.groups[case.group] += 1
        row: dict[str, object] = {"group": case.group, "case": case.name, "wanted": case.wanted}
        if answer is None:
            self.unexpected.append({**row, "failure": failure})
            return
        row |= {"status": answer.status, "code": answer.code}
        told = (str(answer.status), f"{answer.status} {answer.code}")
        if answer.status >= 500 and not set(told) & set(case.wanted):
            self.server_errors.append(row)
        elif not set(told) & set(case.wanted):
            self.unexpected.append({**row, "said": answer.body[:300].decode("utf-8", "replace")})
        elif answer.status >= 400 and "problem+json" not in answer.headers.get("Content-Type", ""):
            self.unexpected.append({**row, "failure": "no problem document"})
        text = answer.body.decode("utf-8", "replace") if answer.status >= 400 else ""
        if any(secret in text for secret in SECRETS):
            self.leaks.append({**row, "said": text[:300]})

    def as_dict(self) -> dict[str, object]:
        """For the file."""
        return {
            "cases": self.cases,
            "unexpected": len(self.unexpected),
            "server_errors": len(self.server_errors),
            "leaks": len(self.leaks),
            "seconds": round(self.seconds, 1),
            "groups": dict(sorted(self.groups.items())),
            "lists_of_others": self.lists_of_others,
            "generated": self.generated,
            "not_tried": self.not_tried,
            "rows": [*self.server_errors, *self.leaks, *self.unexpected],
        }


async def run(cases: Sequence[Case], report: Report, *, at_once: int = 6) -> None:
    """Try the cases, a few at a time."""
    turn = asyncio.Semaphore(at_once)
    began = time.monotonic()

    async def one(case: Case) -> None:
        async with turn:
            try:
                async with asyncio.timeout(60):
                    answer: Answer | None = await case.attempt()
                failure = ""
            except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
                answer, failure = None, f"{type(error).__name__}: {error}"
            report.note(case, answer, failure)

    await asyncio.gather(*(one(case) for case in cases))
    report.seconds += time.monotonic() - began
