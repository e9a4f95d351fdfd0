"""Which pairs of rights are kept apart, and who has both."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from uuid import UUID

from identity.roles.rules import covers


@dataclass(frozen=True, slots=True)
class Rule:
    """Two rights, or patterns of them (`finance.*.post`), that one person should not have together."""

    id: UUID
    first: str
    second: str
    name: str
    name_en: str
    active: bool
    ready_made: bool
    version: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody with roles."""

    kind: str
    id: UUID
    name: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """One half of a conflict: the right, and the roles that give it."""

    permission: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody who has both rights of a rule."""

    rule: Rule
    holder: Holder
    first: Side
    second: Side


READY_MADE: tuple[tuple[str, str, str, str], ...] = (
    ("purchasing.order.approve", "purchasing.order.create", "下单与审批采购订单", "Enter and approve purchase orders"),
    ("purchasing.agreement.approve", "purchasing.agreement.create", "录入与审批框架协议", "Enter and approve blanket orders"),
    ("finance.bill.enter", "finance.payment.enter", "登记账单与付款", "Enter bills and payments"),
    ("finance.bill.accept", "finance.bill.enter", "登记与放行账单", "Enter and accept bills"),
    ("sales.order.place", "sales.order.release", "下单与放行销售订单", "Place and release sales orders"),
    ("sales.credit_profile.set", "sales.order.place", "设定信用与下单", "Set credit and place orders"),
    ("finance.payment.enter", "masterdata.partner.change", "变更往来单位与付款", "Change partners and pay them"),
    ("finance.payment.enter", "purchasing.order.create", "采购与付款", "Buy and pay"),
    ("inventory.receipt.create", "purchasing.order.create", "采购与收货", "Buy and receive"),
    ("finance.*.post", "identity.user.*", "管理用户与记账", "Manage users and post"),
    ("finance.*.post", "identity.role.*", "管理角色与记账", "Manage roles and post"),
)  # fmt: skip


def matching(pattern: str, catalogue: Sequence[str]) -> tuple[str, ...]:
    """The rights that a side of a rule means."""
    return tuple(each for each in catalogue if fnmatchcase(each, pattern)) or (pattern,)


def conflicts(
    rules: Sequence[Rule],
    holders: Sequence[Holder],
    permissions: Mapping[str, Collection[str]],
    catalogue: Sequence[str],
) -> list[Conflict]:
    """Who has both rights of which rule, by which roles."""
    found: list[Conflict] = []
    sides = {
        each: matching(each, catalogue) for rule in rules for each in (rule.first, rule.second)
    }
    for holder in holders:
        for rule in rules:
            first = _side(holder, sides[rule.first], permissions)
            second = _side(holder, sides[rule.second], permissions)
            if rule.active and first is not None and second is not None:
                found.append(Conflict(rule, holder, first, second))
    return found


def _side(
    holder: Holder, wanted: Sequence[str], permissions: Mapping[str, Collection[str]]
) -> Side | None:
    for permission in wanted:
        giving = tuple(
            role for role in holder.roles if covers(permissions.get(role, ()), permission)
        )
        if giving:
            return Side(permission, giving)
    return None
