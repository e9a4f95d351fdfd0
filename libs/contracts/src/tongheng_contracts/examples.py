"""One event of every topic, as it may really come: two cases, told through all services.

An order: C001 buys 150 A at 100.00 from E01; 80 leave from SH, 50 from GZ, 20 wait for a purchase; 5 come back.
A purchase: E01 buys 1,000 kg of B from V3 at 10.00, 20 kg are rejected, the bill says 10.30, 50 kg go back.

For the pages, and for whoever tests a reader of these events without a company that makes them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from . import (
    audit,
    control,
    finance,
    identity,
    inventory,
    masterdata,
    production,
    purchasing,
    sales,
)
from .cloudevents import headers_of
from .envelope import Envelope, Event, Kind

COMPANY = "E01"
D = Decimal


def _id(number: int) -> UUID:
    return UUID(f"019a4d5e-7c00-7000-8000-{number:012d}")


ORDER, SHIPMENT, INVOICE, CREDIT_NOTE, RMA, GOODS_RETURN = map(_id, range(1, 7))
WORK_ORDER, BOM, REQUEST, OUTPUT = map(_id, range(21, 25))
PURCHASE, RECEIPT, SECOND_RECEIPT, BILL, BACK, ISSUE, PURCHASE_77 = map(_id, range(11, 18))
CASES = {ORDER: "SO-2026-000123", PURCHASE: "PO-2026-000078", WORK_ORDER: "MO-2026-000009"}


@dataclass(frozen=True, slots=True)
class Example:
    """A record as it lies in its topic."""

    event: Event
    envelope: Envelope

    @property
    def key(self) -> bytes:
        """The record's key."""
        return self.event.key.encode()

    @property
    def headers(self) -> list[tuple[str, bytes]]:
        """The record's headers."""
        return headers_of(self.envelope)

    @property
    def value(self) -> bytes:
        """The record's value."""
        return self.event.model_dump_json().encode()

    def as_json(self) -> dict[str, Any]:
        """The record for people: key, headers, payload."""
        return {
            "key": self.key.decode(),
            "headers": {name: value.decode() for name, value in self.headers},
            "payload": json.loads(self.value),
        }


def _order(version: int, status: sales.OrderStatus, *, cancelled: str = "0") -> sales.SalesOrder:
    return sales.SalesOrder(
        id=ORDER, number=CASES[ORDER], company=COMPANY, version=version, status=status,
        business_date="2026-11-02", customer="C001", currency="CNY", priority=100, requested_date="2026-11-12",
        placed_at="2026-11-02T09:30:00.114000+08:00",
        hold_reasons=["credit"] if status is sales.OrderStatus.ON_HOLD else [],
        amount_net=D("15000.00"), amount_tax=D("1950.00"), amount_gross=D("16950.00"),
        lines=[sales.SalesOrderLine(
            line=1, item="A", quantity=D(150), unit="PCS", unit_price=D("100.00"), amount_net=D("15000.00"),
            amount_tax=D("1950.00"), amount_gross=D("16950.00"), tax_code="VAT13", tax_rate=D("0.13"),
            quantity_cancelled=D(cancelled),
        )],
    )  # fmt: skip


def _reservation(version: int) -> inventory.Reservation:
    return inventory.Reservation(
        id=ORDER, number=CASES[ORDER], company=COMPANY, version=version, order_version=2, released=False,
        placed_at=datetime(2026, 11, 2, 1, 30, tzinfo=UTC),
        lines=[inventory.ReservationLine(
            line=1, item="A", unit="PCS", quantity=D(150), cancelled=D(0), shipped=D(0),
            held=[inventory.Held(warehouse="SH", quantity=D(80), picked=D(0)),
                  inventory.Held(warehouse="GZ", quantity=D(50), picked=D(0))],
            expected=[] if version == 1 else [inventory.Expected(
                source="PO-2026-000077", source_id=PURCHASE_77, source_line=1, warehouse="SH", quantity=D(20),
                date="2026-11-11",
            )],
            uncovered=D(20) if version == 1 else D(0), warehouse="SH" if version == 1 else None,
        )],
    )  # fmt: skip


def _sales() -> Iterable[Event]:
    yield sales.OrderPlaced(order=_order(1, sales.OrderStatus.ON_HOLD))
    yield sales.OrderChanged(order=_order(2, sales.OrderStatus.PENDING))
    yield sales.OrderCancelled(order=_order(3, sales.OrderStatus.CANCELLED, cancelled="150"))
    yield sales.ReturnAuthorised(sales_return=sales.SalesReturn(
        id=RMA, number="RMA-2026-000004", company=COMPANY, version=2, status="authorised", business_date="2026-11-20",
        order=ORDER, order_number=CASES[ORDER], customer="C001", currency="CNY", reason="运输破损 damaged on the way",
        lines=[sales.SalesReturnLine(
            line=1, order_line=1, item="A", quantity=D(5), unit="PCS", shipment=SHIPMENT, amount_net=D("500.00"),
            amount_tax=D("65.00"), amount_gross=D("565.00"), tax_code="VAT13", tax_rate=D("0.13"),
        )],
    ))  # fmt: skip


