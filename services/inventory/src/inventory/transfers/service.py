"""Transfers: made, shipped onto the road, received from it; the company's stock value never changes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis import numbers
from chassis.audit import AuditEntry, record
from chassis.errors import NotFound, PreconditionFailed, UnknownReference, ValidationFailed
from chassis.ids import uuid7
from chassis.outbox import emit
from chassis.paging import Page, PageRequest
from inventory.replicas import service as replicas
from inventory.replicas.rules import Day, check_quantity
from inventory.reservations import service as reservations
from inventory.stock.rules import (
    ZERO,
    BalanceKey,
    ItemKey,
    Origin,
    Place,
    cumulative_share,
)
from inventory.tallies import service as tallies
from inventory.tallies.rules import Tally
from inventory.transfers import store
from inventory.transfers.rules import (
    TRANSFER_LIFECYCLE,
    Transfer,
    TransferAsked,
    TransferLine,
    TransferStatus,
    arriving,
    check_places,
)
from inventory.valuation import service as valuation
from inventory.valuation.rules import Book
from tongheng_contracts.inventory import TransferLine as TransferLinePart
from tongheng_contracts.inventory import TransferMovement, TransferReceived, TransferShipped


async def create_transfer(session: AsyncSession, asked: TransferAsked) -> Transfer:
    """Make a transfer. It holds nothing yet: stock is taken when it is shipped."""
    company = await replicas.resolve_company(session, asked.company)
    warehouses = await replicas.resolve_warehouses(
        session,
        company.code,
        {asked.to_warehouse: "/to_warehouse", asked.from_warehouse: "/from_warehouse"},
    )
    source, target = warehouses[asked.from_warehouse].code, warehouses[asked.to_warehouse].code
    check_places(source, target)
    items = await replicas.resolve_items(
        session, {line.item: f"/lines/{n}/item" for n, line in enumerate(asked.lines)}
    )
    for n, line in enumerate(asked.lines):
        check_quantity(items[line.item], line.quantity, field=f"/lines/{n}/quantity")
    day = await replicas.business_day(session, company.code, asked.day)
    [number] = await numbers.draw(session, "transfer_numbers", "TR", day.year)
    transfer = Transfer(uuid7(), number, company.code, 1, TransferStatus.OPEN, source, target, day)
    for n, line in enumerate(asked.lines, start=1):
        item = items[line.item]
        transfer.lines[n] = TransferLine(n, item.code, item.base_unit, line.lot, line.quantity)
    await store.create(session, transfer)
    await _record(session, transfer, "create", None)
    return transfer


async def _lock(
    session: AsyncSession, ref: str, version: int | None
) -> tuple[Transfer, Book, set[ItemKey]]:
    found = await store.find(session, ref)
    if found is None:
        raise NotFound(what=("transfer", "调拨单"))
    keys = {ItemKey(found.company, line.item) for line in found.lines.values()}
    book = await valuation.open_book(session, keys)
    transfer = await store.find(session, str(found.id), lock=True)
    assert transfer is not None, "transfers are never deleted"
    if version is not None and version != transfer.version:
        raise PreconditionFailed(current=transfer.version)
    return transfer, book, keys


async def ship_transfer(
    session: AsyncSession, ref: str, *, day: Day, version: int | None
) -> Transfer:
    """Send a transfer off: its goods are on the road, at their share of the value.

    Raises:
        InsufficientStock: there is less, or the rest is reserved.
    """
    transfer, book, _ = await _lock(session, ref, version)
    before = transfer.status
    transfer.status = TRANSFER_LIFECYCLE.advance(
        TransferStatus(transfer.status), TransferStatus.IN_TRANSIT
    )
    fact, origin = await _movement(session, transfer, "inventory.TransferShipped", day)
    parts = [_ship_line(book, transfer, line, origin) for line in transfer.lines.values()]
    movement = fact.model_copy(update={"lines": parts})
    await _finish(session, transfer, book, movement, -1)
    await emit(session, TransferShipped(movement=movement), case=transfer.id)
    await _record(session, transfer, "ship", before)
    return transfer


def _ship_line(
    book: Book, transfer: Transfer, line: TransferLine, origin: Origin
) -> TransferLinePart:
    key = ItemKey(transfer.company, line.item)
    picked = book.take(
        key,
        transfer.from_warehouse,
        line.quantity,
        lot=line.lot or None,
        field=f"/lines/{line.line - 1}",
    )
    line.cost = book.values[key].cost_of(line.quantity)
    moved = ZERO
    for p in picked:
        place = BalanceKey(
            key.company, key.item, Place.TRANSIT, transfer.to_warehouse, p.balance.key.lot
        )
        carried = cumulative_share(line.cost, moved, p.quantity, line.quantity)
        book.shift(
            p.balance,
            place,
            p.quantity,
            carried=carried,
            unit=line.unit,
            origin=origin,
            line=line.line,
        )
        moved += p.quantity
        line.shipped_lots.append((p.balance.key.lot, p.quantity))
    return _part(book, transfer, line, line.quantity, line.cost)


async def receive_transfer(
    session: AsyncSession,
    ref: str,
    *,
    quantities: Mapping[int, Decimal] | None,
    day: Day,
    version: int | None,
) -> Transfer:
    """Take a transfer in, whole or in part; what arrives serves who waits."""
    transfer, book, keys = await _lock(session, ref, version)
    before = transfer.status
    TRANSFER_LIFECYCLE.advance(TransferStatus(transfer.status), TransferStatus.RECEIVED)
    taken = _quantities(transfer, quantities)
    fact, origin = await _movement(session, transfer, "inventory.TransferReceived", day)
    parts = [
        _receive_line(book, transfer, transfer.lines[n], q, origin)
        for n, q in sorted(taken.items())
    ]
    whole = all(line.received == line.quantity for line in transfer.lines.values())
    transfer.status = TransferStatus.RECEIVED if whole else TransferStatus.IN_TRANSIT
    movement = fact.model_copy(update={"lines": parts})
    await _finish(session, transfer, book, movement, 1)
    await emit(session, TransferReceived(movement=movement), case=transfer.id)
    await _record(session, transfer, "receive", before)
    await reservations.settle(session, book, keys)
    return transfer


def _quantities(transfer: Transfer, quantities: Mapping[int, Decimal] | None) -> dict[int, Decimal]:
    if quantities is None:
        return {
            n: line.quantity - line.received
            for n, line in transfer.lines.items()
            if line.received < line.quantity
        }
    for index, n in enumerate(quantities):
        if n not in transfer.lines:
            raise UnknownReference(
                what=("transfer line", "调拨行"), reference=n, field=f"/lines/{index}/line"
            )
    if not quantities:
        raise ValidationFailed(en="Name what arrived.", zh="请填写到货数量。", field="/lines")
    return dict(quantities)


def _receive_line(
    book: Book, transfer: Transfer, line: TransferLine, quantity: Decimal, origin: Origin
) -> TransferLinePart:
    key = ItemKey(transfer.company, line.item)
    before, moved = line.received, ZERO
    for lot, part in arriving(line, quantity, field=f"/lines/{line.line - 1}/quantity"):
        road = book.balance(BalanceKey(*key, Place.TRANSIT, transfer.to_warehouse, lot))
        place = BalanceKey(*key, transfer.to_warehouse, "", lot)
        carried = cumulative_share(line.cost, before + moved, part, line.quantity)
        book.shift(
            road, place, part, carried=carried, unit=line.unit, origin=origin, line=line.line
        )
        moved += part
    line.received += quantity
    cost = cumulative_share(line.cost, before, quantity, line.quantity)
    return _part(book, transfer, line, quantity, cost)


def _part(
    book: Book, transfer: Transfer, line: TransferLine, quantity: Decimal, cost: Decimal
) -> TransferLinePart:
    return TransferLinePart(
        line=line.line,
        item=line.item,
        quantity=quantity,
        unit=line.unit,
        valuation_class=book.values[ItemKey(transfer.company, line.item)].valuation_class,
        cost=cost,
    )


async def _movement(
    session: AsyncSession, transfer: Transfer, topic: str, asked: Day
) -> tuple[TransferMovement, Origin]:
    day = await replicas.business_day(session, transfer.company, asked)
    [number] = await numbers.draw(session, "movement_numbers", "TM", day.year)
    fact = TransferMovement(
        id=uuid7(),
        number=number,
        company=transfer.company,
        business_date=day.isoformat(),
        posting_date=day.isoformat(),
        transfer=transfer.id,
        transfer_number=transfer.number,
        from_warehouse=transfer.from_warehouse,
        to_warehouse=transfer.to_warehouse,
        lines=[],
    )
    return fact, Origin(topic, fact.id, number, day, day)


async def _finish(
    session: AsyncSession, transfer: Transfer, book: Book, fact: TransferMovement, direction: int
) -> None:
    transfer.version += 1
    await valuation.write(session, book)
    await store.save(session, transfer)
    await store.add_movement(session, fact, direction)
    cost = sum((line.cost for line in fact.lines), ZERO)
    quantity = sum((line.quantity for line in fact.lines), ZERO)
    await tallies.add(
        session, [Tally(transfer.company, "in_transit", -direction * cost, -direction * quantity)]
    )


async def cancel_transfer(session: AsyncSession, ref: str, *, version: int | None) -> Transfer:
    """Give up a transfer that has not left."""
    transfer, _, _ = await _lock(session, ref, version)
    before = transfer.status
    transfer.status = TRANSFER_LIFECYCLE.advance(
        TransferStatus(transfer.status), TransferStatus.CANCELLED
    )
    transfer.version += 1
    await store.save(session, transfer)
    await _record(session, transfer, "cancel", before)
    return transfer


async def _record(session: AsyncSession, transfer: Transfer, verb: str, before: str | None) -> None:
    await record(
        session,
        AuditEntry(
            action=f"inventory.transfer.{verb}",
            document_type="transfer",
            document_id=transfer.id,
            number=transfer.number,
            company=transfer.company,
            before={"status": before} if before else None,
            after={"status": str(transfer.status)},
        ),
    )


async def find_view(session: AsyncSession, ref: str) -> dict[str, Any] | None:
    """A transfer with its lines, by id or number."""
    row = await store.find_head(session, ref)
    return {**row, "lines": (await lines_of(session, [row["id"]]))[row["id"]]} if row else None


async def list_transfers(
    session: AsyncSession, paging: PageRequest, **filters: str | None
) -> Page[dict[str, Any]]:
    """Transfers with their lines, the newest first."""
    found = await store.listed(session, paging, **filters)
    lines = await lines_of(session, [row["id"] for row in found.items])
    return Page(items=[{**row, "lines": lines[row["id"]]} for row in found.items], next=found.next)


async def lines_of(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, list[TransferLine]]:
    """The lines of some transfers."""
    return await store.lines_of(session, ids) if ids else {}
