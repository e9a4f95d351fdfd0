"""Enter a company's opening balances."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.ids import derived, uuid7
from chassis.numbers import draw
from chassis.outbox import emit
from finance.accounts import service as accounts
from finance.accounts.rules import ControlAccount
from finance.open_items import service as open_items
from finance.open_items.rules import OpenItem, Side
from finance.posting import service as posting
from finance.replicas import service as replicas
from finance.vouchers.rules import JournalEntry, PostedVoucher, VoucherType
from tongheng_contracts.finance import Opening, OpeningDocument, OpeningEntered

from .rules import OPENING_ACCOUNT, OpenBalance, OpenDocument, opening_lines
from .tables import openings


async def enter_opening(
    session: AsyncSession, *, company: str, business_date: date | None, receivables: Sequence[OpenDocument],
    payables: Sequence[OpenDocument], bank: Decimal, balances: Sequence[OpenBalance],
) -> tuple[UUID, str, PostedVoucher]:  # fmt: skip
    """Post opening balances against the opening account, with an open item for each unpaid document.

    Raises:
        ControlAccount: a balance was given of an account that documents keep.
    """
    known = await replicas.company_of(session, company)
    day = business_date or await replicas.today_of(session, company)
    customers = {
        one.partner: await replicas.partner_of(
            session, one.partner, role="customer", field=f"/receivables/{n}/customer"
        )
        for n, one in enumerate(receivables)
    }
    suppliers = {
        one.partner: await replicas.partner_of(
            session, one.partner, role="supplier", field=f"/payables/{n}/supplier"
        )
        for n, one in enumerate(payables)
    }
    fields: dict[str, str] = {}
    for index, balance in enumerate(balances):
        fields.setdefault(balance.account, f"/lines/{index}/account")
    chart = await accounts.check_postable(session, company, {**fields, OPENING_ACCOUNT: "/lines"})
    for code, field in fields.items():
        if chart[code].control:
            raise ControlAccount(account=code, field=field)
    owed = [_with_code(one, customers[one.partner].code) for one in receivables]
    owing = [_with_code(one, suppliers[one.partner].code) for one in payables]
    lines = opening_lines(owed, owing, bank, balances)

    opening = uuid7()
    (number,) = await draw(session, "opening_numbers", "OB", day.year)
    amount = sum((line.debit for line in lines), Decimal(0))
    await session.execute(insert(openings).values(
        id=opening, number=number, company=company, version=1, status="posted", amount=amount, business_date=day,
        posting_date=day,
    ))  # fmt: skip
    terms = {one.code: one.payment_days for one in (*customers.values(), *suppliers.values())}
    items = [
        OpenItem(
            id=derived(opening, side, index), company=company, side=side, partner=one.partner, document_type="opening",
            document_id=derived(opening, side, index), number=one.number, order_id=None, order_number="",
            currency=known.currency, amount=one.amount, open_amount=one.amount, business_date=day,
            due_date=one.due_date or day + timedelta(days=terms[one.partner]),
        )
        for side, documents in ((Side.RECEIVABLE, owed), (Side.PAYABLE, owing))
        for index, one in enumerate(documents)
    ]  # fmt: skip
    await open_items.open_documents(session, items)
    await emit(session, OpeningEntered(opening=Opening(
        id=opening, number=number, company=company, business_date=day.isoformat(), posting_date=day.isoformat(),
        currency=known.currency, amount=amount,
        documents=[
            OpeningDocument(
                open_item=one.id, side=one.side, partner=one.partner, number=one.number, amount=one.amount,
                due_date=one.due_date.isoformat(),
            )
            for one in items
        ],
    )))  # fmt: skip
    entry = JournalEntry(
        id=derived(opening, "voucher"), company=company, voucher_type=VoucherType.GENERAL.value, currency=known.currency,
        rule="opening", rule_version=1, text=f"期初余额 {number}", text_en=f"Opening balances {number}",
        source_topic="finance.opening", source_event=opening, source_id=opening, source_number=number, business_date=day,
        posting_date=day, source_recorded_at=None, lines=lines,
    )  # fmt: skip
    (posted,) = await posting.post_facts(session, [], direct=[entry], strict=True)
    await record(session, AuditEntry(
        action="finance.opening.enter", document_type="finance.opening", document_id=opening, number=number,
        company=company, after={"amount": amount, "voucher": posted.number},
    ))  # fmt: skip
    return opening, number, posted


def _with_code(one: OpenDocument, code: str) -> OpenDocument:
    return OpenDocument(code, one.number, one.amount, one.due_date)
