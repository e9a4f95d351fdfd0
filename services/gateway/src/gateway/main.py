"""Composition: the gateway as one bare ASGI application, and the process that serves it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import signal
import ssl
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import uuid4

import uvicorn
from opentelemetry.trace import Span, SpanKind, StatusCode
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import Message, Receive, Scope, Send

from chassis import telemetry
from chassis.auth import TokenVerifier, bearer_token
from chassis.errors import BusinessError, Forbidden, InvalidQuery, MethodNotAllowed
from chassis.problems import language_of, problem_response, unforeseen
from chassis.telemetry import counter, histogram, logger, remote_context, tracer
from gateway.composed import Composed
from gateway.console import HOME, ConsoleFiles
from gateway.crossorigin import CrossOrigin
from gateway.errors import IncompleteBody
from gateway.identity import Callers, caller_key, single_headers
from gateway.limits import CallersWindows, SlidingWindow
from gateway.live import Live
from gateway.openapi import Documents, compose
from gateway.pages import Pages
from gateway.proxy import Exchange, Proxy
from gateway.refusals import Refusals
from gateway.routes import Access, Routes
from gateway.settings import Settings
from gateway.stream import Streams
from gateway.tls import Certificate
from gateway.upstreams import watch
from gateway.usage import Usage

STREAM = "/api/v1/stream"
METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"))
SLOW_SECONDS = 2.0

_log = logger("gateway")
_seconds = histogram(
    "tongheng_gateway_seconds",
    "Time to answer, by service.",
    "service",
    "method",
    "status",
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0),
)
_refused = counter(
    "tongheng_gateway_refused", "Requests that the gateway itself refused, by code.", "code"
)
_SECURITY = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_STRICT_TRANSPORT = (b"strict-transport-security", b"max-age=31536000")
_SECURITY_NAMES = frozenset(name for name, _ in _SECURITY)


class Gateway:
    """All that the gateway does with a request."""

    def __init__(self, settings: Settings, *, verifier: TokenVerifier | None = None) -> None:
        self.settings = settings
        self.routes = Routes(settings.replicas())
        self.proxy = Proxy(settings)
        self.callers = Callers(settings, verifier)
        self.composed = Composed(self.routes, self.proxy)
        self.documents = Documents(
            self.routes, self.proxy, version=settings.version, every=settings.documents_seconds
        )
        self._cross_origin = CrossOrigin(settings.cors_origins)
        self.draining = False
        self.live = Live(settings.kafka)
        self._streams = Streams(self.live)
        self.usage = Usage(self.proxy, lambda: self.routes.addresses.get("identity", ""))
        self.refusals = Refusals(self.proxy, lambda: self.routes.addresses.get("identity", ""))
        self._pages = Pages()
        self._console = ConsoleFiles(settings.console_directory)
        self._tracer = tracer()
        window = settings.rate_window
        self._known = CallersWindows(limit=settings.rate_limit, seconds=window)
        self._heavy = SlidingWindow("heavy", limit=settings.rate_limit_heavy, seconds=window)
        self._anonymous = SlidingWindow(
            "anonymous", limit=settings.rate_limit_anonymous, seconds=window
        )
        self._sign_in = SlidingWindow("sign-in", limit=settings.rate_limit_sign_in, seconds=window)
        self._tasks: list[asyncio.Task[None]] = []
        self._own: dict[str, Callable[[_Request], Awaitable[Response]]] = {
            "/": self._landing,
            "/docs": self._docs,
            "/livez": self._livez,
            "/startupz": self._livez,
            "/readyz": self._readyz,
            "/metrics": self._metrics,
            "/version": self._version,
            "/api/v1/openapi.json": self._openapi,
            "/api/v1/status": self._status,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})

    async def open(self) -> None:
        """Begin."""
        await self.proxy.open()
        self._tasks.append(asyncio.create_task(self.documents.run(), name="documents"))
        self._tasks.append(asyncio.create_task(self.live.run(), name="live"))
        looking = watch(self.routes.services, self.proxy.session)
        self._tasks.append(asyncio.create_task(looking, name="replicas"))
        self._tasks.append(asyncio.create_task(self.usage.run(), name="usage"))

    async def close(self) -> None:
        """End."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.usage.tell()
        await self.callers.close()
        await self.proxy.close()

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.open()
                gc.collect()
                gc.freeze()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    # --- one request -------------------------------------------------------------------------------------------

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = _Request(scope, receive, send, self._tracer.start_span)
        request.fields = self._cross_origin.fields(request.path, request.header(b"origin"))
        if self.draining:
            request.fields = [*request.fields, (b"connection", b"close")]
        try:
            if request.method == "OPTIONS" and await self._preflight(request):
                return
            own = self._own.get(request.path)
            if own is not None:
                await self._answer_own(request, own)
            elif request.path == STREAM:
                await self._stream(request)
            elif f"{request.path}/".startswith(HOME):
                await self._answer_own(request, self._console_file)
            else:
                await self._forward(request)
        except BusinessError as error:
            if isinstance(error, Forbidden):
                await self.refusals.tell(
                    request.method, request.path, request.token, request.address
                )
            await self._refuse(request, error)
        except (
            Exception
        ) as error:  # the last line: whatever it is, the caller gets no more than its trace id
            if request.status:
                raise
            await self._refuse(
                request, unforeseen(error, what=request.path, trace_id=request.trace_id)
            )
        finally:
            if request.client:
                self.usage.count(request.client, request.token, request.status)
            request.end()

    async def _preflight(self, request: _Request) -> bool:
        """Answer a browser that asks whether its page may call; False where that is not the question."""
        request.headers = single_headers(request.scope["headers"])
        fields = self._cross_origin.preflight(request.path, request.headers)
        if fields is None:
            return False
        request.service = "gateway"
        fields += await self._admit(
            request, Access.PUBLIC, self.callers.address(request.peer, request.headers)
        )
        await request.send({"type": "http.response.start", "status": 204, "headers": fields})
        await request.send({"type": "http.response.body", "body": b"", "more_body": False})
        return True

    async def _forward(self, request: _Request) -> None:
        route = self.routes.find(request.path)
        request.service = route.service
        if request.method not in METHODS and request.method != "OPTIONS":
            raise MethodNotAllowed(headers={"Allow": ", ".join(sorted(METHODS))})
        query = scope_query(request.scope)
        request.headers = single_headers(request.scope["headers"])
        address = self.callers.address(request.peer, request.headers)
        fields = await self._admit(request, route.access, address, is_heavy=route.is_heavy)
        exchange = Exchange(
            method=request.method,
            replicas=route.replicas,
            target=f"{request.path}?{query}" if query else request.path,
            headers=request.scope["headers"],
            receive=request.receive,
            send=request.send,
            body_max=self.settings.batch_body_max if route.is_batch else self.settings.body_max,
            answer_seconds=self.settings.batch_seconds
            if route.is_batch
            else self.settings.answer_seconds,
            own_headers={
                "X-Request-Id": request.id,
                "X-Forwarded-For": address,
                "X-Forwarded-Proto": request.scheme,
                "Traceparent": request.traceparent,
            },
            answer_headers=fields,
            takes_cookies=route.takes_cookies,
            has_key=b"idempotency-key" in request.headers,
        )
        await self.proxy.forward(exchange)

    async def _stream(self, request: _Request) -> None:
        request.service = "gateway"
        if request.method != "GET":
            raise MethodNotAllowed(headers={"Allow": "GET"})
        query = scope_query(request.scope)
        request.headers = single_headers(request.scope["headers"])
        request.address = self.callers.address(request.peer, request.headers)
        fields = await self._admit(request, Access.TOKEN, request.address)
        claims = await self.callers.claims(request.headers)
        await self._streams.serve(
            caller=caller_key(claims),
            claims=claims,
            rights=lambda: self.composed.rights(request.token),
            query=query,
            headers=request.headers,
            answer_headers=fields,
            receive=request.receive,
            send=request.send,
        )

    async def _admit(
        self, request: _Request, access: Access, address: str, *, is_heavy: bool = False
    ) -> list[tuple[bytes, bytes]]:
        """Check the token where one is needed, and count the request; the fields that say what is left."""
        now = time.monotonic()
        if access is Access.TOKEN:
            try:
                claims = await self.callers.claims(request.headers)
            except BusinessError:
                # checking signatures costs: who sends bad ones is counted by his address
                refused = self._anonymous.hit(address, now)
                if not refused.allowed:
                    raise self._anonymous.refusal(refused) from None
                raise
            window, key = self._known.of(claims.requests_per_second), caller_key(claims)
            request.client = claims.client
            request.token = bearer_token(request.headers[b"authorization"].decode("latin-1"))
        else:
            window, key = (
                (self._sign_in if access is Access.SIGN_IN else self._anonymous),
                address,
            )
        allowance = window.hit(key, now)
        if not allowance.allowed:
            raise window.refusal(allowance)
        fields = window.fields(allowance)
        if is_heavy:
            heavy = self._heavy.hit(key, now)
            if not heavy.allowed:
                raise self._heavy.refusal(heavy)
            fields += self._heavy.fields(heavy)
        return fields

    async def _answer_own(
        self, request: _Request, own: Callable[[_Request], Awaitable[Response]]
    ) -> None:
        request.service = "gateway"
        if request.method not in ("GET", "HEAD"):
            raise MethodNotAllowed(headers={"Allow": "GET, HEAD"})
        request.headers = single_headers(request.scope["headers"])
        response = await own(request)
        await response(request.scope, request.receive, request.send)

    async def _refuse(self, request: _Request, error: BusinessError) -> None:
        _refused.labels(error.code).inc()
        if isinstance(error, IncompleteBody):
            request.status = request.status or error.status
            return  # nobody is left to answer
        response = problem_response(error, language=request.language, trace_id=request.trace_id)
        await response(request.scope, request.receive, request.send)

    # --- what the gateway itself answers -----------------------------------------------------------------------

    async def _landing(self, request: _Request) -> Response:
        accept = request.headers.get(b"accept", b"").decode("latin-1")
        if "text/html" in accept and self._console.there:
            return RedirectResponse(HOME, status_code=302)
        return self._pages.landing(accept)

    async def _console_file(self, request: _Request) -> Response:
        accepted = request.headers.get(b"accept-encoding", b"").decode("latin-1")
        return self._console.answer(request.path, accept_encoding=accepted)

    async def _docs(self, _: _Request) -> Response:
        return self._pages.docs()

    async def _livez(self, _: _Request) -> Response:
        return JSONResponse({"alive": True})

    async def _readyz(self, _: _Request) -> Response:
        reasons = {"gateway": "draining"} if self.draining else await self.composed.not_ready()
        return JSONResponse(
            {"ready": not reasons, "not_ready": reasons}, status_code=503 if reasons else 200
        )

    async def _metrics(self, _: _Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    async def _version(self, _: _Request) -> Response:
        return JSONResponse({"service": "gateway", "version": self.settings.version})

    async def _openapi(self, request: _Request) -> Response:
        document = await self.documents.current()
        headers = {"ETag": document.etag, "Cache-Control": "no-cache"}
        if request.headers.get(b"if-none-match", b"").decode("latin-1") == document.etag:
            return Response(status_code=304, headers=headers)
        return Response(document.body, media_type="application/json", headers=headers)

    async def _status(self, request: _Request) -> Response:
        request.address = self.callers.address(request.peer, request.headers)
        fields = await self._admit(request, Access.TOKEN, request.address)
        request.fields = [*request.fields, *fields]
        await self.composed.check_operator(request.token)
        return JSONResponse(await self.composed.status())


StartSpan = Callable[..., Span]


class _Request:
    """One request: its trace, its answer's status, the header fields that every answer has."""

    __slots__ = (
        "_begin", "_send", "_span", "address", "client", "fields", "headers", "id", "method", "path", "peer", "receive", "scheme", "scope",
        "service", "status", "token", "trace_id", "traceparent",
    )  # fmt: skip

    def __init__(self, scope: Scope, receive: Receive, send: Send, start_span: StartSpan) -> None:
        self._begin = time.perf_counter()
        self._send = send
        self.scope = scope
        self.receive = receive
        self.method: str = scope["method"]
        self.path: str = bytes(scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
        self.scheme: str = scope.get("scheme", "http")
        client: tuple[str, int] | None = scope.get("client")
        self.peer = client[0] if client else ""
        self.headers: dict[bytes, bytes] = {}
        self.fields: list[tuple[bytes, bytes]] = []
        self.id = uuid4().hex
        self.service = "none"
        self.address = ""
        """From where, where that was looked at."""
        self.client = ""
        self.token = ""
        self.status = 0
        traceparent = self.header(b"traceparent")
        self._span = start_span(
            self.method, context=remote_context(traceparent.decode("latin-1")), kind=SpanKind.SERVER
        )
        span = self._span.get_span_context()
        self.trace_id = f"{span.trace_id:032x}"
        self.traceparent = f"00-{self.trace_id}-{span.span_id:016x}-{span.trace_flags:02x}"

    @property
    def language(self) -> str:
        """The language that refusals speak."""
        return language_of(self.header(b"accept-language").decode("latin-1"))

    def header(self, wanted: bytes) -> bytes:
        """A header field as it came first; empty where there is none."""
        return next((value for name, value in self.scope["headers"] if name == wanted), b"")

    async def send(self, message: Message) -> None:
        """Send on, with what every answer has."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers: list[tuple[bytes, bytes]] = list(message.get("headers", ()))
            given = {name for name, _ in headers}
            headers.extend(pair for pair in _SECURITY if pair[0] not in given)
            headers.extend(self.fields)
            if self.scheme == "https":
                headers.append(_STRICT_TRANSPORT)
            if b"x-request-id" not in given:
                headers.append((b"x-request-id", self.id.encode()))
            if b"cache-control" not in given:
                headers.append((b"cache-control", b"no-store"))
            message = {**message, "headers": headers}
        await self._send(message)

    def end(self) -> None:
        """Count, log, close the span."""
        seconds = time.perf_counter() - self._begin
        method = self.method if self.method in METHODS else "other"
        _seconds.labels(self.service, method, str(self.status)).observe(seconds)
        span = self._span
        if span.is_recording():
            span.update_name(f"{method} {self.service}")
            span.set_attribute("http.request.method", method)
            span.set_attribute("url.path", self.path)
            span.set_attribute("http.response.status_code", self.status)
            if self.status >= 500:
                span.set_status(StatusCode.ERROR)
        span.end()
        if self.status >= 500 or (seconds >= SLOW_SECONDS and self.path != STREAM):
            _log.warning(
                "request", method=method, path=self.path[:200], status=self.status,
                ms=round(seconds * 1000, 1), trace_id=self.trace_id,
            )  # fmt: skip


def scope_query(scope: Scope) -> str:
    """The query as it came; bytes that belong into no address are refused."""
    raw: bytes = scope.get("query_string", b"")
    if not raw:
        return ""
    text = raw.decode("latin-1")
    if not text.isascii() or not text.isprintable() or " " in text:
        raise InvalidQuery(parameter="?")
    return text


# --- the process -----------------------------------------------------------------------------------------------


def build(settings: Settings | None = None) -> Gateway:
    """The gateway."""
    return Gateway(settings or Settings())


def configuration(gateway: Gateway) -> uvicorn.Config:
    """How the gateway is served."""
    return uvicorn.Config(
        gateway,
        host=gateway.settings.host,
        port=gateway.settings.port,
        log_config=None,
        access_log=False,
        lifespan="on",
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=15,
        ws="none",
        backlog=2048,
    )


def tls_configuration(gateway: Gateway, certificate: Certificate) -> uvicorn.Config:
    """The same, at the door with TLS; what begins and ends with the process does so at the plain one."""
    config = configuration(gateway)
    config.port = gateway.settings.tls_port
    config.lifespan = "off"

    def context(_: uvicorn.Config, __: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
        return certificate.context

    config.ssl_context_factory = context
    return config


async def serve(gateway: Gateway, config: uvicorn.Config) -> int:
    """Serve until told to end: then unready, a while in service, then the running requests to their end."""
    servers = [uvicorn.Server(config)]
    watching: asyncio.Task[None] | None = None
    if gateway.settings.tls_port:
        certificate = Certificate(
            Path(gateway.settings.tls_certificate), Path(gateway.settings.tls_key)
        )
        servers.append(uvicorn.Server(tls_configuration(gateway, certificate)))
        watching = asyncio.create_task(certificate.watch(), name="certificate")
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    # uvicorn would take the signals for itself, and leave no time to drain
    for server in servers:
        server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
    serving = [asyncio.create_task(server.serve(), name="api") for server in servers]
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({*serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
    failed = any(each.done() for each in serving)
    if not failed:
        gateway.draining = True
        await asyncio.sleep(gateway.settings.drain_seconds)
    gateway.live.end()
    if watching is not None:
        watching.cancel()
    # the plain door last: with it the whole gateway ends
    for server, each in reversed(list(zip(servers, serving, strict=True))):
        server.should_exit = True
        await asyncio.wait({each})
    return 1 if failed else 0


def main() -> None:
    """`python -m gateway`."""
    if sys.argv[1:] == ["migrate"]:
        return  # nothing lasting here
    if sys.argv[1:] == ["compose"]:
        json.dump(compose(json.load(sys.stdin), version="snapshot"), sys.stdout)
        return
    if sys.argv[1:]:
        print("usage: python -m gateway [migrate | compose]", file=sys.stderr)
        raise SystemExit(2)
    gateway = build()
    telemetry.setup(gateway.settings, "gateway")
    config = configuration(gateway)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        raise SystemExit(runner.run(serve(gateway, config)))
