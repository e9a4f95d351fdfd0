"""Fixtures of production's tests: a company that makes X of S and a phantom, and S of B and C."""

import pytest
import pytest_asyncio

from chassis.service import Service
from chassis.testing import Api, Publish
from production.main import build

from . import builders as a


@pytest.fixture(scope="session")
def service() -> Service:
    """The service under test."""
    return build()


@pytest_asyncio.fixture
async def making(api: Api, publish: Publish) -> Api:
    """A client that may do everything; the master data of E01 are known, and one work centre is there."""
    await publish(*a.masters())
    await a.made(api, "/production/work-centres", a.WORK_CENTRE)
    return api
