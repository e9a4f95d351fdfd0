"""Logs, traces and metrics: JSON lines with the trace id, W3C trace context, a Prometheus registry."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Generator, MutableMapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import structlog
from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    Tracer,
)
from prometheus_client import Counter, Gauge, Histogram
from sqlalchemy import event

if TYPE_CHECKING:
    from sqlalchemy.engine import ExceptionContext
    from sqlalchemy.engine.interfaces import ExecutionContext
    from sqlalchemy.ext.asyncio import AsyncEngine

    from .settings import ServiceSettings

_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")
_SECRET = re.compile(r"(?i)password|secret|token|authorization|cookie|api_?key|credential|private")
_BEARER = re.compile(
    r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}|\beyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"
)
_URL_PASSWORD = re.compile(r"(://[^:/@\s]*:)[^@/\s]+@")

_spans: WeakKeyDictionary[ExecutionContext, Span] = WeakKeyDictionary()
_provider: TracerProvider | None = None
_metrics: dict[str, Counter | Gauge | Histogram] = {}


def setup(settings: ServiceSettings, service: str) -> None:
    """Logs and traces of this process, as the environment says."""
    configure_logs(service, level=settings.log_level)
    configure_traces(
        service,
        endpoint=settings.otlp_endpoint,
        ratio=settings.trace_ratio,
        version=settings.version,
    )


def configure_logs(service: str, *, level: str = "info") -> None:
    """JSON lines on stdout, also for what the libraries log."""
    number = {"debug": 10, "info": 20, "warning": 30, "error": 40}[level]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _trace_ids,
        structlog.processors.format_exc_info,
        _without_secrets,
    ]

    def named(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event["service"] = service
        return event

    structlog.configure(
        processors=[*shared, named, structlog.processors.JSONRenderer(ensure_ascii=False)],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name, named],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(number, logging.INFO))
    for noisy in ("aiokafka", "uvicorn.access", "faststream", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def configure_traces(
    service: str,
    *,
    endpoint: str = "",
    ratio: float = 0.01,
    version: str = "",
    exporter: SpanExporter | None = None,
) -> None:
    """Trace ids for everything; spans are kept for the given share, and exported only where told."""
    global _provider  # noqa: PLW0603  # one per process, as OpenTelemetry's own
    if _provider is None:
        _provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(ratio)),
            resource=Resource.create({"service.name": service, "service.version": version}),
        )
        trace.set_tracer_provider(_provider)
    if endpoint and exporter is None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        exporter = OTLPSpanExporter(endpoint=endpoint.rstrip("/") + "/v1/traces")
    if exporter is not None:
        _provider.add_span_processor(BatchSpanProcessor(exporter))


def shut_down() -> None:
    """Send what is left; at the end of the process."""
    if _provider is not None:
        _provider.shutdown()


def instrument_database(engine: AsyncEngine) -> None:
    """A span for each statement, where the request or batch is recorded; otherwise next to no cost."""

    def begin(
        _: object, __: object, statement: str, ___: object, context: ExecutionContext, ____: object
    ) -> None:
        if not trace.get_current_span().is_recording():
            return
        verb = statement.lstrip()[:20].split(None, 1)[0].upper() if statement.strip() else "SQL"
        span = tracer().start_span(verb, kind=SpanKind.CLIENT)
        span.set_attribute("db.system.name", "postgresql")
        span.set_attribute("db.query.text", statement[:1000])
        _spans[context] = span

    def end(
        _: object, __: object, ___: object, ____: object, context: ExecutionContext, _____: object
    ) -> None:
        span = _spans.pop(context, None)
        if span is not None:
            span.end()

    def fail(trouble: ExceptionContext) -> None:
        context = trouble.execution_context
        span = _spans.pop(context, None) if context is not None else None
        if span is not None:
            span.set_status(StatusCode.ERROR, type(trouble.original_exception).__name__)
            span.end()

    event.listen(engine.sync_engine, "before_cursor_execute", begin)
    event.listen(engine.sync_engine, "after_cursor_execute", end)
    event.listen(engine.sync_engine, "handle_error", fail)


def tracer() -> Tracer:
    """The tracer of this process."""
    return trace.get_tracer("chassis")


def logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """A logger whose lines carry the trace."""
    return structlog.get_logger(module=name)


def current_traceparent() -> str:
    """The W3C header that names the span we are in; empty outside of any."""
    return traceparent_of(trace.get_current_span())


def traceparent_of(span: Span) -> str:
    """The W3C header that names a span; empty for none."""
    context = span.get_span_context()
    if not context.is_valid:
        return ""
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def current_trace_id() -> str:
    """The trace that we are in, 32 hex digits; empty outside of any."""
    span = trace.get_current_span().get_span_context()
    return f"{span.trace_id:032x}" if span.is_valid else ""


def remote_context(traceparent: str) -> otel_context.Context | None:
    """The context of a span elsewhere; None when the header says nothing valid."""
    match = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    if match is None or match[1] == "ff":
        return None
    span = SpanContext(
        trace_id=int(match[2], 16),
        span_id=int(match[3], 16),
        is_remote=True,
        trace_flags=TraceFlags(int(match[4], 16) & 1),
    )
    if not span.is_valid:
        return None
    return trace.set_span_in_context(NonRecordingSpan(span))


@contextmanager
def attach(traceparent: str) -> Generator[None]:
    """Continue the trace that the header names, for as long as the block runs."""
    context = remote_context(traceparent)
    if context is None:
        yield
        return
    token = otel_context.attach(context)
    try:
        yield
    finally:
        otel_context.detach(token)


def counter(name: str, help: str, *labels: str) -> Counter:
    """A Prometheus counter, the same one when asked for again."""
    known = _metrics.get(name) or Counter(name, help, labels)
    assert isinstance(known, Counter)
    _metrics[name] = known
    return known


def gauge(name: str, help: str, *labels: str) -> Gauge:
    """A Prometheus gauge, the same one when asked for again."""
    known = _metrics.get(name) or Gauge(name, help, labels)
    assert isinstance(known, Gauge)
    _metrics[name] = known
    return known


def histogram(
    name: str, help: str, *labels: str, buckets: tuple[float, ...] = Histogram.DEFAULT_BUCKETS
) -> Histogram:
    """A Prometheus histogram, the same one when asked for again."""
    known = _metrics.get(name) or Histogram(name, help, labels, buckets=buckets)
    assert isinstance(known, Histogram)
    _metrics[name] = known
    return known


def _trace_ids(_: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        event["trace_id"] = f"{span.trace_id:032x}"
        event["span_id"] = f"{span.span_id:016x}"
    return event


def _without_secrets(
    _: object, __: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for name, value in event.items():
        if _SECRET.search(name):
            event[name] = "•••"
        elif isinstance(value, str):
            event[name] = redacted(value)
    return event


def redacted(text: str) -> str:
    """The text without tokens and without passwords in addresses."""
    if "://" in text:
        text = _URL_PASSWORD.sub(r"\1•••@", text)
    if "eyJ" in text or "earer" in text or "asic" in text or "EARER" in text:
        text = _BEARER.sub("•••", text)
    return text