def _receipt() -> inventory.Receipt:
    return inventory.Receipt(
        id=RECEIPT, number="GR-2026-000031", company=COMPANY, business_date="2026-11-05", posting_date="2026-11-05",
        purchase_order=PURCHASE, purchase_order_number=CASES[PURCHASE], supplier="V3", warehouse="SH", currency="CNY",
        amount=D("5800.00"),
        lines=[inventory.ReceiptLine(
            line=1, order_line=1, item="B", accepted=D(580), rejected=D(20), unit="KG", unit_price=D("10.00"),
            amount=D("5800.00"), valuation_class="raw_material", lot="L-2211", tax_code="VAT13", tax_rate=D("0.13"),
        )],
    )  # fmt: skip


def _transfer(number: str, id: UUID) -> inventory.TransferMovement:
    return inventory.TransferMovement(
        id=id, number=number, company=COMPANY, business_date="2026-11-21", posting_date="2026-11-21", transfer=_id(30),
        transfer_number="TR-2026-000009", from_warehouse="SH", to_warehouse="GZ",
        lines=[inventory.TransferLine(
            line=1, item="A", quantity=D(10), unit="PCS", valuation_class="finished_goods", cost=D("426.67"),
        )],
    )  # fmt: skip


def _inventory() -> Iterable[Event]:
    yield inventory.StockReserved(reservation=_reservation(2))
    yield inventory.StockShort(reservation=_reservation(1))
    yield inventory.GoodsReceived(receipt=_receipt())
    yield inventory.InspectionFailed(receipt=_receipt())
    yield inventory.GoodsShipped(shipment=inventory.Shipment(
        id=SHIPMENT, number="DN-2026-000200", company=COMPANY, business_date="2026-11-03", posting_date="2026-11-03",
        order=ORDER, order_number=CASES[ORDER], customer="C001", warehouse="SH", currency="CNY", carrier="SF",
        tracking_number="SF1400000000123", cost=D("3200.00"), amount_net=D("8000.00"), amount_tax=D("1040.00"),
        amount_gross=D("9040.00"),
        lines=[inventory.ShipmentLine(
            line=1, order_line=1, item="A", quantity=D(80), unit="PCS", valuation_class="finished_goods",
            cost=D("3200.00"), amount_net=D("8000.00"), amount_tax=D("1040.00"), amount_gross=D("9040.00"),
            tax_code="VAT13", tax_rate=D("0.13"),
        )],
    ))  # fmt: skip
    yield inventory.GoodsReturned(goods_return=inventory.GoodsReturn(
        id=GOODS_RETURN, number="RT-2026-000006", company=COMPANY, business_date="2026-11-20",
        posting_date="2026-11-20", direction="from_customer", authorisation=RMA,
        authorisation_number="RMA-2026-000004", order=ORDER, order_number=CASES[ORDER], partner="C001", warehouse="GZ",
        currency="CNY", cost=D("200.00"), amount_net=D("500.00"), amount_tax=D("65.00"), amount_gross=D("565.00"),
        lines=[inventory.ReturnLine(
            line=1, order_line=1, item="A", quantity=D(5), unit="PCS", valuation_class="finished_goods",
            cost=D("200.00"), amount_net=D("500.00"), amount_tax=D("65.00"), amount_gross=D("565.00"),
            tax_code="VAT13", tax_rate=D("0.13"), shipment=SHIPMENT,
        )],
    ))  # fmt: skip
    yield inventory.TransferShipped(movement=_transfer("TS-2026-000009", _id(31)))
    yield inventory.TransferReceived(movement=_transfer("TI-2026-000009", _id(32)))
    yield inventory.StockAdjusted(adjustment=inventory.Adjustment(
        id=_id(33), number="ADJ-2026-000001", company=COMPANY, business_date="2026-11-01", posting_date="2026-11-01",
        reason="opening", text="期初库存",
        lines=[
            inventory.AdjustmentLine(line=1, item="A", warehouse="SH", quantity=D(80), unit="PCS", amount=D("3200.00"),
                                     valuation_class="finished_goods"),
            inventory.AdjustmentLine(line=2, item="A", warehouse="GZ", quantity=D(50), unit="PCS", amount=D("2000.00"),
                                     valuation_class="finished_goods"),
        ],
    ))  # fmt: skip
    yield inventory.MaterialIssued(issue=inventory.Issue(
        id=ISSUE, number="MI-2026-000012", company=COMPANY, business_date="2026-11-06", posting_date="2026-11-06",
        cost_collector="WO-1", destination="work_in_process", cost=D("2000.00"),
        lines=[inventory.IssueLine(line=1, item="B", warehouse="SH", quantity=D(200), unit="KG", cost=D("2000.00"),
                                   valuation_class="raw_material")],
    ))  # fmt: skip
    yield inventory.MaterialShort(reservation=inventory.Reservation(
        id=WORK_ORDER, number=CASES[WORK_ORDER], company=COMPANY, version=1, order_version=2, released=False,
        lines=[inventory.ReservationLine(
            line=2, item="C", unit="PCS", quantity=D(145), cancelled=D(0), held=[], shipped=D(60), expected=[],
            uncovered=D(85), warehouse="SH",
        )],
    ))  # fmt: skip
    yield inventory.ProductionReceived(production_receipt=inventory.ProductionReceipt(
        id=_id(97), number="PRC-2026-000006", company=COMPANY, business_date="2026-11-10", posting_date="2026-11-10",
        output=OUTPUT, production_order=WORK_ORDER, production_order_number=CASES[WORK_ORDER], cost=D("7550.00"),
        lines=[inventory.ProductionReceiptLine(
            line=1, item="S", warehouse="SH", quantity=D(144), unit="PCS", kind="main", valuation_class="semi_finished",
            material=D("5420.00"), labour=D("1500.00"), overhead=D("600.00"), subcontract=D("30.00"),
            cost=D("7550.00"),
        )],
    ))  # fmt: skip
    yield inventory.CostAdjusted(adjustment=inventory.CostAdjustment(
        id=_id(34), number="CA-2026-000003", company=COMPANY, business_date="2026-11-10", posting_date="2026-11-10",
        cause="bill", cause_id=BILL, cause_number="BL-2026-000015", supplier="V3", amount=D("300.00"),
        lines=[
            _cost_share(RECEIPT, 580, "174.00", on_hand="114.00", work_in_process="60.00"),
            _cost_share(SECOND_RECEIPT, 420, "126.00", on_hand="126.00"),
        ],
    ))  # fmt: skip


