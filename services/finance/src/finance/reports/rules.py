"""The statements of the Chinese standards, computed from what each account stands at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)
CASH = ("1001", "1002")


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A line of a statement. Totals are above their parts' level."""

    code: str
    caption: str
    caption_en: str
    amount: Decimal
    level: int = 1
    accounts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrialLine:
    """An account in a trial balance: what it stood at, what moved, what it stands at."""

    account: str
    opening: Decimal
    debit: Decimal
    credit: Decimal

    @property
    def closing(self) -> Decimal:
        """Debits less credits at the end."""
        return self.opening + self.debit - self.credit


def trial_balance(
    sums: Iterable[tuple[str, str, Decimal, Decimal]], period: str
) -> list[TrialLine]:
    """Each account that ever moved up to the period, in order of code."""
    opening: dict[str, Decimal] = {}
    moved: dict[str, tuple[Decimal, Decimal]] = {}
    for in_period, account, debit, credit in sums:
        opening.setdefault(account, ZERO)
        if in_period < period:
            opening[account] += debit - credit
        else:
            before = moved.get(account, (ZERO, ZERO))
            moved[account] = (before[0] + debit, before[1] + credit)
    return [
        TrialLine(account, opening[account], *moved.get(account, (ZERO, ZERO)))
        for account in sorted(opening)
    ]


_Caption = tuple[str, str, str, tuple[str, ...]]
"""Code, Chinese, English, the accounts it takes (with their sub-accounts)."""

ASSETS: tuple[_Caption, ...] = (
    ("cash", "货币资金", "Cash and bank", CASH),
    ("receivables", "应收账款", "Accounts receivable", ("1122",)),
    ("advances_paid", "预付款项", "Advances to suppliers", ("1123",)),
    ("other_receivables", "其他应收款", "Other receivables", ("1221",)),
    (
        "inventories",
        "存货",
        "Inventories",
        ("1403", "1405", "1406", "1408", "1411", "1471", "5001", "5101"),
    ),
    ("pending", "待处理财产损溢", "Pending gain or loss on property", ("1901",)),
    ("fixed_assets", "固定资产", "Fixed assets", ("1601", "1602")),
)
LIABILITIES: tuple[_Caption, ...] = (
    ("payables", "应付账款", "Accounts payable", ("2202",)),
    ("advances_received", "预收款项", "Advances from customers", ("2203",)),
    ("payroll", "应付职工薪酬", "Payroll payable", ("2211",)),
    ("taxes", "应交税费", "Taxes payable", ("2221",)),
)
EQUITY: tuple[_Caption, ...] = (
    ("capital", "实收资本", "Paid-in capital", ("4001",)),
    ("surplus_reserve", "盈余公积", "Surplus reserve", ("4101",)),
)
RETAINED: tuple[str, ...] = ("4103", "4104")
INCOME = "6"
"""Accounts of income and expense begin with it; what they hold is the profit not yet carried forward."""


def balance_sheet(balances: Mapping[str, Decimal]) -> list[StatementLine]:
    """Assets, liabilities and equity; what no caption takes stands under the other items of its class."""
    assets = _section(balances, ASSETS, 1, "other_assets", "其他资产", "Other assets", ("1", "5"))
    liabilities = _section(
        balances, LIABILITIES, -1, "other_liabilities", "其他负债", "Other liabilities", ("2",)
    )
    equity = _section(
        balances, EQUITY, -1, "other_equity", "其他权益", "Other equity", ("3", "4"), taken=RETAINED
    )
    retained = -_sum(balances, RETAINED)
    profit = -_sum(balances, (INCOME,), prefix=True)
    equity.append(
        StatementLine(
            "retained",
            "未分配利润",
            "Retained earnings",
            retained + profit,
            accounts=(*RETAINED, INCOME),
        )
    )
    total_assets = _total(assets)
    total_liabilities = _total(liabilities)
    total_equity = _total(equity)
    return [
        *assets,
        StatementLine("total_assets", "资产总计", "Total assets", total_assets, 0),
        *liabilities,
        StatementLine("total_liabilities", "负债合计", "Total liabilities", total_liabilities, 0),
        *equity,
        StatementLine("total_equity", "所有者权益合计", "Total equity", total_equity, 0),
        StatementLine(
            "total_liabilities_and_equity", "负债和所有者权益总计", "Total liabilities and equity",
            total_liabilities + total_equity, 0,
        ),
    ]  # fmt: skip


