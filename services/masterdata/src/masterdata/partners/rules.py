"""What a partner must fulfil."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from chassis.errors import ValidationFailed

Role = Literal["customer", "supplier"]
BillingPolicy = Literal["manual", "on_shipment"]
Language = Literal["zh-CN", "en"]


class NoRole(ValidationFailed):
    """A partner that is neither."""

    en = "A partner is a customer, a supplier, or both."
    zh = "往来单位须为客户、供应商或两者兼有。"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPartner:
    """A partner as proposed."""

    code: str
    name: str
    name_en: str = ""
    roles: Collection[Role]
    currency: str = "CNY"
    payment_term: str = "NET30"
    tax_id: str = ""
    language: Language = "zh-CN"
    email: str = ""
    billing_policy: BillingPolicy = "manual"
    blocked: bool = False
    region: str = ""


_EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}"
)


def email_of(given: str) -> str:
    """An address that a mail may go to, or nothing.

    Raises:
        ValueError: it is none.
    """
    local, _, domain = given.partition("@")
    dotted = ".." in given or local.startswith(".") or local.endswith(".")
    if given and (dotted or "-." in domain or ".-" in domain or not _EMAIL.fullmatch(given)):
        raise ValueError("this is no mail address")
    return given


def roles_of(roles: Collection[str]) -> list[str]:
    """The roles once each, in alphabetical order; there must be one."""
    if not roles:
        raise NoRole(field="/roles")
    return sorted(set(roles))
