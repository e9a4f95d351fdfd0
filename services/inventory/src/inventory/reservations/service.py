"""Stock is held for orders here, and every order is told what it has, what is coming and what is missing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.outbox import emit
from inventory.deliveries import service as deliveries
from inventory.deliveries.rules import DeliveryStatus, Release
from inventory.parts import made
from inventory.replicas import service as replicas
from inventory.replicas.rules import Around
from inventory.reservations import store
from inventory.reservations.rules import (
    Demand,
    Hold,
    LineKey,
    Notes,
    Order,
    Peg,
    Want,
    cancelled_of,
    in_sourcing_order,
    plan_holds,
    plan_pegs,
    plan_release,
)
from inventory.stock import service as stock
from inventory.stock.rules import ZERO, ItemKey
from inventory.supplies import service as supplies
from inventory.supplies.rules import Supply
from inventory.valuation import service as valuation
from inventory.valuation.rules import Book
from tongheng_contracts.inventory import (
    Expected,
    Held,
    Reservation,
    ReservationLine,
    StockReserved,
    StockShort,
)
from tongheng_contracts.purchasing import PurchaseOrder
from tongheng_contracts.sales import OrderStatus, SalesOrder, SalesOrderLine


@dataclass(slots=True)
class Sourcing:
    """Which warehouses of each company are taken from, and in which order."""

    rank: dict[tuple[str, str], int]
    first: dict[str, str]

    def wanted_at(self, demand: Demand) -> str | None:
        """Where a missing quantity is wanted."""
        return demand.warehouse or self.first.get(demand.company)


@dataclass(slots=True)
class Batch:
    """What a batch of orders changes, before anything is written."""

    new: list[Order] = field(default_factory=list[Order])
    changed: dict[UUID, Order] = field(default_factory=dict[UUID, Order])
    """As they will be; `demands` included."""
    touched: dict[UUID, SalesOrder] = field(default_factory=dict[UUID, SalesOrder])
    """Only their heads change."""
    released: list[tuple[Hold, Decimal]] = field(default_factory=list[tuple[Hold, Decimal]])
    tell: set[UUID] = field(default_factory=set[UUID])
    """Known orders that are to be told anew."""


# --- sales orders ----------------------------------------------------------------------------------------------


async def apply_documents(
    session: AsyncSession,
    *,
    orders: Sequence[SalesOrder] = (),
    purchase_orders: Sequence[PurchaseOrder] = (),
    besides: Collection[ItemKey] = (),
) -> None:
    """Serve new orders, bring known ones to what sales now says of them, and peg what is missing to what is on order.

    Works from the difference of whole documents, for versions between may never be seen. `besides` are items that
    the transaction changes later: they are locked with these.
    """
    batch = await _sort(session, orders)
    supplied = supplies.keys_of(purchase_orders)
    keys = {d.item_key for order in batch.new if order.active for d in order.demands.values()}
    for order in orders:
        if order.id in batch.changed:
            keys |= {ItemKey(order.company, line.item) for line in order.lines}
            keys |= {d.item_key for d in batch.changed[order.id].demands.values()}
    book = await valuation.open_book(session, {*keys, *supplied, *besides})
    if purchase_orders:
        await supplies.keep_orders(session, purchase_orders)
    sourcing = await _sourcing(session, {key.company for key in keys})
    await _apply_changes(session, batch, {order.id: order for order in orders})

    freed = _let_go(book, batch.released)
    wants = [w for order in (*batch.new, *batch.changed.values()) for w in _wants_of(order)]
    if freed:
        # Lines of the orders in hand are not yet written: what the table says of them is old.
        wants += [w for w in await store.waiting(session, freed) if w.key[0] not in batch.changed]
    wants.sort(key=lambda want: want.queue_key)
    holds = plan_holds(wants, in_sourcing_order(book.balances.values(), sourcing.rank), book.hold)

    others = _count_holds(batch, holds)
    await _write_lines(session, book, batch, others)
    pegs = await _peg_batch(session, batch, keys, {*freed, *supplied})
    heads = await _lock_heads(session, batch, others)
    await _write_holds(session, batch, holds, heads)
    await _tell_batch(session, batch, heads, holds, pegs, sourcing)


async def _sort(session: AsyncSession, documents: Sequence[SalesOrder]) -> Batch:
    """New orders, known ones whose lines or state change what they are served, and the rest."""
    batch = Batch()
    known = await store.orders(session, [document.id for document in documents])
    if known:
        for demand in await store.demands_of(session, list(known)):
            known[demand.order_id].demands[demand.line] = demand
    for document in documents:
        before = known.get(document.id)
        if before is None:
            batch.new.append(_new_order(document))
        elif _changes_service(before, document):
            batch.changed[document.id] = before
        else:
            batch.touched[document.id] = document
    return batch


def _changes_service(before: Order, document: SalesOrder) -> bool:
    if document.status == OrderStatus.CANCELLING or len(document.lines) != len(before.demands):
        return True
    after = _new_order(document)
    if before.active != after.active:
        return any(d.quantity > d.cancelled + d.shipped for d in before.demands.values())
    return any(
        line not in before.demands or _asked(before.demands[line]) != _asked(demand)
        for line, demand in after.demands.items()
    )


def _asked(demand: Demand) -> tuple[object, ...]:
    return (
        demand.quantity,
        demand.cancel_requested,
        demand.warehouse,
        demand.amount_net,
        demand.amount_tax,
        demand.tax_code,
        demand.tax_rate,
    )


def _new_order(document: SalesOrder) -> Order:
    order = Order(
        id=document.id,
        number=document.number,
        company=document.company,
        customer=document.customer,
        currency=document.currency,
        status=document.status,
        priority=document.priority,
        requested_date=date.fromisoformat(document.requested_date)
        if document.requested_date
        else None,
        placed_at=datetime.fromisoformat(document.placed_at),
        order_version=document.version,
        version=0,
        business_date=date.fromisoformat(document.business_date),
    )
    active = order.active
    order.version = 1 if active else 0
    for line in document.lines:
        order.demands[line.line] = _new_demand(order, line, active)
    return order


def _new_demand(order: Order, line: SalesOrderLine, active: bool) -> Demand:
    demand = Demand(
        order.id,
        line.line,
        order.company,
        line.item,
        line.unit,
        line.warehouse,
        line.quantity,
        ZERO,
        ZERO,
        ZERO,
        line.quantity_cancelled,
        line.amount_net,
        line.amount_tax,
        line.tax_code,
        line.tax_rate,
        active,
    )
    demand.cancelled = cancelled_of(order, demand, ZERO)
    return demand


async def _apply_changes(
    session: AsyncSession, batch: Batch, documents: Mapping[UUID, SalesOrder]
) -> None:
    """Bring known orders' lines to their new state, read again now that their items are locked."""
    if not batch.changed:
        return
    holds: dict[LineKey, list[Hold]] = {}
    for hold in await store.holds_of_orders(session, list(batch.changed)):
        holds.setdefault(hold.key, []).append(hold)
    for demand in await store.demands_of(session, list(batch.changed)):
        batch.changed[demand.order_id].demands[demand.line] = demand
    for order_id, order in batch.changed.items():
        if _apply_document(order, documents[order_id], holds, batch):
            batch.tell.add(order_id)


