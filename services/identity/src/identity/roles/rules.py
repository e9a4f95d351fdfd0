"""What a role may contain, who may give it, and the roles every stack begins with."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.errors import BusinessError, FieldError, Forbidden, Immutable, ValidationFailed

ADMINISTRATOR = "administrator"
PERMISSIONS_MAX = 500

_PERMISSION = re.compile(r"\*|[a-z][a-z0-9_-]*(?:\.[a-z][a-z0-9_-]*)*(?:\.\*)?")
_CODE = re.compile(r"[a-z][a-z0-9_-]{0,63}")


class BeyondOwnRights(Forbidden):
    """Nobody gives what he does not have."""

    en = "You cannot give a right that you do not have yourself: {permission}."
    zh = "不能授予您自己没有的权限：{permission}。"


class AdministratorRoleFixed(Immutable):
    """The administrator's role is the way back in, so it stays as it is."""

    en = "The role administrator cannot be changed."
    zh = "administrator 角色不可更改。"


@dataclass(frozen=True, slots=True)
class Permission:
    """A right that routes ask for."""

    permission: str
    service: str
    operations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadyMade:
    """A role that every stack has from its first start."""

    code: str
    name: str
    name_en: str
    permissions: tuple[str, ...]


def check_code(code: str) -> None:
    """Refuse a code that is no plain lowercase name."""
    if _CODE.fullmatch(code) is None:
        raise ValidationFailed(
            errors=[
                FieldError(
                    "/code", "code", "Lowercase letters, digits, _ and -, beginning with a letter.",
                    "只能用小写字母、数字、_ 和 -，且以字母开头。",
                )
            ]
        )  # fmt: skip


def check_permissions(permissions: Collection[str]) -> tuple[str, ...]:
    """The permissions in order and each once, or a refusal that names the wrong ones."""
    errors = [
        FieldError(
            f"/permissions/{index}", "permission",
            "A permission reads like sales.order.place, sales.order.* or *.",
            "权限的格式如 sales.order.place、sales.order.* 或 *。",
        )
        for index, permission in enumerate(permissions)
        if len(permission) > 128 or _PERMISSION.fullmatch(permission) is None
    ]  # fmt: skip
    if errors:
        raise ValidationFailed(errors=errors)
    return tuple(sorted(set(permissions)))


def covers(held: Collection[str], wanted: str) -> bool:
    """Whether someone with the permissions held has all that `wanted` (maybe a pattern) stands for."""
    if "*" in held or wanted in held:
        return True
    parts = wanted.removesuffix(".*").split(".")
    last = len(parts) if wanted.endswith(".*") else len(parts) - 1
    return any(".".join(parts[:end]) + ".*" in held for end in range(1, last + 1))


def check_grant(held: Collection[str], given: Iterable[str]) -> None:
    """Refuse to give a permission that the giver does not have."""
    for permission in given:
        if not covers(held, permission):
            raise BeyondOwnRights(permission=permission)


