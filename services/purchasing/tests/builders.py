"""Events and requests with only what matters to a test."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from chassis.ids import named, uuid7
from chassis.testing import Api
from tongheng_contracts.finance import Bill, BillLine, BillMatched
from tongheng_contracts.inventory import (
    Expected,
    GoodsReceived,
    GoodsReturn,
    GoodsReturned,
    Held,
    Receipt,
    ReceiptLine,
    Reservation,
    ReservationLine,
    ReturnLine,
    StockReserved,
    StockShort,
)
from tongheng_contracts.masterdata import (
    Company,
    CompanyChanged,
    Item,
    ItemChanged,
    ItemUnit,
    Partner,
    PartnerChanged,
    TaxCode,
    TaxCodeChanged,
    Warehouse,
    WarehouseChanged,
)

ZERO = Decimal(0)
DAY = "2026-11-02"


def company(code: str = "E01", *, version: int = 1) -> CompanyChanged:
    """A company."""
    return CompanyChanged(
        company_record=Company(id=named("company", code), code=code, name=code, version=version)
    )


def warehouse(code: str, *, company: str = "E01") -> WarehouseChanged:
    """A warehouse."""
    return WarehouseChanged(
        warehouse=Warehouse(
            id=named("warehouse", code), code=code, name=code, company=company, version=1
        )
    )


def tax_code(code: str = "VAT13", rate: str = "0.13") -> TaxCodeChanged:
    """A tax code."""
    return TaxCodeChanged(
        tax_code=TaxCode(id=named("tax", code), code=code, name=code, rate=Decimal(rate), version=1)
    )


def unit(code: str, numerator: int) -> ItemUnit:
    """An item's other unit."""
    return ItemUnit(unit=code, numerator=numerator)


def item(code: str, *, version: int = 1, **fields: Any) -> ItemChanged:
    """An item."""
    given = {"base_unit": "PCS", **fields}
    return ItemChanged(
        item=Item(id=named("item", code), code=code, name=code, version=version, **given)
    )


def partner(code: str, *, version: int = 1, **fields: Any) -> PartnerChanged:
    """A partner."""
    return PartnerChanged(
        partner=Partner(id=named("partner", code), code=code, name=code, version=version, **fields)
    )


def supplier(code: str, **fields: Any) -> PartnerChanged:
    """A supplier."""
    return partner(code, roles=["supplier"], **fields)


def order(**fields: Any) -> dict[str, Any]:
    """The order of E2: 1,000 kg of steel at 10.00."""
    return {
        "company": "E01",
        "supplier": "V3",
        "warehouse": "SH",
        "lines": [{"item": "B", "quantity": "1000", "unit_price": "10.00"}],
        **fields,
    }


