"""A real OTLP/HTTP receiver: what the services export, decoded as any collector would."""

import gzip
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True, slots=True)
class Span:
    """One span, with the service that made it."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str


class Receiver:
    """Takes traces at /v1/traces and keeps those asked for."""

    def __init__(self) -> None:
        self._spans: dict[str, list[Span]] = {}
        self._lock = threading.Lock()
        self.endpoint = ""

    def take(self, body: bytes) -> None:
        """Keep what a service sent."""
        sent: Any = ExportTraceServiceRequest.FromString(body)
        with self._lock:
            for resource in sent.resource_spans:
                service = next(
                    (each.value.string_value for each in resource.resource.attributes if each.key == "service.name"),
                    "",
                )  # fmt: skip
                for scope in resource.scope_spans:
                    for span in scope.spans:
                        kept = Span(
                            service, span.name, span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex()
                        )  # fmt: skip
                        self._spans.setdefault(kept.trace_id, []).append(kept)

    def trace(self, trace_id: str) -> list[Span]:
        """The spans of one trace that have come so far."""
        with self._lock:
            return list(self._spans.get(trace_id, ()))


@contextmanager
def receiving() -> Generator[Receiver]:
    """A receiver on a free port."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            if self.path == "/v1/traces":
                receiver.take(body)
            self.send_response(200 if self.path == "/v1/traces" else 404)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
