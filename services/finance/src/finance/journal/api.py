"""Vouchers over HTTP: found by the document they come from, entered by hand, reversed."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from pydantic import BaseModel, Field

from chassis.http import Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging, page
from chassis.values import CodeIn, DateIn, Input, SignedAmountIn, TextIn
from finance.posting import service as posting
from finance.replicas import service as replicas
from finance.vouchers import service
from finance.vouchers.rules import EntryLine, TooFewLines
from finance.vouchers.tables import vouchers
from tongheng_contracts.values import Amount

router = commands("finance", "vouchers")

LINES_MAX = 5000
READ = requires("finance.voucher.read")
Filter = Annotated[str | None, Query(max_length=100)]


class VoucherLineIn(Input):
    """A debit or a credit of one account; the other side is left out or 0.00."""

    account: CodeIn
    debit: SignedAmountIn = Decimal(0)
    credit: SignedAmountIn = Decimal(0)
    partner: CodeIn | None = None
    item: CodeIn | None = None
    text: TextIn = ""


class VoucherIn(Input):
    """A voucher written by hand."""

    company: CodeIn
    business_date: DateIn | None = None
    posting_date: DateIn | None = None
    """The day that decides the period; by default the business date."""
    text: TextIn
    reference: TextIn = ""
    lines: Annotated[list[VoucherLineIn], Field(min_length=1, max_length=LINES_MAX)]


class ReversalIn(Input):
    """A reversal of a voucher written by hand."""

    business_date: DateIn | None = None
    posting_date: DateIn | None = None
    text: TextIn = ""


class VoucherLineView(BaseModel):
    """A line of a voucher."""

    line: int
    account: str
    debit: Amount
    credit: Amount
    partner: str
    item: str
    text: str
    text_en: str


class Why(BaseModel):
    """Why a voucher is there: the rule that made it, and what it says of itself."""

    rule: str
    rule_version: int
    source_topic: str
    source_number: str
    text: str
    text_en: str
    explanation: str
    explanation_en: str


class VoucherView(BaseModel):
    """A posted voucher (凭证)."""

    id: UUID
    number: str
    company: str
    version: int
    status: str
    period: str
    voucher_type: str
    sequence: int
    ledger: str
    currency: str
    rule: str
    rule_version: int
    source_topic: str
    source_event: UUID | None
    source_id: UUID | None
    source_number: str
    case_id: UUID | None
    case_number: str
    corrects: UUID | None
    reversed_by: str | None
    text: str
    text_en: str
    amount: Amount
    actor: str
    business_date: date
    posting_date: date
    recorded_at: datetime
    lines: list[VoucherLineView]
    why: Why


async def _views(session: Session, rows: Sequence[Any]) -> list[VoucherView]:
    lines, reversals = await service.lines_by_voucher(session, [row.id for row in rows])
    explanations = await posting.explanations(
        session, {(row.company, row.rule, row.rule_version) for row in rows}
    )
    return [_view(row, lines[row.id], reversals.get(row.id), explanations) for row in rows]


def _view(
    row: Any,
    lines: Sequence[Any],
    reversed_by: str | None,
    explanations: Mapping[tuple[str, str, int], tuple[str, str]],
) -> VoucherView:
    values = dict(row._mapping)
    explanation, explanation_en = explanations.get(
        (row.company, row.rule, row.rule_version), ("", "")
    )
    return VoucherView(
        **{name: value for name, value in values.items() if name in VoucherView.model_fields},
        version=1,
        status="posted",
        reversed_by=reversed_by,
        lines=[
            VoucherLineView(
                line=line.line, account=line.account, debit=line.debit, credit=line.credit, partner=line.partner,
                item=line.item, text=line.text, text_en=line.text_en,
            )
            for line in lines
        ],
        why=Why(
            rule=row.rule, rule_version=row.rule_version, source_topic=row.source_topic, source_number=row.source_number,
            text=row.text, text_en=row.text_en, explanation=explanation, explanation_en=explanation_en,
        ),
    )  # fmt: skip


async def _one(session: Session, voucher: UUID | str) -> VoucherView:
    (view,) = await _views(session, [await service.find_voucher(session, str(voucher))])
    return view


@router.get("", response_model=Page[VoucherView], dependencies=[READ])
async def list_vouchers(
    session: Session, paging: Paging, company: Filter = None, period: Filter = None, source: Filter = None,
    voucher_type: Filter = None, number: Filter = None, account: Filter = None, partner: Filter = None,
    rule: Filter = None,
) -> Page[VoucherView]:  # fmt: skip
    """Vouchers, the oldest first. `source` is the number or id of the business document or its order, or an event's id."""
    query = service.selected(
        company=company, period=period, source=source, voucher_type=voucher_type, number=number, account=account,
        partner=partner, rule=rule,
    )  # fmt: skip
    found = await page(
        session, query, paging, key=[vouchers.c.recorded_at, vouchers.c.id],
        allowed_sorts={
            "posting_date": vouchers.c.posting_date, "number": vouchers.c.number, "recorded_at": vouchers.c.recorded_at,
        },
        make=lambda row: row,
    )  # fmt: skip
    return Page(items=await _views(session, found.items), next=found.next)


@router.get("/{voucher}", response_model=VoucherView, dependencies=[READ])
async def get_voucher(voucher: str, session: Session, response: Response) -> VoucherView:
    """A voucher with its lines and why it is there."""
    view = await _one(session, voucher)
    etag(response, view.version)
    return view


@router.post("", status_code=201, response_model=VoucherView)
async def enter_voucher(
    body: VoucherIn,
    session: Session,
    caller: Annotated[Principal, requires("finance.voucher.post")],
    response: Response,
) -> VoucherView:
    """Post a voucher written by hand; accounts that documents keep are refused."""
    caller.check_company(body.company)
    company = await replicas.company_of(session, body.company)
    day = body.business_date or await replicas.today_of(session, company.code)
    posted = await service.enter_voucher(
        session, company=company.code, business_date=day, posting_date=body.posting_date or day, text=body.text,
        reference=body.reference, currency=company.currency, lines=[entry_line(n, one) for n, one in enumerate(body.lines)],
    )  # fmt: skip
    etag(response, 1)
    return await _one(session, posted.entry.id)


def entry_line(index: int, one: VoucherLineIn) -> EntryLine:
    """A line as the books have it; refuses one that is on both sides or on none."""
    if (one.debit == 0) == (one.credit == 0) or min(one.debit, one.credit) < 0:
        raise TooFewLines(field=f"/lines/{index}")
    return EntryLine(
        one.account, one.debit, one.credit, one.partner or "", one.item or "", one.text, one.text
    )


@router.post(
    "/{voucher}/reverse",
    status_code=201,
    response_model=VoucherView,
    dependencies=[requires("finance.voucher.reverse")],
)
async def reverse_voucher(
    voucher: str, body: ReversalIn, session: Session, response: Response
) -> VoucherView:
    """Reverse a voucher written by hand, by one in red letters that names it."""
    found: Any = await service.find_voucher(session, voucher)
    company = str(found.company)
    day = body.business_date or await replicas.today_of(session, company)
    posted = await service.reverse_voucher(
        session, found.id, posting_date=body.posting_date, business_date=day, text=body.text
    )
    etag(response, 1)
    return await _one(session, posted.entry.id)
