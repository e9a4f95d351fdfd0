"""Master records as purchasing sees them, and what may be bought by whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar, Protocol, TypeVar
from uuid import UUID

from chassis.clock import day_in
from chassis.errors import BusinessError, InvalidState, UnknownReference

SUPPLIER = "supplier"
_SIX = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Factor:
    """1 of a unit = numerator/denominator base units."""

    numerator: int
    denominator: int = 1


@dataclass(frozen=True, slots=True)
class ItemReplica:
    """An item: its units and how it is procured."""

    id: UUID
    code: str
    name: str
    base_unit: str
    quantity_decimals: int
    units: Mapping[str, Factor] = field(default_factory=dict[str, Factor])
    procurement: str = "buy"
    tax_code: str = "VAT13"
    lead_time_days: int | None = None
    active: bool = True
    category: str = ""

    def factor(self, unit: str) -> Factor | None:
        """What one of `unit` is in base units; None when masterdata does not say."""
        return Factor(1) if unit == self.base_unit else self.units.get(unit)


@dataclass(frozen=True, slots=True)
class PartnerReplica:
    """A customer or supplier."""

    id: UUID
    code: str
    name: str
    roles: frozenset[str]
    currency: str
    payment_days: int
    blocked: bool
    active: bool = True


@dataclass(frozen=True, slots=True)
class WarehouseReplica:
    """A place that holds a company's stock."""

    id: UUID
    code: str
    name: str
    company: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class CompanyReplica:
    """A legal entity."""

    id: UUID
    code: str
    name: str
    currency: str
    time_zone: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class TaxCodeReplica:
    """A tax rate by name."""

    id: UUID
    code: str
    rate: Decimal
    active: bool = True


class TooManyDecimals(BusinessError):
    """A quantity finer than the item is counted."""

    code = "quantity-decimals"
    status = 422
    en = "Item {item} is counted with {decimals} decimals; {quantity} {unit} is finer."
    zh = "物料“{item}”的数量只允许 {decimals} 位小数，{quantity} {unit} 不符合要求。"


class UnknownUnit(BusinessError):
    """A unit that masterdata does not relate to the item's base unit."""

    code = "unknown-reference"
    status = 422
    en = "Item {item} has no unit {unit}."
    zh = "物料“{item}”没有单位“{unit}”。"


class CurrencyNotSupported(BusinessError):
    """Only the company's own currency is traded in."""

    code = "currency-not-supported"
    status = 422
    en = "Company {company} buys in {expected} only; {currency} is not supported yet."
    zh = "公司“{company}”目前只支持以 {expected} 采购，暂不支持 {currency}。"


class NotOfCompany(BusinessError):
    """A warehouse of another company."""

    code = "unknown-reference"
    status = 422
    en = "Company {company} has no warehouse {warehouse}."
    zh = "公司“{company}”没有仓库“{warehouse}”。"


class NotASupplier(InvalidState):
    """The partner cannot be bought from."""

    en = "Partner {supplier} is not a supplier: it has no such role."
    zh = "往来单位“{supplier}”不是供应商。"


class SupplierBlocked(InvalidState):
    """The supplier is blocked or inactive."""

    en = "Supplier {supplier} is {state_en}; nothing can be bought from it."
    zh = "供应商“{supplier}”{state_zh}，不能采购。"


class Inactive(InvalidState):
    """A record that is no longer used."""

    en = "{what} {reference} is inactive."
    zh = "{what}“{reference}”已停用。"
    defaults: ClassVar[Mapping[str, object]] = {"what": ("Record", "记录"), "reference": ""}


class _Record(Protocol):
    @property
    def code(self) -> str: ...

    @property
    def active(self) -> bool: ...


RecordT = TypeVar("RecordT", bound=_Record)

ITEM = ("item", "物料")
PARTNER = ("partner", "往来单位")
WAREHOUSE = ("warehouse", "仓库")
COMPANY = ("company", "公司")
TAX_CODE = ("tax code", "税码")


def find(
    records: Mapping[str, RecordT],
    ref: str,
    what: tuple[str, str],
    field: str | None,
    *,
    active: bool = True,
) -> RecordT:
    """The record that was named, or a refusal that names it.

    Raises:
        UnknownReference: there is none.
        Inactive: it is no longer used, and `active` ones are asked for.
    """
    record = records.get(ref)
    if record is None:
        raise UnknownReference(what=what, reference=ref, field=field)
    if active and not record.active:
        raise Inactive(what=(what[0].capitalize(), what[1]), reference=record.code, field=field)
    return record


def check_supplier(partner: PartnerReplica, *, field: str | None = None) -> None:
    """Refuse a partner that nothing may be bought from."""
    if SUPPLIER not in partner.roles:
        raise NotASupplier(supplier=partner.code, field=field)
    if not partner.active:
        raise SupplierBlocked(
            supplier=partner.code, state_en="inactive", state_zh="已停用", field=field
        )
    if partner.blocked:
        raise SupplierBlocked(
            supplier=partner.code, state_en="blocked", state_zh="已冻结", field=field
        )


def check_warehouse(warehouse: WarehouseReplica, company: str, *, field: str | None = None) -> None:
    """Refuse a warehouse that belongs to another company."""
    if warehouse.company != company:
        raise NotOfCompany(company=company, warehouse=warehouse.code, field=field)


def check_currency(
    company: CompanyReplica, currency: str | None, *, field: str | None = None
) -> str:
    """The currency of a document: the company's own."""
    if currency is not None and currency != company.currency:
        raise CurrencyNotSupported(
            company=company.code, expected=company.currency, currency=currency, field=field
        )
    return company.currency


def base_quantity(
    item: ItemReplica, quantity: Decimal, unit: str | None, *, field: str | None = None
) -> Decimal:
    """The quantity in base units, exactly; a quantity that is finer than the item's is refused."""
    named = unit or item.base_unit
    factor = item.factor(named)
    if factor is None:
        raise UnknownUnit(item=item.code, unit=named, field=field)
    scaled = quantity * factor.numerator / factor.denominator
    rounded = scaled.quantize(Decimal(1).scaleb(-item.quantity_decimals))
    # Multiplied back, for a quotient such as 1/3 is itself rounded.
    if rounded * factor.denominator != quantity * factor.numerator:
        raise TooManyDecimals(
            item=item.code,
            decimals=item.quantity_decimals,
            quantity=format(quantity, "f"),
            unit=named,
            field=field,
        )
    return rounded


def base_price(item: ItemReplica, price: Decimal, unit: str) -> Decimal | None:
    """A price per `unit` as one per base unit, with six decimals; None when the unit is not known."""
    factor = item.factor(unit)
    if factor is None:
        return None
    return (price * factor.denominator / factor.numerator).quantize(_SIX)


def local_day(company: CompanyReplica, moment: datetime) -> date:
    """The company's day at a moment."""
    return day_in(company.time_zone, moment)
