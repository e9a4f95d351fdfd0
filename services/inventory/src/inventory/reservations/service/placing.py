"""Documents and arrivals are served: stock is held, the rest pegged, and whom it concerns is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.outbox import emit
from inventory.reservations import store
from inventory.reservations.rules import (
    Hold,
    LineKey,
    Order,
    Peg,
    in_sourcing_order,
    plan_holds,
)
from inventory.reservations.service.amending import (
    Batch,
    apply_document,
    changes_service,
    let_go,
    new_order,
    take_head,
    wants_of,
)
from inventory.reservations.service.notes import cancel_empty, held_by_line, put_on_notes
from inventory.reservations.service.pegging import peg_batch, repeg
from inventory.reservations.service.sourcing import Sourcing, sourcing_at
from inventory.reservations.service.telling import (
    events_of,
    news_for,
    reservation_for,
    reservations_of,
)
from inventory.stock import service as stock
from inventory.stock.rules import ItemKey
from inventory.supplies import service as supplies
from inventory.valuation import service as valuation
from inventory.valuation.rules import Book
from tongheng_contracts.inventory import (
    StockReserved,
    StockShort,
)
from tongheng_contracts.purchasing import PurchaseOrder
from tongheng_contracts.sales import SalesOrder


async def apply_documents(
    session: AsyncSession,
    *,
    orders: Sequence[SalesOrder] = (),
    purchase_orders: Sequence[PurchaseOrder] = (),
    besides: Collection[ItemKey] = (),
    meanwhile: Callable[[Book], Awaitable[Collection[ItemKey]]] | None = None,
) -> None:
    """Serve new orders, bring known ones to what sales now says of them, and peg what is missing to what is on order.

    Works from the difference of whole documents, for versions between may never be seen. `besides` are items that
    the transaction changes too: they are locked with these. `meanwhile` changes them before orders are served, and
    answers the items of which something became free: whoever waits for those is served with the rest.
    """
    batch = await _sort(session, orders)
    supplied = supplies.keys_of(purchase_orders)
    keys = {d.item_key for order in batch.new if order.active for d in order.demands.values()}
    for order in orders:
        if order.id in batch.changed:
            keys |= {ItemKey(order.company, line.item) for line in order.lines}
            keys |= {d.item_key for d in batch.changed[order.id].demands.values()}
    locked = {*keys, *supplied, *besides}
    book = await valuation.open_book(session, locked)
    if purchase_orders:
        await supplies.keep_orders(session, purchase_orders)
    arrived: set[ItemKey] = set()
    if meanwhile is not None:
        arrived = set(await meanwhile(book))
        # Read again: what has come in has its row, and its id, only now.
        book = await valuation.open_book(session, locked)
        keys |= arrived
    sourcing = await sourcing_at(session, {key.company for key in keys})
    await _apply_changes(session, batch, {order.id: order for order in orders})

    freed = let_go(book, batch.released) | arrived
    wants = [w for order in (*batch.new, *batch.changed.values()) for w in wants_of(order)]
    if freed:
        # Lines of the orders in hand are not yet written: what the table says of them is old.
        wants += [w for w in await store.waiting(session, freed) if w.key[0] not in batch.changed]
    wants.sort(key=lambda want: want.queue_key)
    holds = plan_holds(wants, in_sourcing_order(book.balances.values(), sourcing.rank), book.hold)

    others = _count_holds(batch, holds)
    await _write_lines(session, book, batch, others)
    pegs = await peg_batch(session, batch, keys, {*freed, *supplied})
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
            batch.new.append(new_order(document))
        elif changes_service(before, document):
            batch.changed[document.id] = before
        else:
            batch.touched[document.id] = document
    return batch


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
        if apply_document(order, documents[order_id], holds, batch):
            batch.tell.add(order_id)


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
    await store.count(session, held_by_line(others))
    await stock.hold(session, book.changed_balances())
    book.written()


async def _lock_heads(
    session: AsyncSession, batch: Batch, others: Sequence[Hold]
) -> dict[UUID, Order]:
    """All known orders that anything changes of, locked; those in hand brought to what sales says of them."""
    known = {*batch.tell, *batch.changed, *batch.touched, *(hold.order_id for hold in others)}
    heads = await store.orders(session, known, lock=True) if known else {}
    for order_id, document in batch.touched.items():
        take_head(heads[order_id], document)
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
    await put_on_notes(session, holds, new | dict(heads), new)
    await cancel_empty(session, {h.delivery_id for h, _ in batch.released if h.delivery_id})


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
            events += events_of(reservation_for(order, order.version, held, pegged, sourcing))
    await store.update_orders(session, list(heads.values()))
    if batch.tell:
        made = await reservations_of(session, {i: heads[i] for i in sorted(batch.tell)})
        events += [event for reservation in made for event in events_of(reservation)]
    await emit(session, *events, case_of=lambda event: event.key)


async def settle(session: AsyncSession, book: Book, keys: Collection[ItemKey]) -> None:
    """After stock of locked items came in: serve who waits, peg the rest anew, tell whom it concerns.

    `book` is written. The orders' heads are locked here: nothing else may be locked after it.
    """
    told: set[UUID] = set()
    wants = await store.waiting(session, keys) if keys else []
    holds: list[Hold] = []
    if wants:
        waiting = {want.item_key for want in wants}
        sourcing = await sourcing_at(session, {key.company for key in waiting})
        # Read again: what has just come in has its row, and its id, only now.
        lying = await stock.balances_of(session, waiting)
        fresh = Book(book.values, {balance.key: balance for balance in lying})
        holds = plan_holds(wants, in_sourcing_order(lying, sourcing.rank), fresh.hold)
        await store.count(session, held_by_line(holds))
        await stock.hold(session, fresh.changed_balances())
        told = {hold.order_id for hold in holds}
    await repeg(session, keys, told)
    if told:
        heads = await store.count_versions(session, told)
        await put_on_notes(session, holds, heads)
        await emit(session, *await news_for(session, heads), case_of=lambda event: event.key)