def agreement(*lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A blanket order with V3 for the rest of the year."""
    return {
        "company": "E01",
        "supplier": "V3",
        "valid_from": "2026-01-01",
        "valid_until": "2026-12-31",
        "lines": list(lines),
        **fields,
    }


async def drafted(api: Api, **fields: Any) -> dict[str, Any]:
    """A draft."""
    answer = await api.post("/purchasing/orders", order(**fields))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def submitted(api: Api, **fields: Any) -> dict[str, Any]:
    """A submitted order."""
    draft = await drafted(api, **fields)
    answer = await api.post(f"/purchasing/orders/{draft['id']}/submit")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def approved(api: Api, **fields: Any) -> dict[str, Any]:
    """An approved order."""
    waiting = await submitted(api, **fields)
    answer = await api.post(f"/purchasing/orders/{waiting['id']}/approve")
    assert answer.status_code == 200, answer.text
    return answer.json()


def received(order: dict[str, Any], *accepted: str, line: int = 1) -> GoodsReceived:
    """A receipt of an order's lines, from `line` on."""
    lines = [
        ReceiptLine(
            line=n,
            order_line=line + n - 1,
            item="B",
            accepted=Decimal(quantity),
            rejected=ZERO,
            unit="KG",
            unit_price=Decimal(10),
            amount=Decimal(quantity) * 10,
            valuation_class="raw_material",
            tax_code="VAT13",
            tax_rate=Decimal("0.13"),
        )
        for n, quantity in enumerate(accepted, start=1)
    ]
    return GoodsReceived(
        receipt=Receipt(
            id=uuid7(),
            number="GR-2026-000001",
            company="E01",
            business_date=DAY,
            posting_date=DAY,
            purchase_order=UUID(order["id"]),
            purchase_order_number=order["number"],
            supplier="V3",
            warehouse="SH",
            currency="CNY",
            lines=lines,
            amount=sum((each.amount for each in lines), ZERO),
        )
    )


def returned(
    returning: dict[str, Any], quantity: str, *, direction: str = "to_supplier"
) -> GoodsReturned:
    """Goods of a return's first line that left."""
    amounts = {"amount_net": ZERO, "amount_tax": ZERO, "amount_gross": ZERO}
    return GoodsReturned(
        goods_return=GoodsReturn(
            id=uuid7(),
            number="RT-2026-000001",
            company="E01",
            business_date=DAY,
            posting_date=DAY,
            direction=direction,
            authorisation=UUID(returning["id"]),
            authorisation_number=returning["number"],
            order=UUID(returning["purchase_order"]),
            order_number=returning["purchase_order_number"],
            partner="V3",
            warehouse="SH",
            currency="CNY",
            cost=ZERO,
            lines=[
                ReturnLine(
                    line=1,
                    order_line=1,
                    item="B",
                    quantity=Decimal(quantity),
                    unit="KG",
                    valuation_class="raw_material",
                    cost=ZERO,
                    tax_code="VAT13",
                    tax_rate=Decimal("0.13"),
                    **amounts,
                )
            ],
            **amounts,
        )
    )


def billed(
    order: dict[str, Any],
    quantity: str,
    price: str,
    *,
    bill: UUID | None = None,
    version: int = 1,
    day: str = DAY,
    status: str = "matched",
) -> BillMatched:
    """A matched bill of an order's first line."""
    net = Decimal(quantity) * Decimal(price)
    return BillMatched(
        bill=Bill(
            id=bill or uuid7(),
            number="BI-2026-000001",
            company="E01",
            version=version,
            status=status,
            business_date=day,
            supplier="V3",
            supplier_number="V3-1",
            posting_date=day,
            due_date=day,
            currency="CNY",
            lines=[
                BillLine(
                    line=1,
                    purchase_order=UUID(order["id"]),
                    order_line=1,
                    receipt=None,
                    receipt_line=None,
                    item="B",
                    quantity=Decimal(quantity),
                    unit_price=Decimal(price),
                    amount_received=net,
                    amount_net=net,
                    difference=ZERO,
                )
            ],
            amount_net=net,
            amount_tax=ZERO,
            amount_gross=net,
        )
    )


def expected(order: dict[str, Any], quantity: str) -> Expected:
    """Supply from a purchase order."""
    return Expected(
        source=order["number"],
        source_id=UUID(order["id"]),
        source_line=1,
        warehouse="SH",
        quantity=Decimal(quantity),
        date=None,
    )


def short(
    number: str,
    uncovered: str,
    *,
    version: int = 1,
    quantity: str = "150",
    item: str = "A",
    coming: list[Expected] | None = None,
    reserved: bool = False,
) -> StockShort | StockReserved:
    """What inventory says of a sales order of one line."""
    coming = coming or []
    held = Decimal(quantity) - Decimal(uncovered) - sum((e.quantity for e in coming), ZERO)
    told = StockReserved if reserved or Decimal(uncovered) == 0 else StockShort
    return told(
        reservation=Reservation(
            id=sales_order(number),
            number=number,
            company="E01",
            version=version,
            order_version=1,
            released=False,
            lines=[
                ReservationLine(
                    line=1,
                    item=item,
                    unit="PCS",
                    quantity=Decimal(quantity),
                    cancelled=ZERO,
                    held=[Held(warehouse="SH", quantity=held, picked=ZERO)],
                    shipped=ZERO,
                    expected=coming,
                    uncovered=Decimal(uncovered),
                    warehouse="SH" if Decimal(uncovered) else None,
                )
            ],
        )
    )


def sales_order(number: str) -> UUID:
    """A sales order's id."""
    return named("sales order", number)