def check_known(
    codes: Iterable[str], known: Mapping[str, object], unknown: type[BusinessError]
) -> None:
    """Refuse a role that does not exist, naming its place in the list."""
    for index, code in enumerate(codes):
        if code not in known:
            raise unknown(what=("role", "角色"), reference=code, field=f"/roles/{index}")


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role as it is kept."""

    id: UUID
    code: str
    name: str
    name_en: str
    permissions: list[str]
    ready_made: bool
    edited: bool
    version: int
    recorded_at: datetime
    second_factor: bool = False
    """Whoever has it signs in with a second factor."""


def _reads(service: str, *documents: str) -> tuple[str, ...]:
    return tuple(f"{service}.{document}.read" for document in documents)


_CATALOGUE_READS = _reads(
    "masterdata",
    "category",
    "company",
    "item",
    "partner",
    "rate",
    "tax_code",
    "term",
    "unit",
    "warehouse",
)
# Whoever works here may know what things cost; partners may not.
_MASTERDATA_READS = (*_CATALOGUE_READS, "data.cost.read")
_PURCHASING_READS = _reads(
    "purchasing",
    "agreement",
    "approval_policy",
    "order",
    "requisition",
    "return",
    "rfq",
    "supplier_item",
)
_SALES_READS = _reads("sales", "credit_profile", "order", "price_list", "quotation", "return")
_INVENTORY_READS = _reads(
    "inventory",
    "adjustment",
    "bin",
    "count",
    "delivery",
    "issue",
    "move",
    "receipt",
    "relocation",
    "reorder_rule",
    "reservation",
    "return",
    "stock",
    "transfer",
)
_PRODUCTION_READS = _reads(
    "production",
    "bom",
    "cost",
    "engineering",
    "item_plan",
    "order",
    "plan",
    "quality",
    "routing",
    "subcontract",
    "work_centre",
)
_FINANCE_READS = _reads(
    "finance", "account", "advance", "bill", "credit_note", "invoice", "netting", "payable", "payment", "period", "posting_rule",
    "proof", "receivable", "report", "settings", "voucher", "voucher_draft",
)  # fmt: skip


def _verbs(document: str, *verbs: str) -> tuple[str, ...]:
    return tuple(f"{document}.{verb}" for verb in verbs)


# Who enters does not also approve: release of held orders, approval of purchases and acceptance of blocked bills are
# the controller's.
READY_MADE: tuple[ReadyMade, ...] = (
    ReadyMade(ADMINISTRATOR, "系统管理员", "Administrator", ("*",)),
    ReadyMade(
        "buyer", "采购员", "Buyer",
        (
            "purchasing.requisition.*", "purchasing.rfq.*", "purchasing.supplier_item.*",
            *_verbs("purchasing.order", "create", "change", "submit", "cancel", "close", "read"),
            *_verbs("purchasing.agreement", "create", "change", "close", "read"),
            *_verbs("purchasing.return", "create", "cancel", "read"),
            "inventory.stock.read", "inventory.receipt.read", "inventory.return.read", "finance.bill.read",
            *_verbs("inventory.reorder_rule", "change", "read"),
            *_MASTERDATA_READS,
        ),
    ),
    ReadyMade(
        "seller", "销售员", "Seller",
        (
            *_verbs("sales.order", "place", "change", "cancel", "close", "read"),
            *_verbs("sales.quotation", "draft", "change", "issue", "cancel", "read"),
            *_verbs("sales.return", "draft", "authorise", "cancel", "read"),
            "sales.credit_profile.read", "sales.price_list.read", "inventory.stock.read", "inventory.delivery.read",
            "inventory.reservation.read", "finance.invoice.read", "finance.credit_note.read",
            "finance.receivable.read", *_verbs("workflow.mail", "read", "send"), *_MASTERDATA_READS,
        ),
    ),
    ReadyMade(
        "warehouse_keeper", "仓库管理员", "Warehouse keeper",
        (
            "inventory.*", "sales.order.read", "sales.return.read", "purchasing.order.read",
            "purchasing.return.read", "production.order.read", *_MASTERDATA_READS,
        ),
    ),
    ReadyMade(
        "planner", "计划员", "Planner",
        (
            "production.*", "purchasing.requisition.*", "purchasing.order.read", "purchasing.supplier_item.read",
            "sales.order.read", *_INVENTORY_READS, *_MASTERDATA_READS,
        ),
    ),
    # Whoever designs does not also release: that is the planner's, who plans it from then on.
    ReadyMade(
        "engineer", "工程师", "Engineer",
        (
            *_verbs("production.engineering", "change", "design", "read", "reject", "request"),
            "production.bom.*", "production.routing.*", "production.item_plan.read", "production.order.read",
            "production.plan.read", "production.work_centre.read", "sales.quotation.read", "sales.order.read",
            *_verbs("masterdata.item", "change", "create"), *_MASTERDATA_READS,
        ),
    ),
    ReadyMade(
        "bookkeeper", "会计", "Bookkeeper",
        (
            *_verbs("finance.advance", "enter", "apply"),
            *_verbs("finance.bill", "enter", "match", "cancel"),
            "finance.invoice.issue", "finance.netting.enter", "finance.opening.enter", "finance.payment.enter",
            "finance.voucher.reverse", "finance.voucher_draft.write",
            *_FINANCE_READS, *_SALES_READS, *_PURCHASING_READS, *_INVENTORY_READS, *_PRODUCTION_READS,
            *_MASTERDATA_READS,
        ),
    ),
    ReadyMade(
        "controller", "财务主管", "Controller",
        (
            "finance.*", "sales.credit_profile.*", "sales.price_list.*", "sales.order.release", "sales.order.backdate",
            "sales.return.backdate", "purchasing.order.approve", "purchasing.agreement.approve",
            "purchasing.return.authorise", "masterdata.rate.*",
            "masterdata.tax_code.*", "operations.read",
            *_SALES_READS, *_PURCHASING_READS, *_INVENTORY_READS, *_PRODUCTION_READS,
            *_MASTERDATA_READS,
        ),
    ),
    ReadyMade(
        "partner", "合作伙伴", "Partner",
        (
            "sales.order.place", "sales.order.read", "inventory.stock.read", "masterdata.item.read",
            *_verbs("workflow.webhook", "read", "change"),
        ),
    ),
    ReadyMade(
        "operator", "运维员", "Operator",
        ("operations.read", "operations.parked.read", "operations.parked.settle", "identity.key.read"),
    ),
    ReadyMade(
        "auditor", "审计员", "Auditor",
        (
            *_reads("identity", "user", "role", "client", "key", "session", "separation"), "operations.read",
            "workflow.audit_entry.read",
            *_FINANCE_READS, *_SALES_READS, *_PURCHASING_READS, *_INVENTORY_READS, *_PRODUCTION_READS,
            *_MASTERDATA_READS,
        ),
    ),
)  # fmt: skip
