"""Opening balances over HTTP."""

from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import Response
from pydantic import BaseModel, Field

from chassis.http import Principal, Session, commands, etag, requires
from chassis.values import CodeIn, DateIn, Input, SignedAmountIn, TextIn
from tongheng_contracts.values import Amount

from . import service
from .rules import OpenBalance, OpenDocument

router = commands("finance", "openings")


class ReceivableIn(Input):
    """An unpaid invoice that is brought along; below zero for a credit."""

    customer: CodeIn
    number: Annotated[TextIn, Field(min_length=1)]
    amount: SignedAmountIn
    due_date: DateIn | None = None


class PayableIn(Input):
    """An unpaid bill that is brought along; below zero for a credit."""

    supplier: CodeIn
    number: Annotated[TextIn, Field(min_length=1)]
    amount: SignedAmountIn
    due_date: DateIn | None = None


class BalanceIn(Input):
    """The balance of another account."""

    account: CodeIn
    debit: SignedAmountIn = Decimal(0)
    credit: SignedAmountIn = Decimal(0)


class OpeningIn(Input):
    """A company's opening balances; they stand against the opening account 4104."""

    company: CodeIn
    business_date: DateIn | None = None
    receivables: Annotated[list[ReceivableIn], Field(max_length=5000)] = Field(default_factory=list)
    payables: Annotated[list[PayableIn], Field(max_length=5000)] = Field(default_factory=list)
    bank: SignedAmountIn = Decimal(0)
    lines: Annotated[list[BalanceIn], Field(max_length=1000)] = Field(default_factory=list)


class OpeningView(BaseModel):
    """Opening balances as posted."""

    id: UUID
    number: str
    company: str
    version: int
    status: str
    voucher: UUID
    voucher_number: str
    amount: Amount
    posting_date: date


@router.post("", status_code=201, response_model=OpeningView)
async def enter_opening(
    body: OpeningIn,
    session: Session,
    response: Response,
    caller: Annotated[Principal, requires("finance.opening.enter")],
) -> OpeningView:
    """Post opening balances, with an open item for each unpaid document."""
    caller.check_company(body.company)
    opening, number, posted = await service.enter_opening(
        session, company=body.company, business_date=body.business_date, bank=body.bank,
        receivables=[OpenDocument(one.customer, one.number, one.amount, one.due_date) for one in body.receivables],
        payables=[OpenDocument(one.supplier, one.number, one.amount, one.due_date) for one in body.payables],
        balances=[OpenBalance(one.account, one.debit, one.credit) for one in body.lines],
    )  # fmt: skip
    etag(response, 1)
    return OpeningView(
        id=opening, number=number, company=body.company, version=1, status="posted", voucher=posted.entry.id,
        voucher_number=posted.number, amount=posted.entry.amount, posting_date=posted.posting_date,
    )  # fmt: skip
