"""What can be done with companies."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.context import context_of
from masterdata.companies.rules import check_scope, check_time_zone
from masterdata.companies.tables import companies
from masterdata.currencies.rules import check_currency
from masterdata.records import service as records
from masterdata.records.service import KeptRecord, Kind
from tongheng_contracts.masterdata import Company, CompanyChanged


class CompanyRecord(Company, KeptRecord):
    """A company as it is kept."""

    @property
    def company(self) -> str:
        """Its record and its events are within its own scope."""
        return self.code


COMPANY = Kind(
    name="company",
    noun=("company", "公司"),
    table=companies,
    model=CompanyRecord,
    event=lambda company: CompanyChanged(company_record=company),
)


async def create_company(session: AsyncSession, company: Company) -> CompanyRecord:
    """Found a company; only who sees all companies sees the new one, so only he may."""
    check_scope(company.code, context_of(session).companies)
    check_currency(company.currency)
    check_time_zone(company.time_zone)
    return await records.create_one(session, COMPANY, company)


async def change_company(
    session: AsyncSession, reference: str, changes: Mapping[str, object], *, expected: int | None
) -> CompanyRecord:
    """Change what may change: its currency and calendar are in its books already."""
    before = await records.load(session, COMPANY, reference, expected=expected, lock=True)
    return await records.replace(session, COMPANY, before, changes)