def _cost_share(
    receipt: UUID, quantity: int, amount: str, **shares: str
) -> inventory.CostAdjustmentLine:
    return inventory.CostAdjustmentLine(
        receipt=receipt, receipt_line=1, item="B", valuation_class="raw_material", quantity=D(quantity),
        amount=D(amount), shares=[inventory.CostShare(destination=to, amount=D(part)) for to, part in shares.items()],
    )  # fmt: skip


def _purchase(version: int, status: purchasing.PurchaseOrderStatus) -> purchasing.PurchaseOrder:
    return purchasing.PurchaseOrder(
        id=PURCHASE, number=CASES[PURCHASE], company=COMPANY, version=version, status=status,
        business_date="2026-11-01", supplier="V3", warehouse="SH", currency="CNY", tolerance=D("0.02"), payment_days=30,
        amount_net=D("10000.00"), amount_tax=D("1300.00"), amount_gross=D("11300.00"),
        lines=[purchasing.PurchaseOrderLine(
            line=1, item="B", quantity=D(1000), unit="KG", unit_price=D("10.00"), amount_net=D("10000.00"),
            amount_tax=D("1300.00"), tax_code="VAT13", tax_rate=D("0.13"), due_date="2026-11-06",
            quantity_cancelled=D(0),
        )],
    )  # fmt: skip


def _purchasing() -> Iterable[Event]:
    yield purchasing.RequisitionRaised(requisition=purchasing.Requisition(
        id=_id(40), number="PR-2026-000050", company=COMPANY, version=1, status="open", business_date="2026-11-02",
        origin="shortage", demand_order=ORDER,
        lines=[purchasing.RequisitionLine(
            line=1, item="A", quantity=D(20), unit="PCS", warehouse="SH", due_date="2026-11-11", supplier="V1",
            demand_order=ORDER, demand_line=1,
        )],
    ))  # fmt: skip
    yield purchasing.PurchaseOrderApproved(
        order=_purchase(2, purchasing.PurchaseOrderStatus.APPROVED)
    )
    yield purchasing.PurchaseOrderChanged(
        order=_purchase(3, purchasing.PurchaseOrderStatus.PARTLY_RECEIVED)
    )
    yield purchasing.PurchaseReturnAuthorised(purchase_return=purchasing.PurchaseReturn(
        id=BACK, number="PRT-2026-000002", company=COMPANY, version=2, status="authorised", business_date="2026-11-12",
        purchase_order=PURCHASE, purchase_order_number=CASES[PURCHASE], supplier="V3", warehouse="SH", currency="CNY",
        reason="硬度不足 too soft",
        lines=[purchasing.PurchaseReturnLine(
            line=1, order_line=1, item="B", quantity=D(50), unit="KG", unit_price=D("10.30"), amount_net=D("515.00"),
            amount_tax=D("66.95"), tax_code="VAT13", tax_rate=D("0.13"),
        )],
    ))  # fmt: skip
    yield purchasing.SupplierItemChanged(supplier_item=purchasing.SupplierItem(
        id=_id(41), supplier="V3", item="B", unit="KG", unit_price=D("10.00"), currency="CNY", lead_time_days=5,
        minimum_quantity=D(100), multiple_quantity=D(10), preferred=True, version=1,
    ))  # fmt: skip


