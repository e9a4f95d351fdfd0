"""`GET /api/v1/stream`: one open answer of server-sent events."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import parse_qsl

from starlette.types import Receive, Send

from chassis.auth import Claims
from chassis.errors import (
    BusinessError,
    DependencyUnavailable,
    Forbidden,
    InvalidQuery,
    NotAcceptable,
    TooManyRequests,
    Unauthenticated,
)
from gateway.audience import Audience, chosen_topics
from gateway.live import BeginAnew, Live, Reader, Told, check_id, frames

HEARTBEAT_SECONDS = 15.0
RIGHTS_SECONDS = 4.0
"""How often an open stream asks whether its reader still may: a change of rights shows within five seconds."""
STREAMS_MAX = 10
"""Open streams of one caller."""
TOGETHER_MAX = 500

_BEGIN = b"retry: 2000\n: Tongheng\n\n"
_ANEW = b'event: reset\ndata: {"reason":"too-much-missed"}\n\n'
_GONE = b"event: unavailable\ndata: {}\n\n"

Rights = Callable[[], Awaitable[Mapping[str, object]]]


class Streams:
    """The open streams."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._open: Counter[str] = Counter()

    async def serve(
        self,
        *,
        caller: str,
        claims: Claims,
        rights: Rights,
        query: str,
        headers: Mapping[bytes, bytes],
        answer_headers: list[tuple[bytes, bytes]],
        receive: Receive,
        send: Send,
    ) -> None:
        """Send what the caller may see, until he goes, his token ends or his rights do.

        Raises:
            InvalidQuery, InvalidHeader, NotAcceptable: what was asked for cannot be read.
            TooManyRequests: the caller has too many streams open.
            Unauthenticated, DependencyUnavailable: identity does not vouch for him.
        """
        topics, companies = _asked(query)
        if not _accepts(headers.get(b"accept", b"*/*").decode("latin-1")):
            raise NotAcceptable
        last = headers.get(b"last-event-id", b"").decode("latin-1").strip()
        check_id(last)
        if self._open[caller] >= STREAMS_MAX:
            raise TooManyRequests(retry_after=5)
        audience = Audience.of(await rights(), topics=topics, companies=companies)
        if not audience.topics:
            raise Forbidden(permission="read")
        stream = _Stream(
            self._live, claims, lambda said: Audience.of(said, topics=topics, companies=companies)
        )
        self._open[caller] += 1
        try:
            with self._live.open(stream.reader):
                missed: list[Told] | None = []
                if last:
                    try:
                        missed = await self._live.missed(last)
                    except BeginAnew:
                        missed = None
                    except TimeoutError as error:
                        raise DependencyUnavailable(retry_after=2) from error
                await send(
                    {
                        "type": "http.response.start",
                        "status": 200,
                        "headers": [
                            (b"content-type", b"text/event-stream; charset=utf-8"),
                            (b"x-accel-buffering", b"no"),
                            *answer_headers,
                        ],
                    }
                )
                await stream.run(audience, missed, rights, receive, send)
        finally:
            self._open[caller] -= 1
            if not self._open[caller]:
                del self._open[caller]


class _Stream:
    def __init__(
        self,
        live: Live,
        claims: Claims,
        audience_of: Callable[[Mapping[str, object]], Audience],
    ) -> None:
        self._live = live
        self._claims = claims
        self._audience_of = audience_of
        self.reader = Reader()

    async def run(
        self,
        audience: Audience,
        missed: list[Told] | None,
        rights: Rights,
        receive: Receive,
        send: Send,
    ) -> None:
        gone = asyncio.create_task(_until_gone(receive))
        try:
            begin = _BEGIN + (_ANEW if missed is None else frames(missed, audience))
            await send({"type": "http.response.body", "body": begin, "more_body": True})
            seen = {event.id for event in missed or ()}
            asked_at = sent_at = time.monotonic()
            while not gone.done():
                events, ended = await self._next(gone)
                now = time.monotonic()
                if now - asked_at >= RIGHTS_SECONDS:
                    asked_at = now
                    try:
                        audience = self._audience_of(await rights())
                    except (Unauthenticated, Forbidden):
                        break
                    except BusinessError:
                        # Identity is away; without its word nothing more is told.
                        await send({"type": "http.response.body", "body": _GONE, "more_body": True})
                        break
                body = frames((event for event in events if event.id not in seen), audience)
                if not body and now - sent_at >= HEARTBEAT_SECONDS:
                    body = b":\n\n"
                if body:
                    sent_at = now
                    await send({"type": "http.response.body", "body": body, "more_body": True})
                if ended or time.time() >= self._claims.expires_at:
                    break
            if not gone.done():
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            gone.cancel()

    async def _next(self, gone: asyncio.Task[None]) -> tuple[list[Told], bool]:
        """What waits, after at most a moment; and whether the stream is to end."""
        waiting = self.reader.waiting
        if waiting.empty():
            getting = asyncio.ensure_future(waiting.get())
            done, _ = await asyncio.wait(
                {getting, gone}, timeout=2.0, return_when=asyncio.FIRST_COMPLETED
            )
            if getting not in done:
                getting.cancel()
                return [], False
            first = getting.result()
        else:
            first = waiting.get_nowait()
        events: list[Told] = []
        while first is not None:
            events.append(first)
            if waiting.empty() or len(events) >= TOGETHER_MAX:
                return events, False
            first = waiting.get_nowait()
        return events, True


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _asked(query: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    given: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in ("types", "company") or name in given or not value:
            raise InvalidQuery(parameter=name)
        given[name] = value
    companies = tuple(given["company"].split(",")) if "company" in given else ()
    return chosen_topics(given.get("types", "")), companies


def _accepts(accept: str) -> bool:
    kinds = {part.split(";")[0].strip().lower() for part in accept.split(",")}
    return bool(kinds & {"text/event-stream", "text/*", "*/*", ""})
