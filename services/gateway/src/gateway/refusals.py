"""Whom the gateway itself refused: told to identity, which writes it into the audit trail and bounds how much."""

from __future__ import annotations

from collections.abc import Callable

import aiohttp
from aiohttp import ClientTimeout

from chassis import telemetry
from gateway.proxy import Proxy

ASK_SECONDS = 5.0

_log = telemetry.logger("gateway.refusals")


class Refusals:
    """Tells identity, with the caller's own token."""

    def __init__(self, proxy: Proxy, identity: Callable[[], str]) -> None:
        self._proxy = proxy
        self._identity = identity

    async def tell(self, method: str, path: str, token: str, address: str) -> None:
        """Tell of one refusal before it is answered; that it cannot be told does not change the answer."""
        try:
            async with self._proxy.session.post(
                f"{self._identity()}/refusals",
                json={"method": method, "path": path},
                headers={"Authorization": f"Bearer {token}", "X-Forwarded-For": address},
                timeout=ClientTimeout(total=ASK_SECONDS),
                allow_redirects=False,
            ) as taken:
                status = taken.status
        except (aiohttp.ClientError, TimeoutError) as error:
            _log.warning("a refusal was not recorded", error=type(error).__name__)
            return
        if status >= 400:
            _log.warning("a refusal was not recorded", status=status)
