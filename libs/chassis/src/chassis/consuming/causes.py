"""What follows from an event names it, and goes on in its trace."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import MappingProxyType
from uuid import UUID

from opentelemetry.trace import Span, SpanKind, StatusCode

from chassis import telemetry
from tongheng_contracts.envelope import Envelope, Event


@contextmanager
def traced(events: Sequence[Event]) -> Generator[Mapping[UUID, Span]]:
    """A span for each event whose trace is recorded: a batch holds many traces, and each goes on in its own."""
    spans: dict[UUID, Span] = {}
    for event in events:
        envelope = event.envelope
        if envelope.traceparent.endswith("-01"):
            spans[envelope.id] = telemetry.tracer().start_span(
                f"process {envelope.topic}",
                context=telemetry.remote_context(envelope.traceparent),
                kind=SpanKind.CONSUMER,
                attributes={
                    "messaging.system": "kafka",
                    "messaging.destination.name": envelope.topic,
                    "messaging.batch.message_count": len(events),
                    "tongheng.document": envelope.subject,
                },
            )
    try:
        yield spans
    except Exception as error:
        for span in spans.values():
            span.set_status(StatusCode.ERROR, type(error).__name__)
        raise
    finally:
        for span in spans.values():
            span.end()


def causes_of(
    events: Sequence[Event], spans: Mapping[UUID, Span] = MappingProxyType({})
) -> dict[UUID, Envelope]:
    causes: dict[UUID, Envelope] = {}
    for event in events:
        envelope = event.envelope
        if envelope.id in spans:
            # What follows from it hangs below the span that made it.
            envelope = replace(envelope, traceparent=telemetry.traceparent_of(spans[envelope.id]))
        causes[UUID(event.key)] = envelope
        causes[envelope.id] = envelope
        order = getattr(event.body, "order", None)
        if isinstance(order, UUID):
            causes.setdefault(order, envelope)
    return causes
