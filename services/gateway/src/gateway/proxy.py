"""Passes requests on and answers back, as they stream, over one client session."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field

import aiohttp
from aiohttp import ClientTimeout
from multidict import CIMultiDict
from starlette.types import Receive, Send
from yarl import URL

from chassis.errors import DependencyUnavailable, OutcomeUnknown, PayloadTooLarge
from gateway.errors import IncompleteBody, RequestTimeout
from gateway.settings import Settings
from gateway.upstreams import Replicas

IN_MEMORY_MAX = 256 * 1024
"""A body up to this size is collected, so that it can be sent again when a kept connection turns out to be dead."""
CHUNK = 64 * 1024
MIB = 1024 * 1024
IDLE_SECONDS = 30.0
"""Shorter than the services keep a connection, so that it is we who close it."""

_HOP_BY_HOP = frozenset(
    (
        b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection", b"te",
        b"trailer", b"transfer-encoding", b"upgrade", b"http2-settings",
    )
)  # fmt: skip
# What says where a request came from is ours to say; cookies mean nothing here.
_NOT_PASSED_ON = _HOP_BY_HOP | frozenset(
    (
        b"host", b"content-length", b"expect", b"forwarded", b"via", b"x-real-ip", b"x-client-ip", b"true-client-ip",
        b"cookie", b"x-request-id", b"traceparent", b"x-original-url", b"x-rewrite-url", b"x-http-method-override",
    )
)  # fmt: skip
_NOT_PASSED_ON_PREFIXES = (b"x-tongheng-", b"x-forwarded-")
_NOT_PASSED_BACK = _HOP_BY_HOP | frozenset((b"server", b"date", b"content-length"))
_SAFE = frozenset(("GET", "HEAD"))
_NOT_INVENTED = frozenset(("User-Agent", "Content-Type", "Accept", "Accept-Encoding"))


@dataclass(slots=True)
class Exchange:
    """One request on its way."""

    method: str
    replicas: Replicas
    """Of the service that it goes to."""
    target: str
    """Path and query exactly as they came."""
    headers: Sequence[tuple[bytes, bytes]]
    receive: Receive
    send: Send
    body_max: int
    answer_seconds: float
    own_headers: dict[str, str] = field(default_factory=dict[str, str])
    """What the gateway says to the service: trace, request id, the caller's address."""
    answer_headers: list[tuple[bytes, bytes]] = field(default_factory=list[tuple[bytes, bytes]])
    """What the gateway adds to the answer."""
    takes_cookies: bool = False
    has_key: bool = False
    """The service will recognise a repetition."""
    status: int = 0


class Proxy:
    """The client session that all requests share."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Begin; inside of the event loop."""
        connector = aiohttp.TCPConnector(
            limit=0,
            limit_per_host=self._settings.connections_per_service,
            keepalive_timeout=IDLE_SECONDS,
            ttl_dns_cache=10,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            read_bufsize=CHUNK,
        )
        # aiohttp would send PUT and DELETE a second time by itself; with If-Match the second is refused though the
        # first was done. It has no public switch for that.
        self._session._retry_connection = False  # pyright: ignore[reportPrivateUsage]

    async def close(self) -> None:
        """End all connections."""
        if self._session is not None:
            await self._session.close()

    @property
    def session(self) -> aiohttp.ClientSession:
        """The session, for what the gateway itself asks the services."""
        assert self._session is not None, "the proxy is not open"
        return self._session

    async def forward(self, exchange: Exchange) -> None:
        """Send the request on and stream the answer back.

        Raises:
            DependencyUnavailable: the service did not take the request, or did not answer a question.
            OutcomeUnknown: the service took a command and its answer was lost.
        """
        body = _Body(exchange, pause_max=self._settings.body_seconds)
        data = await body.begin()
        headers = _onward(exchange, body)
        can_repeat = body.is_whole and (
            exchange.method in _SAFE or (exchange.method == "POST" and exchange.has_key)
        )
        try:
            async with asyncio.timeout(None) as patience:
                body.when_whole(lambda: patience.reschedule(_in(exchange.answer_seconds)))
                answer = await self._ask(
                    exchange, headers, data, is_whole=body.is_whole, can_repeat=can_repeat
                )
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise DependencyUnavailable(retry_after=1) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            if body.failure is not None:
                raise body.failure from None
            raise _unanswered(exchange) from error
        try:
            await _pass_back(exchange, answer, watch=body.is_whole)
        finally:
            answer.release()

    async def _ask(
        self,
        exchange: Exchange,
        headers: CIMultiDict[str],
        data: bytes | AsyncGenerator[bytes, None] | None,
        *,
        is_whole: bool,
        can_repeat: bool,
    ) -> aiohttp.ClientResponse:
        addresses = [*exchange.replicas.order()]
        while True:
            address = addresses.pop(0)
            try:
                return await self._request(exchange, address, headers, data)
            except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
                # nothing was sent
                exchange.replicas.note(address, ready=False)
                if not addresses or not is_whole:
                    raise
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
                if not can_repeat:
                    raise
                # a kept connection that the service had closed; the key makes a repetition harmless
                can_repeat = False
                addresses.append(address)

    async def _request(
        self,
        exchange: Exchange,
        address: str,
        headers: CIMultiDict[str],
        data: bytes | AsyncGenerator[bytes, None] | None,
    ) -> aiohttp.ClientResponse:
        seconds = self._settings.connect_seconds
        return await self.session.request(
            exchange.method,
            URL(address + exchange.target, encoded=True),
            headers=headers,
            data=data,
            timeout=ClientTimeout(total=None, connect=seconds, sock_connect=seconds),
            allow_redirects=False,
            skip_auto_headers=_NOT_INVENTED,
        )