def _bill(version: int, *, blocked: bool) -> finance.Bill:
    def line(
        number: int, receipt: UUID, quantity: str, net: str, received: str, more: str
    ) -> finance.BillLine:
        return finance.BillLine(
            line=number, purchase_order=PURCHASE, order_line=1, receipt=receipt, receipt_line=1, item="B",
            quantity=D(quantity), unit_price=D("10.30"), amount_received=D(received), amount_net=D(net),
            difference=D(more), bill_line=1,
        )  # fmt: skip

    return finance.Bill(
        id=BILL, number="BL-2026-000015", company=COMPANY, version=version, status="blocked" if blocked else "matched",
        business_date="2026-11-10", posting_date="2026-11-10", due_date="2026-12-10", supplier="V3",
        supplier_number="V3-88012", currency="CNY", block_reasons=["price"] if blocked else [],
        amount_net=D("10300.00"), amount_tax=D("1339.00"), amount_gross=D("11639.00"), purchase_order=PURCHASE,
        purchase_order_number=CASES[PURCHASE], price_accepted=not blocked,
        entries=[finance.BillEntry(
            line=1, order_line=1, item="B", unit="KG", tax_code="VAT13", tax_rate=D("0.13"), quantity=D(1000),
            unit_price=D("10.30"), order_price=D("10.00"), amount_net=D("10300.00"), amount_tax=D("1339.00"),
        )],
        lines=[line(1, RECEIPT, "580", "5974.00", "5800.00", "174.00"),
               line(2, SECOND_RECEIPT, "420", "4326.00", "4200.00", "126.00")],
    )  # fmt: skip