def _apply_document(
    order: Order, document: SalesOrder, holds: Mapping[LineKey, Sequence[Hold]], batch: Batch
) -> bool:
    """Change the order to what sales says; whether there is anything to tell."""
    _take_head(order, document)
    stated = {line.line: line for line in document.lines}
    before = {line: _served(demand) for line, demand in order.demands.items()}
    for line in stated.values():
        known = order.demands.get(line.line)
        if known is None:
            order.demands[line.line] = _new_demand(order, line, order.active)
            continue
        assert known.item == line.item, "the item of an order line never changes"
        own = holds.get(known.key, [])
        picked = sum((hold.quantity for hold in own if hold.picked), ZERO)
        assert line.quantity >= known.shipped + picked, "less is ordered than has left"
        known.quantity, known.cancel_requested, known.warehouse = (
            line.quantity,
            line.quantity_cancelled,
            line.warehouse,
        )
        known.amount_net, known.amount_tax = line.amount_net, line.amount_tax
        known.tax_code, known.tax_rate, known.active = line.tax_code, line.tax_rate, order.active
        known.cancelled = cancelled_of(order, known, picked)
        _release_surplus(known, own, picked, batch)
    for number, demand in order.demands.items():
        if number not in stated:
            own = holds.get(demand.key, [])
            picked = sum((hold.quantity for hold in own if hold.picked), ZERO)
            demand.cancelled = demand.quantity - demand.shipped - picked
            _release_surplus(demand, own, picked, batch)
    return document.status == OrderStatus.CANCELLING or (
        (order.version > 0 or order.active)
        and before != {line: _served(demand) for line, demand in order.demands.items()}
    )


