"""Stocktakes: begun, counted, posted; the difference is a move of the ledger like any adjustment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis import numbers
from chassis.audit import AuditEntry, record
from chassis.errors import NotFound, PreconditionFailed, ValidationFailed
from chassis.ids import uuid7
from chassis.paging import Page, PageRequest
from inventory.adjustments import service as adjustments
from inventory.adjustments.rules import AdjustmentAsked, AdjustmentLineAsked
from inventory.bins import service as bins
from inventory.bins.rules import Spot as BinSpot
from inventory.counts import store
from inventory.counts.rules import (
    COUNT_LIFECYCLE,
    Count,
    CountAsked,
    Counted,
    CountLine,
    CountStatus,
    Spot,
    TooMuchToCount,
    differences,
    summary_of,
    take_counts,
)
from inventory.limits import LINES_MAX
from inventory.receipts.rules import check_lot
from inventory.replicas import service as replicas
from inventory.replicas.rules import Day, check_quantity
from inventory.stock.rules import ZERO, ItemKey
from inventory.valuation import service as valuation

REASON = "count"


async def open_count(session: AsyncSession, asked: CountAsked) -> Count:
    """Begin a stocktake of what the ledger says is available in a warehouse; trading goes on."""
    company = await replicas.resolve_company(session, asked.company)
    warehouses = await replicas.resolve_warehouses(
        session, company.code, {asked.warehouse: "/warehouse"}
    )
    warehouse = warehouses[asked.warehouse].code
    named = await replicas.resolve_items(
        session, {item: f"/items/{n}" for n, item in enumerate(asked.items)}
    )
    wanted = {item.code for item in named.values()}
    book = await store.on_hand(session, company.code, warehouse, wanted if asked.items else None)
    # Where nothing should lie is looked at too, when it was asked for by name.
    spots = [*book, *(Spot(item) for item in sorted(wanted - {spot.item for spot in book}))]
    if len(spots) > LINES_MAX:
        raise TooMuchToCount(places=len(spots), most=LINES_MAX)
    if not spots:
        raise ValidationFailed(
            en="Nothing lies in this warehouse: name the items to look for.",
            zh="该仓库没有库存，请指定要盘点的物料。",
            field="/items",
        )
    known = await replicas.find_items(session, {spot.item for spot in spots})
    day = await replicas.business_day(session, company.code, asked.day)
    [number] = await numbers.draw(session, "count_numbers", "CNT", day.year)
    count = Count(
        uuid7(), number, company.code, 1, CountStatus.OPEN, warehouse, asked.blind, asked.text, day
    )
    count.lines = [
        CountLine(n, spot, known[spot.item].base_unit, book.get(spot, ZERO))
        for n, spot in enumerate(spots, start=1)
    ]
    await store.create(session, count)
    await _record(session, count, "create", {"warehouse": warehouse, "lines": len(count.lines)})
    return count


async def record_counts(
    session: AsyncSession, ref: str, counted: Sequence[Counted], *, version: int | None
) -> Count:
    """Write down what was found. It is compared with what the ledger says at this moment, so that trading may go on."""
    items = await replicas.resolve_items(
        session, {one.spot.item: f"/lines/{n}/item" for n, one in enumerate(counted)}
    )
    count = await _locked(session, ref, version)
    COUNT_LIFECYCLE.advance(CountStatus(count.status), CountStatus.POSTED)
    known = {line.spot for line in count.lines}
    found: list[Counted] = []
    new: dict[BinSpot, str] = {}
    for n, one in enumerate(counted):
        item = items[one.spot.item]
        check_quantity(item, one.quantity, field=f"/lines/{n}/quantity")
        spot = one.spot._replace(item=item.code)
        if spot not in known:
            check_lot(item, spot.lot, field=f"/lines/{n}/lot")
            new.setdefault(BinSpot(count.warehouse, spot.bin), f"/lines/{n}/bin")
        found.append(Counted(spot, one.quantity))
    await bins.check(session, count.company, new)
    on_hand = await store.on_hand(
        session, count.company, count.warehouse, {one.spot.item for one in found}
    )
    units = {item.code: item.base_unit for item in items.values()}
    changed = take_counts(count.lines, found, on_hand, units)
    if len(count.lines) + sum(line.spot not in known for line in changed) > LINES_MAX:
        raise TooMuchToCount(places=len(count.lines) + len(changed), most=LINES_MAX)
    count.version += 1
    await store.keep_lines(session, count, changed)
    await store.save(session, count)
    await _record(session, count, "record", {"counted": len(changed)})
    return count


async def post_count(session: AsyncSession, ref: str, *, day: Day, version: int | None) -> Count:
    """Post what differs: one adjustment with its voucher, all lines or none.

    Raises:
        NotCounted: something was not counted yet.
        InsufficientStock: what is missing is reserved.
    """
    seen = await _found(session, ref)
    # The items are locked before the document.
    keys = {ItemKey(seen.company, line.spot.item) for line in seen.lines}
    await valuation.open_book(session, keys)
    count = await _locked(session, str(seen.id), version)
    if count.version != seen.version:
        raise PreconditionFailed(current=count.version)
    count.status = COUNT_LIFECYCLE.advance(CountStatus(count.status), CountStatus.POSTED)
    different = differences(count.lines)
    count.version += 1
    adjusted = None
    if different:
        adjusted = await adjustments.adjust_stock(
            session,
            AdjustmentAsked(
                count.company,
                REASON,
                tuple(
                    AdjustmentLineAsked(
                        line.spot.item,
                        count.warehouse,
                        difference,
                        lot=line.spot.lot,
                        bin=line.spot.bin,
                        exact=True,
                    )
                    for line, difference in different
                ),
                count.number,
                day,
            ),
        )
    await store.save(
        session,
        count,
        adjustment=adjusted.id if adjusted else None,
        number=adjusted.number if adjusted else "",
    )
    await _record(
        session, count, "post", {"status": str(count.status), "different": len(different)}
    )
    return count


async def cancel_count(session: AsyncSession, ref: str, *, version: int | None) -> Count:
    """Give up a stocktake: nothing is posted."""
    count = await _locked(session, ref, version)
    count.status = COUNT_LIFECYCLE.advance(CountStatus(count.status), CountStatus.CANCELLED)
    count.version += 1
    await store.save(session, count)
    await _record(session, count, "cancel", {"status": str(count.status)})
    return count


async def _found(session: AsyncSession, ref: str) -> Count:
    count = await store.find(session, ref)
    if count is None:
        raise NotFound(what=("stocktake", "盘点单"))
    return count


async def _locked(session: AsyncSession, ref: str, version: int | None) -> Count:
    count = await store.find(session, ref, lock=True)
    if count is None:
        raise NotFound(what=("stocktake", "盘点单"))
    if version is not None and version != count.version:
        raise PreconditionFailed(current=count.version)
    return count


async def _record(session: AsyncSession, count: Count, verb: str, after: dict[str, object]) -> None:
    await record(
        session,
        AuditEntry(
            action=f"inventory.count.{verb}",
            document_type="count",
            document_id=count.id,
            number=count.number,
            company=count.company,
            after=after,
        ),
    )


async def find_view(session: AsyncSession, ref: str, *, hidden: bool) -> dict[str, Any] | None:
    """A stocktake with its lines, by id or number. `hidden`: a blind one's book quantities are left out while it is open."""
    head = await store.find_head(session, ref)
    if head is None:
        return None
    lines = await store.lines_of(session, head["id"])
    blind = hidden and head["blind"] and head["status"] == CountStatus.OPEN
    [whole] = await _summed(session, [head])
    if blind:
        whole |= {"different": None, "error_rate": None}
    return {
        **whole,
        "lines": [
            {
                "line": line.line,
                **line.spot._asdict(),
                "unit": line.unit,
                "book": None if blind else line.book,
                "expected": None if blind else line.expected,
                "counted": line.counted,
                "difference": None if blind else line.difference,
            }
            for line in lines
        ],
    }


async def list_counts(
    session: AsyncSession, paging: PageRequest, *, hidden: bool, **filters: str | None
) -> Page[dict[str, Any]]:
    """Stocktakes without their lines, the newest first."""
    found = await store.listed(session, paging, **filters)
    rows = await _summed(session, found.items)
    for row in rows:
        if hidden and row["blind"] and row["status"] == CountStatus.OPEN:
            row |= {"different": None, "error_rate": None}
    return Page(items=rows, next=found.next)


async def _summed(session: AsyncSession, heads: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    ids: list[UUID] = [head["id"] for head in heads]
    tallied = await store.tallied(session, ids)
    made: list[dict[str, Any]] = []
    for head in heads:
        summary = asdict(summary_of(*tallied.get(head["id"], (0, 0, 0))))
        summary["lines_total"] = summary.pop("lines")
        made.append({**head, **summary})
    return made
