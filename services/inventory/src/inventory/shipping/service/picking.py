"""Deliveries are picked: their goods can no longer be released."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.errors import InvalidState, PreconditionFailed
from inventory.deliveries import service as deliveries
from inventory.deliveries.rules import DELIVERY_LIFECYCLE, Delivery, DeliveryStatus
from inventory.replicas import service as replicas
from inventory.reservations import service as reservations
from inventory.reservations.rules import Hold, LineKey
from inventory.shipping.rules import choose_holds
from inventory.shipping.service.notes import note_named, release_of, targets_of
from inventory.stock.rules import ZERO


async def pick_delivery(
    session: AsyncSession, ref: str, lines: Mapping[int, Decimal] | None, version: int | None
) -> Delivery:
    """Pick a delivery: its goods can no longer be released. What is not picked becomes a delivery of its own."""
    found, notes, _ = await reservations.open_notes(session, [ref])
    note = note_named(found, notes, ref)
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
    targets = await targets_of(session, [release_of(note, day)])
    target = targets[note.order_id, note.warehouse]
    for hold, quantity in rest:
        await reservations.split_note(session, hold, quantity, target)
