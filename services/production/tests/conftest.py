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
    await publish(
        a.company(),
        a.company("E02"),
        a.warehouse("SH"),
        a.warehouse("GZ"),
        a.warehouse("HK", company="E02"),
        a.tax_code(),
        a.item("X", procurement="make", valuation_class="finished_goods"),
        a.item("S", procurement="make", valuation_class="semi_finished"),
        a.item("P", procurement="phantom", valuation_class="consumable"),
        a.item("B", base_unit="KG", quantity_decimals=3, valuation_class="raw_material"),
        a.item("C", valuation_class="raw_material"),
        a.item("BOX", valuation_class="consumable"),
        a.item("TAPE", base_unit="M", quantity_decimals=1, valuation_class="consumable"),
        a.item("CHIPS", base_unit="KG", quantity_decimals=3, valuation_class="raw_material"),
        a.supplier("V3"),
    )
    made = await api.post(
        "/production/work-centres",
        {
            "company": "E01",
            "code": "WC1",
            "name": "装配",
            "labour_rate": "50",
            "overhead_rate": "20",
        },
    )
    assert made.status_code == 201, made.text
    return api