def _finance() -> Iterable[Event]:
    yield finance.VoucherPosted(voucher=finance.Voucher(
        id=_id(50), number="记-2026-11-000017", company=COMPANY, business_date="2026-11-03", posting_date="2026-11-03",
        period="2026-11", voucher_type="记", currency="CNY", rule="shipment-cost",
        source_topic="inventory.GoodsShipped", source_event=_id(51), source_id=SHIPMENT,
        source_number="DN-2026-000200", amount=D("3200.00"), text="发货 DN-2026-000200",
        text_en="Shipment DN-2026-000200", case=ORDER, case_number=CASES[ORDER], actor="system:finance",
        source_recorded_at=datetime(2026, 11, 3, 3, 0, 0, 180_000, tzinfo=UTC),
        lines=[
            finance.VoucherLine(line=1, account="6401", debit=D("3200.00"), credit=D(0), item="A",
                                text="销售成本", text_en="Cost of sales"),
            finance.VoucherLine(line=2, account="1405.01", debit=D(0), credit=D("3200.00"), item="A",
                                text="库存商品", text_en="Finished goods"),
        ],
    ))  # fmt: skip
    yield finance.InvoiceIssued(invoice=finance.Invoice(
        id=INVOICE, number="INV-2026-000101", company=COMPANY, business_date="2026-11-15", posting_date="2026-11-15",
        customer="C001", order=ORDER, order_number=CASES[ORDER], currency="CNY", due_date="2026-12-15",
        amount_net=D("15000.00"), amount_tax=D("1950.00"), amount_gross=D("16950.00"),
        lines=[
            finance.InvoiceLine(
                line=number, shipment=shipment, shipment_line=1, order_line=1, item="A", quantity=D(quantity),
                unit="PCS", amount_net=D(net), amount_tax=D(tax), amount_gross=D(gross), tax_code="VAT13",
            )
            for number, shipment, quantity, net, tax, gross in (
                (1, SHIPMENT, 80, "8000.00", "1040.00", "9040.00"),
                (2, _id(52), 50, "5000.00", "650.00", "5650.00"),
                (3, _id(53), 20, "2000.00", "260.00", "2260.00"),
            )
        ],
    ))  # fmt: skip
    yield finance.CreditNoteIssued(credit_note=finance.CreditNote(
        id=CREDIT_NOTE, number="CN-2026-000003", company=COMPANY, business_date="2026-11-20",
        posting_date="2026-11-20", customer="C001", order=ORDER, order_number=CASES[ORDER], goods_return=GOODS_RETURN,
        currency="CNY", invoiced=True, amount_net=D("500.00"), amount_tax=D("65.00"), amount_gross=D("565.00"),
        goods_return_number="RT-2026-000003",
        lines=[finance.CreditNoteLine(
            line=1, shipment=SHIPMENT, shipment_line=1, order_line=1, item="A", quantity=D(5), unit="PCS",
            amount_net=D("500.00"), amount_tax=D("65.00"), amount_gross=D("565.00"), tax_code="VAT13",
        )],
    ))  # fmt: skip
    yield finance.BillBlocked(bill=_bill(2, blocked=True))
    yield finance.BillMatched(bill=_bill(3, blocked=False))
    yield finance.PaymentReceived(payment=finance.Payment(
        id=_id(54), number="RC-2026-000040", company=COMPANY, business_date="2026-11-28", posting_date="2026-11-28",
        partner="C001", currency="CNY", amount=D("16385.00"), bank_account="1002", reference="SO-2026-000123 货款",
        on_account=D("0.00"),
        allocations=[
            finance.Allocation(open_item=INVOICE, document_number="INV-2026-000101", order=ORDER, amount=D("16950.00")),
            finance.Allocation(open_item=CREDIT_NOTE, document_number="CN-2026-000003", order=ORDER,
                               amount=D("-565.00")),
        ],
    ))  # fmt: skip
    yield finance.PaymentMade(payment=finance.Payment(
        id=_id(55), number="PY-2026-000021", company=COMPANY, business_date="2026-12-10", posting_date="2026-12-10",
        partner="V3", currency="CNY", amount=D("11057.05"), bank_account="1002", reference="V3-88012",
        on_account=D("0.00"),
        allocations=[
            finance.Allocation(open_item=BILL, document_number="BL-2026-000015", order=PURCHASE, amount=D("11639.00")),
            finance.Allocation(open_item=BACK, document_number="PRT-2026-000002", order=PURCHASE,
                               amount=D("-581.95")),
        ],
    ))  # fmt: skip
    yield finance.AdvanceReceived(advance=finance.Advance(
        id=_id(154), number="AD-2026-000004", company=COMPANY, business_date="2026-11-20", posting_date="2026-11-20",
        partner="C001", currency="CNY", amount=D("5000.00"), account="2203", bank_account="1002", reference="SO-2026-000123 定金",
    ))  # fmt: skip
    yield finance.AdvancePaid(advance=finance.Advance(
        id=_id(155), number="AD-2026-000005", company=COMPANY, business_date="2026-11-21", posting_date="2026-11-21",
        partner="V3", currency="CNY", amount=D("3000.00"), account="1123", bank_account="1002", reference="V3-88012",
    ))  # fmt: skip
    yield finance.AdvanceApplied(application=finance.AdvanceApplication(
        id=_id(156), number="RC-2026-000041", company=COMPANY, business_date="2026-11-28", posting_date="2026-11-28",
        advance=_id(154), advance_number="AD-2026-000004", payment=_id(157), partner="C001", amount=D("4200.00"),
    ))  # fmt: skip
    yield finance.CreditExposureChanged(exposure=finance.CreditExposure(
        id=_id(56), number="C001", company=COMPANY, business_date="2026-11-03", posting_date="2026-11-03",
        customer="C001", currency="CNY", sequence=7, receivable=D("12540.00"), overdue=D("0.00"), shipments=[SHIPMENT],
    ))  # fmt: skip
    yield finance.DebitNoteIssued(debit_note=finance.DebitNote(
        id=_id(57), number="PRT-2026-000002", company=COMPANY, business_date="2026-11-21", posting_date="2026-11-21",
        supplier="V3", order=PURCHASE, order_number=CASES[PURCHASE], goods_return=BACK, currency="CNY",
        amount_net=D("515.00"), amount_tax=D("66.95"), amount_gross=D("581.95"),
        lines=[finance.DebitNoteLine(
            receipt=SECOND_RECEIPT, receipt_line=1, quantity_unbilled=D(0), amount_unbilled=D("0.00"), quantity_billed=D(50),
        )],
    ))  # fmt: skip
    yield finance.OpeningEntered(opening=finance.Opening(
        id=_id(58), number="OB-2026-000001", company=COMPANY, business_date="2026-11-01", posting_date="2026-11-01",
        currency="CNY", amount=D("250000.00"),
        documents=[finance.OpeningDocument(
            open_item=_id(59), side="receivable", partner="C001", number="INV-2025-000871", amount=D("5650.00"),
            due_date="2026-11-30",
        )],
    ))  # fmt: skip


def _masterdata() -> Iterable[Event]:
    yield masterdata.CompanyChanged(
        company_record=masterdata.Company(
            id=_id(60),
            code=COMPANY,
            name="通衡示例有限公司",
            name_en="Tongheng Example Ltd",
            version=1,
        )
    )
    yield masterdata.ItemChanged(item=masterdata.Item(
        id=_id(61), code="A", name="控制器", name_en="Controller", version=3, base_unit="PCS", category="FG",
        specification="24 V", barcode="2000000000015", list_price=D("110.00"), lead_time_days=9,
        units=[masterdata.ItemUnit(unit="BOX", numerator=12)],
    ))  # fmt: skip
    yield masterdata.PartnerChanged(partner=masterdata.Partner(
        id=_id(62), code="C001", name="华东设备公司", name_en="East China Equipment", version=2, roles=["customer"],
        tax_id="91310000MA1K00000X", region="华东", email="purchasing@c001.example",
    ))  # fmt: skip
    yield masterdata.WarehouseChanged(
        warehouse=masterdata.Warehouse(
            id=_id(63),
            code="SH",
            name="上海仓",
            name_en="Shanghai",
            version=1,
            company=COMPANY,
            region="华东",
        )
    )
    yield masterdata.TaxCodeChanged(
        tax_code=masterdata.TaxCode(
            id=_id(64),
            code="VAT13",
            name="增值税 13%",
            name_en="VAT 13 %",
            version=1,
            rate=D("0.13"),
        )
    )
    yield masterdata.RateChanged(rate=masterdata.Rate(
        id=_id(65), code="USD/CNY/2026-11-01", version=1, currency="USD", to_currency="CNY", valid_from="2026-11-01",
        rate=D("7.10"),
    ))  # fmt: skip


