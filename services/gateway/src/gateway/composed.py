"""What no service can say alone: whether all are ready, and whether the system is quiet."""

from __future__ import annotations

import asyncio
import json
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

import aiohttp
from aiohttp import ClientTimeout

from chassis.auth import Principal
from chassis.errors import DependencyUnavailable, Forbidden, Unauthenticated
from gateway.proxy import Proxy
from gateway.routes import Routes

ASK_SECONDS = 3.0
STATUS_SECONDS = 9.0
READY_KEPT_SECONDS = 1.0
RIGHTS_KEPT_SECONDS = 5.0
RIGHTS_MAX = 1_000
STATUS_PERMISSION = "operations.read"

Said = Mapping[str, Any]


class Composed:
    """Asks all services the same."""

    def __init__(self, routes: Routes, proxy: Proxy) -> None:
        self._routes = routes
        self._proxy = proxy
        self._ready: tuple[float, dict[str, str]] = (float("-inf"), {})
        self._ready_lock = asyncio.Lock()
        self._rights: OrderedDict[str, tuple[float, Said]] = OrderedDict()

    async def not_ready(self) -> dict[str, str]:
        """The services that are not ready, each with its reason; asked at most once a second."""
        async with self._ready_lock:
            at, known = self._ready
            if time.monotonic() - at < READY_KEPT_SECONDS:
                return known
            answers = await self._ask_all("/readyz", ASK_SECONDS)
            reasons = {
                name: str(said.get("reason") or "not ready")
                for name, (status, said) in answers.items()
                if status != 200
            }
            self._ready = (time.monotonic(), reasons)
            return reasons

    async def status(self) -> dict[str, Any]:
        """What each service says is pending; quiet if that is nothing, twice, with nothing between."""
        first = await self._statuses()
        quiet = is_quiet(first)
        if quiet:
            # an event may have left one service after the next had been asked
            second = await self._statuses()
            quiet = is_quiet(second) and _moved(first) == _moved(second)
            first = second
        return {"quiet": quiet, "at": datetime.now(UTC).isoformat(), "services": first}

    async def check_operator(self, token: str) -> None:
        """Refuse who may not look into the system; identity knows."""
        said = await self.rights(token)
        permissions = frozenset(str(each) for each in cast("list[object]", said["permissions"]))
        Principal("", permissions=permissions).check(STATUS_PERMISSION)

    async def rights(self, token: str) -> Said:
        """What identity says of a caller: his permissions and his scope, not older than five seconds.

        Raises:
            Unauthenticated: the token is not taken any more, or its user is disabled.
            DependencyUnavailable: identity does not answer.
        """
        known = self._rights.get(token)
        if known is not None and time.monotonic() - known[0] < RIGHTS_KEPT_SECONDS:
            return known[1]
        address = self._routes.addresses.get("identity", "")
        headers = {"Authorization": f"Bearer {token}"}
        status, said = await self._ask(f"{address}/api/v1/identity/me", ASK_SECONDS, headers)
        if status == 401:
            raise Unauthenticated
        if status == 403:
            raise Forbidden(permission=STATUS_PERMISSION)
        if status != 200 or not isinstance(said.get("permissions"), list):
            raise DependencyUnavailable(retry_after=1)
        self._rights[token] = (time.monotonic(), said)
        while len(self._rights) > RIGHTS_MAX:
            self._rights.popitem(last=False)
        return said

    async def _statuses(self) -> dict[str, Said]:
        answers = await self._ask_all("/status", STATUS_SECONDS)
        return {name: {"answers": False, **said} for name, (_, said) in answers.items()}

    async def _ask_all(self, path: str, seconds: float) -> dict[str, tuple[int, Said]]:
        names = list(self._routes.addresses)
        answers = await asyncio.gather(
            *(self._ask(self._routes.addresses[name] + path, seconds) for name in names)
        )
        return dict(zip(names, answers, strict=True))

    async def _ask(
        self, url: str, seconds: float, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Said]:
        """The status and the object that a service answers; 0 when it does not."""
        try:
            async with self._proxy.session.get(
                url, headers=headers, timeout=ClientTimeout(total=seconds), allow_redirects=False
            ) as answer:
                said: object = json.loads(await answer.read())
                return answer.status, cast(Said, said) if isinstance(said, dict) else {}
        except (aiohttp.ClientError, TimeoutError):
            return 0, {"reason": "does not answer"}
        except ValueError:
            return 0, {"reason": "answers something else"}


_PENDING: Sequence[str] = ("outbox_pending", "lag", "parked", "writing")


def is_quiet(statuses: Mapping[str, Said]) -> bool:
    """Whether every service answers and none has anything pending."""
    return bool(statuses) and all(
        said.get("answers") is True
        and said.get("started") is True
        and all(said.get(name) == 0 for name in _PENDING)
        for said in statuses.values()
    )


def _moved(statuses: Mapping[str, Said]) -> list[tuple[str, object]]:
    return [(name, said.get("emitted")) for name, said in statuses.items()]
