"""One pass over a batch of facts: keep what they say, then post them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from finance.payables import service as payables
from finance.posting import service as posting
from finance.posting.rules.defaults import (
    ADJUSTED,
    CLOSED,
    ELEMENTS,
    ISSUED,
    PRODUCED,
    SUBCONTRACTED,
    WORKED,
)
from finance.posting.rules.entries import FactLine, PostingFact, Received
from finance.receivables import service as receivables
from tongheng_contracts.envelope import Envelope, Event, Fact
from tongheng_contracts.finance import Invoice
from tongheng_contracts.inventory import (
    Adjustment,
    CostAdjustment,
    GoodsReturn,
    Issue,
    ProductionReceipt,
    ProductionReceiptLine,
    Receipt,
    Shipment,
)
from tongheng_contracts.production import OperationReport, ProductionClosing, Subcontract

FactT = TypeVar("FactT", bound=Fact)
FROM_CUSTOMER = "from_customer"


async def book_facts(session: AsyncSession, events: Sequence[Event]) -> None:
    """Post what inventory tells, once each, whatever the order in which it comes.

    All rows that facts change are locked first, the balances and the voucher series last.
    """
    told: list[tuple[Fact, Envelope]] = []
    for event in events:
        body = event.body
        assert isinstance(body, Fact)
        told.append((body, event.envelope))
    claimed = await posting.claim_facts(session, [
        (envelope.id, envelope.topic, body.id, body.number, body.company, envelope.time) for body, envelope in told
    ])  # fmt: skip
    fresh = [
        (body, Received(envelope.id, envelope.time))
        for body, envelope in told
        if envelope.id in claimed
    ]
    if not fresh:
        return
    await posting.open_books(session, {body.company for body, _ in fresh})
    shipments = _of(fresh, Shipment)
    receipts = _of(fresh, Receipt)
    returns = _of(fresh, GoodsReturn)

    await payables.lock_purchase_orders(
        session,
        [one.purchase_order for one, _ in receipts]
        + [one.order for one, _ in returns if one.direction != FROM_CUSTOMER],
    )
    facts = await payables.take_receipts(session, receipts)
    shipped, lines = await receivables.take_shipments(session, shipments)
    facts.extend(shipped)
    # Before returns change these lines: the invoice takes what was shipped as it stands now.
    invoices, invoiced = await receivables.invoice_shipments(session, shipments, lines)
    _follow(session, invoices, shipments)
    facts.extend(invoiced)
    facts.extend(
        await receivables.take_returns(
            session, [one for one in returns if one[0].direction == FROM_CUSTOMER]
        )
    )
    facts.extend(await _return_to_suppliers(session, receipts, returns))
    facts.extend(await payables.take_cost_adjustments(session, _of(fresh, CostAdjustment)))
    facts.extend(_adjusted(one, received) for one, received in _of(fresh, Adjustment))
    facts.extend(_issued(one, received) for one, received in _of(fresh, Issue))
    facts.extend(_worked(one, received) for one, received in _of(fresh, OperationReport))
    facts.extend(_made(one, received) for one, received in _of(fresh, ProductionReceipt))
    facts.extend(_closed(one, received) for one, received in _of(fresh, ProductionClosing))
    subcontracts = _of(fresh, Subcontract)
    await payables.owe(session, [_owed(one) for one, _ in subcontracts])
    facts.extend(_subcontracted(one, received) for one, received in subcontracts)
    await posting.post_facts(session, facts, shipments=_by_customer([one for one, _ in shipments]))


async def decide_shipments(session: AsyncSession, customers: Sequence[str]) -> None:
    """Invoice what was shipped to these customers before they were known, if they are billed on shipment."""
    _, facts = await receivables.decide_shipments(session, customers)
    await posting.post_facts(session, facts)


async def _return_to_suppliers(
    session: AsyncSession,
    receipts: Sequence[tuple[Receipt, Received]],
    returns: Sequence[tuple[GoodsReturn, Received]],
) -> list[PostingFact]:
    awaited = await payables.awaited_returns(session, [one for one, _ in receipts])
    mine = [one for one in returns if one[0].direction != FROM_CUSTOMER]
    facts, waiting = await payables.take_returns(session, [*awaited, *mine])
    await posting.mark_waiting(session, waiting)
    await posting.mark_posted(session, {received.event for _, received in awaited} - set(waiting))
    return facts


def _of(
    fresh: Sequence[tuple[object, Received]], kind: type[FactT]
) -> list[tuple[FactT, Received]]:
    return [(body, received) for body, received in fresh if isinstance(body, kind)]


def _by_customer(shipments: Sequence[Shipment]) -> Mapping[tuple[str, str], Sequence[UUID]]:
    grouped: dict[tuple[str, str], list[UUID]] = {}
    for one in shipments:
        grouped.setdefault((one.company, one.customer), []).append(one.id)
    return grouped


def _follow(
    session: AsyncSession,
    invoices: Sequence[Invoice],
    shipments: Sequence[tuple[Shipment, Received]],
) -> None:
    # The voucher of an automatic invoice names the invoice; so it belongs to the same case as the shipment.
    causes: dict[UUID, Envelope] = session.info.get("causes", {})
    by_order = {
        one.order: causes[received.event] for one, received in shipments if received.event in causes
    }
    for invoice in invoices:
        if invoice.order in by_order:
            causes[invoice.id] = by_order[invoice.order]


def _adjusted(one: Adjustment, received: Received) -> PostingFact:
    lines = tuple(
        FactLine({"amount": line.amount}, {"valuation_class": line.valuation_class}, line.item)
        for line in one.lines
    )
    return _fact(
        ADJUSTED, one, received, sum_of="amount", lines=lines, attributes={"reason": one.reason}
    )


def _issued(one: Issue, received: Received) -> PostingFact:
    lines = tuple(
        FactLine({"cost": line.cost}, {"valuation_class": line.valuation_class}, line.item)
        for line in one.lines
    )
    attributes = {"destination": one.destination, "cost_collector": one.cost_collector}
    return _fact(ISSUED, one, received, sum_of="cost", lines=lines, attributes=attributes)


def _worked(one: OperationReport, received: Received) -> PostingFact:
    return _plain(
        WORKED, one, received, {"labour": one.labour, "overhead": one.overhead}, case_number=one.order_number,
    )  # fmt: skip


def _made(one: ProductionReceipt, received: Received) -> PostingFact:
    lines = tuple(
        FactLine(_elements(line), {"valuation_class": line.valuation_class}, line.item)
        for line in one.lines
    )
    sums = {
        name: sum((line.amounts[name] for line in lines), Decimal(0))
        for name in (*ELEMENTS, "cost")
    }
    return _plain(
        PRODUCED, one, received, sums, lines=lines, case_number=one.production_order_number,
    )  # fmt: skip


def _closed(one: ProductionClosing, received: Received) -> PostingFact:
    return _plain(CLOSED, one, received, _elements(one), case_number=one.order_number)


def _elements(costs: ProductionReceiptLine | ProductionClosing) -> dict[str, Decimal]:
    return {
        "material": costs.material,
        "labour": costs.labour,
        "overhead": costs.overhead,
        "subcontract": costs.subcontract,
        "cost": costs.cost,
    }


def _subcontracted(one: Subcontract, received: Received) -> PostingFact:
    return _plain(
        SUBCONTRACTED, one, received,
        {"net": one.amount_net, "tax": one.amount_tax, "gross": one.amount_gross},
        partner=one.supplier, currency=one.currency, case_number=one.order_number,
    )  # fmt: skip


def _owed(one: Subcontract) -> payables.Owed:
    return payables.Owed(
        document_type="subcontract", document_id=one.id, number=one.number, company=one.company,
        supplier=one.supplier, currency=one.currency, amount=one.amount_gross, order=one.order,
        order_number=one.order_number, business_date=one.business_date, due_date=one.due_date,
    )  # fmt: skip


def _plain(
    topic: str,
    one: Fact,
    received: Received,
    amounts: Mapping[str, Decimal],
    *,
    case_number: str,
    lines: tuple[FactLine, ...] = (),
    partner: str = "",
    currency: str = "CNY",
) -> PostingFact:
    return PostingFact(
        topic=topic, source_event=received.event, source_id=one.id, source_number=one.number, company=one.company,
        business_date=date.fromisoformat(one.business_date), posting_date=date.fromisoformat(one.posting_date),
        amounts=amounts, lines=lines, partner=partner, currency=currency, recorded_at=received.recorded_at,
        case_number=case_number,
    )  # fmt: skip


def _fact(
    topic: str,
    one: Fact,
    received: Received,
    *,
    sum_of: str,
    lines: tuple[FactLine, ...],
    attributes: Mapping[str, str],
) -> PostingFact:
    return PostingFact(
        topic=topic, source_event=received.event, source_id=one.id, source_number=one.number, company=one.company,
        business_date=date.fromisoformat(one.business_date), posting_date=date.fromisoformat(one.posting_date),
        amounts={sum_of: sum((line.amounts[sum_of] for line in lines), Decimal(0))},
        lines=lines, attributes=attributes, recorded_at=received.recorded_at,
    )  # fmt: skip
