"""What a confirmation says, when one is due, and what comes of an attempt to send it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from email.message import EmailMessage
from enum import StrEnum
from html import escape

ORDER_CONFIRMATION = "order-confirmation"

CONFIRMED = frozenset({"pending", "processing"})
"""An order's states in which it is confirmed to the customer: never while it is held."""

FRESH = timedelta(days=2)
"""A fact that reaches us later (topics read anew) is no news to the customer."""

RETRY_AFTER = tuple(timedelta(minutes=each) for each in (1, 5, 15, 60, 180, 360, 720, 1440, 1440))
"""How long after each failed attempt the next one is made: nearly three days in all."""


class Status(StrEnum):
    """What became of a mail."""

    WAITING = "waiting"
    SENT = "sent"
    NOT_SENT = "not_sent"
    """Nothing was tried: there was no server, no address, or it was too late."""
    FAILED = "failed"


class Reason(StrEnum):
    """Why a mail was not sent."""

    NONE = ""
    NO_SERVER = "no-server"
    NO_ADDRESS = "no-address"
    LATE = "late"
    REFUSED = "refused"
    GAVE_UP = "gave-up"


REASON_TEXTS: Mapping[Reason, tuple[str, str]] = {
    Reason.NONE: ("", ""),
    Reason.NO_SERVER: ("Not sent: no mail server configured.", "未发送：未配置邮件服务器。"),
    Reason.NO_ADDRESS: (
        "Not sent: the customer has no mail address.",
        "未发送：客户没有电子邮箱。",
    ),
    Reason.LATE: ("Not sent: the order was no news any more.", "未发送：订单已过时。"),
    Reason.REFUSED: ("The mail server refused it.", "邮件服务器拒收。"),
    Reason.GAVE_UP: ("No attempt succeeded within three days.", "三天内多次尝试均未成功。"),
}
"""Each reason in English and Chinese."""


class Outcome(StrEnum):
    """What came of one attempt."""

    SENT = "sent"
    RETRY = "retry"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ConfirmedLine:
    """One line of a confirmation. Amounts are in the order's currency; the price is per unit, net."""

    line: int
    item: str
    name: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    amount_net: Decimal


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What is confirmed: as the order stood when it was."""

    number: str
    company: str
    customer: str
    currency: str
    ordered_on: str
    requested_date: str
    lines: Sequence[ConfirmedLine]
    amount_net: Decimal
    amount_tax: Decimal
    amount_gross: Decimal


def next_attempt(attempts: int) -> timedelta | None:
    """How long to wait after so many failed attempts; None: no more are made."""
    return RETRY_AFTER[attempts - 1] if 0 < attempts <= len(RETRY_AFTER) else None


def outcome_of(code: int | None) -> Outcome:
    """What an answer of the server means (RFC 5321 §4.2.1); None: there was none.

    5xx is permanent, but for what we ourselves can mend: authentication (530, 534, 535, 538) and policy on the connection.
    """
    if code is None or not 500 <= code < 600 or code in {530, 534, 535, 538}:
        return Outcome.RETRY
    return Outcome.REFUSED


def is_news(happened: datetime, now: datetime) -> bool:
    """Whether what happened then is still to be told."""
    return now - happened <= FRESH


def still_wanted(
    quantity: Decimal, cancelled: Decimal, net: Decimal, tax: Decimal
) -> tuple[Decimal, Decimal, Decimal]:
    """What is left of a line's quantity, and its share of net and tax, to the cent."""
    left = quantity - cancelled

    def share(amount: Decimal) -> Decimal:
        return (amount * left / quantity).quantize(Decimal("0.01"), ROUND_HALF_UP)

    return left, share(net), share(tax)