def _identity() -> Iterable[Event]:
    yield identity.UserChanged(user=identity.User(
        id=_id(70), username="li.wei", name="李伟", active=True, roles=["sales"], companies=[COMPANY], version=2,
    ))  # fmt: skip
    yield identity.RoleChanged(role=identity.Role(
        id=_id(71), code="sales", name="销售", name_en="Sales", permissions=["sales.*", "inventory.stock.read"],
        version=1,
    ))  # fmt: skip
    yield identity.ClientChanged(client=identity.Client(
        id=_id(72), client_id="channel-01", name="线上渠道", active=True, roles=["sales"], companies=[COMPANY],
        version=1, partners=["C001"],
    ))  # fmt: skip
    yield identity.SessionEnded(
        session=identity.Session(id=_id(73), subject=str(_id(70)), reason="signed out")
    )


def _work_order(
    version: int, status: production.ProductionOrderStatus
) -> production.ProductionOrder:
    return production.ProductionOrder(
        id=WORK_ORDER, number=CASES[WORK_ORDER], company=COMPANY, version=version, status=status,
        business_date="2026-11-06", item="S", quantity=D(145), unit="PCS", warehouse="SH", start_date="2026-11-06",
        due_date="2026-11-12", demand_order=None,
        quantity_completed=D(144) if status is production.ProductionOrderStatus.COMPLETED else D(0),
        components=[
            production.ProductionComponent(line=1, item="B", quantity=D(435), unit="KG", warehouse="SH"),
            production.ProductionComponent(line=2, item="C", quantity=D(145), unit="PCS", warehouse="SH", backflush=True),
        ],
    )  # fmt: skip


def _production() -> Iterable[Event]:
    order: Any = {"order": WORK_ORDER, "order_number": CASES[WORK_ORDER]}
    dates: Any = {"company": COMPANY, "business_date": "2026-11-10", "posting_date": "2026-11-10"}
    yield production.BomChanged(bom=production.Bom(
        id=BOM, number="BOM-2026-000007", company=COMPANY, version=1, status="active", business_date="2026-11-02",
        item="S", revision="A", valid_from="2026-11-01", base_quantity=D(1), yield_rate=D("0.97"),
        components=[
            production.BomComponent(line=1, item="B", quantity=D(3), unit="KG"),
            production.BomComponent(line=2, item="C", quantity=D(1), unit="PCS", backflush=True, operation=10),
        ],
    ))  # fmt: skip
    yield production.ProductionOrderReleased(
        order=_work_order(2, production.ProductionOrderStatus.RELEASED)
    )
    yield production.ProductionOrderChanged(
        order=_work_order(5, production.ProductionOrderStatus.COMPLETED)
    )
    yield production.MaterialRequested(request=production.MaterialRequest(
        id=REQUEST, number="MR-2026-000012", **dates, **order, reason="backflush",
        lines=[production.MaterialRequestLine(line=2, item="C", quantity=D(145), unit="PCS", warehouse="SH")],
    ))  # fmt: skip
    yield production.OperationReported(report=production.OperationReport(
        id=_id(90), number="OR-2026-000031", **dates, **order, item="S", operation=10, work_centre="WC1", good=D(141),
        scrapped=D(0), rework=D(4), hours=D(29), labour_rate=D(50), overhead_rate=D(20), labour=D("1450.00"),
        overhead=D("580.00"),
    ))  # fmt: skip
    yield production.OutputReported(output=production.Output(
        id=OUTPUT, number="OP-2026-000009", **dates, **order, final=True, cost=D("7550.00"),
        lines=[production.OutputLine(
            line=1, item="S", quantity=D(144), unit="PCS", warehouse="SH", kind="main", material=D("5420.00"),
            labour=D("1500.00"), overhead=D("600.00"), subcontract=D("30.00"), cost=D("7550.00"),
        )],
    ))  # fmt: skip
    yield production.SubcontractReceived(subcontract=production.Subcontract(
        id=_id(91), number="SC-2026-000003", **dates, **order, operation=10, supplier="V3", supplier_number="V3-9001",
        quantity=D(1), currency="CNY", due_date="2026-12-10", amount_net=D("30.00"), amount_tax=D("3.90"),
        amount_gross=D("33.90"), tax_code="VAT13", tax_rate=D("0.13"),
    ))  # fmt: skip
    yield production.NonconformanceRaised(nonconformance=production.Nonconformance(
        id=_id(92), number="NC-2026-000002", company=COMPANY, version=2, status="decided", business_date="2026-11-10",
        **order, item="S", operation=10, quantity=D(1), defect="crack", decision="scrap", text="裂纹 cracked",
    ))  # fmt: skip
    yield production.ProductionOrderClosed(closing=production.ProductionClosing(
        id=_id(93), number="CL-2026-000004", **dates, **order, item="S", material=D("0.00"), labour=D("12.50"),
        overhead=D("5.00"), subcontract=D("0.00"), cost=D("17.50"),
    ))  # fmt: skip
    yield production.MrpCompleted(run=production.MrpRun(
        id=_id(94), number="MRP-2026-000005", company=COMPANY, version=2, status="completed", business_date="2026-11-02",
        items=7, planned_orders=5, exceptions=1, horizon="2027-11-02",
    ))  # fmt: skip
    yield production.PlannedOrderFirmed(firmed=production.Firmed(
        id=_id(95), number="PL-2026-000044", **dates, planned_order=_id(96), kind="buy", item="C", quantity=D(100),
        unit="PCS", warehouse="SH", start_date="2026-11-02", due_date="2026-11-06", supplier="V1", demand_order=ORDER,
        demand_line=1,
    ))  # fmt: skip


