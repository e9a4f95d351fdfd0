"""What a fresh installation begins with: a company, units, tax codes, payment terms. Nothing is overwritten."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.ids import named
from masterdata.companies.service import COMPANY
from masterdata.records import service as records
from masterdata.tax_codes.service import TAX_CODE
from masterdata.terms.service import TERM, Term
from masterdata.units.service import UNIT, Unit
from tongheng_contracts.masterdata import Company, TaxCode

COMPANIES = (("E01", "通衡示范公司", "Tongheng Demo Co."),)

UNITS = (
    ("PCS", "件", "Piece", 0),
    ("EA", "个", "Each", 0),
    ("SET", "套", "Set", 0),
    ("PAIR", "双", "Pair", 0),
    ("DOZ", "打", "Dozen", 0),
    ("BOX", "盒", "Box", 0),
    ("CTN", "箱", "Carton", 0),
    ("CS", "整箱", "Case", 0),
    ("PK", "包", "Pack", 0),
    ("BAG", "袋", "Bag", 0),
    ("BTL", "瓶", "Bottle", 0),
    ("ROLL", "卷", "Roll", 0),
    ("PLT", "托盘", "Pallet", 0),
    ("KG", "千克", "Kilogram", 3),
    ("G", "克", "Gram", 3),
    ("T", "吨", "Tonne", 6),
    ("M", "米", "Metre", 3),
    ("CM", "厘米", "Centimetre", 3),
    ("MM", "毫米", "Millimetre", 3),
    ("M2", "平方米", "Square metre", 3),
    ("M3", "立方米", "Cubic metre", 6),
    ("L", "升", "Litre", 3),
    ("ML", "毫升", "Millilitre", 3),
    ("H", "小时", "Hour", 3),
)

TAX_CODES = (
    ("VAT13", "增值税 13%", "VAT 13 %", "0.13"),
    ("VAT9", "增值税 9%", "VAT 9 %", "0.09"),
    ("VAT6", "增值税 6%", "VAT 6 %", "0.06"),
    ("VAT0", "增值税零税率", "VAT zero-rated", "0"),
)

TERM_DAYS = (0, 15, 30, 60, 90)


async def seed(session: AsyncSession) -> None:
    """Create what is not there yet, and tell of it; ids are the same in every installation."""
    await records.create(
        session,
        COMPANY,
        [
            Company(id=named("company", code), code=code, name=name, name_en=name_en, version=1)
            for code, name, name_en in COMPANIES
        ],
    )
    await records.create(
        session,
        UNIT,
        [
            Unit(
                id=named("unit", code),
                code=code,
                name=name,
                name_en=name_en,
                version=1,
                decimals=decimals,
            )
            for code, name, name_en, decimals in UNITS
        ],
    )
    await records.create(
        session,
        TAX_CODE,
        [
            TaxCode(
                id=named("tax_code", code),
                code=code,
                name=name,
                name_en=name_en,
                version=1,
                rate=Decimal(rate),
            )
            for code, name, name_en, rate in TAX_CODES
        ],
    )
    await records.create(
        session,
        TERM,
        [
            Term(
                id=named("term", f"NET{days}"),
                code=f"NET{days}",
                name=f"{days} 天内付款" if days else "货到付款",
                name_en=f"Net {days} days" if days else "Due at once",
                version=1,
                days=days,
            )
            for days in TERM_DAYS
        ],
    )
