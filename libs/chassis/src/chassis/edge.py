"""What every HTTP exchange gets: a request id, a span, security headers, a log line, a figure. Pure ASGI."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeAlias
from uuid import uuid4

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .problems import language_of, problem_response, unforeseen
from .telemetry import current_trace_id, histogram, logger, remote_context, tracer

QUIET = frozenset({"/livez", "/readyz", "/startupz", "/metrics", "/version", "/status"})
SLOW_SECONDS = 1.0

Started: TypeAlias = Callable[[], bool]

_log = logger("chassis.http")
_seconds = histogram(
    "tongheng_http_seconds",
    "Time to answer, by route.",
    "method",
    "route",
    "status",
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0),
)

_SECURITY: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
)


class EdgeMiddleware:
    """Wraps the whole application; nothing unforeseen leaves it but as a problem document."""

    def __init__(self, app: ASGIApp, *, draining: Callable[[], bool]) -> None:
        self._app = app
        self._draining = draining
        self._tracer = tracer()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        traceparent, language = "", ""
        for name, value in scope["headers"]:
            if name == b"traceparent":
                traceparent = value.decode("latin-1")
            elif name == b"accept-language":
                language = value.decode("latin-1")
        scope["request_id"] = request_id = uuid4().hex
        quiet = scope["path"] in QUIET
        status = 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = self._dressed(list(message.get("headers", ())), request_id)
                message = {**message, "headers": headers}
            await send(message)

        if quiet:
            await self._guarded(
                scope, receive, send_with_headers, language=language, started=lambda: status != 0
            )
            return
        begin = time.perf_counter()
        method: str = scope["method"]
        span = self._tracer.start_span(
            method, context=remote_context(traceparent), kind=SpanKind.SERVER
        )
        token = otel_context.attach(trace.set_span_in_context(span))
        try:
            await self._guarded(
                scope, receive, send_with_headers, language=language, started=lambda: status != 0
            )
        finally:
            seconds = time.perf_counter() - begin
            route = getattr(scope.get("route"), "path_format", None) or "unknown"
            if span.is_recording():
                span.update_name(f"{method} {route}")
                span.set_attribute("http.request.method", method)
                span.set_attribute("http.route", route)
                span.set_attribute("http.response.status_code", status)
                if status >= 500:
                    span.set_status(StatusCode.ERROR)
            _seconds.labels(method, route, str(status)).observe(seconds)
            if status >= 500 or seconds >= SLOW_SECONDS:
                _log.warning(
                    "request",
                    method=method,
                    route=route,
                    status=status,
                    ms=round(seconds * 1000, 1),
                )
            else:
                _log.debug(
                    "request",
                    method=method,
                    route=route,
                    status=status,
                    ms=round(seconds * 1000, 1),
                )
            span.end()
            otel_context.detach(token)

    def _dressed(
        self, headers: list[tuple[bytes, bytes]], request_id: str
    ) -> list[tuple[bytes, bytes]]:
        given = {name for name, _ in headers}
        headers.extend(_SECURITY)
        headers.append((b"x-request-id", request_id.encode()))
        if b"cache-control" not in given:
            headers.append((b"cache-control", b"no-store"))
        if self._draining():
            # the next request goes to a replica that stays
            headers.append((b"connection", b"close"))
        return headers

    async def _guarded(
        self, scope: Scope, receive: Receive, send: Send, *, language: str, started: Started
    ) -> None:
        try:
            await self._app(scope, receive, send)
        except ClientDisconnect:
            return  # nobody is left to answer
        except (
            Exception
        ) as error:  # the last line: whatever it is, the caller gets no more than its trace id
            trace_id = current_trace_id() or str(scope["request_id"])
            refusal = unforeseen(error, what=scope["path"], trace_id=trace_id)
            if started():
                raise
            response = problem_response(refusal, language=language_of(language), trace_id=trace_id)
            await response(scope, receive, send)