_WORDS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "subject": "订单确认 {number}",
        "greeting": "{customer}，您好：",
        "opening": "感谢您的订购。我们确认以下订单：",
        "number": "订单号",
        "ordered_on": "下单日期",
        "requested_date": "要求交货日期",
        "line": "行号",
        "item": "物料",
        "quantity": "数量",
        "unit_price": "单价",
        "amount_net": "金额（不含税）",
        "net": "不含税合计",
        "tax": "税额",
        "gross": "价税合计",
        "closing": "此邮件由系统自动发送。如有疑问，请联系您的销售代表。",
    },
    "en": {
        "subject": "Order confirmation {number}",
        "greeting": "Dear {customer},",
        "opening": "Thank you for your order. We confirm the following:",
        "number": "Order",
        "ordered_on": "Ordered on",
        "requested_date": "Requested delivery",
        "line": "Line",
        "item": "Item",
        "quantity": "Quantity",
        "unit_price": "Unit price",
        "amount_net": "Amount (net)",
        "net": "Total net",
        "tax": "VAT",
        "gross": "Total",
        "closing": "This mail was sent by itself. For questions please ask your sales contact.",
    },
}


def language_of(named: str) -> str:
    """`zh` or `en`."""
    return "zh" if named.lower().startswith("zh") else "en"


def _quantity(value: Decimal) -> str:
    whole = f"{value:,f}"
    return whole.rstrip("0").rstrip(".") if "." in whole else whole


def _price(value: Decimal) -> str:
    """At least two decimals, and no idle ones after them."""
    whole, _, decimals = f"{value:,.6f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


def confirmation_mail(
    what: Confirmation, language: str, *, sender: str, recipient: str, message_id: str
) -> EmailMessage:
    """The mail in the customer's language, as text and as HTML. `message_id` is the same at every attempt."""
    words = _WORDS[language_of(language)]
    heads = [(words["number"], what.number), (words["ordered_on"], what.ordered_on)]
    if what.requested_date:
        heads.append((words["requested_date"], what.requested_date))
    titles = [words[name] for name in ("line", "item", "quantity", "unit_price", "amount_net")]
    rows = [
        [
            str(each.line),
            f"{each.item} {each.name}".strip(),
            f"{_quantity(each.quantity)} {each.unit}",
            _price(each.unit_price),
            f"{each.amount_net:,.2f}",
        ]
        for each in what.lines
    ]
    totals = [
        (words[name], f"{amount:,.2f} {what.currency}")
        for name, amount in (
            ("net", what.amount_net),
            ("tax", what.amount_tax),
            ("gross", what.amount_gross),
        )
    ]
    greeting = words["greeting"].format(customer=what.customer)
    message = EmailMessage()
    message["Subject"] = words["subject"].format(number=what.number)
    message["From"] = sender
    message["To"] = recipient
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message["Content-Language"] = "zh-CN" if language_of(language) == "zh" else "en"
    message.set_content(
        "\n".join(
            [
                greeting,
                "",
                words["opening"],
                "",
                *(f"{name}: {value}" for name, value in heads),
                "",
                " | ".join(titles),
                *(" | ".join(row) for row in rows),
                "",
                *(f"{name}: {value}" for name, value in totals),
                "",
                what.company,
                words["closing"],
                "",
            ]
        )
    )
    message.add_alternative(_html(greeting, words, heads, titles, rows, totals, what), "html")
    return message


def _html(
    greeting: str,
    words: Mapping[str, str],
    heads: Sequence[tuple[str, str]],
    titles: Sequence[str],
    rows: Sequence[Sequence[str]],
    totals: Sequence[tuple[str, str]],
    what: Confirmation,
) -> str:
    def pairs(given: Sequence[tuple[str, str]]) -> str:
        return "".join(
            f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in given
        )

    head = "".join(f"<th>{escape(each)}</th>" for each in titles)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return (
        f"<p>{escape(greeting)}</p><p>{escape(words['opening'])}</p><table>{pairs(heads)}</table>"
        f'<table border="1" cellpadding="4" style="border-collapse:collapse"><tr>{head}</tr>{body}</table>'
        f"<table>{pairs(totals)}</table><p>{escape(what.company)}</p><p>{escape(words['closing'])}</p>"
    )
