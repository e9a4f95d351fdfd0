"""Invoices that a person asks for, one or many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.errors import BusinessError, InvalidState
from chassis.http import Principal
from chassis.ids import uuid7
from finance.periods import service as periods
from finance.posting.rules.entries import PostingFact
from finance.receivables import store
from finance.receivables.rules import (
    ShippedLine,
    by_order,
    to_invoice,
)
from finance.replicas import service as replicas
from tongheng_contracts.finance import (
    Invoice,
)

from .issuing import ToIssue, issue


@dataclass(frozen=True, slots=True)
class InvoiceAsked:
    """What a person asks to invoice: an order, or shipments, by id or number."""

    order: str | None
    shipments: Sequence[str]
    business_date: date | None

    def lines(self, by_name: Mapping[str, Sequence[ShippedLine]]) -> list[ShippedLine]:
        """The shipped lines that are meant."""
        names = [self.order] if self.order is not None else self.shipments
        found = {
            (line.shipment, line.order_line): line
            for name in names
            for line in by_name.get(_place(name, order=self.order is not None), ())
        }
        return list(found.values())


def _place(name: str, *, order: bool) -> str:
    # An id in whatever case; a number as it is.
    try:
        known = str(UUID(name))
    except ValueError:
        known = name
    return f"order/{known}" if order else f"shipment/{known}"


def _by_name(lines: Sequence[ShippedLine]) -> Mapping[str, Sequence[ShippedLine]]:
    found: dict[str, list[ShippedLine]] = {}
    for line in lines:
        for name, order in (
            (str(line.order_id), True), (line.order_number, True),
            (str(line.shipment), False), (line.shipment_number, False),
        ):  # fmt: skip
            found.setdefault(_place(name, order=order), []).append(line)
    return found


async def invoice_by_hand(
    session: AsyncSession,
    asked: Sequence[InvoiceAsked | BusinessError],
    *,
    caller: Principal | None = None,
) -> tuple[list[list[Invoice] | BusinessError], list[PostingFact]]:
    """Invoice what was shipped of each order, or in shipments, and not invoiced yet: an invoice for each order.

    Refused with `InvalidState`: there is nothing to invoice; with `PeriodClosed`: the day takes no postings.
    """
    proper = [one for one in asked if isinstance(one, InvoiceAsked)]
    locked = await store.lock_to_invoice(
        session,
        orders=[one.order for one in proper if one.order is not None],
        shipments=[one for each in proper for one in each.shipments],
    )
    open_lines = to_invoice(locked)
    today = {
        company: await replicas.today_of(session, company)
        for company in sorted({line.company for line in open_lines})
    }
    by_name = _by_name(open_lines)
    named = [one.lines(by_name) if isinstance(one, InvoiceAsked) else [] for one in asked]
    refused = await periods.refused_days(session, {
        (line.company, one.business_date or today[line.company])
        for one, lines in zip(asked, named, strict=True)
        if isinstance(one, InvoiceAsked)
        for line in lines
    })  # fmt: skip
    taken: set[tuple[UUID, int]] = set()
    groups: list[ToIssue] = []
    results: list[list[UUID] | BusinessError] = []
    for one, lines in zip(asked, named, strict=True):
        if isinstance(one, BusinessError):
            results.append(one)
            continue
        left = [line for line in lines if (line.shipment, line.order_line) not in taken]
        try:
            mine = _groups(one, left, today, refused, caller)
        except BusinessError as refusal:
            results.append(refusal)
            continue
        taken.update((line.shipment, line.order_line) for line in left)
        groups += mine
        results.append([each.id for each in mine])
    made, facts = await issue(session, groups)
    await record(session, *(
        AuditEntry(
            action="finance.invoice.issue", document_type="finance.invoice", document_id=one.id, number=one.number,
            company=one.company,
            after={"customer": one.customer, "order": one.order_number, "amount_gross": one.amount_gross},
        )
        for one in made
    ))  # fmt: skip
    by_id = {one.id: one for one in made}
    return [
        one if isinstance(one, BusinessError) else [by_id[each] for each in one] for one in results
    ], facts


def _groups(
    asked: InvoiceAsked,
    lines: Sequence[ShippedLine],
    today: Mapping[str, date],
    refused: Mapping[tuple[str, date], BusinessError],
    caller: Principal | None,
) -> list[ToIssue]:
    if not lines:
        raise InvalidState(
            en="There is nothing to invoice: nothing was shipped that is not invoiced or returned.",
            zh="没有可开票内容：没有已发货且未开票、未退回的货物。",
        )
    made: list[ToIssue] = []
    for (company, _), group in by_order(lines).items():
        if caller is not None:
            caller.check_partner(group[0].customer, field="/order")
        day = asked.business_date or today[company]
        if (company, day) in refused:
            raise refused[company, day]
        made.append(ToIssue(uuid7(), group, day))
    return made
