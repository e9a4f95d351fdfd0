"""Delivery notes as they are named, and the released notes that take what stays of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import NotFound
from inventory.deliveries import service as deliveries
from inventory.deliveries.rules import Delivery, Release
from inventory.reservations.rules import Notes


def note_named(found: Mapping[str, UUID], notes: Notes, ref: str) -> Delivery:
    """The delivery that a reference names."""
    note = found.get(ref)
    if note is None:
        raise NotFound(what=("delivery", "发货单"))
    return notes.heads[note]


def release_of(note: Delivery, day: date) -> Release:
    """What a note's goods are released for, on a new note of that day."""
    return Release(
        note.order_id, note.order_number, note.company, note.customer, note.warehouse, day
    )


async def targets_of(
    session: AsyncSession, wanted: Sequence[Release]
) -> dict[tuple[UUID, str], UUID]:
    """Released notes to put goods on; those that were there already have one more version by it."""
    known = await deliveries.released(session, {each.order_id for each in wanted})
    targets = await deliveries.release(session, wanted, known)
    await deliveries.count_change(session, set(known.values()) & set(targets.values()))
    return targets
