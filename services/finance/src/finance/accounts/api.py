"""The chart of accounts and the company's settings over HTTP."""

from typing import Annotated

from fastapi import Response
from pydantic import BaseModel

from chassis.http import IfMatch, Principal, Session, commands, etag, requires
from chassis.values import CodeIn, Input, NameIn, PriceIn, TextIn
from tongheng_contracts.values import Price

from . import service
from .service import AccountRow

router = commands("finance", "accounts")
settings_router = commands("finance", "settings")


class AccountView(BaseModel):
    """An account. A control account is kept by documents and takes no voucher by hand."""

    company: str
    code: str
    name: str
    name_en: str
    kind: str
    parent: str | None
    postable: bool
    control: bool
    active: bool
    version: int


class Accounts(BaseModel):
    """A company's chart of accounts."""

    items: list[AccountView]
    next: None = None


class AccountIn(Input):
    """A sub-account of one that exists."""

    company: CodeIn
    code: CodeIn
    name: NameIn
    name_en: TextIn = ""
    parent: CodeIn


class SettingsView(BaseModel):
    """What a company decides for itself."""

    company: str
    price_tolerance: Price
    version: int


class SettingsIn(Input):
    """How far a bill's price may be from the order's: 0.02 for 2 %."""

    price_tolerance: PriceIn


def _view(row: AccountRow) -> AccountView:
    return AccountView(**{name: getattr(row, name) for name in AccountView.model_fields})


@router.get("", response_model=Accounts)
async def list_accounts(
    session: Session, caller: Annotated[Principal, requires("finance.account.read")], company: str
) -> Accounts:
    """The chart of accounts."""
    caller.check_company(company)
    return Accounts(items=[_view(row) for row in await service.chart_of(session, company)])


@router.post("", status_code=201, response_model=AccountView)
async def add_account(
    body: AccountIn,
    session: Session,
    response: Response,
    caller: Annotated[Principal, requires("finance.account.add")],
) -> AccountView:
    """Add a sub-account."""
    caller.check_company(body.company)
    row = await service.add_account(
        session,
        company=body.company,
        code=body.code,
        name=body.name,
        name_en=body.name_en,
        parent=body.parent,
    )
    etag(response, row.version)
    return _view(row)


@settings_router.get("/{company}", response_model=SettingsView)
async def get_settings(
    company: str, session: Session, response: Response,
    caller: Annotated[Principal, requires("finance.settings.read")],
) -> SettingsView:  # fmt: skip
    """A company's settings."""
    caller.check_company(company)
    tolerance, version = await service.price_tolerance(session, company)
    etag(response, version)
    return SettingsView(company=company, price_tolerance=tolerance, version=version)


@settings_router.put("/{company}", response_model=SettingsView)
async def change_settings(
    company: str, body: SettingsIn, session: Session, response: Response, version: IfMatch,
    caller: Annotated[Principal, requires("finance.settings.change")],
) -> SettingsView:  # fmt: skip
    """Change a company's settings."""
    caller.check_company(company)
    changed = await service.change_price_tolerance(session, company, body.price_tolerance, version)
    etag(response, changed)
    return SettingsView(company=company, price_tolerance=body.price_tolerance, version=changed)
