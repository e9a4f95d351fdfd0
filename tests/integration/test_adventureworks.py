"""A real company's legacy data become its opening; then it trades, and the books tie out."""

from decimal import Decimal
from pathlib import Path

import pytest

from operations.adventureworks import Importer, Loaded, Trader
from operations.client import Client

from .company import Company

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "adventureworks"
CODE = "AW"
OPENING = Decimal("20092679.15")


@pytest.fixture(scope="session")
def data() -> Path:
    if not DATA.exists():
        pytest.skip(f"the legacy data are not beside the project ({DATA.name})")
    return DATA


async def test_the_opening_arrives_whole_and_trading_ties_out(erp: Client, data: Path) -> None:
    loaded: Loaded = await Importer(erp, data, company=CODE).load()

    assert loaded.refused == []
    assert loaded.arrived["items"] == 504
    assert loaded.arrived["suppliers"] == 104
    assert loaded.arrived["supplier items"] == 460
    assert loaded.arrived["stock rows"] == 1069
    assert loaded.arrived["bill of material rows"] == 2679
    assert len([note for note in loaded.noted if "stands at the top" in note]) == 103
    assert loaded.opening_value == OPENING
    company = Company(erp, CODE, CODE)
    balances = await company.balances()
    accounts = sum(
        (balances.get(code, Decimal(0)) for code in ("1403", "1405.01", "1405.02", "1411")),
        Decimal(0),
    )
    stock = sum(
        (Decimal(row["value"]) for row in await erp.items("/inventory/stock", company=CODE)),
        Decimal(0),
    )
    assert (stock, accounts) == (OPENING, OPENING)
    await company.prove()

    traded = await Trader(erp, data, company=CODE).trade()

    assert traded.supplier_items == 460 - 17
    assert traded.sales_orders == traded.invoices == 500
    await company.prove()
    orders = await erp.items("/sales/orders", company=CODE)
    assert {order["status"] for order in orders} == {"closed"}
    balances = await company.balances()
    assert balances.get("2202.02", Decimal(0)) == 0
    assert balances.get("1122.01", Decimal(0)) == 0
    assert balances.get("1122.02", Decimal(0)) == 0
