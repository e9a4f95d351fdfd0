"""The Chinese chart of accounts (企业会计准则) that every company starts with."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from chassis.errors import BusinessError

PRICE_TOLERANCE = Decimal("0.02")
"""How far a bill's price may be from the order's before it is blocked."""


class ControlAccount(BusinessError):
    """The account follows from documents only."""

    code = "control-account"
    status = 422
    en = "Account {account} is kept by documents (invoices, bills, goods); it takes no voucher by hand."
    zh = "科目 {account} 由业务单据自动登记，不能手工制单。"


class NotPostable(BusinessError):
    """The account is a heading or closed for postings."""

    code = "account-not-postable"
    status = 422
    en = "Account {account} takes no postings: it is a heading or not active."
    zh = "科目 {account} 不能记账：非末级科目或已停用。"


class AccountKind(StrEnum):
    """Where an account stands in the statements."""

    ASSET = "asset"
    LIABILITY = "liability"
    EQUITY = "equity"
    COST = "cost"
    INCOME = "income"
    EXPENSE = "expense"


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the chart. A control account is kept by documents and takes no voucher by hand."""

    code: str
    name: str
    name_en: str
    kind: AccountKind
    control: bool = False
    postable: bool = True

    @property
    def parent(self) -> str | None:
        """The heading above: 1122 of 1122.01."""
        return self.code.rpartition(".")[0] or None


def _account(code: str, name: str, name_en: str, kind: AccountKind, flags: str = "") -> Account:
    return Account(code, name, name_en, kind, control="c" in flags, postable="h" not in flags)


_A, _L, _E = AccountKind.ASSET, AccountKind.LIABILITY, AccountKind.EQUITY
_C, _I, _X = AccountKind.COST, AccountKind.INCOME, AccountKind.EXPENSE

CHART: tuple[Account, ...] = (
    _account("1001", "库存现金", "Cash in hand", _A),
    _account("1002", "银行存款", "Cash at bank", _A),
    _account("1122", "应收账款", "Accounts receivable", _A, "hc"),
    _account("1122.01", "应收账款—已开票", "Receivables, invoiced", _A, "c"),
    _account("1122.02", "应收账款—未开票", "Receivables, unbilled", _A, "c"),
    _account("1123", "预付账款", "Advances to suppliers", _A, "c"),
    _account("1221", "其他应收款", "Other receivables", _A),
    _account("1241", "往来抵销", "Netting clearing", _A, "c"),
    _account("1403", "原材料", "Raw materials", _A, "c"),
    _account("1405", "库存商品", "Finished and semi-finished goods", _A, "hc"),
    _account("1405.01", "库存商品—产成品", "Finished goods", _A, "c"),
    _account("1405.02", "库存商品—自制半成品", "Semi-finished goods", _A, "c"),
    _account("1406", "发出商品", "Goods in transit to customers", _A),
    _account("1408", "委托加工物资", "Materials with subcontractors", _A),
    _account("1411", "周转材料", "Consumables and packaging", _A, "c"),
    _account("1471", "存货跌价准备", "Provision for inventory write-down", _A),
    _account("1601", "固定资产", "Fixed assets", _A),
    _account("1602", "累计折旧", "Accumulated depreciation", _A),
    _account("1901", "待处理财产损溢", "Pending gain or loss on property", _A),
    _account("2202", "应付账款", "Accounts payable", _L, "hc"),
    _account("2202.01", "应付账款—已开票", "Payables, invoiced", _L, "c"),
    _account("2202.02", "应付账款—暂估", "Received, not invoiced (GRNI)", _L, "c"),
    _account("2203", "预收账款", "Advances from customers", _L, "c"),
    _account("2211", "应付职工薪酬", "Payroll payable", _L),
    _account("2221", "应交税费", "Taxes payable", _L, "h"),
    _account("2221.01", "应交增值税—进项税额", "Input VAT", _L),
    _account("2221.02", "应交增值税—销项税额", "Output VAT", _L),
    _account("2221.03", "待转销项税额", "Deferred output VAT", _L),
    _account("2221.04", "应交增值税—进项税额转出", "Input VAT transferred out", _L),
    _account("2221.05", "应交增值税—转出未交增值税", "VAT unpaid, transferred out", _L),
    _account("2221.06", "未交增值税", "VAT unpaid", _L),
    _account("2221.07", "应交附加税费", "Surcharges payable", _L),
    _account("4001", "实收资本", "Paid-in capital", _E),
    _account("4101", "盈余公积", "Surplus reserve", _E),
    _account("4103", "本年利润", "Profit of the year", _E),
    _account("4104", "利润分配（含期初）", "Retained earnings (and opening balances)", _E),
    _account("5001", "生产成本", "Work in process", _C, "hc"),
    _account("5001.01", "生产成本—直接材料", "Work in process, material", _C, "c"),
    _account("5001.02", "生产成本—直接人工", "Work in process, labour", _C, "c"),
    _account("5001.03", "生产成本—制造费用", "Work in process, overhead", _C, "c"),
    _account("5001.04", "生产成本—委托加工", "Work in process, subcontracting", _C, "c"),
    _account("5101", "制造费用", "Overhead pool", _C),
    _account("6001", "主营业务收入", "Revenue", _I),
    _account("6051", "其他业务收入", "Other revenue", _I),
    _account("6301", "营业外收入", "Non-operating income", _I),
    _account("6401", "主营业务成本", "Cost of sales", _X),
    _account("6402", "其他业务成本", "Other operating cost", _X),
    _account("6403", "税金及附加", "Taxes and surcharges", _X),
    _account("6601", "销售费用", "Selling expenses", _X),
    _account("6602", "管理费用", "Administrative expenses", _X),
    _account("6603", "财务费用", "Finance expenses (incl. exchange differences)", _X),
    _account("6701", "资产减值损失", "Impairment losses", _X),
    _account("6711", "营业外支出", "Non-operating expenses", _X),
    _account("6801", "所得税费用", "Income tax", _X),
)

BANK_ACCOUNTS = ("1001", "1002")
"""Accounts that hold money; their sub-accounts do too."""


def is_bank_account(code: str) -> bool:
    """Whether payments may go through this account."""
    return any(code == one or code.startswith(f"{one}.") for one in BANK_ACCOUNTS)