def _in(seconds: float) -> float:
    return asyncio.get_running_loop().time() + seconds


def _unanswered(exchange: Exchange) -> DependencyUnavailable | OutcomeUnknown:
    if exchange.method in _SAFE:
        return DependencyUnavailable(retry_after=1)
    return OutcomeUnknown(retry_after=1)


class _Body:
    """The caller's body, counted while it comes."""

    def __init__(self, exchange: Exchange, *, pause_max: float) -> None:
        self._receive = exchange.receive
        self._max = exchange.body_max
        self._pause_max = pause_max
        self._size = 0
        self._ended = False
        self._first: list[bytes] = []
        self.length: str | None = None
        """The length that the caller states."""
        for name, value in exchange.headers:
            if name == b"content-length":
                self.length = value.decode("latin-1")
        self.failure: PayloadTooLarge | RequestTimeout | IncompleteBody | None = None
        """Why the body broke off, if it did."""
        self._whole: Callable[[], None] = _nothing

    def when_whole(self, then: Callable[[], None]) -> None:
        """Call `then` when all of it has been read: now, if it has."""
        self._whole = then
        if self._ended:
            then()

    @property
    def is_whole(self) -> bool:
        """Whether all of it is in memory."""
        return self._ended

    async def begin(self) -> bytes | AsyncGenerator[bytes, None] | None:
        """What to send: all of it if it is small, else a stream."""
        if self.length is not None and self.length.isdecimal() and int(self.length) > self._max:
            raise self._too_large()
        while not self._ended and self._size <= IN_MEMORY_MAX:
            self._first.append(await self._more())
        if self._ended:
            return b"".join(self._first) or None
        return self._stream()

    async def _stream(self) -> AsyncGenerator[bytes, None]:
        for chunk in self._first:
            yield chunk
        self._first.clear()
        while not self._ended:
            yield await self._more()

    async def _more(self) -> bytes:
        try:
            async with asyncio.timeout(self._pause_max):
                message = await self._receive()
        except TimeoutError:
            self.failure = RequestTimeout()
            raise self.failure from None
        if message["type"] == "http.disconnect":
            self.failure = IncompleteBody()
            raise self.failure
        chunk: bytes = message.get("body", b"")
        self._ended = not message.get("more_body", False)
        self._size += len(chunk)
        if self._size > self._max:
            self.failure = self._too_large()
            raise self.failure
        if self._ended:
            self._whole()
        return chunk

    def _too_large(self) -> PayloadTooLarge:
        return PayloadTooLarge(limit=f"{self._max // MIB} MiB", headers={"Connection": "close"})


def _nothing() -> None:
    pass


def _onward(exchange: Exchange, body: _Body) -> CIMultiDict[str]:
    named = _named_in_connection(exchange.headers)
    headers: CIMultiDict[str] = CIMultiDict()
    withheld = _NOT_PASSED_ON - {b"cookie"} if exchange.takes_cookies else _NOT_PASSED_ON
    for name, value in exchange.headers:
        if (
            name not in withheld
            and name not in named
            and not name.startswith(_NOT_PASSED_ON_PREFIXES)
        ):
            headers.add(name.decode("latin-1"), value.decode("latin-1"))
    headers.extend(exchange.own_headers)
    if not body.is_whole and body.length is not None:
        headers["Content-Length"] = body.length
    return headers


def _named_in_connection(headers: Sequence[tuple[bytes, bytes]]) -> frozenset[bytes]:
    """The headers that the sender meant for this hop only."""
    for name, value in headers:
        if name == b"connection" and value.lower() not in (b"keep-alive", b"close"):
            return frozenset(each.strip().lower() for each in value.split(b",")) - {
                b"authorization"
            }
    return frozenset()


async def _pass_back(exchange: Exchange, answer: aiohttp.ClientResponse, *, watch: bool) -> None:
    headers = [(name.lower(), value) for name, value in answer.raw_headers]
    length = next((value for name, value in headers if name == b"content-length"), None)
    headers = [pair for pair in headers if pair[0] not in _NOT_PASSED_BACK]
    headers.extend(exchange.answer_headers)
    if length is not None:
        headers.append((b"content-length", length))
    whole: bytes | None = b"" if exchange.method == "HEAD" else None
    if whole is None and length is not None and int(length) <= CHUNK:
        try:
            async with asyncio.timeout(exchange.answer_seconds):
                whole = await answer.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _unanswered(exchange) from error
    exchange.status = answer.status
    await exchange.send(
        {"type": "http.response.start", "status": answer.status, "headers": headers}
    )
    if whole is not None:
        await exchange.send({"type": "http.response.body", "body": whole, "more_body": False})
        return
    await _stream_back(exchange, answer, watch=watch)


async def _stream_back(exchange: Exchange, answer: aiohttp.ClientResponse, *, watch: bool) -> None:
    """As it comes, until the caller goes away; `watch` not while somebody else still reads his body."""
    gone = asyncio.create_task(_gone(exchange.receive) if watch else asyncio.sleep(3600))
    try:
        while not gone.done():
            async with asyncio.timeout(exchange.answer_seconds):
                chunk = await answer.content.readany()
            if not chunk:
                await exchange.send({"type": "http.response.body", "body": b"", "more_body": False})
                return
            await exchange.send({"type": "http.response.body", "body": chunk, "more_body": True})
    except (aiohttp.ClientError, TimeoutError):
        # the status is out: an answer without its end tells the caller that it is not whole
        return
    finally:
        gone.cancel()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
