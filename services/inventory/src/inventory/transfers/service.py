"""Transfers: made, shipped onto the road, received from it; the company's stock value never changes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis import numbers
from chassis.audit import AuditEntry, record
from chassis.errors import NotFound, PreconditionFailed, UnknownReference, ValidationFailed
from chassis.ids import derived, uuid7
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
    check_dates,
    check_places,
)
from inventory.valuation import service as valuation
from inventory.valuation.rules import Book
from tongheng_contracts.inventory import (
    TransferChanged,
    TransferMovement,
    TransferOrder,
    TransferOrderLine,
    TransferReceived,
    TransferShipped,
)
from tongheng_contracts.inventory import TransferLine as TransferLinePart
from tongheng_contracts.production import Firmed


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
    check_dates(asked.ship_date, asked.due_date)
    items = await replicas.resolve_items(
        session, {line.item: f"/lines/{n}/item" for n, line in enumerate(asked.lines)}
    )
    for n, line in enumerate(asked.lines):
        check_quantity(items[line.item], line.quantity, field=f"/lines/{n}/quantity")
    day = await replicas.business_day(session, company.code, asked.day)
    [number] = await numbers.draw(session, "transfer_numbers", "TR", day.year)
    transfer = Transfer(
        uuid7(),
        number,
        company.code,
        1,
        TransferStatus.OPEN,
        source,
        target,
        day,
        asked.ship_date,
        asked.due_date,
    )
    for n, line in enumerate(asked.lines, start=1):
        item = items[line.item]
        transfer.lines[n] = TransferLine(n, item.code, item.base_unit, line.lot, line.quantity)
    await store.create(session, [transfer])
    await _tell(session, transfer)
    await _record(session, transfer, "create", None)
    return transfer


async def follow_plans(session: AsyncSession, firmed: Sequence[Firmed]) -> None:
    """Make a transfer of each planned one that a planner accepted, once each.

    Raises:
        UnknownReference: the item or a warehouse is not known here; the message is parked.
    """
    if not firmed:
        return
    ids = {derived(one.id, "transfer"): one for one in firmed}
    known = await store.known(session, ids)
    made: list[Transfer] = []
    for ref, one in ids.items():
        if ref not in known:
            made.append(await _planned(session, ref, one))
    await store.create(session, made)
    await _tell(session, *made)
    for transfer in made:
        await _record(session, transfer, "follow_plan", None)


async def _planned(session: AsyncSession, ref: UUID, firmed: Firmed) -> Transfer:
    places = {firmed.warehouse: "/warehouse", firmed.from_warehouse: "/from_warehouse"}
    warehouses = await replicas.resolve_warehouses(session, firmed.company, places)
    item = (await replicas.resolve_items(session, {firmed.item: "/item"}))[firmed.item]
    check_quantity(item, firmed.quantity, field="/quantity")
    source, target = warehouses[firmed.from_warehouse].code, warehouses[firmed.warehouse].code
    check_places(source, target)
    day = date.fromisoformat(firmed.business_date)
    [number] = await numbers.draw(session, "transfer_numbers", "TR", day.year)
    return Transfer(
        id=ref,
        number=number,
        company=firmed.company,
        version=1,
        status=TransferStatus.OPEN,
        from_warehouse=source,
        to_warehouse=target,
        business_date=day,
        ship_date=date.fromisoformat(firmed.start_date),
        due_date=date.fromisoformat(firmed.due_date),
        planned_order=firmed.planned_order,
        lines={1: TransferLine(1, item.code, item.base_unit, "", firmed.quantity)},
    )


async def _tell(session: AsyncSession, *changed: Transfer) -> None:
    events = [TransferChanged(transfer=_document(each)) for each in changed]
    await emit(session, *events, case_of=lambda event: event.key)


def _document(transfer: Transfer) -> TransferOrder:
    return TransferOrder(
        id=transfer.id,
        number=transfer.number,
        company=transfer.company,
        version=transfer.version,
        status=str(transfer.status),
        from_warehouse=transfer.from_warehouse,
        to_warehouse=transfer.to_warehouse,
        business_date=transfer.business_date.isoformat(),
        ship_date=transfer.ship_date.isoformat() if transfer.ship_date else None,
        due_date=transfer.due_date.isoformat() if transfer.due_date else None,
        planned_order=transfer.planned_order,
        lines=[
            TransferOrderLine(
                line=line.line,
                item=line.item,
                unit=line.unit,
                lot=line.lot,
                quantity=line.quantity,
                received=line.received,
            )
            for line in transfer.lines.values()
        ],
    )


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
    await _tell(session, transfer)
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
    await _tell(session, transfer)
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
    await _tell(session, transfer)
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
    session: AsyncSession, paging: PageRequest, **filters: object
) -> Page[dict[str, Any]]:
    """Transfers with their lines, the newest first."""
    found = await store.listed(session, paging, **filters)
    lines = await lines_of(session, [row["id"] for row in found.items])
    return Page(items=[{**row, "lines": lines[row["id"]]} for row in found.items], next=found.next)


async def lines_of(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, list[TransferLine]]:
    """The lines of some transfers."""
    return await store.lines_of(session, ids) if ids else {}
