"""Fixtures of masterdata's tests."""

import pytest
import pytest_asyncio

from chassis.context import Context
from chassis.service import Service
from chassis.testing import Api, Harness
from masterdata.main import build
from masterdata.seed import seed


@pytest.fixture(scope="session")
def service() -> Service:
    """The service under test."""
    return build()


@pytest_asyncio.fixture
async def seeded(harness: Harness, api: Api) -> Api:
    """A client of a freshly seeded installation, that may do everything."""
    async with harness.worker.transaction(Context(actor="system:masterdata")) as session:
        await seed(session)
    return api
