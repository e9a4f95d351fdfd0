"""Deliveries are shipped: their goods leave stock at cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.errors import BusinessError, InvalidState, PreconditionFailed
from chassis.ids import uuid7
from chassis.outbox import emit
from inventory.deliveries.rules import DELIVERY_LIFECYCLE, Delivery, DeliveryStatus
from inventory.parts import made
from inventory.replicas import service as replicas
from inventory.replicas.rules import TODAY, Around, Day, chosen_day
from inventory.reservations import service as reservations
from inventory.reservations.rules import Hold, Notes
from inventory.shipping import store
from inventory.shipping.rules import choose_holds, shares_of
from inventory.shipping.service.notes import note_named, release_of, targets_of
from inventory.shipping.service.reading import shipped_line
from inventory.stock.rules import ZERO, Origin, Place
from inventory.tallies import service as tallies
from inventory.tallies.rules import Tally
from inventory.valuation import service as valuation
from inventory.valuation.rules import Book, Destination
from tongheng_contracts.inventory import GoodsShipped, Shipment, ShipmentLine


@dataclass(frozen=True, slots=True)
class Shipping:
    """A request to ship a delivery, whole or in part."""

    delivery: str
    lines: Mapping[int, Decimal] | None = None
    carrier: str = ""
    tracking_number: str = ""
    day: Day = TODAY
    version: int | None = None


View = dict[str, Any]
"""A delivery note with its goods, as the API shows it."""


async def ship_deliveries(
    session: AsyncSession, asked: Sequence[Shipping | BusinessError]
) -> list[View | BusinessError]:
    """Ship deliveries; each is answered, a refused one changes nothing.

    What stays of a delivery that is shipped in part becomes a released delivery of its own.
    """
    refs = [each.delivery for each in asked if isinstance(each, Shipping)]
    found, notes, book = await reservations.open_notes(session, refs)
    around = await replicas.around(session, {note.company for note in notes.heads.values()})
    page = _Page(book, notes)
    answers: list[View | BusinessError] = []
    for each in asked:
        if isinstance(each, BusinessError):
            answers.append(each)
            continue
        try:
            note = note_named(found, notes, each.delivery)
            day = chosen_day(each.day, around[note.company].today)
            answers.append(_shipped_view(note, page.ship(note, each, day)))
        except BusinessError as refusal:
            answers.append(refusal)
    if page.facts:
        await _save(session, page, around)
    return answers


class _Page:
    """What is shipped in one transaction."""

    def __init__(self, book: Book, notes: Notes) -> None:
        self.book = book
        self.notes = notes
        self.gone: list[tuple[Hold, Decimal]] = []
        self.facts: list[tuple[Delivery, Shipment]] = []

    def ship(self, note: Delivery, asked: Shipping, day: date) -> Shipment:
        """Take one delivery's goods out of stock.

        Raises:
            InvalidState: it has been shipped, or cancelled, before.
            InsufficientStock: more is asked for than it holds.
        """
        if asked.version is not None and asked.version != note.version:
            raise PreconditionFailed(current=note.version)
        after = DELIVERY_LIFECYCLE.advance(DeliveryStatus(note.status), DeliveryStatus.SHIPPED)
        chosen = choose_holds(
            self.notes.holds[note.id], asked.lines, warehouse=note.warehouse, field="/lines"
        )
        if not chosen:
            raise InvalidState(
                en="There is nothing on this delivery.", zh="该发货单上没有可发货物。"
            )
        fact = uuid7()
        origin = Origin("inventory.GoodsShipped", fact, note.number, day, day)
        lines = self._lines(chosen, origin)
        currency = self.notes.currencies[note.order_id]
        made = _shipment(note, currency, fact, lines, asked, day)
        self.facts.append((note, made))
        self.gone += chosen
        note.status = after
        return made

    def _lines(self, chosen: Sequence[tuple[Hold, Decimal]], origin: Origin) -> list[ShipmentLine]:
        lines: list[ShipmentLine] = []
        for hold, quantity in chosen:
            demand = self.notes.demands[hold.key]
            number = len(lines) + 1
            cost = self.book.issue(
                self.notes.balances[hold.balance_id],
                quantity,
                target=Place.CUSTOMER,
                destination=Destination.SALE,
                unit=demand.unit,
                origin=origin,
                line=number,
                from_reserved=True,
            )
            net, tax = shares_of(demand, demand.shipped, quantity)
            demand.shipped += quantity
            lines.append(
                made(
                    ShipmentLine,
                    line=number,
                    order_line=hold.line,
                    item=demand.item,
                    quantity=quantity,
                    unit=demand.unit,
                    lot=hold.lot,
                    valuation_class=self.book.values[hold.item_key].valuation_class,
                    cost=cost,
                    amount_net=net,
                    amount_tax=tax,
                    amount_gross=net + tax,
                    tax_code=demand.tax_code,
                    tax_rate=demand.tax_rate,
                )
            )
        return lines


def _shipment(
    note: Delivery,
    currency: str,
    fact: UUID,
    lines: list[ShipmentLine],
    asked: Shipping,
    day: date,
) -> Shipment:
    net = sum((line.amount_net for line in lines), ZERO)
    tax = sum((line.amount_tax for line in lines), ZERO)
    # Built without validation: all of it is ours.
    return made(
        Shipment,
        id=fact,
        number=note.number,
        company=note.company,
        business_date=day.isoformat(),
        posting_date=day.isoformat(),
        order=note.order_id,
        order_number=note.order_number,
        customer=note.customer,
        warehouse=note.warehouse,
        currency=currency,
        carrier=asked.carrier,
        tracking_number=asked.tracking_number,
        lines=lines,
        cost=sum((line.cost for line in lines), ZERO),
        amount_net=net,
        amount_tax=tax,
        amount_gross=net + tax,
    )


async def _save(session: AsyncSession, page: _Page, around: Mapping[str, Around]) -> None:
    await valuation.write(session, page.book)
    await reservations.count_shipped(session, page.gone)
    await store.insert(session, *_rows(page.facts))
    await _release_rest(session, page, around)
    await tallies.add(session, [tally for _, fact in page.facts for tally in _tallies(fact)])
    await record(
        session,
        *(
            AuditEntry(
                action="inventory.delivery.ship",
                document_type="delivery",
                document_id=note.id,
                number=note.number,
                company=note.company,
                before={"version": note.version},
                after={"status": note.status, "shipment": fact.id, "cost": fact.cost},
            )
            for note, fact in page.facts
        ),
    )
    told = await reservations.news_of(
        session, {note.order_id for note, _ in page.facts}, reservations.sourcing_of(around)
    )
    cases = {str(fact.id): str(note.order_id) for note, fact in page.facts}
    await emit(
        session,
        *(GoodsShipped.model_construct(shipment=fact) for _, fact in page.facts),
        *told,
        case_of=lambda event: cases.get(event.key, event.key),
    )
    for note, _ in page.facts:
        note.version += 1


async def _release_rest(session: AsyncSession, page: _Page, around: Mapping[str, Around]) -> None:
    """What stays of a delivery note that was shipped in part goes onto a released note."""
    gone: dict[UUID, Decimal] = {}
    for hold, quantity in page.gone:
        assert hold.delivery_id is not None
        gone[hold.delivery_id] = gone.get(hold.delivery_id, ZERO) + quantity
    notes = [
        note
        for note, _ in page.facts
        if sum((h.quantity for h in page.notes.holds[note.id]), ZERO) > gone[note.id]
    ]
    if not notes:
        return
    wanted = {
        (note.order_id, note.warehouse): release_of(note, around[note.company].today)
        for note in notes
    }
    targets = await targets_of(session, list(wanted.values()))
    for note in notes:
        await reservations.move_to_note(session, note.id, targets[note.order_id, note.warehouse])


def _rows(
    facts: Sequence[tuple[Delivery, Shipment]],
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    heads: list[dict[str, object]] = []
    lines: list[dict[str, object]] = []
    for note, fact in facts:
        dates: dict[str, object] = {
            "business_date": date.fromisoformat(fact.business_date),
            "posting_date": date.fromisoformat(fact.posting_date),
        }
        heads.append(
            {
                "id": fact.id,
                "number": fact.number,
                "company": fact.company,
                "delivery_id": note.id,
                "order_id": fact.order,
                "order_number": fact.order_number,
                "customer": fact.customer,
                "warehouse": fact.warehouse,
                "currency": fact.currency,
                "carrier": fact.carrier,
                "tracking_number": fact.tracking_number,
                "cost": fact.cost,
                "amount_net": fact.amount_net,
                "amount_tax": fact.amount_tax,
                **dates,
            }
        )
        lines += [
            {
                "shipment_id": fact.id,
                "line": line.line,
                "company": fact.company,
                "order_id": fact.order,
                "order_line": line.order_line,
                "item": line.item,
                "unit": line.unit,
                "lot": line.lot,
                "quantity": line.quantity,
                "valuation_class": line.valuation_class,
                "cost": line.cost,
                "amount_net": line.amount_net,
                "amount_tax": line.amount_tax,
                "tax_code": line.tax_code,
                "tax_rate": line.tax_rate,
                **dates,
            }
            for line in fact.lines
        ]
    return heads, lines


def _tallies(fact: Shipment) -> list[Tally]:
    quantity = sum((line.quantity for line in fact.lines), ZERO)
    return [
        Tally(fact.company, "shipped_cost", fact.cost, quantity),
        Tally(fact.company, "shipped_gross", fact.amount_gross, quantity),
    ]


def _shipped_view(note: Delivery, fact: Shipment) -> View:
    """What `find_view` will answer once it is written."""
    day = date.fromisoformat(fact.business_date)
    return {
        "id": note.id,
        "number": note.number,
        "company": note.company,
        "version": note.version + 1,
        "status": note.status,
        "order": note.order_id,
        "order_number": note.order_number,
        "customer": note.customer,
        "warehouse": note.warehouse,
        "shipment": fact.id,
        "carrier": fact.carrier,
        "tracking_number": fact.tracking_number,
        "cost": fact.cost,
        "amount_gross": fact.amount_gross,
        "business_date": day,
        "posting_date": day,
        "recorded_at": note.recorded_at,
        "lines": [shipped_line(vars(line)) for line in fact.lines],
    }