def income_statement(movements: Mapping[str, Decimal]) -> list[StatementLine]:
    """Revenue to net profit, from what income and expense accounts moved. Costs are shown as they are deducted."""
    known = (
        "6001",
        "6051",
        "6301",
        "6401",
        "6402",
        "6403",
        "6601",
        "6602",
        "6603",
        "6701",
        "6711",
        "6801",
    )

    def income(code: str, caption: str, caption_en: str, *accounts: str) -> StatementLine:
        return StatementLine(code, caption, caption_en, -_sum(movements, accounts), 1, accounts)

    def cost(code: str, caption: str, caption_en: str, *accounts: str) -> StatementLine:
        return StatementLine(code, caption, caption_en, _sum(movements, accounts), 1, accounts)

    revenue = income("revenue", "一、营业收入", "Revenue", "6001", "6051")
    costs = [
        cost("cost_of_sales", "减：营业成本", "Less: cost of sales", "6401", "6402"),
        cost("taxes", "税金及附加", "Taxes and surcharges", "6403"),
        cost("selling", "销售费用", "Selling expenses", "6601"),
        cost("administrative", "管理费用", "Administrative expenses", "6602"),
        cost("finance", "财务费用", "Finance expenses", "6603"),
        cost("impairment", "资产减值损失", "Impairment losses", "6701"),
    ]
    rest = _sum(movements, (INCOME,), prefix=True) - _sum(movements, known)
    other = StatementLine("other", "加：其他收益", "Plus: other income, net", -rest)
    operating = revenue.amount - _total(costs) + other.amount
    gains = income("non_operating_income", "加：营业外收入", "Plus: non-operating income", "6301")
    losses = cost(
        "non_operating_expenses", "减：营业外支出", "Less: non-operating expenses", "6711"
    )
    before_tax = operating + gains.amount - losses.amount
    tax = cost("income_tax", "减：所得税费用", "Less: income tax", "6801")
    return [
        revenue,
        *costs,
        other,
        StatementLine("operating_profit", "二、营业利润", "Operating profit", operating, 0),
        gains,
        losses,
        StatementLine("profit_before_tax", "三、利润总额", "Profit before tax", before_tax, 0),
        tax,
        StatementLine("net_profit", "四、净利润", "Net profit", before_tax - tax.amount, 0),
    ]


CASH_FLOWS: tuple[_Caption, ...] = (
    ("from_customers", "销售商品、提供劳务收到的现金", "Received from customers", ("1122", "2203", "6001", "6051", "2221.02", "2221.03")),
    ("to_suppliers", "购买商品、接受劳务支付的现金", "Paid to suppliers",
     ("2202", "1123", "1403", "1405", "1406", "1408", "1411", "2221.01", "2221.04")),
    ("to_employees", "支付给职工以及为职工支付的现金", "Paid to and for employees", ("2211",)),
    ("taxes", "支付的各项税费", "Taxes paid", ("2221", "6403", "6801")),
    ("other_operating", "其他与经营活动有关的现金", "Other operating cash flows", ()),
    ("fixed_assets", "购建和处置固定资产的现金", "Fixed assets bought and sold", ("1601", "1602", "1901")),
    ("capital", "吸收投资和分配利润的现金", "Capital and dividends", ("4001", "4101", "4103", "4104")),
)  # fmt: skip
OPENING_RULE = "opening"


def cash_flow(
    movements: Sequence[tuple[str, str, Decimal]], opening: Decimal
) -> list[StatementLine]:
    """Where money came from and went, by what stood against it. Balances brought along count as opening cash."""
    brought = sum((amount for rule, _, amount in movements if rule == OPENING_RULE), ZERO)
    sums = {code: ZERO for code, *_ in CASH_FLOWS}
    for rule, account, amount in movements:
        if rule != OPENING_RULE:
            sums[_flow_of(account)] += amount
    flows = {
        code: StatementLine(code, zh, en, sums[code], 1, of) for code, zh, en, of in CASH_FLOWS
    }
    operating = [
        flows[code]
        for code in ("from_customers", "to_suppliers", "to_employees", "taxes", "other_operating")
    ]
    net = _total(flows.values())
    return [
        *operating,
        StatementLine(
            "operating",
            "经营活动产生的现金流量净额",
            "Net cash from operations",
            _total(operating),
            0,
        ),
        flows["fixed_assets"],
        StatementLine(
            "investing",
            "投资活动产生的现金流量净额",
            "Net cash from investing",
            flows["fixed_assets"].amount,
            0,
        ),
        flows["capital"],
        StatementLine(
            "financing",
            "筹资活动产生的现金流量净额",
            "Net cash from financing",
            flows["capital"].amount,
            0,
        ),
        StatementLine("net_change", "现金净增加额", "Net change in cash", net, 0),
        StatementLine("opening_cash", "期初现金余额", "Opening cash", opening + brought, 0),
        StatementLine("closing_cash", "期末现金余额", "Closing cash", opening + brought + net, 0),
    ]


def _flow_of(account: str) -> str:
    # The longest code that an account begins with decides: 2221.02 before 2221.
    best, found = "", "other_operating"
    for code, _, _, accounts in CASH_FLOWS:
        for one in accounts:
            if _within(account, one) and len(one) > len(best):
                best, found = one, code
    return found


def _within(account: str, heading: str) -> bool:
    return account == heading or account.startswith(f"{heading}.")


def _sum(
    balances: Mapping[str, Decimal], headings: Sequence[str], *, prefix: bool = False
) -> Decimal:
    return sum(
        (
            amount for account, amount in balances.items()
            if any(account.startswith(one) if prefix else _within(account, one) for one in headings)
        ),
        ZERO,
    )  # fmt: skip


def _section(
    balances: Mapping[str, Decimal], captions: Sequence[_Caption], sign: int, code: str, zh: str, en: str,
    classes: tuple[str, ...], *, taken: tuple[str, ...] = (),
) -> list[StatementLine]:  # fmt: skip
    lines = [
        StatementLine(one, name, name_en, sign * _sum(balances, of), 1, of)
        for one, name, name_en, of in captions
    ]
    named = [*(account for _, _, _, of in captions for account in of), *taken]
    rest = _sum(balances, classes, prefix=True) - _sum(
        {account: amount for account, amount in balances.items() if account.startswith(classes)},
        named,
    )
    if rest:
        lines.append(StatementLine(code, zh, en, sign * rest))
    return lines


def _total(lines: Iterable[StatementLine]) -> Decimal:
    return sum((line.amount for line in lines), ZERO)
