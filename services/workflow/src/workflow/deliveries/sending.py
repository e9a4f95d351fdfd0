"""One delivery over HTTP: to addresses that were checked, without redirects, within time and size."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from workflow.addresses.resolving import Lookup, addresses_of, look_up
from workflow.addresses.rules import Address, Network, Target, UrlNotAllowed, read_url
from workflow.deliveries.rules import ANSWER_KEPT

ANSWER_MAX = 64 * 1024
CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
AGENT = "Tongheng-Webhooks/1"
ERROR_KEPT = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one attempt: a status, or the reason why there is none."""

    status: int | None
    error: str
    milliseconds: int
    text: str
    """The beginning of the answer."""
    retry_after: float | None = None


class _Checked(AbstractResolver):
    """Gives the client only addresses that a webhook may be sent to. What is checked here is connected to."""

    def __init__(self, scheme: str, networks: Sequence[Network], lookup: Lookup) -> None:
        self._scheme = scheme
        self._networks = networks
        self._lookup = lookup

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        target = Target(url="", scheme=self._scheme, host=host, port=port, address=None)
        addresses = await addresses_of(target, self._networks, self._lookup)
        return [_result(host, port, address) for address in addresses]

    async def close(self) -> None:
        """Nothing is held."""


def _result(host: str, port: int, address: Address) -> ResolveResult:
    return ResolveResult(
        hostname=host,
        host=str(address),
        port=port,
        family=socket.AF_INET if address.version == 4 else socket.AF_INET6,
        proto=0,
        flags=socket.AI_NUMERICHOST,
    )


class Sender:
    """Sends to receivers; one connection pool for each scheme."""

    def __init__(
        self,
        networks: Sequence[Network],
        *,
        seconds: float,
        lookup: Lookup = look_up,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._networks = networks
        self._seconds = seconds
        self._lookup = lookup
        self._tls = tls
        self._sessions: dict[str, aiohttp.ClientSession] = {}

    async def close(self) -> None:
        """Close all connections."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Post a body once. Never raises for what a receiver or the network does."""
        began = time.monotonic()
        status: int | None = None
        text, error, retry_after = "", "", None
        try:
            async with asyncio.timeout(self._seconds):
                target = read_url(url)
                if target.address is not None:
                    # The client asks no resolver for an address.
                    await addresses_of(target, self._networks, self._lookup)
                session = self._session(target.scheme)
                async with session.post(
                    url, data=body, headers=headers, allow_redirects=False
                ) as answer:
                    text = await _beginning(answer)
                    status, retry_after = answer.status, _seconds(answer.headers)
                    if 300 <= status < 400:
                        error = "redirects are not followed"
        except UrlNotAllowed as refusal:
            error = f"{refusal.code}: {refusal.detail('en')}"
        except TimeoutError:
            error = f"no answer within {self._seconds:g} s"
        except (aiohttp.ClientError, OSError, ValueError) as trouble:
            error = f"{type(trouble).__name__}: {trouble}"[:ERROR_KEPT]
        took = int((time.monotonic() - began) * 1000)
        return Answer(status, error, took, text, retry_after)

    def _session(self, scheme: str) -> aiohttp.ClientSession:
        found = self._sessions.get(scheme)
        if found is None:
            found = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    resolver=_Checked(scheme, self._networks, self._lookup),
                    use_dns_cache=False,
                    limit=0,
                    ssl=self._tls or True,
                    keepalive_timeout=15,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                headers={"User-Agent": AGENT, "Accept-Encoding": "identity"},
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._seconds),
                read_bufsize=ANSWER_MAX,
            )
            self._sessions[scheme] = found
        return found


async def _beginning(answer: aiohttp.ClientResponse) -> str:
    """The first KiB. What is short is read to its end, so that the connection serves again."""
    kept = bytearray()
    size = 0
    while size < ANSWER_MAX:
        chunk = await answer.content.read(16 * 1024)
        if not chunk:
            break
        size += len(chunk)
        kept += chunk[: ANSWER_KEPT - len(kept)]
    else:
        answer.close()
    return bytes(kept).decode("utf-8", "backslashreplace").replace("\x00", "")


def _seconds(headers: Mapping[str, str]) -> float | None:
    said = headers.get("Retry-After", "").strip()
    return float(said) if said.isascii() and said.isdigit() and len(said) < 9 else None
