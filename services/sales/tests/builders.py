"""Events and requests of the tests; each takes only what matters to the test."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from chassis.ids import named, uuid7
from tongheng_contracts.envelope import Event
from tongheng_contracts.finance import (
    Allocation,
    CreditExposure,
    CreditExposureChanged,
    CreditNote,
    CreditNoteIssued,
    Invoice,
    InvoiceIssued,
    Payment,
    PaymentReceived,
)
from tongheng_contracts.inventory import (
    Expected,
    GoodsReturn,
    GoodsReturned,
    GoodsShipped,
    Held,
    Reservation,
    ReservationLine,
    ReturnLine,
    Shipment,
    ShipmentLine,
    StockReserved,
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
from tongheng_contracts.production import EngineeringRequest, EngineeringRequestChanged

TODAY = date(2026, 11, 22).isoformat()
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)  # noon at Shanghai


def id_of(code: str) -> UUID:
    """The id that the tests give to the record with this code."""
    return named("test", code)


def company(code: str = "E01", **more: Any) -> CompanyChanged:
    """A legal entity."""
    return CompanyChanged(
        company_record=Company(
            id=id_of(code), code=code, name=code, version=more.pop("version", 1), **more
        )
    )


def item(code: str, **more: Any) -> ItemChanged:
    """Something to sell."""
    fields = {"base_unit": "PCS", "version": 1, "list_price": Decimal(110), **more}
    return ItemChanged(item=Item(id=id_of(code), code=code, name=code, **fields))


def partner(code: str, **more: Any) -> PartnerChanged:
    """A customer."""
    fields = {"roles": ["customer"], "version": 1, **more}
    return PartnerChanged(partner=Partner(id=id_of(code), code=code, name=code, **fields))


def warehouse(code: str, company: str = "E01", **more: Any) -> WarehouseChanged:
    """A place that ships."""
    return WarehouseChanged(
        warehouse=Warehouse(
            id=id_of(code),
            code=code,
            name=code,
            company=company,
            version=more.pop("version", 1),
            **more,
        )
    )


def tax_code(code: str, rate: str) -> TaxCodeChanged:
    """A tax rate."""
    return TaxCodeChanged(
        tax_code=TaxCode(id=id_of(code), code=code, name=code, version=1, rate=Decimal(rate))
    )


def master_data() -> list[Event]:
    """What the tests sell, to whom, from where."""
    return [
        company("E01"),
        company("E02", time_zone="Asia/Hong_Kong", currency="HKD"),
        tax_code("VAT13", "0.13"),
        item("A", units=[ItemUnit(unit="BOX", numerator=12)]),
        item("W", base_unit="M", quantity_decimals=3, list_price=Decimal("1.05")),
        item("N", list_price=None),
        item("OLD", active=False),
        item("ODD", tax_code="VAT99"),
        partner("C001"),
        partner("C002"),
        partner("BAD", blocked=True),
        partner("SUP", roles=["supplier"]),
        warehouse("SH"),
        warehouse("GZ"),
        warehouse("HK", company="E02"),
    ]


def order(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A request for an order."""
    return {"company": "E01", "customer": "C001", "lines": list(lines) or [line()], **more}


def line(
    item: str = "A", quantity: str = "150", unit_price: str | None = "100.00", **more: Any
) -> dict[str, Any]:
    """A line of it."""
    price = {} if unit_price is None else {"unit_price": unit_price}
    return {"item": item, "quantity": quantity, **price, **more}


def special(quantity: str = "2", unit_price: str = "24000.00", **more: Any) -> dict[str, Any]:
    """A quotation's line for what has no item yet."""
    thing = {
        "description": "四轴移载机", "description_en": "Four-axis transfer unit", "specification": "行程 1200 mm",
        "attributes": {"voltage": "380 V"}, **more.pop("thing", {}),
    }  # fmt: skip
    return {
        "non_standard": thing, "quantity": quantity, "unit": "PCS", "unit_price": unit_price, "tax_code": "VAT13",
        **more,
    }  # fmt: skip


def engineered(
    request: str, status: str = "released", version: int = 2, **more: Any
) -> EngineeringRequestChanged:
    """Production's word on what a quotation asked for."""
    given: dict[str, Any] = {
        "id": request, "number": "ER-2026-000001", "company": "E01", "business_date": TODAY, "customer": "C001",
        "quotation": uuid7(), "quotation_number": "QT-1", "quotation_line": 1, "description": "四轴移载机",
        "quantity": "2", "unit": "PCS", "item": "TU-4X" if status in ("designed", "released") else "", **more,
    }  # fmt: skip
    return EngineeringRequestChanged(
        engineering_request=EngineeringRequest.model_validate(
            {"status": status, "version": version, **given}
        )
    )


def profile(limit: str | None, **more: Any) -> dict[str, Any]:
    """A request for a credit profile."""
    return {"company": "E01", "credit_limit": limit, **more}


def exposure(
    sequence: int, receivable: str, *shipments: UUID, overdue: str = "0", customer: str = "C001"
) -> CreditExposureChanged:
    """What finance says that a customer owes."""
    return CreditExposureChanged(
        exposure=CreditExposure(
            id=uuid7(), number=f"CX-{sequence}", company="E01", business_date=TODAY, posting_date=TODAY, customer=customer,
            currency="CNY", sequence=sequence, receivable=Decimal(receivable), overdue=Decimal(overdue),
            shipments=list(shipments),
        )
    )  # fmt: skip