def _served(demand: Demand) -> tuple[object, ...]:
    return (demand.quantity, demand.cancelled, demand.held, demand.missing, demand.warehouse)


def _take_head(order: Order, document: SalesOrder) -> None:
    order.status = document.status
    order.priority = document.priority
    order.requested_date = (
        date.fromisoformat(document.requested_date) if document.requested_date else None
    )
    order.order_version = document.version


def _release_surplus(demand: Demand, own: Sequence[Hold], picked: Decimal, batch: Batch) -> None:
    keep = demand.quantity - demand.cancelled - demand.shipped if demand.active else picked
    surplus = demand.held - keep
    left = list(own)
    if demand.active and demand.warehouse is not None:
        for hold in own:
            if hold.warehouse != demand.warehouse and not hold.picked:
                left.remove(hold)
                batch.released.append((hold, hold.quantity))
                demand.held -= hold.quantity
                surplus -= hold.quantity
    if surplus > 0:
        released = plan_release(left, surplus)
        demand.held -= sum((quantity for _, quantity in released), ZERO)
        batch.released.extend(released)


def _let_go(book: Book, released: Iterable[tuple[Hold, Decimal]]) -> set[ItemKey]:
    """Make released stock available in the book; the items that it is of."""
    by_id = {balance.id: balance for balance in book.balances.values()}
    freed: set[ItemKey] = set()
    for hold, quantity in released:
        book.hold(by_id[hold.balance_id], -quantity)
        freed.add(hold.item_key)
    return freed


def _wants_of(order: Order) -> list[Want]:
    return [
        Want(order.queue_key(d.line), d.key, d.item_key, d.warehouse, d.missing)
        for d in order.demands.values()
        if d.missing > 0
    ]


def _count_holds(batch: Batch, holds: Sequence[Hold]) -> list[Hold]:
    """Add what is held to the lines in hand; the holds of the other orders that were served."""
    mine = {order.id: order for order in batch.new} | batch.changed
    others: list[Hold] = []
    for hold in holds:
        order = mine.get(hold.order_id)
        if order is None:
            others.append(hold)
        else:
            order.demands[hold.line].held += hold.quantity
        if order is None or order.id in batch.changed:
            batch.tell.add(hold.order_id)
    return others


async def _write_lines(
    session: AsyncSession, book: Book, batch: Batch, others: Sequence[Hold]
) -> None:
    """Write what the items' locks cover: lines, the balances' reserved quantities, and what is let go."""
    await store.remove_holds(session, batch.released)
    await store.insert_orders(session, batch.new)
    await store.save_demands(session, [d for o in batch.new for d in o.demands.values()], new=True)
    await store.save_demands(
        session, [d for o in batch.changed.values() for d in o.demands.values()], new=False
    )
    await store.count(session, _held_by_line(others))
    await stock.hold(session, book.changed_balances())
    book.written()


