"""SIGTERM: unready at once, answering a while still, then gone, with nothing left behind."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

import httpx
import pytest

from chassis.service import Service
from chassis.testing import role_url

from .toy import main as toy

pytestmark = pytest.mark.integration

PROGRAM = """
import os, sys
sys.path.insert(0, sys.argv.pop(1))
from chassis import service, watchdog
from tests.toy.main import build
if "TEST_STUCK_SECONDS" in os.environ:
    service.STUCK_SECONDS, watchdog.LOOK_SECONDS = float(os.environ["TEST_STUCK_SECONDS"]), 0.1
service.run(build)
"""
DRAIN_SECONDS = 2.0


@pytest.fixture(scope="session")
def service() -> Service:
    return toy.build()


@pytest.fixture
def stuck_seconds() -> str:
    """After how long a loop that does not turn is taken to stand; empty: as it is."""
    return ""


@pytest.fixture
def process(
    stuck_seconds: str, scratch_database_url: str, kafka_bootstrap: str, unused_tcp_port: int
) -> Generator[tuple[subprocess.Popen[bytes], str]]:
    environment = {
        **os.environ,
        "TONGHENG_PORT": str(unused_tcp_port),
        "TONGHENG_DATABASE_URL": role_url(scratch_database_url, "toy", "api"),
        "TONGHENG_WORKER_DATABASE_URL": role_url(scratch_database_url, "toy", "worker"),
        "TONGHENG_KAFKA": kafka_bootstrap,
        "TONGHENG_DRAIN_SECONDS": str(DRAIN_SECONDS),
    }
    if stuck_seconds:
        environment["TEST_STUCK_SECONDS"] = stuck_seconds
    started = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(Path(__file__).parents[1])], env=environment
    )
    yield started, f"http://127.0.0.1:{unused_tcp_port}"
    started.kill()
    started.wait()


async def answers(client: httpx.AsyncClient, path: str) -> int:
    try:
        return (await client.get(path)).status_code
    except httpx.TransportError:
        return 0


async def test_it_is_unready_at_once_and_serves_on_before_it_ends(
    process: tuple[subprocess.Popen[bytes], str],
) -> None:
    started, address = process
    async with httpx.AsyncClient(base_url=address) as client, asyncio.timeout(60):
        while await answers(client, "/readyz") != 200:
            assert started.poll() is None
            await asyncio.sleep(0.1)

        asked = time.monotonic()
        started.send_signal(signal.SIGTERM)
        while await answers(client, "/readyz") == 200:
            await asyncio.sleep(0.02)

        assert await answers(client, "/readyz") == 503
        assert await answers(client, "/livez") == 200
        assert await asyncio.to_thread(started.wait, 28) == 0
        assert time.monotonic() - asked >= DRAIN_SECONDS


@pytest.mark.parametrize("stuck_seconds", ["-1"])
async def test_a_process_whose_loops_stand_ends_and_says_so_by_its_code(
    process: tuple[subprocess.Popen[bytes], str],
) -> None:
    started, _ = process

    assert await asyncio.to_thread(started.wait, 90) == 1
