"""Goods leave to customers: at cost, with their share of the order's amounts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.errors import BusinessError, InvalidState, NotFound, PreconditionFailed
from chassis.ids import uuid7
from chassis.outbox import emit
from chassis.paging import Page, PageRequest
from inventory.deliveries import service as deliveries
from inventory.deliveries.rules import DELIVERY_LIFECYCLE, Delivery, DeliveryStatus, Release
from inventory.parts import made
from inventory.replicas import service as replicas
from inventory.replicas.rules import TODAY, Around, Day, chosen_day
from inventory.reservations import service as reservations
from inventory.reservations.rules import Hold, LineKey, Notes
from inventory.shipping import store
from inventory.shipping.rules import ShipmentCost, choose_holds, shares_of
from inventory.stock.rules import ZERO, ItemKey, Origin, Place
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
            note = _note(found, notes, each.delivery)
            day = chosen_day(each.day, around[note.company].today)
            answers.append(_shipped_view(note, page.ship(note, each, day)))
        except BusinessError as refusal:
            answers.append(refusal)
    if page.facts:
        await _save(session, page, around)
    return answers


def _note(found: Mapping[str, UUID], notes: Notes, ref: str) -> Delivery:
    note = found.get(ref)
    if note is None:
        raise NotFound(what=("delivery", "发货单"))
    return notes.heads[note]


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
        (note.order_id, note.warehouse): _released(note, around[note.company].today)
        for note in notes
    }
    targets = await _release(session, list(wanted.values()))
    for note in notes:
        await reservations.move_to_note(session, note.id, targets[note.order_id, note.warehouse])


def _released(note: Delivery, day: date) -> Release:
    return Release(
        note.order_id, note.order_number, note.company, note.customer, note.warehouse, day
    )


async def _release(
    session: AsyncSession, wanted: Sequence[Release]
) -> dict[tuple[UUID, str], UUID]:
    """Released notes to put goods on; those that were there already have one more version by it."""
    known = await deliveries.released(session, {each.order_id for each in wanted})
    targets = await deliveries.release(session, wanted, known)
    await deliveries.count_change(session, set(known.values()) & set(targets.values()))
    return targets


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


async def pick_delivery(
    session: AsyncSession, ref: str, lines: Mapping[int, Decimal] | None, version: int | None
) -> Delivery:
    """Pick a delivery: its goods can no longer be released. What is not picked becomes a delivery of its own."""
    found, notes, _ = await reservations.open_notes(session, [ref])
    note = _note(found, notes, ref)
    if version is not None and version != note.version:
        raise PreconditionFailed(current=note.version)
    before = note.status
    note.status = DELIVERY_LIFECYCLE.advance(DeliveryStatus(note.status), DeliveryStatus.PICKED)
    holds = notes.holds[note.id]
    chosen = choose_holds(holds, lines, warehouse=note.warehouse, field="/lines")
    if not chosen:
        raise InvalidState(en="There is nothing on this delivery.", zh="该发货单上没有可拣货物。")
    await deliveries.advance(session, [note.id], DeliveryStatus.PICKED)
    await _set_aside_unpicked(session, note, holds, chosen)
    await reservations.pick(session, [note.id])
    await record(
        session,
        AuditEntry(
            action="inventory.delivery.pick",
            document_type="delivery",
            document_id=note.id,
            number=note.number,
            company=note.company,
            before={"status": before},
            after={"status": note.status},
        ),
    )
    await reservations.tell(session, {note.order_id})
    note.version += 1
    return note


async def _set_aside_unpicked(
    session: AsyncSession,
    note: Delivery,
    holds: Sequence[Hold],
    chosen: Sequence[tuple[Hold, Decimal]],
) -> None:
    picked: dict[tuple[LineKey, int], Decimal] = {}
    for hold, quantity in chosen:
        place = (hold.key, hold.balance_id)
        picked[place] = picked.get(place, ZERO) + quantity
    rest = [
        (hold, hold.quantity - picked.get((hold.key, hold.balance_id), ZERO))
        for hold in holds
        if hold.quantity > picked.get((hold.key, hold.balance_id), ZERO)
    ]
    if not rest:
        return
    day = await replicas.business_day(session, note.company)
    targets = await _release(session, [_released(note, day)])
    target = targets[note.order_id, note.warehouse]
    for hold, quantity in rest:
        await reservations.split_note(session, hold, quantity, target)


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
        "lines": [_shipped_line(vars(line)) for line in fact.lines],
    }


# --- seeing ----------------------------------------------------------------------------------------------------


async def list_deliveries(
    session: AsyncSession, paging: PageRequest, **filters: str | None
) -> Page[dict[str, Any]]:
    """Delivery notes with their goods, the oldest first."""
    found = await deliveries.listed(session, paging, **filters)
    whole = await _with_goods(session, found.items)
    return Page(items=[whole[row["id"]] for row in found.items], next=found.next)


async def find_view(session: AsyncSession, ref: str) -> dict[str, Any] | None:
    """A delivery note with its goods, by id or number."""
    found = await deliveries.find(session, [ref])
    return (await views(session, [found[ref].id]))[found[ref].id] if found else None


async def views(session: AsyncSession, notes: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """Some delivery notes with their goods."""
    return await _with_goods(session, await deliveries.heads(session, notes))


async def _with_goods(
    session: AsyncSession, heads: Sequence[dict[str, Any]]
) -> dict[UUID, dict[str, Any]]:
    """What is on open notes is held; what was on shipped ones is in their shipment."""
    shipped = [row["id"] for row in heads if row["status"] == DeliveryStatus.SHIPPED]
    shipments = await store.by_delivery(session, shipped) if shipped else {}
    open_notes = [row["id"] for row in heads if row["id"] not in shipments]
    holds = await reservations.holds_of_notes(session, open_notes)
    demands = (
        await reservations.demands_of(session, {hold.order_id for hold in holds}) if holds else {}
    )
    whole: dict[UUID, dict[str, Any]] = {}
    for row in heads:
        view: dict[str, Any] = {**row, "order": row["order_id"], "lines": []}
        whole[row["id"]] = view
        shipment = shipments.get(row["id"])
        if shipment is not None:
            view |= {
                "shipment": shipment["id"],
                "carrier": shipment["carrier"],
                "tracking_number": shipment["tracking_number"],
                "cost": shipment["cost"],
                "amount_gross": shipment["amount_net"] + shipment["amount_tax"],
            }
            view["lines"] = [_shipped_line(line) for line in shipment["lines"]]
    for hold in holds:
        assert hold.delivery_id is not None
        whole[hold.delivery_id]["lines"].append(
            {
                "line": hold.line,
                "item": hold.item_key.item,
                "unit": demands[hold.key].unit,
                "lot": hold.lot,
                "quantity": hold.quantity,
                "picked": hold.quantity if hold.picked else ZERO,
            }
        )
    return whole


def _shipped_line(line: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "line": line["order_line"],
        "item": line["item"],
        "unit": line["unit"],
        "lot": line["lot"],
        "quantity": line["quantity"],
        "picked": line["quantity"],
        "cost": line["cost"],
        "amount_net": line["amount_net"],
        "amount_gross": line["amount_net"] + line["amount_tax"],
    }


# --- coming back -----------------------------------------------------------------------------------------------


async def returnable(
    session: AsyncSession, order_id: UUID, order_lines: Collection[int]
) -> list[ShipmentCost]:
    """What may come back of an order, from the latest shipment first."""
    return await store.returnable(session, order_id, order_lines)


async def count_returned(
    session: AsyncSession, returned: Mapping[tuple[UUID, int], Decimal]
) -> None:
    """Count what came back."""
    await store.count_returned(session, returned)


def keys_of(costs: Sequence[ShipmentCost], company: str) -> set[ItemKey]:
    """The items of some shipment lines."""
    return {ItemKey(company, cost.item) for cost in costs}
