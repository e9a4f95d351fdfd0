"""One real stack for the whole run: PostgreSQL, Kafka and every service, reached through the gateway alone."""

import os
import tempfile
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from chassis.testing import container_engine_answers, kafka_container, postgres_container
from operations.client import Client
from operations.ports import free_ports
from operations.secrets import load_or_create
from operations.stack import Options, Stack

from .company import Company
from .telemetry import Receiver, receiving


@contextmanager
def containers(var_dir: Path, environment: Mapping[str, str]) -> Generator[Stack]:
    """A stack whose PostgreSQL and Kafka are containers; the images are settings."""
    ports = free_ports()
    with (
        postgres_container(load_or_create(var_dir).postgres) as url,
        kafka_container(ports.kafka),
    ):
        where = replace(ports, postgres=urlsplit(url).port or 5432)
        outside = frozenset({"postgres", "kafka"})
        yield Stack(
            var_dir, ports=where, options=Options(elsewhere=outside, environment=environment)
        )


@contextmanager
def local(var_dir: Path, environment: Mapping[str, str]) -> Generator[Stack]:
    """A stack whose PostgreSQL and Kafka are processes of this machine."""
    quick = {"fsync": "off", "full_page_writes": "off"}
    yield Stack(
        var_dir,
        ports=free_ports(),
        options=Options(postgres_settings=quick, environment=environment),
    )


@pytest.fixture(scope="session")
def _receiver() -> Generator[Receiver]:
    """Where the stack's services export their traces to."""
    with receiving() as receiver:
        yield receiver


@pytest.fixture(scope="session")
def telemetry(request: pytest.FixtureRequest) -> Receiver | None:
    """What the stack's services exported; None where the tests use another's stack."""
    if os.environ.get("TONGHENG_TEST_STACK"):
        return None
    return request.getfixturevalue("_receiver")


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest, _receiver: Receiver) -> Generator[Stack]:
    """The stack; its data go with it. In containers where an engine answers, else as local processes."""
    engine = container_engine_answers()
    chosen = containers if engine else local
    capture: Any = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        where = (
            "containers (testcontainers)"
            if engine
            else "local processes: no container engine answers"
        )
        print(
            f"\nPostgreSQL and Kafka run in {where}"
            if engine
            else f"\nPostgreSQL and Kafka run as {where}"
        )
    with tempfile.TemporaryDirectory(
        prefix="tongheng-stack-", ignore_cleanup_errors=True
    ) as folder:
        Path(folder).chmod(0o755)
        environment = {
            "TONGHENG_OTLP_ENDPOINT": _receiver.endpoint,
            # Where webhooks' receivers may be; what else is on this machine may not be called.
            "TONGHENG_WEBHOOK_NETWORKS": "127.20.0.0/16",
        }
        with chosen(Path(folder) / "var", environment) as running:
            running.up(seconds=240)
            yield running
            running.down()


@pytest.fixture(scope="session")
def stack_dir(request: pytest.FixtureRequest) -> Path:
    """The folder of the running stack: the one named in TONGHENG_TEST_STACK, else the run's own."""
    given = os.environ.get("TONGHENG_TEST_STACK")
    if given:
        return Path(given)
    stack: Stack = request.getfixturevalue("stack")
    return stack.var_dir


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def erp(stack_dir: Path) -> AsyncGenerator[Client]:
    """The administrator at the gateway."""
    async with Client.of_stack(stack_dir) as client:
        yield client


@pytest_asyncio.fixture(loop_scope="session")
async def company(erp: Client) -> AsyncGenerator[Company]:
    """A fresh legal entity with two warehouses; afterwards its books must tie out."""
    made = await Company.found(erp)
    yield made
    await erp.quiet()
    await made.prove()
