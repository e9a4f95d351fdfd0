"""A fresh installation is usable at once."""

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.testing import Api, Emitted, EmittedEvents
from masterdata.seed import seed
from tongheng_contracts.masterdata import CompanyChanged, TaxCodeChanged


async def test_seed_tells_of_company_and_tax_codes(
    session: AsyncSession, emitted_events: EmittedEvents
) -> None:
    await seed(session)

    (company,) = await emitted_events(CompanyChanged)
    rates = {e.tax_code.code: str(e.tax_code.rate) for e in await emitted_events(TaxCodeChanged)}
    assert (company.company_record.code, company.company_record.version) == ("E01", 1)
    assert rates == {"VAT13": "0.13", "VAT9": "0.09", "VAT6": "0.06", "VAT0": "0"}


async def test_seed_does_nothing_the_second_time(session: AsyncSession, emitted: Emitted) -> None:
    await seed(session)
    told = await emitted()

    await seed(session)

    assert await emitted() == told


async def test_seed_leaves_alone_what_was_changed(session: AsyncSession, api: Api) -> None:
    await seed(session)
    await session.commit()
    renamed = await api.patch("/masterdata/companies/E01", {"name": "通衡贸易"}, if_match='"1"')
    assert renamed.status_code == 200, renamed.text

    await seed(session)

    assert (await api.get("/masterdata/companies/E01")).json()["name"] == "通衡贸易"
