"""Facts as inventory, masterdata and purchasing tell them; each takes only what a test is about."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

from chassis.ids import named, uuid7
from tongheng_contracts import inventory, masterdata, purchasing

DAY = datetime.now(timezone(timedelta(hours=8))).date().isoformat()
"""Today in China: its period is open whenever the tests run."""


def money(value: str | Decimal) -> Decimal:
    """An amount or a quantity."""
    return Decimal(value)


def id_of(name: str) -> UUID:
    """The same id for the same name."""
    return named("test", name)


def company(code: str = "E01") -> masterdata.CompanyChanged:
    """A company."""
    return masterdata.CompanyChanged(
        company_record=masterdata.Company(id=id_of(code), code=code, name=code, version=1)
    )


def partner(code: str, *roles: str, **fields: Any) -> masterdata.PartnerChanged:
    """A customer or supplier."""
    given = {
        "id": id_of(code),
        "code": code,
        "name": code,
        "roles": list(roles) or ["customer"],
        "version": 1,
        **fields,
    }
    return masterdata.PartnerChanged(partner=masterdata.Partner(**given))


def shipped(
    number: str, quantity: str, *, price: str = "100", cost: str = "0", order: str = "SO-1", customer: str = "C001",
    order_line: int = 1, rate: str = "0.13", day: str = DAY, company: str = "E01", item: str = "A",
    valuation_class: str = "finished_goods",
) -> inventory.GoodsShipped:  # fmt: skip
    """A shipment of one line."""
    net = (money(quantity) * money(price)).quantize(Decimal("0.01"))
    tax = (net * money(rate)).quantize(Decimal("0.01"))
    amounts = {"amount_net": net, "amount_tax": tax, "amount_gross": net + tax, "cost": money(cost)}
    line = inventory.ShipmentLine(
        line=1, order_line=order_line, item=item, quantity=money(quantity), unit="PCS", valuation_class=valuation_class,
        tax_code="VAT13", tax_rate=money(rate), **amounts,
    )  # fmt: skip
    return inventory.GoodsShipped(
        shipment=inventory.Shipment(
            id=id_of(number), number=number, company=company, business_date=day, posting_date=day, order=id_of(order),
            order_number=order, customer=customer, warehouse="SH", currency="CNY", lines=[line], **amounts,
        )
    )  # fmt: skip


def customer_return(
    number: str, quantity: str, *, shipment: str | None, price: str = "100", cost: str = "0", order: str = "SO-1",
    customer: str = "C001", day: str = DAY,
) -> inventory.GoodsReturned:  # fmt: skip
    """Goods that came back from a customer."""
    net = (money(quantity) * money(price)).quantize(Decimal("0.01"))
    tax = (net * Decimal("0.13")).quantize(Decimal("0.01"))
    amounts = {"amount_net": net, "amount_tax": tax, "amount_gross": net + tax, "cost": money(cost)}
    line = inventory.ReturnLine(
        line=1, order_line=1, item="A", quantity=money(quantity), unit="PCS", valuation_class="finished_goods",
        tax_code="VAT13", tax_rate=Decimal("0.13"), shipment=id_of(shipment) if shipment else None, **amounts,
    )  # fmt: skip
    return _returned(number, "from_customer", line, order, customer, day)


def supplier_return(
    number: str, quantity: str, *, price: str, cost: str, receipt: str | None = None, order: str = "PO-1",
    supplier: str = "V3", day: str = DAY,
) -> inventory.GoodsReturned:  # fmt: skip
    """Goods that went back to a supplier."""
    net = (money(quantity) * money(price)).quantize(Decimal("0.01"))
    tax = (net * Decimal("0.13")).quantize(Decimal("0.01"))
    line = inventory.ReturnLine(
        line=1, order_line=1, item="B", quantity=money(quantity), unit="KG", valuation_class="raw_material",
        tax_code="VAT13", tax_rate=Decimal("0.13"), amount_net=net, amount_tax=tax, amount_gross=net + tax,
        cost=money(cost), receipt=id_of(receipt) if receipt else None, receipt_line=1 if receipt else None,
    )  # fmt: skip
    return _returned(number, "to_supplier", line, order, supplier, day)


def _returned(
    number: str, direction: str, line: inventory.ReturnLine, order: str, partner: str, day: str
) -> inventory.GoodsReturned:
    return inventory.GoodsReturned(
        goods_return=inventory.GoodsReturn(
            id=id_of(number), number=number, company="E01", business_date=day, posting_date=day, direction=direction,
            authorisation=id_of(f"{number}/authorisation"), authorisation_number=f"{number}-A", order=id_of(order),
            order_number=order, partner=partner, warehouse="SH", currency="CNY", lines=[line], cost=line.cost,
            amount_net=line.amount_net, amount_tax=line.amount_tax, amount_gross=line.amount_gross,
        )
    )  # fmt: skip


def received(
    number: str, quantity: str, price: str, *, order: str = "PO-1", supplier: str = "V3", item: str = "B",
    valuation_class: str = "raw_material", day: str = DAY, order_line: int = 1,
) -> inventory.GoodsReceived:  # fmt: skip
    """A receipt of one line."""
    amount = (money(quantity) * money(price)).quantize(Decimal("0.01"))
    line = inventory.ReceiptLine(
        line=1, order_line=order_line, item=item, accepted=money(quantity), rejected=Decimal(0), unit="KG",
        unit_price=money(price), amount=amount, valuation_class=valuation_class, tax_code="VAT13", tax_rate=Decimal("0.13"),
    )  # fmt: skip
    return inventory.GoodsReceived(
        receipt=inventory.Receipt(
            id=id_of(number), number=number, company="E01", business_date=day, posting_date=day, purchase_order=id_of(order),
            purchase_order_number=order, supplier=supplier, warehouse="SH", currency="CNY", lines=[line], amount=amount,
        )
    )  # fmt: skip


def purchase_order(
    number: str, quantity: str, price: str, *, supplier: str = "V3", item: str = "B"
) -> purchasing.PurchaseOrderApproved:
    """An approved purchase order of one line."""
    net = (money(quantity) * money(price)).quantize(Decimal("0.01"))
    tax = (net * Decimal("0.13")).quantize(Decimal("0.01"))
    line = purchasing.PurchaseOrderLine(
        line=1, item=item, quantity=money(quantity), unit="KG", unit_price=money(price), amount_net=net, amount_tax=tax,
        tax_code="VAT13", tax_rate=Decimal("0.13"), due_date=DAY, quantity_cancelled=Decimal(0),
    )  # fmt: skip
    return purchasing.PurchaseOrderApproved(
        order=purchasing.PurchaseOrder(
            id=id_of(number), number=number, company="E01", version=3, status="approved", business_date=DAY,
            supplier=supplier, warehouse="SH", currency="CNY", tolerance=Decimal("0.02"), payment_days=30, lines=[line],
            amount_net=net, amount_tax=tax, amount_gross=net + tax,
        )
    )  # fmt: skip


def adjusted(
    number: str, amount: str, *, reason: str = "opening", quantity: str = "1", valuation_class: str = "finished_goods",
    day: str = DAY, company: str = "E01",
) -> inventory.StockAdjusted:  # fmt: skip
    """An adjustment of one line."""
    line = inventory.AdjustmentLine(
        line=1, item="A", warehouse="SH", quantity=money(quantity), unit="PCS", amount=money(amount),
        valuation_class=valuation_class,
    )  # fmt: skip
    return inventory.StockAdjusted(
        adjustment=inventory.Adjustment(
            id=id_of(number), number=number, company=company, business_date=day, posting_date=day, reason=reason,
            lines=[line],
        )
    )  # fmt: skip


def issued(
    number: str, cost: str, *, destination: str = "work_in_process"
) -> inventory.MaterialIssued:
    """Material given to a cost collector."""
    line = inventory.IssueLine(
        line=1,
        item="B",
        warehouse="SH",
        quantity=Decimal(1),
        unit="KG",
        cost=money(cost),
        valuation_class="raw_material",
    )
    return inventory.MaterialIssued(
        issue=inventory.Issue(
            id=id_of(number), number=number, company="E01", business_date=DAY, posting_date=DAY, cost_collector="WO-1",
            destination=destination, lines=[line], cost=money(cost),
        )
    )  # fmt: skip


def cost_adjusted(
    number: str, bill: UUID, shares: dict[str, str], *, receipt: str = "GR-1", item: str = "B"
) -> inventory.CostAdjusted:
    """Where a bill's price difference went."""
    total = sum((money(share) for share in shares.values()), Decimal(0))
    line = inventory.CostAdjustmentLine(
        receipt=id_of(receipt), receipt_line=1, item=item, valuation_class="raw_material", quantity=Decimal(1000),
        amount=total,
        shares=[inventory.CostShare(destination=where, amount=money(share)) for where, share in shares.items()],
    )  # fmt: skip
    return inventory.CostAdjusted(
        adjustment=inventory.CostAdjustment(
            id=id_of(number), number=number, company="E01", business_date=DAY, posting_date=DAY, cause="bill", cause_id=bill,
            cause_number="BL", supplier="V3", lines=[line], amount=total,
        )
    )  # fmt: skip


def again(event: inventory.GoodsShipped) -> inventory.GoodsShipped:
    """Another shipment with the same content and an id of its own."""
    return inventory.GoodsShipped(shipment=event.shipment.model_copy(update={"id": uuid7()}))
