"""One real stack for the whole run: PostgreSQL, Kafka and every service, reached through the gateway alone."""

import os
import tempfile
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest
import pytest_asyncio

from operations.client import Client
from operations.ports import free_ports
from operations.stack import Options, Stack

from .company import Company


@pytest.fixture(scope="session")
def stack() -> Generator[Stack]:
    """The stack; its data go with it."""
    with tempfile.TemporaryDirectory(
        prefix="tongheng-stack-", ignore_cleanup_errors=True
    ) as folder:
        Path(folder).chmod(0o755)
        quick = {"fsync": "off", "full_page_writes": "off"}
        running = Stack(
            Path(folder) / "var", ports=free_ports(), options=Options(postgres_settings=quick)
        )
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
