"""Returned goods are judged: available again, or blocked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.errors import InvalidState, NotFound, PreconditionFailed, UnknownReference
from inventory.replicas import service as replicas
from inventory.replicas.rules import ItemReplica
from inventory.reservations import service as reservations
from inventory.returns import store
from inventory.returns.rules import (
    GoodsReturnHead,
    GoodsReturnStatus,
    Inspection,
    check_inspection,
)
from inventory.stock.rules import (
    ZERO,
    BalanceKey,
    ItemKey,
    Origin,
    Status,
)
from inventory.valuation import service as valuation
from inventory.valuation.rules import Book


async def inspect_return(
    session: AsyncSession, ref: str, inspections: Sequence[Inspection], *, version: int | None
) -> GoodsReturnHead:
    """Judge returned goods: accepted ones are available again and serve who waits, rejected ones are blocked."""
    found = await store.find_return(session, ref)
    if found is None:
        raise NotFound(what=("return", "退货单"))
    keys = {ItemKey(found.company, line.item) for line in found.lines.values()}
    book = await valuation.open_book(session, keys)
    head = await store.find_return(session, str(found.id), lock=True)
    assert head is not None, "returns are never deleted"
    if version is not None and version != head.version:
        raise PreconditionFailed(current=head.version)
    if head.status != GoodsReturnStatus.QUARANTINE:
        raise InvalidState(
            now=head.status, to_en=", there is nothing to inspect", to_zh="，无需检验"
        )
    day = await replicas.business_day(session, head.company)
    origin = Origin("inventory.Inspection", head.id, head.number, day, day)
    items = await replicas.find_items(session, {line.item for line in head.lines.values()})
    for index, inspection in enumerate(inspections):
        _judge(book, head, inspection, origin, items, f"/lines/{index}")
    done = all(x.accepted + x.rejected == x.quantity for x in head.lines.values())
    head.status = GoodsReturnStatus.INSPECTED if done else GoodsReturnStatus.QUARANTINE
    head.version += 1
    await valuation.write(session, book)
    await store.save_inspection(session, head)
    await record(
        session,
        AuditEntry(
            action="inventory.return.inspect",
            document_type="goods_return",
            document_id=head.id,
            number=head.number,
            company=head.company,
            before={"status": "quarantine"},
            after={
                "status": str(head.status),
                "judged": [[i.line, str(i.accepted), str(i.rejected)] for i in inspections],
            },
        ),
    )
    await reservations.settle(session, book, keys)
    return head


def _judge(
    book: Book,
    head: GoodsReturnHead,
    inspection: Inspection,
    origin: Origin,
    items: Mapping[str, ItemReplica],
    field: str,
) -> None:
    line = head.lines.get(inspection.line)
    if line is None:
        raise UnknownReference(
            what=("return line", "退货行"), reference=inspection.line, field=f"{field}/line"
        )
    check_inspection(line, inspection, field=field)
    item = items.get(line.item)
    unit = item.base_unit if item else ""
    key = BalanceKey(head.company, line.item, head.warehouse, "", line.lot, Status.QUARANTINE)
    judged = ((Status.AVAILABLE, inspection.accepted), (Status.BLOCKED, inspection.rejected))
    for status, quantity in judged:
        if quantity > 0:
            place = key._replace(status=status)
            book.shift(
                book.balance(key),
                place,
                quantity,
                carried=ZERO,
                unit=unit,
                origin=origin,
                line=line.line,
            )
    line.accepted += inspection.accepted
    line.rejected += inspection.rejected
