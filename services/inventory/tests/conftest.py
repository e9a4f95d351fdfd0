"""Fixtures of inventory's tests: a company with two warehouses and a few items."""

import pytest
import pytest_asyncio

from chassis.service import Service
from chassis.testing import Api, Publish
from inventory.main import build

from . import builders as a


@pytest.fixture(scope="session")
def service() -> Service:
    """The service under test."""
    return build()


@pytest_asyncio.fixture
async def company(publish: Publish, api: Api) -> Api:
    """E01 with warehouses SH (first) and GZ, items A and X in pieces, B in kilograms; a client that may do everything."""
    await publish(
        a.company(),
        a.warehouse("SH", priority=1),
        a.warehouse("GZ", priority=2),
        a.item("A"),
        a.item("X"),
        a.item("B", base_unit="KG", quantity_decimals=3, valuation_class="raw_material"),
    )
    return api
