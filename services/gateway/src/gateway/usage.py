"""How much each program asks for, by day: counted here, kept by identity."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
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

_log = telemetry.logger("gateway.usage")


@dataclass(slots=True)
class _Day:
    calls: int = 0
    refused: int = 0
    limited: int = 0
    failed: int = 0


@dataclass(slots=True)
class _Client:
    token: str = ""
    days: dict[date, _Day] = field(default_factory=dict[date, _Day])
    untold: bool = False


def _today() -> date:
    return datetime.fromtimestamp(time.time(), UTC).date()


class Usage:
    """Counts for one gateway process, and tells identity the sums of a program's days, with the program's own token.

    Sums are told, not differences: what is told twice, or in the wrong order, counts once. A process that is killed loses
    the last ten seconds.
    """

    def __init__(
        self, proxy: Proxy, identity: Callable[[], str], *, today: Callable[[], date] = _today
    ) -> None:
        self._proxy = proxy
        self._identity = identity
        self._today = today
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
        today = self._today()
        day = known.days.get(today)
        if day is None:
            day = known.days[today] = _Day()
            for old in sorted(known.days)[:-DAYS_KEPT]:
                del known.days[old]
        day.calls += 1
        if status == 429:
            day.limited += 1
        elif status >= 500:
            day.failed += 1
        elif status >= 400:
            day.refused += 1

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
                    {
                        "day": day.isoformat(),
                        "calls": each.calls,
                        "refused": each.refused,
                        "limited": each.limited,
                        "failed": each.failed,
                    }
                    for day, each in client.days.items()
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
