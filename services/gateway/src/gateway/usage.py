"""How much each program asks for, by day and by hour: counted here, kept by identity."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar
from uuid import uuid4

import aiohttp
from aiohttp import ClientTimeout

from chassis import telemetry
from gateway.proxy import Proxy

EVERY_SECONDS = 10.0
ASK_SECONDS = 5.0
CLIENTS_MAX = 10_000
"""Programs that are counted at a time; who asked longest ago is forgotten, when what he asked for was told."""
DAYS_KEPT = 3
HOURS_KEPT = 3

_When = TypeVar("_When", date, datetime)

_log = telemetry.logger("gateway.usage")


@dataclass(slots=True)
class _Count:
    calls: int = 0
    refused: int = 0
    limited: int = 0
    failed: int = 0


@dataclass(slots=True)
class _Client:
    token: str = ""
    days: dict[date, _Count] = field(default_factory=dict[date, _Count])
    hours: dict[datetime, _Count] = field(default_factory=dict[datetime, _Count])
    untold: bool = False


def _now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


def _forget_first(counts: dict[_When, _Count], kept: int) -> None:
    for old in sorted(counts)[:-kept]:
        del counts[old]


class Usage:
    """Counts for one gateway process, and tells identity the sums of a program's days and hours, with the program's own token.

    Sums are told, not differences: what is told twice, or in the wrong order, counts once. A process that is killed loses
    the last ten seconds.
    """

    def __init__(
        self, proxy: Proxy, identity: Callable[[], str], *, now: Callable[[], datetime] = _now
    ) -> None:
        self._proxy = proxy
        self._identity = identity
        self._now = now
        self._hour = self._next = datetime.min.replace(tzinfo=UTC)
        self._gateway = str(uuid4())
        self._clients: OrderedDict[str, _Client] = OrderedDict()

    def count(self, client: str, token: str, status: int) -> None:
        """Count an answer to a program whose token is good."""
        known = self._clients.get(client)
        if known is None:
            known = self._clients[client] = _Client()
            while len(self._clients) > CLIENTS_MAX:
                self._clients.popitem(last=False)
        else:
            self._clients.move_to_end(client)
        known.token, known.untold = token, True
        now = self._now()
        if not self._hour <= now < self._next:
            self._hour = now.replace(minute=0, second=0, microsecond=0)
            self._next = self._hour + timedelta(hours=1)
        hour = known.hours.get(self._hour)
        if hour is None:
            hour = known.hours[self._hour] = _Count()
            _forget_first(known.hours, HOURS_KEPT)
        day = known.days.get(self._hour.date())
        if day is None:
            day = known.days[self._hour.date()] = _Count()
            _forget_first(known.days, DAYS_KEPT)
        for each in (day, hour):
            each.calls += 1
            if status == 429:
                each.limited += 1
            elif status >= 500:
                each.failed += 1
            elif status >= 400:
                each.refused += 1

    async def run(self) -> None:
        """Tell what was counted, until cancelled."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            await self.tell()

    async def tell(self) -> None:
        """Tell what has not been told yet; what identity does not take now is told with the next."""
        if not self._identity():
            return
        for client in [each for each in self._clients.values() if each.untold]:
            client.untold = False
            body = {
                "gateway": self._gateway,
                "days": [
                    {"day": day.isoformat(), **asdict(each)} for day, each in client.days.items()
                ],
                "hours": [
                    {"hour": hour.isoformat(), **asdict(each)}
                    for hour, each in client.hours.items()
                ],
            }
            try:
                taken = await self._send(client.token, body)
            except (aiohttp.ClientError, TimeoutError) as error:
                client.untold = True
                _log.warning("usage will be told later", error=type(error).__name__)
                return
            client.untold = client.untold or not taken

    async def _send(self, token: str, body: object) -> bool:
        """Whether identity has it; what it refuses for the token's sake waits for the program's next one."""
        async with self._proxy.session.post(
            f"{self._identity()}/usage",
            json=body,
            headers={"Authorization": f"Bearer {token}"},
            timeout=ClientTimeout(total=ASK_SECONDS),
            allow_redirects=False,
        ) as answer:
            return answer.status < 400
