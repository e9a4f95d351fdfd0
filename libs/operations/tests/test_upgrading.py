"""The door before the gateways, and what the test of upgrades comes from."""

from __future__ import annotations

import http.server
import subprocess
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from operations.door import Door
from operations.errors import OperationsError
from operations.ports import free_ports
from operations.stack import get
from operations.upgrading import last_release


class Behind:
    """A process behind the door that says who it is, and whether it is ready."""

    def __init__(self, name: str, port: int) -> None:
        self.ready = True
        behind = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                good = behind.ready or self.path != "/readyz"
                self.send_response(200 if good else 503)
                self.end_headers()
                self.wfile.write(name.encode())

            def log_message(self, format: str, *args: object) -> None:
                return None

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def end(self) -> None:
        """No more connections."""
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def behind() -> Generator[tuple[Behind, Behind]]:
    ports = free_ports(rolling=True)
    both = Behind("a", ports.services["gateway"]), Behind("b", ports.standby["gateway"])
    yield both
    for each in both:
        each.end()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_door_leads_to_one_that_is_ready(behind: tuple[Behind, Behind]) -> None:
    first, second = behind
    first.ready = False
    port = free_ports(rolling=True).door
    with Door(port, [each.server.server_port for each in behind]):
        until(lambda: get(port, "/") == (200, "b"))
        first.ready, second.ready = True, False
        until(lambda: get(port, "/") == (200, "a"))
        first.end()
        # One that is not ready still is better than nobody.
        until(lambda: get(port, "/") == (200, "b"))


def test_without_a_release_a_commit_is_asked_for(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)

    with pytest.raises(OperationsError, match="--since"):
        last_release(tmp_path)
