"""Lifecycles, contexts, settings, values and logs."""

import json
import pickle
from decimal import Decimal
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from starlette.types import Message, Receive, Scope, Send

from chassis import telemetry
from chassis.context import system_context
from chassis.edge import EdgeMiddleware
from chassis.errors import InvalidState
from chassis.lifecycle import Lifecycle
from chassis.settings import ServiceSettings
from chassis.values import (
    AmountIn,
    CodeIn,
    DateIn,
    NameIn,
    NoteIn,
    PriceIn,
    SignedAmountIn,
    SignedQuantityIn,
    TextIn,
    TimeIn,
)


class Status(StrEnum):
    OPEN = "open"
    SHIPPED = "shipped"
    CLOSED = "closed"


STEPS = Lifecycle(
    {Status.OPEN: frozenset({Status.SHIPPED}), Status.SHIPPED: frozenset({Status.CLOSED})}
)


def test_a_document_goes_only_the_ways_of_its_lifecycle():
    assert STEPS.advance(Status.OPEN, Status.SHIPPED) is Status.SHIPPED
    assert STEPS.is_final(Status.CLOSED) and STEPS.before(Status.CLOSED) == {Status.SHIPPED}
    with pytest.raises(InvalidState) as refusal:
        STEPS.advance(Status.CLOSED, Status.OPEN)

    assert (
        refusal.value.detail("en")
        == "This is not possible: the document is closed, not ready to become open."
    )
    assert "closed" in refusal.value.detail("zh") and "open" in refusal.value.detail("zh")
    copy = pickle.loads(pickle.dumps(refusal.value))
    assert (copy.code, copy.detail("zh")) == ("invalid-state", refusal.value.detail("zh"))


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (
            AmountIn,
            ["0.01", "12.5", "999999999999999.99"],
            ["0", "-1", "0.001", "1.", ".5", "01e1"],
        ),
        (SignedAmountIn, ["0", "-0.01", "5"], ["0.001", "--1", "+1"]),
        (SignedQuantityIn, ["-1", "0.000001"], ["0", "0.0", "-0.000000"]),
        (PriceIn, ["0", "1.234567"], ["-1", "1.2345678"]),
        (
            CodeIn,
            ["A", "物料-1", "x" * 64],
            ["", " a", "a ", "a\nb", "x" * 65, "a\u2028b", "a\ufffe"],
        ),
        (NameIn, ["Bolt M8"], ["", "  ", "a\tb", "x" * 201]),
        (TextIn, ["", "a b", "é" * 500], ["a\nb", "x" * 501, "a\x7f"]),
        (
            TimeIn,
            ["2026-01-01T00:00:00Z", "2026-01-01T08:00:00.123456+08:00"],
            [
                "2026-01-01T00:00:00",
                "2026-01-01",
                "2026-13-01T00:00:00Z",
                "0001-01-01T00:00:00Z",
                "now",
            ],
        ),
        (NoteIn, ["a\nb\tc"], ["a\rb", "x" * 4001]),
        (
            DateIn,
            ["1900-01-01", "2024-02-29"],
            ["1899-12-31", "3000-01-01", "2025-02-29", "2025-1-1", "20250101", "٢٠٢٥-٠١-٠١"],
        ),
    ],
)
def test_values_take_what_they_say_and_nothing_else(kind, good, bad):
    adapter = TypeAdapter(kind)
    for text in good:
        adapter.validate_json(json.dumps(text))
    for text in bad:
        with pytest.raises(ValidationError):
            adapter.validate_json(json.dumps(text))
    for other in (None, True, 1, 1.5, [], {}):
        with pytest.raises(ValidationError):
            adapter.validate_json(json.dumps(other))


@given(st.decimals(min_value="0.000001", max_value="999999999999999", places=6))
def test_a_quantity_comes_in_as_it_was_written(number: Decimal):
    from chassis.values import QuantityIn

    assert TypeAdapter(QuantityIn).validate_json(json.dumps(format(number, "f"))) == number


def test_settings_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("TONGHENG_RUN", "api, relay")
    monkeypatch.setenv("TONGHENG_PORT", "8123")
    monkeypatch.setenv("TONGHENG_LOG_LEVEL", "INFO")
    monkeypatch.setenv("TONGHENG_DATABASE_URL", "postgresql+asyncpg://a:secret-word@h/d")

    settings = ServiceSettings()

    assert (settings.run, settings.port, settings.log_level) == ({"api", "relay"}, 8123, "info")
    assert "secret-word" not in repr(settings)
    monkeypatch.setenv("TONGHENG_RUN", "api,web")
    with pytest.raises(ValidationError):
        ServiceSettings()


def test_logs_carry_no_secrets():
    line = telemetry._without_secrets(
        None,
        "",
        {
            "event": "Bearer abcdefghijkl and eyJhbGciOi.eyJzdWIiOiJ.c2ln",
            "password": "x",
            "access_token": "y",
            "url": "postgresql://user:word@host/db",
            "count": 3,
        },
    )

    text = json.dumps(line)
    assert not any(secret in text for secret in ("abcdefghijkl", "eyJ", '"x"', '"y"', "word@"))
    assert line["count"] == 3 and "user" in text


def test_a_trace_is_continued_and_left(monkeypatch):
    telemetry.configure_traces("toys")
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"

    with telemetry.attach(f"00-{trace}-00f067aa0ba902b7-01"):
        inside = telemetry.current_traceparent()
    assert inside == f"00-{trace}-00f067aa0ba902b7-01" and telemetry.current_traceparent() == ""
    for header in (
        "",
        "nonsense",
        f"ff-{trace}-00f067aa0ba902b7-01",
        "00-" + "0" * 32 + "-00f067aa0ba902b7-01",
    ):
        with telemetry.attach(header):
            assert telemetry.current_traceparent() == ""


async def test_a_statement_has_its_span(database):
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    from sqlalchemy import text
    from sqlalchemy.exc import ProgrammingError

    telemetry.configure_traces("toys")
    exporter = InMemorySpanExporter()
    telemetry._provider.add_span_processor(SimpleSpanProcessor(exporter))
    telemetry.instrument_database(database.engine)
    with telemetry.attach("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"):
        async with database.read(system_context("test")) as session:
            with telemetry.tracer().start_as_current_span("request"):
                await session.execute(text("SELECT 41 + 1"))
                with pytest.raises(ProgrammingError):
                    await session.execute(text("DELETE FROM nowhere"))

    spans = {span.name: span for span in exporter.get_finished_spans()}
    assert spans["SELECT"].attributes["db.query.text"] == "SELECT 41 + 1"
    assert spans["DELETE"].status.status_code.name == "ERROR"
    assert spans["SELECT"].parent.span_id == spans["request"].context.span_id
    assert not telemetry._spans


def test_metrics_of_one_name_are_one():
    assert telemetry.counter("chassis_test_total", "Test.", "kind") is telemetry.counter(
        "chassis_test_total", "Test.", "kind"
    )


@pytest.mark.parametrize(("draining", "told"), [(False, []), (True, [b"close"])])
async def test_a_service_that_is_told_to_end_lets_go_of_its_callers(
    draining: bool, told: list[bytes]
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope: Scope = {"type": "http", "method": "GET", "path": "/x", "headers": []}
    await EdgeMiddleware(app, draining=lambda: draining)(scope, receive, send)

    assert [value for name, value in sent[0]["headers"] if name == b"connection"] == told
