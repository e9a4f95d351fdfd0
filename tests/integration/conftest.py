"""One real stack for the whole run: PostgreSQL, Kafka and every service, reached through the gateway alone."""

import os
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from chassis.testing import container_engine_answers
from operations.client import Client
from operations.ports import free_ports
from operations.secrets import load_or_create
from operations.stack import Options, Stack

from .company import Company


@contextmanager
def containers(var_dir: Path) -> Generator[Stack]:
    """A stack whose PostgreSQL and Kafka are containers; the images are settings."""
    from testcontainers.kafka import KafkaContainer
    from testcontainers.postgres import PostgresContainer

    password = load_or_create(var_dir).postgres
    data = PostgresContainer(
        os.environ.get("POSTGRES_IMAGE", "postgres:18"),
        username="postgres",
        password=password,
        driver=None,
    ).with_command("postgres -c max_connections=300")
    broker = KafkaContainer(
        os.environ.get("KAFKA_IMAGE", "confluentinc/cp-kafka:7.6.0")
    ).with_kraft()
    with data, broker:
        ports = replace(
            free_ports(),
            postgres=int(data.get_exposed_port(5432)),
            kafka=int(broker.get_bootstrap_server().rpartition(":")[2]),
        )
        yield Stack(
            var_dir, ports=ports, options=Options(elsewhere=frozenset({"postgres", "kafka"}))
        )


@contextmanager
def local(var_dir: Path) -> Generator[Stack]:
    """A stack whose PostgreSQL and Kafka are processes of this machine."""
    quick = {"fsync": "off", "full_page_writes": "off"}
    yield Stack(var_dir, ports=free_ports(), options=Options(postgres_settings=quick))


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> Generator[Stack]:
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
        with chosen(Path(folder) / "var") as running:
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
