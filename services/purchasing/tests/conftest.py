"""Fixtures of purchasing's tests: a company that buys steel."""

import pytest
import pytest_asyncio

from chassis.service import Service
from chassis.testing import Api, Publish
from purchasing.main import build

from . import builders as a


@pytest.fixture(scope="session")
def service() -> Service:
    """The service under test."""
    return build()


@pytest_asyncio.fixture
async def buying(api: Api, publish: Publish) -> Api:
    """A client that may do everything; the master data of E01 are known."""
    await publish(
        a.company(),
        a.company("E02"),
        a.warehouse("SH"),
        a.warehouse("GZ"),
        a.warehouse("HK", company="E02"),
        a.tax_code(),
        a.item("B", base_unit="KG", quantity_decimals=3, units=[a.unit("T", 1000)]),
        a.item("A", units=[a.unit("BOX", 12)]),
        a.item("X", procurement="make"),
        a.supplier("V3"),
        a.supplier("V1"),
        a.partner("C001", roles=["customer"]),
    )
    return api
