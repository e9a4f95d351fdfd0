"""How partners are asked for over HTTP."""

from typing import Annotated

from fastapi import Request, Response
from pydantic import AfterValidator, Field

from chassis.batches import Batch, BatchAnswer, batch_answer
from chassis.http import IfMatch, Session, commands, requires
from chassis.paging import Page, Paging
from chassis.values import CodeIn, Input, NameIn, TextIn
from masterdata.partners import service
from masterdata.partners.rules import BillingPolicy, Language, NewPartner, Role, email_of
from masterdata.partners.service import PARTNER, PartnerRecord
from masterdata.records import service as records
from masterdata.records.api import (
    Filters,
    add_reading,
    add_switching,
    changes_in,
    created,
    shown,
)

router = commands("masterdata", "partners")

CurrencyIn = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
EmailIn = Annotated[str, Field(max_length=254), AfterValidator(email_of)]


class PartnerIn(Input):
    """A new customer or supplier."""

    code: CodeIn
    name: NameIn
    name_en: TextIn = ""
    roles: Annotated[list[Role], Field(max_length=8)]
    currency: CurrencyIn = "CNY"
    payment_term: CodeIn = "NET30"
    tax_id: TextIn = ""
    language: Language = "zh-CN"
    email: EmailIn = ""
    billing_policy: BillingPolicy = "manual"
    blocked: bool = False
    region: TextIn = ""

    def proposal(self) -> NewPartner:
        """The partner as proposed."""
        return NewPartner(**dict(self))


class PartnerChange(Input):
    """What may change of a partner: all but the code."""

    name: NameIn = ""
    name_en: TextIn = ""
    roles: Annotated[list[Role], Field(max_length=8)] = Field(default_factory=list)
    currency: CurrencyIn = ""
    payment_term: CodeIn = ""
    tax_id: TextIn = ""
    language: Language = "zh-CN"
    email: EmailIn = ""
    billing_policy: BillingPolicy = "manual"
    blocked: bool = False
    region: TextIn = ""


@router.post(
    "",
    status_code=201,
    response_model=PartnerRecord,
    dependencies=[requires("masterdata.partner.create")],
)
async def create_partner(
    body: PartnerIn,
    request: Request,
    response: Response,
    session: Session,
) -> PartnerRecord:
    """Introduce a customer or supplier."""
    return created(
        request, response, records.only(await service.create_partners(session, [body.proposal()]))
    )


@router.post(
    ":batch",
    response_model=BatchAnswer[PartnerRecord],
    dependencies=[requires("masterdata.partner.create")],
)
async def create_partner_batch(
    body: Batch[PartnerIn],
    request: Request,
    session: Session,
) -> Response:
    """Introduce up to 1,000 partners; each row is answered by itself."""
    proposals = body.read(PartnerIn.proposal)
    return batch_answer(request, await service.create_partners(session, proposals))


@router.get(
    "", response_model=Page[PartnerRecord], dependencies=[requires("masterdata.partner.read")]
)
async def list_partners(
    filters: Filters,
    paging: Paging,
    session: Session,
    role: Role | None = None,
    currency: CurrencyIn | None = None,
) -> Page[PartnerRecord]:
    """Partners by code."""
    return await service.search_partners(
        session, paging, prefix=filters.prefix, active=filters.active, role=role, currency=currency
    )


@router.patch(
    "/{ref}", response_model=PartnerRecord, dependencies=[requires("masterdata.partner.change")]
)
async def change_partner(
    ref: str,
    body: PartnerChange,
    response: Response,
    session: Session,
    version: IfMatch,
) -> PartnerRecord:
    """Change a partner."""
    return shown(
        response, await service.change_partner(session, ref, changes_in(body), expected=version)
    )


add_reading(router, PARTNER)
add_switching(router, PARTNER)