def reserved(
    placed: dict[str, Any], version: int = 1, *, held: dict[str, str] | None = None, shipped: str = "0",
    expected: str = "0", uncovered: str = "0", cancelled: str = "0", released: bool = False,
    order_version: int | None = None, line: int = 1,
) -> StockReserved:  # fmt: skip
    """Inventory's answer about an order of one line."""
    said = placed["lines"][line - 1]
    expected_from = Expected(
        source="PO-77", source_id=uuid7(), source_line=1, warehouse="SH", quantity=Decimal(expected),
        date=(date.fromisoformat(TODAY) + timedelta(days=9)).isoformat(),
    )  # fmt: skip
    return StockReserved(
        reservation=Reservation(
            id=UUID(placed["id"]), number=placed["number"], company=placed["company"], version=version,
            order_version=order_version or placed["version"], released=released,
            lines=[
                ReservationLine(
                    line=line, item=said["item"], unit=said["unit"], quantity=Decimal(said["quantity"]),
                    cancelled=Decimal(cancelled),
                    held=[
                        Held(warehouse=code, quantity=Decimal(quantity), picked=Decimal(0))
                        for code, quantity in (held or {}).items()
                    ],
                    shipped=Decimal(shipped), expected=[expected_from] if Decimal(expected) else [],
                    uncovered=Decimal(uncovered), warehouse=None,
                )
            ],
        )
    )  # fmt: skip


def shipped(
    placed: dict[str, Any],
    quantity: str,
    net: str,
    tax: str,
    *,
    warehouse: str = "SH",
    id: UUID | None = None,
    line: int = 1,
) -> GoodsShipped:
    """Goods of one order line that left."""
    said = placed["lines"][line - 1]
    amounts = {
        "amount_net": Decimal(net),
        "amount_tax": Decimal(tax),
        "amount_gross": Decimal(net) + Decimal(tax),
    }
    return GoodsShipped(
        shipment=Shipment(
            id=id or uuid7(), number="DN-2026-000001", company=placed["company"], business_date=TODAY,
            posting_date=TODAY, order=UUID(placed["id"]), order_number=placed["number"], customer=placed["customer"],
            warehouse=warehouse, currency="CNY", cost=Decimal(0), **amounts,
            lines=[
                ShipmentLine(
                    line=1, order_line=line, item=said["item"], quantity=Decimal(quantity), unit=said["unit"],
                    valuation_class="finished_goods", cost=Decimal(0), tax_code="VAT13", tax_rate=Decimal("0.13"),
                    **amounts,
                )
            ],
        )
    )  # fmt: skip


def invoiced(placed: dict[str, Any], gross: str) -> InvoiceIssued:
    """A sales invoice of an order."""
    return InvoiceIssued(
        invoice=Invoice(
            id=uuid7(), number="INV-1", company=placed["company"], business_date=TODAY, posting_date=TODAY,
            customer=placed["customer"], order=UUID(placed["id"]), order_number=placed["number"], currency="CNY",
            due_date=TODAY, lines=[], amount_net=Decimal(gross), amount_tax=Decimal(0), amount_gross=Decimal(gross),
        )
    )  # fmt: skip


def credited(placed: dict[str, Any], gross: str, *, invoiced: bool = True) -> CreditNoteIssued:
    """A credit note for goods of an order."""
    return CreditNoteIssued(
        credit_note=CreditNote(
            id=uuid7(), number="CN-1", company=placed["company"], business_date=TODAY, posting_date=TODAY,
            customer=placed["customer"], order=UUID(placed["id"]), order_number=placed["number"], goods_return=uuid7(),
            currency="CNY", invoiced=invoiced, amount_net=Decimal(gross), amount_tax=Decimal(0),
            amount_gross=Decimal(gross),
        )
    )  # fmt: skip


def paid(placed: dict[str, Any], *amounts: str) -> PaymentReceived:
    """Money for an order."""
    return PaymentReceived(
        payment=Payment(
            id=uuid7(), number="RC-1", company=placed["company"], business_date=TODAY, posting_date=TODAY,
            partner=placed["customer"], currency="CNY", amount=sum(map(Decimal, amounts), Decimal(0)),
            bank_account="1002", on_account=Decimal(0),
            allocations=[
                Allocation(open_item=uuid7(), document_number="INV-1", order=UUID(placed["id"]), amount=Decimal(amount))
                for amount in amounts
            ],
        )
    )  # fmt: skip


def came_back(
    document: dict[str, Any], quantity: str, *, direction: str = "from_customer"
) -> GoodsReturned:
    """Goods of a return's first line that arrived."""
    said = document["lines"][0]
    zero = Decimal(0)
    return GoodsReturned(
        goods_return=GoodsReturn(
            id=uuid7(), number="GR-1", company=document["company"], business_date=TODAY, posting_date=TODAY,
            direction=direction, authorisation=UUID(document["id"]), authorisation_number=document["number"],
            order=UUID(document["order"]), order_number=document["order_number"], partner=document["customer"],
            warehouse="GZ", currency="CNY", cost=zero, amount_net=zero, amount_tax=zero,
            amount_gross=Decimal(said["amount_gross"]),
            lines=[
                ReturnLine(
                    line=1, order_line=said["order_line"], item=said["item"], quantity=Decimal(quantity),
                    unit=said["unit"], valuation_class="finished_goods", cost=zero, amount_net=zero, amount_tax=zero,
                    amount_gross=zero, tax_code="VAT13", tax_rate=Decimal("0.13"),
                )
            ],
        )
    )  # fmt: skip
