"""Masterdata's documents: companies, items, partners, warehouses, tax codes, exchange rates."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from .envelope import Event, Part, document
from .privacy import PersonalText, Public, PublicText
from .values import Amount, Price, Quantity


class MasterRecord(Part):
    """What every master record carries. Its code never changes."""

    id: UUID
    code: str
    name: str
    """Chinese name, or the only one."""
    name_en: str = ""
    active: bool = True
    version: int


class Company(MasterRecord):
    """A legal entity."""

    currency: PublicText = "CNY"
    time_zone: str = "Asia/Shanghai"
    valuation_level: str = "company"
    """`company` or `warehouse`: how wide one moving average reaches."""
    fiscal_year_start: int = 1


class ValuationClass(StrEnum):
    """Which inventory account an item's stock stands in."""

    RAW_MATERIAL = "raw_material"
    FINISHED_GOODS = "finished_goods"
    SEMI_FINISHED = "semi_finished"
    CONSUMABLE = "consumable"


class ItemUnit(Part):
    """A unit that the item may be given in: 1 unit = numerator/denominator base units."""

    unit: PublicText
    numerator: int
    denominator: int = 1


class Item(MasterRecord):
    """What is bought, made, stocked or sold."""

    code: PublicText
    name: PublicText
    name_en: PublicText = ""
    base_unit: PublicText
    quantity_decimals: int = 0
    """How many decimals a quantity in base units may have (0: whole pieces)."""
    units: list[ItemUnit] = []
    category: PublicText = ""
    specification: PublicText = ""
    barcode: PublicText = ""
    procurement: str = "buy"
    """buy, make or phantom."""
    tracking: str = "none"
    """none, lot or serial."""
    shelf_life_days: int | None = None
    valuation_class: ValuationClass = ValuationClass.FINISHED_GOODS
    valuation_method: str = "moving_average"
    standard_cost: Price | None = None
    list_price: Price | None = None
    tax_code: PublicText = "VAT13"
    safety_stock: Quantity | None = None
    reorder_point: Quantity | None = None
    lead_time_days: int | None = None
    weight: Quantity | None = None


class Partner(MasterRecord):
    """A customer, a supplier, or both. It may be a person, so what names it is personal."""

    name: PersonalText
    name_en: PersonalText = ""
    roles: list[str]
    """customer, supplier."""
    currency: PublicText = "CNY"
    payment_term: str = "NET30"
    payment_days: int = 30
    tax_id: PersonalText = ""
    language: str = "zh-CN"
    email: PersonalText = ""
    """Where confirmations go; empty: none are sent."""
    billing_policy: str = "manual"
    """manual: invoices by hand; on_shipment: an invoice by itself for each shipment."""
    blocked: bool = False
    region: str = ""


class Warehouse(MasterRecord):
    """A place that holds stock, of one company."""

    company: str
    region: str = ""
    priority: int = 100
    """Sourcing takes from low numbers first."""
    negative_allowed: bool = False


class TaxCode(MasterRecord):
    """A tax rate by name."""

    code: PublicText
    name: PublicText
    name_en: PublicText = ""
    rate: Price
    """0.13 for 13 %."""
    kind: PublicText = "vat"


class Rate(Part):
    """An exchange rate from a day on: 1 unit of `currency` = `rate` of `to_currency`."""

    id: UUID
    code: PublicText
    version: int
    currency: PublicText
    to_currency: PublicText
    valid_from: PublicText
    rate: Annotated[Price, Public]


@document(
    "masterdata.CompanyChanged",
    part="company_record",
    document="masterdata.company",
    en="A company was created or changed.",
    zh="公司主数据已新建或变更。",
    consumers=("finance", "inventory", "production", "purchasing", "sales", "workflow"),
)
class CompanyChanged(Event):
    company_record: Company


@document(
    "masterdata.ItemChanged",
    part="item",
    en="An item was created or changed.",
    zh="物料主数据已新建或变更。",
    consumers=("finance", "inventory", "production", "purchasing", "sales", "workflow"),
)
class ItemChanged(Event):
    item: Item


@document(
    "masterdata.PartnerChanged",
    part="partner",
    en="A customer or supplier was created or changed.",
    zh="往来单位已新建或变更。",
    consumers=("finance", "production", "purchasing", "sales", "workflow"),
)
class PartnerChanged(Event):
    partner: Partner


@document(
    "masterdata.WarehouseChanged",
    part="warehouse",
    en="A warehouse was created or changed.",
    zh="仓库已新建或变更。",
    consumers=("inventory", "production", "purchasing", "sales"),
)
class WarehouseChanged(Event):
    warehouse: Warehouse


@document(
    "masterdata.TaxCodeChanged",
    part="tax_code",
    en="A tax code was created or changed.",
    zh="税码已新建或变更。",
    consumers=("finance", "production", "purchasing", "sales"),
)
class TaxCodeChanged(Event):
    tax_code: TaxCode


@document("masterdata.RateChanged", part="rate", en="An exchange rate was set.", zh="汇率已设定。")
class RateChanged(Event):
    rate: Rate


__all__ = [
    "Amount", "Company", "CompanyChanged", "Item", "ItemChanged", "ItemUnit", "MasterRecord", "Partner", "PartnerChanged",
    "Rate", "RateChanged", "TaxCode", "TaxCodeChanged", "ValuationClass", "Warehouse", "WarehouseChanged",
]  # fmt: skip