async def _lock_heads(
    session: AsyncSession, batch: Batch, others: Sequence[Hold]
) -> dict[UUID, Order]:
    """All known orders that anything changes of, locked; those in hand brought to what sales says of them."""
    known = {*batch.tell, *batch.changed, *batch.touched, *(hold.order_id for hold in others)}
    heads = await store.orders(session, known, lock=True) if known else {}
    for order_id, document in batch.touched.items():
        _take_head(heads[order_id], document)
    for order_id, after in batch.changed.items():
        head = heads[order_id]
        head.status, head.priority = after.status, after.priority
        head.requested_date, head.order_version = after.requested_date, after.order_version
    for order_id in batch.tell:
        heads[order_id].version += 1
    return heads


async def _write_holds(
    session: AsyncSession, batch: Batch, holds: Sequence[Hold], heads: Mapping[UUID, Order]
) -> None:
    """Write the holds on their notes; a note with nothing left on it is cancelled."""
    new = {order.id: order for order in batch.new}
    await _put_on_notes(session, holds, new | dict(heads), new)
    await _cancel_empty(session, {h.delivery_id for h, _ in batch.released if h.delivery_id})


async def _put_on_notes(
    session: AsyncSession,
    holds: Sequence[Hold],
    heads: Mapping[UUID, Order],
    new: Collection[UUID] = (),
) -> None:
    """Write holds on the released notes of their orders, whose heads are locked."""
    if not holds:
        return
    known = await deliveries.released(session, {h.order_id for h in holds} - set(new))
    wanted: dict[tuple[UUID, str], Release] = {}
    for hold in holds:
        place = (hold.order_id, hold.warehouse)
        if place not in wanted:
            head = heads[hold.order_id]
            wanted[place] = Release(
                head.id,
                head.number,
                head.company,
                head.customer,
                hold.warehouse,
                head.business_date,
            )
    notes = await deliveries.release(session, list(wanted.values()), known)
    await deliveries.count_change(session, set(notes.values()) & set(known.values()))
    for hold in holds:
        hold.delivery_id = notes[hold.order_id, hold.warehouse]
    await store.add_holds(session, holds)


def _held_by_line(holds: Iterable[Hold]) -> dict[LineKey, tuple[Decimal, Decimal]]:
    held: dict[LineKey, tuple[Decimal, Decimal]] = {}
    for hold in holds:
        held[hold.key] = (held.get(hold.key, (ZERO, ZERO))[0] + hold.quantity, ZERO)
    return held


async def _cancel_empty(session: AsyncSession, notes: Collection[UUID]) -> None:
    if notes:
        still = await store.with_goods(session, notes)
        await deliveries.count_change(session, still)
        empty = set(notes) - still
        await deliveries.advance(session, empty, DeliveryStatus.CANCELLED)


async def _sourcing(session: AsyncSession, companies: Collection[str]) -> Sourcing:
    return sourcing_of(await replicas.around(session, companies))


def sourcing_of(around: Mapping[str, Around]) -> Sourcing:
    """Where each company takes from first."""
    return Sourcing(
        rank={(c, code): n for c, seat in around.items() for n, code in enumerate(seat.warehouses)},
        first={c: seat.warehouses[0] for c, seat in around.items() if seat.warehouses},
    )


# --- pegging ---------------------------------------------------------------------------------------------------


