"""What can be done with tax codes."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from masterdata.records import service as records
from masterdata.records.service import KeptRecord, Kind
from masterdata.tax_codes.rules import check_rate
from masterdata.tax_codes.tables import tax_codes
from tongheng_contracts.masterdata import TaxCode, TaxCodeChanged


class TaxCodeRecord(TaxCode, KeptRecord):
    """A tax code as it is kept."""


TAX_CODE = Kind(
    name="tax_code",
    noun=("tax code", "税码"),
    table=tax_codes,
    model=TaxCodeRecord,
    event=lambda tax_code: TaxCodeChanged(tax_code=tax_code),
)


async def create_tax_code(session: AsyncSession, tax_code: TaxCode) -> TaxCodeRecord:
    """Introduce a tax rate under a name."""
    check_rate(tax_code.rate, kind=tax_code.kind)
    return await records.create_one(session, TAX_CODE, tax_code)


async def change_tax_code(
    session: AsyncSession, reference: str, changes: Mapping[str, object], *, expected: int | None
) -> TaxCodeRecord:
    """Name a tax code otherwise; a new rate is a new code, for old documents keep theirs."""
    before = await records.load(session, TAX_CODE, reference, expected=expected, lock=True)
    return await records.replace(session, TAX_CODE, before, changes)
