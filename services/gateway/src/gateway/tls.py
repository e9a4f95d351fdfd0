"""TLS at the gateway's own door: the certificate is read again when its file changes, without a restart."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

from chassis.telemetry import logger

LOOK_SECONDS = 10.0

_log = logger("gateway.tls")


class Certificate:
    """A certificate chain and its key, in two PEM files."""

    def __init__(self, chain: Path, key: Path) -> None:
        self._chain = chain
        self._key = key
        self._seen = self._state()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.set_alpn_protocols(["http/1.1"])
        self.context.load_cert_chain(chain, key)

    def renew(self) -> bool:
        """Read the files if they changed; whether they were taken. New connections get the new certificate.

        Files that do not fit together – one of them is still being written – are left for the next look.
        """
        state = self._state()
        if state == self._seen:
            return False
        try:
            # tried apart: a pair that does not fit would leave the context with half of it
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self._chain, self._key)
            self.context.load_cert_chain(self._chain, self._key)
        except (OSError, ssl.SSLError) as error:
            _log.warning("the certificate was not taken", error=str(error))
            return False
        self._seen = state
        _log.info("a new certificate is in use")
        return True

    async def watch(self) -> None:
        """Look after the files until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.renew()

    def _state(self) -> tuple[tuple[int, int, int], ...]:
        # by what the name leads to: Kubernetes turns a symbolic link
        found: list[tuple[int, int, int]] = []
        for path in (self._chain, self._key):
            try:
                stat = path.stat()
                found.append((stat.st_ino, stat.st_mtime_ns, stat.st_size))
            except OSError:
                found.append((0, 0, 0))
        return tuple(found)