async def _peg_batch(
    session: AsyncSession, batch: Batch, keys: Collection[ItemKey], freed: Collection[ItemKey]
) -> list[Peg]:
    """Let what is missing wait for supply; the pegs of the new orders.

    New orders wait behind the others for supply that nobody waits for; where something else changed, the whole
    queue of the item is pegged anew.
    """
    again = {d.item_key for o in batch.changed.values() for d in o.demands.values()} | set(freed)
    new = {order.id for order in batch.new}
    pegs = [
        peg for peg in await _repeg(session, again, batch.tell, exclude=new) if peg.key[0] in new
    ]
    wants = [w for o in batch.new for w in _wants_of(o) if w.item_key not in again]
    if wants:
        wants.sort(key=lambda want: want.queue_key)
        missing = {want.item_key for want in wants}
        open_supplies = await supplies.open_supplies(session, missing)
        if open_supplies:
            taken: dict[tuple[UUID, int], Decimal] = {}
            for peg in await store.pegs_of_items(session, missing):
                place = (peg.source_id, peg.source_line)
                taken[place] = taken.get(place, ZERO) + peg.quantity
            by_item: dict[ItemKey, list[Supply]] = {}
            for supply in open_supplies:
                supply.quantity -= taken.get((supply.order_id, supply.line), ZERO)
                by_item.setdefault(supply.item_key, []).append(supply)
            fresh = plan_pegs(wants, by_item)
            await store.replace_pegs(session, [], fresh)
            pegs += fresh
    return pegs


async def _repeg(
    session: AsyncSession,
    keys: Collection[ItemKey],
    tell: set[UUID],
    *,
    exclude: Collection[UUID] = (),
) -> list[Peg]:
    """Peg the whole queue of some items anew; orders that now wait for something else are to be told."""
    if not keys:
        return []
    before = {
        (p.key, p.source_id, p.source_line): p for p in await store.pegs_of_items(session, keys)
    }
    by_item: dict[ItemKey, list[Supply]] = {}
    for supply in await supplies.open_supplies(session, keys):
        by_item.setdefault(supply.item_key, []).append(supply)
    wants = await store.waiting(session, by_item) if by_item else []
    planned = plan_pegs(wants, by_item)
    after = {(p.key, p.source_id, p.source_line): p for p in planned}
    gone = [peg for place, peg in before.items() if after.get(place) != peg]
    new = [peg for place, peg in after.items() if before.get(place) != peg]
    await store.replace_pegs(session, gone, new)
    tell |= {peg.key[0] for peg in (*gone, *new)} - set(exclude)
    return planned


# --- telling ---------------------------------------------------------------------------------------------------


async def _tell_batch(
    session: AsyncSession,
    batch: Batch,
    heads: Mapping[UUID, Order],
    holds: Sequence[Hold],
    pegs: Sequence[Peg],
    sourcing: Sourcing,
) -> None:
    """Tell new orders what they have, from what is in hand, and known ones, from what is written."""
    held: dict[LineKey, list[Hold]] = {}
    for hold in holds:
        held.setdefault(hold.key, []).append(hold)
    pegged: dict[LineKey, list[Peg]] = {}
    for peg in pegs:
        pegged.setdefault(peg.key, []).append(peg)
    events: list[StockReserved | StockShort] = []
    for order in batch.new:
        if order.active:
            events += _events(_reservation(order, order.version, held, pegged, sourcing))
    await store.update_orders(session, list(heads.values()))
    if batch.tell:
        made = await _documents(session, {i: heads[i] for i in sorted(batch.tell)})
        events += [event for reservation in made for event in _events(reservation)]
    await emit(session, *events, case_of=lambda event: event.key)


async def news_of(
    session: AsyncSession, ids: Collection[UUID], sourcing: Sourcing | None = None
) -> list[StockReserved | StockShort]:
    """What orders have now, one more version each, for the caller to emit."""
    return await _news(session, await store.count_versions(session, ids), sourcing)


async def _news(
    session: AsyncSession, orders: Mapping[UUID, Order], sourcing: Sourcing | None = None
) -> list[StockReserved | StockShort]:
    made = await _documents(session, orders, sourcing)
    return [event for reservation in made for event in _events(reservation)]


