"""What can be done with customers and suppliers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import BusinessError
from chassis.ids import uuid7
from chassis.paging import Page, PageRequest
from masterdata.currencies.rules import check_currency
from masterdata.partners.rules import NewPartner, roles_of
from masterdata.partners.tables import partners
from masterdata.records import service as records
from masterdata.records.service import KeptRecord, Kind, References
from masterdata.terms.service import TERM, TermRecord
from tongheng_contracts.masterdata import Partner, PartnerChanged


class PartnerRecord(Partner, KeptRecord):
    """A partner as it is kept."""


PARTNER = Kind(
    name="partner",
    noun=("partner", "往来单位"),
    table=partners,
    model=PartnerRecord,
    event=lambda partner: PartnerChanged(partner=partner),
)


async def create_partners(
    session: AsyncSession, proposals: Sequence[NewPartner | BusinessError]
) -> list[PartnerRecord | BusinessError]:
    """Introduce partners; each proposal gets its partner or the reason why not."""
    new = [proposal for proposal in proposals if isinstance(proposal, NewPartner)]
    terms = await records.resolve(session, TERM, [each.payment_term for each in new])
    drafts = records.drafted(lambda proposal: _draft(proposal, terms), proposals)
    return await records.create(session, PARTNER, drafts)


async def search_partners(
    session: AsyncSession,
    paging: PageRequest,
    *,
    prefix: str | None,
    active: bool | None,
    role: str | None,
    currency: str | None,
) -> Page[PartnerRecord]:
    """A page of partners, by role if asked for."""
    return await records.search(
        session,
        PARTNER,
        paging,
        prefix=prefix,
        equal={"active": active, "currency": currency},
        where=() if role is None else (partners.c.roles.contains([role]),),
    )


async def change_partner(
    session: AsyncSession, reference: str, changes: Mapping[str, Any], *, expected: int | None
) -> PartnerRecord:
    """Change a partner; blocking one stops new orders, not what is under way."""
    before = await records.load(session, PARTNER, reference, expected=expected, lock=True)
    wanted = dict(changes)
    if "roles" in wanted:
        wanted["roles"] = roles_of(wanted["roles"])
    if "currency" in wanted:
        check_currency(wanted["currency"])
    if "payment_term" in wanted:
        terms = await records.resolve(session, TERM, [wanted["payment_term"]])
        term = terms.get(wanted["payment_term"], field="/payment_term")
        wanted |= {"payment_term": term.code, "payment_days": term.days}
    return await records.replace(session, PARTNER, before, wanted)


def _draft(new: NewPartner, terms: References[TermRecord]) -> Partner:
    """The partner that a proposal describes, if it can be one."""
    check_currency(new.currency)
    term = terms.get(new.payment_term, field="/payment_term")
    return Partner(
        id=uuid7(),
        code=new.code,
        name=new.name,
        name_en=new.name_en,
        version=1,
        roles=roles_of(new.roles),
        currency=new.currency,
        payment_term=term.code,
        payment_days=term.days,
        tax_id=new.tax_id,
        language=new.language,
        email=new.email,
        billing_policy=new.billing_policy,
        blocked=new.blocked,
        region=new.region,
    )
