"""Goods move inside a warehouse: what is free, and nothing else. What is set aside is picked where it lies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis import numbers
from chassis.audit import AuditEntry, record
from chassis.ids import uuid7
from chassis.outbox import emit
from chassis.paging import Page, PageRequest
from inventory.bins import service as bins
from inventory.bins.rules import Spot
from inventory.relocations import store
from inventory.relocations.rules import RelocationAsked, check_line
from inventory.replicas import service as replicas
from inventory.replicas.rules import ItemReplica, check_quantity
from inventory.stock.rules import ZERO, ItemKey, Origin
from inventory.valuation import service as valuation
from inventory.valuation.rules import Book
from tongheng_contracts.inventory import Relocation, RelocationLine, StockRelocated

TOPIC = StockRelocated.contract.topic


async def relocate(session: AsyncSession, asked: RelocationAsked) -> Relocation:
    """Move free stock from bin to bin, all lines or none.

    Raises:
        UnknownReference: no such company, item, warehouse or bin.
        InvalidState: a bin is closed.
        InsufficientStock: less lies there, or the rest is set aside.
    """
    company = (await replicas.resolve_company(session, asked.company)).code
    fields = {line.item: f"/lines/{n}/item" for n, line in reversed([*enumerate(asked.lines)])}
    items = await replicas.resolve_items(session, fields)
    places = await replicas.resolve_warehouses(session, company, {asked.warehouse: "/warehouse"})
    warehouse = places[asked.warehouse].code
    targets: dict[Spot, str] = {}
    for n, line in enumerate(asked.lines):
        check_line(line, field=f"/lines/{n}")
        check_quantity(items[line.item], line.quantity, field=f"/lines/{n}/quantity")
        targets.setdefault(Spot(warehouse, line.to_bin), f"/lines/{n}/to_bin")
    await bins.check(session, company, targets)

    book = await valuation.open_book(
        session, {ItemKey(company, one.code) for one in items.values()}
    )
    day = await replicas.business_day(session, company, asked.day)
    [number] = await numbers.draw(session, "relocation_numbers", "MV", day.year)
    fact = _move(book, company, warehouse, asked, items, uuid7(), number, day)
    await valuation.write(session, book)
    await store.save(session, fact)
    await emit(session, StockRelocated(relocation=fact))
    await record(
        session,
        AuditEntry(
            action="inventory.relocation.create",
            document_type="relocation",
            document_id=fact.id,
            number=fact.number,
            company=fact.company,
            after={"warehouse": warehouse, "lines": len(fact.lines)},
        ),
    )
    return fact


def _move(
    book: Book,
    company: str,
    warehouse: str,
    asked: RelocationAsked,
    items: Mapping[str, ItemReplica],
    fact: UUID,
    number: str,
    day: date,
) -> Relocation:
    origin = Origin(TOPIC, fact, number, day, day)
    lines: list[RelocationLine] = []
    for n, line in enumerate(asked.lines):
        item = items[line.item]
        picked = book.take(
            ItemKey(company, item.code),
            warehouse,
            line.quantity,
            lot=line.lot,
            bin=line.from_bin,
            field=f"/lines/{n}/quantity",
        )
        for one in picked:
            place = one.balance.key._replace(bin=line.to_bin)
            book.shift(
                one.balance,
                place,
                one.quantity,
                carried=ZERO,
                unit=item.base_unit,
                origin=origin,
                line=len(lines) + 1,
            )
            lines.append(
                RelocationLine(
                    line=len(lines) + 1,
                    item=item.code,
                    quantity=one.quantity,
                    unit=item.base_unit,
                    from_bin=line.from_bin,
                    to_bin=line.to_bin,
                    lot=place.lot,
                )
            )
    return Relocation(
        id=fact,
        number=number,
        company=company,
        business_date=day.isoformat(),
        posting_date=day.isoformat(),
        warehouse=warehouse,
        lines=lines,
    )


async def list_relocations(
    session: AsyncSession, paging: PageRequest, **filters: str | None
) -> Page[dict[str, Any]]:
    """What was recorded, the newest first."""
    return await store.listed(session, paging, **filters)


async def find_relocation(session: AsyncSession, ref: str) -> dict[str, Any] | None:
    """One, by id or number."""
    return await store.find(session, ref)
