"""What a partner must fulfil."""

from __future__ import annotations

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
    billing_policy: BillingPolicy = "manual"
    blocked: bool = False
    region: str = ""


def roles_of(roles: Collection[str]) -> list[str]:
    """The roles once each, in alphabetical order; there must be one."""
    if not roles:
        raise NoRole(field="/roles")
    return sorted(set(roles))
