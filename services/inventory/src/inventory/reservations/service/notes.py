"""What is held lies on delivery notes: put there, opened, picked, shipped, moved."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from inventory.deliveries import service as deliveries
from inventory.deliveries.rules import DeliveryStatus, Release
from inventory.reservations import store
from inventory.reservations.rules import (
    Hold,
    LineKey,
    Notes,
    Order,
)
from inventory.stock.rules import ZERO
from inventory.valuation import service as valuation
from inventory.valuation.rules import Book


async def put_on_notes(
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


def held_by_line(holds: Iterable[Hold]) -> dict[LineKey, tuple[Decimal, Decimal]]:
    """What the holds add to each line."""
    held: dict[LineKey, tuple[Decimal, Decimal]] = {}
    for hold in holds:
        held[hold.key] = (held.get(hold.key, (ZERO, ZERO))[0] + hold.quantity, ZERO)
    return held


async def cancel_empty(session: AsyncSession, notes: Collection[UUID]) -> None:
    """Cancel those of some notes on which nothing is left."""
    if notes:
        still = await store.with_goods(session, notes)
        await deliveries.count_change(session, still)
        empty = set(notes) - still
        await deliveries.advance(session, empty, DeliveryStatus.CANCELLED)


async def holds_of_notes(session: AsyncSession, notes: Collection[UUID]) -> list[Hold]:
    """What is on some delivery notes."""
    return await store.holds_of_deliveries(session, notes) if notes else []


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
