"""The rules that every company starts with: the Chinese standards' accounts for each of our facts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import product
from uuid import UUID

from finance.vouchers.rules import VoucherType

from .entries import Condition, FactLine, PostingFact, PostingRule, RuleLine

RECEIVED = "inventory.GoodsReceived"
SHIPPED = "inventory.GoodsShipped"
RETURNED = "inventory.GoodsReturned"
ADJUSTED = "inventory.StockAdjusted"
ISSUED = "inventory.MaterialIssued"
PRODUCED = "inventory.ProductionReceived"
WORKED = "production.OperationReported"
SUBCONTRACTED = "production.SubcontractReceived"
CLOSED = "production.ProductionOrderClosed"
INVOICED = "finance.InvoiceIssued"
BILLED = "finance.BillMatched"
PAID_IN = "finance.PaymentReceived"
PAID_OUT = "finance.PaymentMade"
ADVANCE_IN = "finance.AdvanceReceived"
ADVANCE_OUT = "finance.AdvancePaid"
ADVANCE_APPLIED = "finance.AdvanceApplied"

STOCK = {
    "raw_material": "1403",
    "finished_goods": "1405.01",
    "semi_finished": "1405.02",
    "consumable": "1411",
}
ISSUED_TO = {"work_in_process": "5001.01", "expense": "6602"}
COST_PLACES = {
    **STOCK,
    "sale": "6401",
    "work_in_process": "5001.01",
    "expense": "6602",
    "adjustment": "1901",
    "supplier_return": "6602",
}
"""Where a later cost goes: to what is still there by its class, else to where the goods went."""


def _stock(side: str, amount: str, text: str, text_en: str) -> RuleLine:
    return RuleLine(
        side="debit" if side == "debit" else "credit", amount=amount, by="valuation_class", accounts=STOCK,
        of="lines", per="item", text=text, text_en=text_en,
    )  # fmt: skip


def _line(
    side: str, account: str, amount: str, text: str, text_en: str, *, partner: bool = False
) -> RuleLine:
    return RuleLine(
        side="debit" if side == "debit" else "credit", account=account, amount=amount, partner=partner,
        text=text, text_en=text_en,
    )  # fmt: skip


FROM_CUSTOMER = (Condition("direction", ("from_customer",)),)
TO_SUPPLIER = (Condition("direction", ("to_supplier",)),)
TRANSFER = VoucherType.TRANSFER.value

DEFAULT_RULES: tuple[PostingRule, ...] = (
    PostingRule(
        code="goods-received", version=1, topic=RECEIVED, voucher_type=TRANSFER,
        text="采购入库暂估 {number}（{case}）", text_en="Goods received, not yet billed {number} ({case})",
        explanation="验收合格的货物按采购订单价入库；发票未到，先记入应付账款—暂估。",
        explanation_en="Accepted goods come into stock at the order's price; until the bill comes they are owed as received, not invoiced.",
        lines=(
            _stock("debit", "amount", "验收入库", "into stock"),
            _line("credit", "2202.02", "amount", "应付暂估 {partner}", "received, not invoiced {partner}", partner=True),
        ),
    ),
    PostingRule(
        code="goods-shipped-revenue", version=1, topic=SHIPPED, voucher_type=TRANSFER,
        text="销售发货确认收入 {number}（{case}）", text_en="Revenue of shipment {number} ({case})",
        explanation="发货即转移控制权：确认应收（未开票）与收入；增值税在开票前记为待转销项税额。",
        explanation_en="Control passes with the shipment: an unbilled receivable and revenue; VAT stays deferred until the invoice.",
        lines=(
            _line("debit", "1122.02", "gross", "应收未开票 {partner}", "unbilled receivable {partner}", partner=True),
            _line("credit", "6001", "net", "主营业务收入", "revenue"),
            _line("credit", "2221.03", "tax", "待转销项税额", "deferred output VAT"),
        ),
    ),
    PostingRule(
        code="goods-shipped-cost", version=1, topic=SHIPPED, voucher_type=TRANSFER,
        text="结转销售成本 {number}（{case}）", text_en="Cost of shipment {number} ({case})",
        explanation="发出的货物按库存账上的成本结转主营业务成本。",
        explanation_en="What left is charged to cost of sales at what the stock ledger says it cost.",
        lines=(
            _line("debit", "6401", "cost", "主营业务成本", "cost of sales"),
            _stock("credit", "cost", "销售出库", "out of stock"),
        ),
    ),
    PostingRule(
        code="material-issued", version=1, topic=ISSUED, voucher_type=TRANSFER,
        text="领料 {number}", text_en="Material issued {number}",
        explanation="领用的物料按库存成本转入成本对象：在制品或费用。",
        explanation_en="Issued material is charged, at its cost, to where it goes: work in process or expense.",
        lines=(
            RuleLine(side="debit", amount="cost", by="destination", accounts=ISSUED_TO, text="领用", text_en="issued to"),
            _stock("credit", "cost", "领料出库", "out of stock"),
        ),
    ),
    PostingRule(
        code="operation-labour", version=1, topic=WORKED, voucher_type=TRANSFER,
        text="生产人工 {number}", text_en="Labour of production {number}",
        explanation="报工工时按工作中心费率计入直接人工，对应应付职工薪酬。",
        explanation_en="Reported hours are charged at the work centre's rate to work in process, against payroll.",
        lines=(
            _line("debit", "5001.02", "labour", "直接人工", "direct labour"),
            _line("credit", "2211", "labour", "应付职工薪酬", "payroll"),
        ),
    ),
    PostingRule(
        code="operation-overhead", version=1, topic=WORKED, voucher_type=TRANSFER,
        text="分配制造费用 {number}", text_en="Overhead applied {number}",
        explanation="按工时分配制造费用计入在制品。",
        explanation_en="Overhead is applied to work in process by the hour, out of the overhead pool.",
        lines=(
            _line("debit", "5001.03", "overhead", "制造费用分配", "overhead applied"),
            _line("credit", "5101", "overhead", "制造费用", "overhead pool"),
        ),
    ),
    PostingRule(
        code="subcontract-received", version=1, topic=SUBCONTRACTED, voucher_type=TRANSFER,
        text="委外加工费 {number}（{case}）", text_en="Subcontracted work {number} ({case})",
        explanation="委外加工收回并收到发票：加工费计入在制品，确认进项税额与应付账款。",
        explanation_en="Subcontracted work came back with its bill: the fee goes to work in process; input VAT and the payable arise.",
        lines=(
            _line("debit", "5001.04", "net", "委外加工费", "subcontracting"),
            _line("debit", "2221.01", "tax", "进项税额", "input VAT"),
            _line("credit", "2202.01", "gross", "应付账款 {partner}", "payable {partner}", partner=True),
        ),
    ),
    PostingRule(
        code="production-received", version=1, topic=PRODUCED, voucher_type=TRANSFER,
        text="完工入库 {number}（{case}）", text_en="Production received {number} ({case})",
        explanation="完工产品及副产品按生产成本单的成本入库，从在制品各成本项目转出。",
        explanation_en="What was made, and what fell off, comes into stock at its cost sheet's cost, out of work in process by element.",
        lines=(
            _stock("debit", "cost", "完工入库", "into stock"),
            _line("credit", "5001.01", "material", "转出直接材料", "material out of work"),
            _line("credit", "5001.02", "labour", "转出直接人工", "labour out of work"),
            _line("credit", "5001.03", "overhead", "转出制造费用", "overhead out of work"),
            _line("credit", "5001.04", "subcontract", "转出委外加工", "subcontracting out of work"),
        ),
    ),
    PostingRule(
        code="production-variance", version=1, topic=CLOSED, voucher_type=TRANSFER,
        text="生产差异 {number}（{case}）", text_en="Production variance {number} ({case})",
        explanation="生产订单关闭时剩余的在制成本为差异，计入主营业务成本。",
        explanation_en="What is left in work when an order is closed is its variance, and goes to cost of sales.",
        lines=(
            _line("debit", "6401", "cost", "生产差异", "variance"),
            _line("credit", "5001.01", "material", "转出直接材料", "material out of work"),
            _line("credit", "5001.02", "labour", "转出直接人工", "labour out of work"),
            _line("credit", "5001.03", "overhead", "转出制造费用", "overhead out of work"),
            _line("credit", "5001.04", "subcontract", "转出委外加工", "subcontracting out of work"),
        ),
    ),
    PostingRule(
        code="stock-opening", version=1, topic=ADJUSTED, voucher_type=VoucherType.GENERAL.value,
        conditions=(Condition("reason", ("opening",)),),
        text="期初库存 {number}", text_en="Opening stock {number}",
        explanation="期初库存的对方科目为利润分配（期初）。",
        explanation_en="Opening stock is set against retained earnings (opening).",
        lines=(
            _stock("debit", "amount", "期初库存", "opening stock"),
            _line("credit", "4104", "amount", "期初余额", "opening balance"),
        ),
    ),
    PostingRule(
        code="stock-adjusted", version=1, topic=ADJUSTED, voucher_type=TRANSFER,
        conditions=(Condition("reason", ("opening",), negated=True),),
        text="库存调整 {number}", text_en="Stock adjusted {number}",
        explanation="盘盈盘亏与报损在查明原因前记入待处理财产损溢。",
        explanation_en="Differences of stock are held in pending gain or loss until their cause is decided.",
        lines=(
            _stock("debit", "amount", "库存增减", "change of stock"),
            _line("credit", "1901", "amount", "待处理财产损溢", "pending gain or loss"),
        ),
    ),
    PostingRule(
        code="customer-return-invoiced", version=1, topic=RETURNED, voucher_type=TRANSFER, conditions=FROM_CUSTOMER,
        text="销售退货红字发票 {number}（{case}）", text_en="Credit for returned goods {number} ({case})",
        explanation="已开票货物退回：冲减收入、销项税额与应收账款。",
        explanation_en="Goods that were invoiced came back: revenue, output VAT and the receivable are taken back.",
        lines=(
            _line("debit", "6001", "invoiced_net", "冲减收入", "less revenue"),
            _line("debit", "2221.02", "invoiced_tax", "冲减销项税额", "less output VAT"),
            _line("credit", "1122.01", "invoiced_gross", "冲减应收 {partner}", "less receivable {partner}", partner=True),
        ),
    ),
    PostingRule(
        code="customer-return-unbilled", version=1, topic=RETURNED, voucher_type=TRANSFER, conditions=FROM_CUSTOMER,
        text="未开票销售退货 {number}（{case}）", text_en="Return before the invoice {number} ({case})",
        explanation="尚未开票的货物退回：冲减收入、待转销项税额与未开票应收。",
        explanation_en="Goods not yet invoiced came back: revenue, deferred VAT and the unbilled receivable are taken back.",
        lines=(
            _line("debit", "6001", "unbilled_net", "冲减收入", "less revenue"),
            _line("debit", "2221.03", "unbilled_tax", "冲减待转销项税额", "less deferred output VAT"),
            _line("credit", "1122.02", "unbilled_gross", "冲减未开票应收 {partner}", "less unbilled receivable {partner}",
                  partner=True),
        ),
    ),
    PostingRule(
        code="customer-return-cost", version=1, topic=RETURNED, voucher_type=TRANSFER, conditions=FROM_CUSTOMER,
        text="销售退货成本转回 {number}（{case}）", text_en="Cost of returned goods {number} ({case})",
        explanation="退回的货物按原发货成本入库。",
        explanation_en="Returned goods come back into stock at the cost at which they were shipped.",
        lines=(
            _stock("debit", "cost", "退货入库", "back into stock"),
            _line("credit", "6401", "cost", "冲减销售成本", "less cost of sales"),
        ),
    ),
    PostingRule(
        code="supplier-return", version=1, topic=RETURNED, voucher_type=TRANSFER, conditions=TO_SUPPLIER,
        text="采购退货 {number}（{case}）", text_en="Return to the supplier {number} ({case})",
        explanation="退货按当前平均成本出库；已开票部分冲减应付并转出进项税额，未开票部分冲减暂估；与成本的差额记管理费用。",
        explanation_en="The goods leave at the current average; what was billed is credited with its VAT, what was not reduces GRNI; "
        "the difference to the cost goes to its named account.",
        lines=(
            _line("debit", "2202.01", "billed_gross", "冲减应付 {partner}", "less payable {partner}", partner=True),
            _line("debit", "2202.02", "unbilled", "冲减暂估 {partner}", "less received, not invoiced {partner}", partner=True),
            _line("debit", "6602", "difference", "退货差额", "return difference"),
            _stock("credit", "cost", "退货出库", "out of stock"),
            _line("credit", "2221.04", "billed_tax", "进项税额转出", "input VAT transferred out"),
        ),
    ),
    PostingRule(
        code="invoice-issued", version=1, topic=INVOICED, voucher_type=TRANSFER,
        text="销售开票 {number}（{case}）", text_en="Sales invoice {number} ({case})",
        explanation="开票后未开票应收转为应收账款，待转销项税额转为销项税额。",
        explanation_en="With the invoice the unbilled receivable becomes an invoiced one, and deferred VAT becomes output VAT.",
        lines=(
            _line("debit", "1122.01", "gross", "应收账款 {partner}", "receivable {partner}", partner=True),
            _line("debit", "2221.03", "tax", "转出待转销项税额", "deferred output VAT"),
            _line("credit", "1122.02", "gross", "转出未开票应收 {partner}", "unbilled receivable {partner}", partner=True),
            _line("credit", "2221.02", "tax", "销项税额", "output VAT"),
        ),
    ),
    PostingRule(
        code="bill-matched", version=1, topic=BILLED, voucher_type=TRANSFER,
        text="采购发票 {number}（{case}）", text_en="Supplier's bill {number} ({case})",
        explanation="三单匹配后冲销暂估，确认应付与进项税额；价差按货物现在的去向分摊。",
        explanation_en="Matched three ways: GRNI is cleared, the payable and input VAT arise; a price difference goes to where the goods are.",
        lines=(
            _line("debit", "2202.02", "received", "冲销暂估 {partner}", "received, not invoiced {partner}", partner=True),
            RuleLine(side="debit", amount="difference", by="place", accounts=COST_PLACES, of="lines", per="item",
                     text="采购价差", text_en="price difference"),
            _line("debit", "2221.01", "tax", "进项税额", "input VAT"),
            _line("credit", "2202.01", "gross", "应付账款 {partner}", "payable {partner}", partner=True),
        ),
    ),
    PostingRule(
        code="payment-received", version=1, topic=PAID_IN, voucher_type=VoucherType.RECEIPT.value,
        text="收款 {number}", text_en="Payment received {number}",
        explanation="客户付款：银行存款增加，应收账款减少（多付部分留作预收）。",
        explanation_en="A customer paid: money comes into the bank, the receivable is settled; what exceeds it stays on account.",
        lines=(
            RuleLine(side="debit", amount="amount", by="bank_account",
                     text="收款", text_en="money in"),
            _line("credit", "1122.01", "amount", "收回应收 {partner}", "receivable settled {partner}", partner=True),
        ),
    ),
    PostingRule(
        code="payment-made", version=1, topic=PAID_OUT, voucher_type=VoucherType.PAYMENT.value,
        text="付款 {number}", text_en="Payment made {number}",
        explanation="向供应商付款：应付账款减少，银行存款减少。",
        explanation_en="A supplier was paid: the payable is settled from the bank.",
        lines=(
            _line("debit", "2202.01", "amount", "支付应付 {partner}", "payable settled {partner}", partner=True),
            RuleLine(side="credit", amount="amount", by="bank_account",
                     text="付款", text_en="money out"),
        ),
    ),
    PostingRule(
        code="advance-received", version=1, topic=ADVANCE_IN, voucher_type=VoucherType.RECEIPT.value,
        text="预收款 {number}", text_en="Advance received {number}",
        explanation="开票前收到的客户款项记入预收账款，待核销发票时转销。",
        explanation_en="Money of a customer before the invoice is owed to him, until it settles invoices.",
        lines=(
            RuleLine(side="debit", amount="amount", by="bank_account", text="收款", text_en="money in"),
            _line("credit", "2203", "amount", "预收 {partner}", "advance from {partner}", partner=True),
        ),
    ),
    PostingRule(
        code="advance-paid", version=1, topic=ADVANCE_OUT, voucher_type=VoucherType.PAYMENT.value,
        text="预付款 {number}", text_en="Advance paid {number}",
        explanation="收到账单前支付给供应商的款项记入预付账款，待核销账单时转销。",
        explanation_en="Money to a supplier before the bill is owed by him, until it settles bills.",
        lines=(
            _line("debit", "1123", "amount", "预付 {partner}", "advance to {partner}", partner=True),
            RuleLine(side="credit", amount="amount", by="bank_account", text="付款", text_en="money out"),
        ),
    ),
    PostingRule(
        code="advance-applied-received", version=1, topic=ADVANCE_APPLIED, voucher_type=TRANSFER,
        conditions=(Condition("direction", ("received",)),),
        text="预收核销 {number}", text_en="Advance applied {number}",
        explanation="以预收账款核销应收账款。",
        explanation_en="A customer's advance settles his invoices.",
        lines=(
            _line("debit", "2203", "amount", "转销预收 {partner}", "advance of {partner}", partner=True),
            _line("credit", "1122.01", "amount", "收回应收 {partner}", "receivable settled {partner}", partner=True),
        ),
    ),
    PostingRule(
        code="advance-applied-paid", version=1, topic=ADVANCE_APPLIED, voucher_type=TRANSFER,
        conditions=(Condition("direction", ("paid",)),),
        text="预付核销 {number}", text_en="Advance applied {number}",
        explanation="以预付账款核销应付账款。",
        explanation_en="A prepayment settles the supplier's bills.",
        lines=(
            _line("debit", "2202.01", "amount", "支付应付 {partner}", "payable settled {partner}", partner=True),
            _line("credit", "1123", "amount", "转销预付 {partner}", "advance to {partner}", partner=True),
        ),
    ),
)  # fmt: skip


def _cents(value: int) -> Decimal:
    return Decimal(value).scaleb(-2)


# Amounts of the samples are picked so that no wrong rule balances by chance: only the identities of a real fact hold.
_CLASSES = tuple(zip(STOCK, (10_007, 20_021, 40_009, 80_021), strict=True))


def _class_lines(*names: str) -> tuple[FactLine, ...]:
    return tuple(
        FactLine(
            amounts={name: _cents(size * (3 + 2 * index)) for index, name in enumerate(names)},
            attributes={"valuation_class": valuation_class},
            item=valuation_class,
        )
        for valuation_class, size in _CLASSES
    )


def _sum(lines: tuple[FactLine, ...], name: str) -> Decimal:
    return sum((line.amounts[name] for line in lines), Decimal(0))


def _sample(
    topic: str, amounts: dict[str, Decimal], lines: tuple[FactLine, ...] = (), **attributes: str
) -> PostingFact:
    return PostingFact(
        topic=topic, source_event=None, source_id=UUID(int=0), source_number="SAMPLE", company="", partner="P",
        business_date=date(2000, 1, 1), posting_date=date(2000, 1, 1), amounts=amounts, lines=lines, attributes=attributes,
    )  # fmt: skip


def _sold(prefix: str = "") -> dict[str, Decimal]:
    scale = 1 + len(prefix)
    net, tax = _cents(1_000_003 * scale), _cents(130_043 * scale)
    return {f"{prefix}net": net, f"{prefix}tax": tax, f"{prefix}gross": net + tax}


def _received() -> list[PostingFact]:
    lines = _class_lines("amount")
    return [_sample(RECEIVED, {"amount": _sum(lines, "amount")}, lines)]


def _shipped() -> list[PostingFact]:
    lines = _class_lines("cost")
    return [_sample(SHIPPED, {**_sold(), "cost": _sum(lines, "cost")}, lines)]


ELEMENTS = ("material", "labour", "overhead", "subcontract")


def _elements(scale: int) -> dict[str, Decimal]:
    parts = {name: _cents(scale * (7 + 4 * n)) for n, name in enumerate(ELEMENTS)}
    return {**parts, "cost": sum(parts.values(), Decimal(0))}


def _worked() -> list[PostingFact]:
    return [_sample(WORKED, {"labour": _cents(150_001), "overhead": _cents(60_013)})]


def _produced() -> list[PostingFact]:
    lines = tuple(
        FactLine(_elements(size), {"valuation_class": name}, item=name) for name, size in _CLASSES
    )
    return [_sample(PRODUCED, {n: _sum(lines, n) for n in (*ELEMENTS, "cost")}, lines)]


def _ended() -> list[PostingFact]:
    return [_sample(CLOSED, _elements(1_013)), _sample(CLOSED, _elements(-977))]


def _issued() -> list[PostingFact]:
    lines = _class_lines("cost")
    return [
        _sample(ISSUED, {"cost": _sum(lines, "cost")}, lines, destination=where)
        for where in ISSUED_TO
    ]


def _adjusted() -> list[PostingFact]:
    lines = _class_lines("amount")
    less = tuple(
        FactLine({"amount": -one.amounts["amount"]}, one.attributes, one.item) for one in lines
    )
    return [
        _sample(ADJUSTED, {"amount": _sum(each, "amount")}, each, reason=reason)
        for each, reason in product((lines, less), ("opening", "count", "damage", "found"))
    ]


def _returned() -> list[PostingFact]:
    lines = _class_lines("cost")
    cost = _sum(lines, "cost")
    unbilled = _cents(777_001)
    sold = {**_sold("invoiced_"), **_sold("unbilled_")}
    bought = {f"billed_{name}": amount for name, amount in _sold().items()}
    back = _sample(RETURNED, {**sold, "cost": cost}, lines, direction="from_customer")
    difference = cost - bought["billed_net"] - unbilled
    gone = _sample(
        RETURNED,
        {**bought, "unbilled": unbilled, "cost": cost, "difference": difference},
        lines,
        direction="to_supplier",
    )
    return [back, gone]


def _billed() -> list[PostingFact]:
    places = tuple(
        FactLine(
            {"difference": _cents((-1) ** index * (1_009 + 2_003 * index))}, {"place": place}, place
        )
        for index, place in enumerate(COST_PLACES)
    )
    received, tax = _cents(9_000_011), _cents(1_170_023)
    net = received + _sum(places, "difference")
    return [
        _sample(BILLED, {"received": received, "net": net, "tax": tax, "gross": net + tax}, places)
    ]


SAMPLES: dict[str, Callable[[], list[PostingFact]]] = {
    RECEIVED: _received,
    SHIPPED: _shipped,
    RETURNED: _returned,
    ADJUSTED: _adjusted,
    ISSUED: _issued,
    WORKED: _worked,
    SUBCONTRACTED: lambda: [_sample(SUBCONTRACTED, dict(_sold()))],
    PRODUCED: _produced,
    CLOSED: _ended,
    INVOICED: lambda: [_sample(INVOICED, dict(_sold()))],
    BILLED: _billed,
    PAID_IN: lambda: [_sample(PAID_IN, {"amount": _cents(12_347)}, bank_account="1002")],
    PAID_OUT: lambda: [_sample(PAID_OUT, {"amount": _cents(12_347)}, bank_account="1002")],
    ADVANCE_IN: lambda: [_sample(ADVANCE_IN, {"amount": _cents(12_347)}, bank_account="1002")],
    ADVANCE_OUT: lambda: [_sample(ADVANCE_OUT, {"amount": _cents(12_347)}, bank_account="1002")],
    ADVANCE_APPLIED: lambda: [
        _sample(ADVANCE_APPLIED, {"amount": _cents(12_347)}, direction=which)
        for which in ("received", "paid")
    ],
}
"""Sample facts by topic, on which a changed rule is tried before it is kept."""