_TOTALS = {
    "masterdata": ("items", "", "0.00", 2),
    "identity": ("users", "", "0.00", 1),
    "purchasing": ("ordered", "V3", "10000.00", 1),
    "sales": ("open_orders", "C001", "16950.00", 1),
    "inventory": ("stock", "finished_goods", "2000.00", 1),
    "finance": ("receivable", "C001", "9040.00", 1),
    "production": ("labour", "", "1500.00", 2),
    "workflow": ("deliveries", "", "0.00", 1),
}


def _control() -> Iterable[Event]:
    for number, (service, (name, key, amount, count)) in enumerate(_TOTALS.items()):
        yield control.control_totals_event(service).model_validate({"report": control.ControlReport(
            id=_id(80 + number), service=service, version=42, cut=datetime(2026, 11, 3, 4, 0, tzinfo=UTC),
            offsets={f"{service}.ControlTotals/0": 41},
            totals=[control.ControlTotal(company=COMPANY, name=name, key=key, amount=D(amount), quantity=D(count),
                                         count=count)],
            parked=[control.ParkedNote(event=_id(98), topic="sales.OrderPlaced", key=str(ORDER), company=COMPANY,
                                       status="parked", reason="unreadable",
                                       parked_at=datetime(2026, 11, 3, 3, 45, tzinfo=UTC))] if service == "workflow" else [],
        )})  # fmt: skip


def _audit() -> Iterable[Event]:
    for number, (service, kind) in enumerate(audit.AUDIT_EVENTS.items()):
        yield kind.model_validate({"chapter": audit.AuditChapter(
            id=_id(200 + number), service=service, first=17, last=17, previous_hash="0" * 63 + "a", hash="0" * 63 + "b",
            records=[audit.AuditRecord(
                seq=17, recorded_at=datetime(2026, 11, 3, 4, 0, tzinfo=UTC), actor="li.na", client="console", address="203.0.113.9",
                request_id="6f2a", trace="00-" + "a" * 32 + "-" + "b" * 16 + "-01", action=f"{service}.order.cancel",
                outcome="done", document_type="order", document_id=str(_id(1)), number="SO-2026-000123", company=COMPANY,
                before={"status": "pending"}, after={"status": "cancelled"}, digest="0" * 64,
            )],
        )})  # fmt: skip


