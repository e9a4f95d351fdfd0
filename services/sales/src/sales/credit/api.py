"""Credit profiles over HTTP."""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import Header, Query, Response
from pydantic import BaseModel
from pydantic.functional_validators import field_validator
from pydantic_core import PydanticCustomError

from chassis.errors import InvalidHeader, NotFound, UnknownReference
from chassis.http import Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging
from chassis.values import CodeIn, DateIn, Input, SignedAmountIn
from sales.credit import service
from sales.credit.rules import Terms
from sales.replicas import service as replicas
from tongheng_contracts.values import Amount

router = commands("sales", "credit-profiles")
_VERSION = re.compile(r'(?:W/)?"([0-9]{1,9})"|([0-9]{1,9})')


class SetCreditProfile(Input):
    """What is granted to a customer in a company."""

    company: CodeIn
    credit_limit: SignedAmountIn | None
    """Gross, in the company's currency; null: unlimited."""
    check_overdue: bool = False
    """Hold new orders while something is overdue."""
    valid_until: DateIn | None = None
    """The last day of the limit; afterwards new orders are held."""

    @field_validator("credit_limit")
    @classmethod
    def _not_negative(cls, value: Decimal | None) -> Decimal | None:
        if value is not None and value < 0:
            raise PydanticCustomError("not_negative", "This must not be negative.")
        return value


class ExposureView(BaseModel):
    """What a customer owes or will owe, gross."""

    open_orders: Amount
    unacknowledged: Amount
    receivable: Amount
    overdue: Amount
    total: Amount
    available: Amount | None
    """What he may still order; null: unlimited."""


class CreditProfileView(BaseModel):
    """A customer's credit in a company; version 0: nothing was granted, so it is unlimited."""

    id: UUID | None
    company: str
    customer: str
    version: int
    credit_limit: Amount | None
    check_overdue: bool
    valid_until: date | None
    recorded_at: datetime | None
    exposure: ExposureView


def _view(profile: service.Profile, *, today: date) -> CreditProfileView:
    terms, exposure = profile.terms, profile.exposure
    limit = terms.limit_on(today)
    return CreditProfileView(
        id=profile.id,
        company=profile.company,
        customer=profile.customer,
        version=profile.version,
        credit_limit=terms.credit_limit,
        check_overdue=terms.check_overdue,
        valid_until=terms.valid_until,
        recorded_at=profile.recorded_at,
        exposure=ExposureView(
            open_orders=exposure.open_orders,
            unacknowledged=exposure.unacknowledged,
            receivable=exposure.receivable,
            overdue=exposure.overdue,
            total=exposure.total,
            available=None if limit is None else limit - exposure.total,
        ),
    )


def _expected(if_match: str | None) -> int | None:
    # Not the chassis' IfMatch: the first PUT of a profile has no version to name.
    if if_match is None:
        return None
    match = _VERSION.fullmatch(if_match.strip())
    if match is None:
        raise InvalidHeader(header="If-Match")
    return int(match[1] or match[2])


async def _customer_code(session: Session, reference: str, field: str | None) -> str:
    partner = (await replicas.resolve_partners(session, [reference])).get(reference)
    if partner is None or not partner.customer:
        raise UnknownReference(what=("customer", "客户"), reference=reference, field=field)
    return partner.code


@router.put("/{customer}", response_model=CreditProfileView)
async def set_credit_profile(
    customer: str,
    body: SetCreditProfile,
    session: Session,
    caller: Annotated[Principal, requires("sales.credit_profile.set")],
    response: Response,
    if_match: Annotated[
        str | None, Header(alias="If-Match", description="The version that you change.")
    ] = None,
) -> CreditProfileView:
    """Grant a customer credit, or change what was granted (then with If-Match)."""
    company = (await replicas.resolve_companies(session, [body.company])).get(body.company)
    if company is None:
        raise UnknownReference(what=("company", "公司"), reference=body.company, field="/company")
    caller.check_company(company.code)
    code = await _customer_code(session, customer, None)
    profile = await service.grant(
        session,
        key=(company.code, code),
        terms=Terms(body.credit_limit, body.check_overdue, body.valid_until),
        expected=_expected(if_match),
    )
    etag(response, profile.version)
    return _view(profile, today=replicas.day_in(company.time_zone))


@router.get("/{customer}", response_model=CreditProfileView)
async def get_credit_profile(
    customer: str,
    session: Session,
    caller: Annotated[Principal, requires("sales.credit_profile.read")],
    response: Response,
    company: Annotated[str | None, Query(max_length=64)] = None,
) -> CreditProfileView:
    """A customer's credit with what is used of it; `company` may be left out when there is only one."""
    code = await _customer_code(session, customer, None)
    named = company if company is not None else await service.company_of(session, code)
    known = (await replicas.resolve_companies(session, [named])).get(named)
    if known is None:
        raise NotFound(what=("company", "公司"))
    caller.check_company(known.code)
    profile = await service.find_profile(session, (known.code, code))
    etag(response, profile.version)
    return _view(profile, today=replicas.day_in(known.time_zone))


@router.get("", response_model=Page[CreditProfileView])
async def list_credit_profiles(
    session: Session,
    caller: Annotated[Principal, requires("sales.credit_profile.read")],
    paging: Paging,
    company: Annotated[str | None, Query(max_length=64)] = None,
    customer: Annotated[str | None, Query(max_length=64)] = None,
) -> Page[CreditProfileView]:
    """Credit profiles by customer."""
    found = await service.list_profiles(session, paging, company=company, customer=customer)
    days = await replicas.days_at(session, {profile.company for profile in found.items})
    views = [_view(profile, today=days[profile.company]) for profile in found.items]
    return Page[CreditProfileView](items=views, next=found.next)