async def _documents(
    session: AsyncSession, orders: Mapping[UUID, Order], sourcing: Sourcing | None = None
) -> list[Reservation]:
    """What orders have, wait for and miss, from what is written."""
    held: dict[LineKey, list[Hold]] = {}
    pegged: dict[LineKey, list[Peg]] = {}
    lines, holds = await store.lines_with_holds(session, list(orders))
    for demand in lines:
        orders[demand.order_id].demands[demand.line] = demand
    for hold in holds:
        held.setdefault(hold.key, []).append(hold)
    # Only what is missing waits for supply.
    missing = {demand.order_id for demand in lines if demand.missing > 0}
    for peg in await store.pegs_of_orders(session, missing) if missing else []:
        pegged.setdefault(peg.key, []).append(peg)
    if sourcing is None:
        sourcing = await _sourcing(session, {order.company for order in orders.values()})
    return [
        _reservation(orders[i], orders[i].version, held, pegged, sourcing) for i in sorted(orders)
    ]


def _events(reservation: Reservation) -> list[StockReserved | StockShort]:
    short = any(line.expected or line.uncovered > 0 for line in reservation.lines)
    # Built without validation: all of it is ours, and this is the path that every order line takes.
    reserved = StockReserved.model_construct(reservation=reservation)
    return [reserved, StockShort.model_construct(reservation=reservation)] if short else [reserved]


def _reservation(
    order: Order,
    version: int,
    held: Mapping[LineKey, Sequence[Hold]],
    pegged: Mapping[LineKey, Sequence[Peg]],
    sourcing: Sourcing,
) -> Reservation:
    return made(
        Reservation,
        id=order.id,
        number=order.number,
        company=order.company,
        version=version,
        order_version=order.order_version,
        released=order.status in (OrderStatus.CANCELLING, OrderStatus.CANCELLED),
        placed_at=order.placed_at,
        lines=[
            _line(
                order.demands[n],
                held.get((order.id, n), ()),
                pegged.get((order.id, n), ()),
                sourcing,
            )
            for n in sorted(order.demands)
        ],
    )


def _line(
    demand: Demand, held: Sequence[Hold], pegged: Sequence[Peg], sourcing: Sourcing
) -> ReservationLine:
    places: dict[str, tuple[Decimal, Decimal]] = {}
    for hold in held:
        quantity, picked = places.get(hold.warehouse, (ZERO, ZERO))
        places[hold.warehouse] = (
            quantity + hold.quantity,
            picked + (hold.quantity if hold.picked else ZERO),
        )
    return made(
        ReservationLine,
        line=demand.line,
        item=demand.item,
        unit=demand.unit,
        quantity=demand.quantity,
        cancelled=demand.cancelled,
        held=[
            made(Held, warehouse=w, quantity=places[w][0], picked=places[w][1])
            for w in sorted(
                places,
                key=lambda w: (sourcing.rank.get((demand.company, w), len(sourcing.rank)), w),
            )
        ],
        shipped=demand.shipped,
        expected=[
            made(
                Expected,
                source=peg.source,
                source_id=peg.source_id,
                source_line=peg.source_line,
                warehouse=peg.warehouse,
                quantity=peg.quantity,
                date=peg.due_date.isoformat() if peg.due_date else None,
            )
            for peg in pegged
        ],
        uncovered=demand.missing - sum((peg.quantity for peg in pegged), ZERO),
        warehouse=sourcing.wanted_at(demand),
    )


# --- what others cause -----------------------------------------------------------------------------------------


async def settle(session: AsyncSession, book: Book, keys: Collection[ItemKey]) -> None:
    """After stock of locked items came in: serve who waits, peg the rest anew, tell whom it concerns.

    `book` is written. The orders' heads are locked here: nothing else may be locked after it.
    """
    told: set[UUID] = set()
    wants = await store.waiting(session, keys) if keys else []
    holds: list[Hold] = []
    if wants:
        waiting = {want.item_key for want in wants}
        sourcing = await _sourcing(session, {key.company for key in waiting})
        # Read again: what has just come in has its row, and its id, only now.
        lying = await stock.balances_of(session, waiting)
        fresh = Book(book.values, {balance.key: balance for balance in lying})
        holds = plan_holds(wants, in_sourcing_order(lying, sourcing.rank), fresh.hold)
        await store.count(session, _held_by_line(holds))
        await stock.hold(session, fresh.changed_balances())
        told = {hold.order_id for hold in holds}
    await _repeg(session, keys, told)
    if told:
        heads = await store.count_versions(session, told)
        await _put_on_notes(session, holds, heads)
        await emit(session, *await _news(session, heads), case_of=lambda event: event.key)