def _added() -> Iterable[Event]:
    # An example's ids stand by its place: what came later comes last, so that the others keep theirs.
    yield inventory.StockAlertRaised(alert=inventory.StockAlert(
        id=UUID("0199f3a0-6b1e-7c44-8f21-5d0c9e1a7b42"), company=COMPANY, version=1, item="A", unit="PCS", warehouse="SH",
        minimum=D(50), maximum=D(200), position=D(30), quantity=D(170), counted=[],
    ))  # fmt: skip
    yield inventory.StockRelocated(relocation=inventory.Relocation(
        id=UUID("0199f3a0-6b1e-7c44-8f21-5d0c9e1a7b43"), number="MV-2026-000007", company=COMPANY, business_date="2026-11-03",
        posting_date="2026-11-03", warehouse="SH",
        lines=[inventory.RelocationLine(line=1, item="A", quantity=D(20), unit="PCS", from_bin="", to_bin="A-01-03")],
    ))  # fmt: skip
    yield production.PromiseChanged(change=production.PromiseChange(
        id=UUID("0199f3a0-6b1e-7c44-8f21-5d0c9e1a7b44"), number=CASES[ORDER], company=COMPANY, business_date="2026-11-03",
        posting_date="2026-11-03", order=ORDER, order_line=1, item="X", sequence=2, wanted_date="2026-11-20",
        old_date="2026-11-20", new_date="2026-11-24", cause="late", waiting_item="C", waiting_document="PO-2026-000012",
        reason="PO-2026-000012 的物料“C”预计 2026-11-16 到。", reason_en="PO-2026-000012 brings C on 2026-11-16.",
    ))  # fmt: skip
    yield finance.PeriodClosed(period=finance.ClosedPeriod(
        id=_id(590), number="2026-10", company=COMPANY, version=2, status="closed", business_date="2026-11-03", closing=1,
        voucher_count=412, line_count=1260, debit=D("1843210.55"), credit=D("1843210.55"), hash="9f" * 32,
    ))  # fmt: skip
    yield finance.PeriodReopened(period=finance.ReopenedPeriod(
        id=_id(590), number="2026-10", company=COMPANY, version=3, status="open", business_date="2026-11-04", closing=1,
        reason="漏记运费",
    ))  # fmt: skip
    yield inventory.TransferChanged(transfer=inventory.TransferOrder(
        id=_id(591), number="TR-2026-000009", company=COMPANY, version=1, status="open", from_warehouse="SH",
        to_warehouse="BJ", business_date="2026-11-03", ship_date="2026-11-04", due_date="2026-11-06", planned_order=_id(96),
        lines=[inventory.TransferOrderLine(line=1, item="C", unit="PCS", lot="", quantity=D(40), received=D(0))],
    ))  # fmt: skip
    special: dict[str, Any] = {
        "description": "四轴移载机", "description_en": "Four-axis transfer unit",
        "specification": "行程 1200 mm，负载 80 kg，防护等级 IP54。", "attributes": {"voltage": "380 V", "colour": "RAL 5010"},
    }  # fmt: skip
    quoted = sales.Quotation(
        id=_id(592), number="QT-2026-000031", company=COMPANY, version=2, status="issued", business_date="2026-11-03",
        customer="C001", currency="CNY", valid_until="2026-12-31", requested_date="2027-01-15", revision=1,
        amount_net=D("48000.00"), amount_tax=D("6240.00"), amount_gross=D("54240.00"),
        lines=[sales.QuotationLine(
            line=1, item=None, quantity=D(2), unit="PCS", unit_price=D(24000), amount_net=D("48000.00"),
            amount_tax=D("6240.00"), amount_gross=D("54240.00"), tax_code="VAT13", tax_rate=D("0.13"),
            non_standard=sales.NonStandard(engineering_request=_id(593), **special),
        )],
    )  # fmt: skip
    yield sales.QuoteIssued(quotation=quoted)
    designed = quoted.lines[0].model_copy(update={"item": "TU-4X"})
    yield sales.QuoteChanged(quotation=quoted.model_copy(update={
        "version": 4, "status": "accepted", "order": ORDER, "order_number": CASES[ORDER], "lines": [designed],
    }))  # fmt: skip
    yield production.EngineeringRequestChanged(engineering_request=production.EngineeringRequest(
        id=_id(593), number="ER-2026-000004", company=COMPANY, version=5, status="released", business_date="2026-11-03",
        customer="C001", quotation=quoted.id, quotation_number=quoted.number, quotation_line=1, quantity=D(2), unit="PCS",
        requested_date="2027-01-15", assignee="wang.wei", due_date="2026-11-20", lead_time_days=25, item="TU-4X",
        bom="BOM-2026-000017", released_on="2026-11-18", **special,
    ))  # fmt: skip


@cache
def examples() -> dict[str, Example]:
    """One example by topic."""
    events = [
        *_masterdata(), *_identity(), *_purchasing(), *_sales(), *_inventory(), *_finance(), *_production(), *_control(), *_audit(), *_added()
    ]  # fmt: skip
    found: dict[str, Example] = {}
    for number, event in enumerate(events):
        agreed = event.contract
        case = next((c for c in CASES if str(c) in event.model_dump_json()), None)
        found[agreed.topic] = Example(
            event,
            Envelope(
                id=UUID(f"019a4d5e-8000-7000-8000-{number:012d}"),
                topic=agreed.topic,
                time=datetime(2026, 11, 3, 3, number // 60, number % 60, 250_000, tzinfo=UTC),
                subject=event.subject,
                company=event.company,
                actor=f"system:{agreed.owner}" if agreed.kind is Kind.CONTROL else str(_id(70)),
                correlation_id=str(case or f"019a4d5e-9000-7000-8000-{number:012d}"),
                causation_id=f"019a4d5e-a000-7000-8000-{number:012d}",
                traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            ),
        )
    return dict(sorted(found.items()))


def example(topic: str) -> Example:
    """The example of a topic.

    Raises:
        KeyError: no contract has this topic.
    """
    return examples()[topic]
