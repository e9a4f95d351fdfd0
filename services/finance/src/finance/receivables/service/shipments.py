"""What was shipped: kept to be invoiced, and invoiced at once where the customer's policy says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from finance.posting.rules.defaults import SHIPPED
from finance.posting.rules.entries import FactLine, PostingFact, Received
from finance.receivables import store
from finance.receivables.rules import (
    NOTHING,
    ZERO,
    Money,
    ShippedLine,
)
from finance.replicas import service as replicas
from tongheng_contracts.finance import (
    Invoice,
)
from tongheng_contracts.inventory import Shipment

from .issuing import issue_invoices

ON_SHIPMENT = "on_shipment"


async def take_shipments(
    session: AsyncSession, shipments: Sequence[tuple[Shipment, Received]]
) -> tuple[list[PostingFact], list[ShippedLine]]:
    """Keep what was shipped, to be invoiced; the facts to post, and the lines as they are now."""
    rows: dict[tuple[UUID, int], tuple[ShippedLine, date]] = {}
    for one, _ in shipments:
        day = date.fromisoformat(one.business_date)
        for line in one.lines:
            key = (one.id, line.order_line)
            money = Money(line.amount_net, line.amount_tax, line.amount_gross)
            known = rows.get(key)
            if known is not None:
                # An order line shipped in several lots is one line here: it is invoiced as one.
                sum_ = known[0]
                rows[key] = (
                    replace(
                        sum_, quantity=sum_.quantity + line.quantity, shipped=sum_.shipped + money
                    ),
                    day,
                )
                continue
            shipped = ShippedLine(
                shipment=one.id, shipment_line=line.line, shipment_number=one.number, order_line=line.order_line,
                company=one.company, customer=one.customer, order_id=one.order, order_number=one.order_number,
                currency=one.currency, item=line.item, unit=line.unit, tax_code=line.tax_code, quantity=line.quantity,
                shipped=money, invoiced_quantity=ZERO, invoiced=NOTHING, returned_quantity=ZERO, returned=NOTHING,
            )  # fmt: skip
            rows[key] = (shipped, day)
    lines = await store.add_shipped(session, list(rows.values()))
    facts = [
        PostingFact(
            topic=SHIPPED, source_event=received.event, source_id=one.id, source_number=one.number, company=one.company,
            business_date=date.fromisoformat(one.business_date), posting_date=date.fromisoformat(one.posting_date),
            amounts={"net": one.amount_net, "tax": one.amount_tax, "gross": one.amount_gross, "cost": one.cost},
            lines=tuple(cost_line(line.item, line.valuation_class, line.cost) for line in one.lines),
            partner=one.customer, currency=one.currency, recorded_at=received.recorded_at, case_id=one.order,
            case_number=one.order_number,
        )
        for one, received in shipments
    ]  # fmt: skip
    return facts, lines


async def invoice_shipments(
    session: AsyncSession,
    shipments: Sequence[tuple[Shipment, Received]],
    lines: Sequence[ShippedLine],
) -> tuple[list[Invoice], list[PostingFact]]:
    """Invoice at once what went to customers whose policy says so."""
    partners = await replicas.partners_of(session, {line.customer for line in lines})
    unknown = [one for one, _ in shipments if one.customer not in partners]
    await store.keep_undecided(
        session,
        [
            {
                "shipment": one.id,
                "company": one.company,
                "customer": one.customer,
                "order_id": one.order,
                "business_date": date.fromisoformat(one.business_date),
            }
            for one in unknown
        ],
    )
    at_once = {code for code, one in partners.items() if one.billing_policy == ON_SHIPMENT}
    wanted = [line for line in lines if line.customer in at_once]
    days = {one.id: date.fromisoformat(one.business_date) for one, _ in shipments}
    source = {one.order: one.id for one, _ in shipments}
    return await issue_invoices(session, wanted, days=days, source=source)


async def decide_shipments(
    session: AsyncSession, customers: Sequence[str]
) -> tuple[list[Invoice], list[PostingFact]]:
    """Invoice what was shipped to these customers before they were known, if their policy says so."""
    waiting = await store.take_undecided(session, customers)
    if not waiting:
        return [], []
    lines = await store.lock_of_shipments(session, [shipment for shipment, _, _ in waiting])
    partners = await replicas.partners_of(session, {line.customer for line in lines})
    at_once = {code for code, one in partners.items() if one.billing_policy == ON_SHIPMENT}
    return await issue_invoices(
        session,
        [line for line in lines if line.customer in at_once],
        days={shipment: day for shipment, _, day in waiting},
        source={order: shipment for shipment, order, _ in waiting},
    )


def cost_line(item: str, valuation_class: str, cost: Decimal) -> FactLine:
    """A line of goods at cost, as posting rules see it."""
    return FactLine({"cost": cost}, {"valuation_class": valuation_class}, item)