async def tell(session: AsyncSession, ids: Collection[UUID]) -> None:
    """Tell orders whose heads are locked what they have now."""
    await emit(session, *await news_of(session, ids), case_of=lambda event: event.key)


async def holds_of_notes(session: AsyncSession, notes: Collection[UUID]) -> list[Hold]:
    """What is on some delivery notes."""
    return await store.holds_of_deliveries(session, notes) if notes else []


async def demands_of(session: AsyncSession, orders: Collection[UUID]) -> dict[LineKey, Demand]:
    """The lines of some orders."""
    return {demand.key: demand for demand in await store.demands_of(session, orders)}


class ChangedMeanwhile(Exception):
    """Goods of an item that was not seen, and so is not locked, were put on a note: the command begins anew."""

    sqlstate = "40001"


async def open_notes(
    session: AsyncSession, refs: Sequence[str]
) -> tuple[dict[str, UUID], Notes, Book]:
    """Lock the items on delivery notes, and the heads of their orders; which note each reference names.

    Raises:
        ChangedMeanwhile: between the look and the locks something joined a note.
    """
    found = await store.find_notes(session, refs)
    by_ref = {ref: note for note, number, _, _ in found for ref in (str(note), number)}
    values = await valuation.lock_held(session, {key for *_, keys in found for key in keys})
    await store.orders(session, {order for _, _, order, _ in found}, lock=True)
    # By a statement of its own: what one waited for is not in its own snapshot.
    notes = await store.read_notes(session, [note for note, *_ in found]) if found else Notes()
    if not notes.item_keys <= set(values):
        raise ChangedMeanwhile
    balances = {balance.key: balance for balance in notes.balances.values()}
    return by_ref, notes, Book(values, balances)


async def count_shipped(session: AsyncSession, gone: Sequence[tuple[Hold, Decimal]]) -> None:
    """Held quantities have left: they are no longer held, and count as shipped."""
    done = await store.ship(session, gone)
    assert done, "what is on a locked note is held"


async def pick(session: AsyncSession, notes: Collection[UUID]) -> None:
    """What is on these notes is picked: it can no longer be released."""
    await store.set_picked(session, notes)


async def split_note(session: AsyncSession, hold: Hold, quantity: Decimal, note: UUID) -> None:
    """Put a part of a hold onto another note."""
    await store.remove_holds(session, [(hold, quantity)])
    await store.add_holds(
        session, [replace(hold, quantity=quantity, delivery_id=note, picked=False)]
    )


async def move_to_note(session: AsyncSession, source: UUID, target: UUID) -> None:
    """Put all that is left on one note onto another."""
    await store.move_holds(session, source, target)


async def find_order(session: AsyncSession, ref: str) -> UUID | None:
    """The id of an order given by id or number."""
    return await store.find_order(session, ref)


async def reservation_of(session: AsyncSession, order_id: UUID) -> Reservation | None:
    """What an order has, waits for and misses."""
    orders = await store.orders(session, [order_id])
    return (await _documents(session, orders))[0] if orders else None


async def promised(
    session: AsyncSession, keys: Collection[ItemKey]
) -> dict[tuple[str, str, str], Decimal]:
    """Expected supply of some items that orders wait for, by company, item and warehouse."""
    sums: dict[tuple[str, str, str], Decimal] = {}
    for peg in await store.pegs_of_items(session, keys) if keys else []:
        place = (peg.item_key.company, peg.item_key.item, peg.warehouse)
        sums[place] = sums.get(place, ZERO) + peg.quantity
    return sums


async def reserved_totals(session: AsyncSession) -> dict[str, tuple[Decimal, int]]:
    """What is held per company, and by how many holds."""
    return await store.reserved_totals(session)
