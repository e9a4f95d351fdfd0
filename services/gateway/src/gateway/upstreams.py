"""Which replica of a service takes a request: those that say they are ready, in turn."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import aiohttp
from aiohttp import ClientTimeout

LOOK_SECONDS = 0.5
"""Between two looks at each replica: much shorter than a replica that is told to end goes on to serve."""
ANSWER_SECONDS = 2.0


class Replicas:
    """One service's replicas, and which of them are ready as far as the gateway knows."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self.addresses = tuple(addresses)
        self._ready: frozenset[str] = frozenset()
        self._turn = 0

    def order(self) -> tuple[str, ...]:
        """All of them, in the order in which to try: the ready ones in turn, then those that may be wrongly thought not to be."""
        if len(self.addresses) == 1:
            return self.addresses
        ready = [each for each in self.addresses if each in self._ready]
        others = [each for each in self.addresses if each not in self._ready]
        if ready:
            self._turn = (self._turn + 1) % len(ready)
        return (*ready[self._turn :], *ready[: self._turn], *others)

    def note(self, address: str, *, ready: bool) -> None:
        """What was just seen of one of them."""
        self._ready = self._ready | {address} if ready else self._ready - {address}


async def watch(
    services: Mapping[str, Replicas], session: aiohttp.ClientSession, *, every: float = LOOK_SECONDS
) -> None:
    """Ask the replicas whether they are ready, until cancelled; a service with one address is not asked, for there is no choice."""
    watched = [
        (replicas, address)
        for replicas in services.values()
        if len(replicas.addresses) > 1
        for address in replicas.addresses
    ]
    await asyncio.gather(*(_watch(*each, session, every) for each in watched))


async def _watch(
    replicas: Replicas, address: str, session: aiohttp.ClientSession, every: float
) -> None:
    while True:
        replicas.note(address, ready=await _is_ready(address, session))
        await asyncio.sleep(every)


async def _is_ready(address: str, session: aiohttp.ClientSession) -> bool:
    try:
        async with session.get(
            f"{address}/readyz",
            timeout=ClientTimeout(total=ANSWER_SECONDS),
            allow_redirects=False,
        ) as answer:
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False
