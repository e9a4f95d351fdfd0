"""Fixtures of the sales tests: a company with its warehouses, items, customers and tax codes."""

from __future__ import annotations

import pytest
import pytest_asyncio

from chassis.service import Service
from chassis.testing import Api, Publish
from sales.main import build

from . import builders


@pytest.fixture(scope="session")
def service() -> Service:
    """The service under test."""
    return build()


@pytest_asyncio.fixture
async def shop(api: Api, publish: Publish) -> Api:
    """A client of a company E01 that can sell A (list price 110.00) and wire W (metres) to C001."""
    await publish(*builders.master_data())
    return api
