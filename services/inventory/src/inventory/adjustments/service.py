"""Stock is set right: opening balances, damage, things found or missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis import numbers
from chassis.audit import AuditEntry, record
from chassis.ids import uuid7
from chassis.outbox import emit
from chassis.paging import Page, PageRequest
from inventory.adjustments import store
from inventory.adjustments.rules import (
    OPENING,
    AdjustmentAsked,
    AdjustmentLineAsked,
    amount_in,
    check_line,
)
from inventory.bins import service as bins
from inventory.bins.rules import Spot
from inventory.receipts.rules import check_lot
from inventory.replicas import service as replicas
from inventory.replicas.rules import ItemReplica, WarehouseReplica, check_quantity
from inventory.reservations import service as reservations
from inventory.stock.rules import ZERO, BalanceKey, ItemKey, Origin, Place
from inventory.valuation import service as valuation
from inventory.valuation.rules import Book, Destination
from tongheng_contracts.inventory import Adjustment, AdjustmentLine, StockAdjusted


async def adjust_stock(session: AsyncSession, asked: AdjustmentAsked) -> Adjustment:
    """Set stock right, all lines or none; what is found serves who waits.

    Raises:
        InsufficientStock: a decrease would take what is reserved, or is not there.
    """
    company = await replicas.resolve_company(session, asked.company)
    items = await replicas.resolve_items(
        session, _fields((line.item, n, "item") for n, line in enumerate(asked.lines))
    )
    warehouses = await replicas.resolve_warehouses(
        session,
        company.code,
        _fields((line.warehouse, n, "warehouse") for n, line in enumerate(asked.lines)),
    )
    _check(asked, items)
    await bins.check(
        session,
        company.code,
        {
            Spot(warehouses[line.warehouse].code, line.bin): f"/lines/{n}/bin"
            for n, line in enumerate(asked.lines)
            if line.quantity > 0
        },
    )
    keys = {ItemKey(company.code, item.code) for item in items.values()}
    book = await valuation.open_book(session, keys)
    day = await replicas.business_day(session, company.code, asked.day)
    [number] = await numbers.draw(session, "adjustment_numbers", "ADJ", day.year)

    fact = _post(book, company.code, asked, items, warehouses, uuid7(), number, day)
    await valuation.write(session, book)
    await store.save(session, fact)
    await emit(session, StockAdjusted(adjustment=fact))
    await record(
        session,
        AuditEntry(
            action="inventory.adjustment.create",
            document_type="adjustment",
            document_id=fact.id,
            number=fact.number,
            company=fact.company,
            after={
                "reason": fact.reason,
                "lines": len(fact.lines),
                "amount": sum((x.amount for x in fact.lines), ZERO),
            },
        ),
    )
    await reservations.settle(session, book, keys)
    return fact


def _fields(named: Iterable[tuple[str, int, str]]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for ref, n, name in named:
        fields.setdefault(ref, f"/lines/{n}/{name}")
    return fields


def _check(asked: AdjustmentAsked, items: Mapping[str, ItemReplica]) -> None:
    for n, line in enumerate(asked.lines):
        check_line(line, field=f"/lines/{n}")
        check_quantity(items[line.item], line.quantity, field=f"/lines/{n}/quantity")
        if line.quantity > 0:
            check_lot(items[line.item], line.lot, field=f"/lines/{n}/lot")


def _post(
    book: Book,
    company: str,
    asked: AdjustmentAsked,
    items: Mapping[str, ItemReplica],
    warehouses: Mapping[str, WarehouseReplica],
    fact: UUID,
    number: str,
    day: date,
) -> Adjustment:
    origin = Origin("inventory.StockAdjusted", fact, number, day, day)
    outside = Place.OPENING if asked.reason == OPENING else Place.ADJUSTMENT
    lines: list[AdjustmentLine] = []
    for n, line in enumerate(asked.lines, start=1):
        item, warehouse = items[line.item], warehouses[line.warehouse].code
        value = book.values[ItemKey(company, item.code)]
        if line.quantity > 0:
            amount = amount_in(line, item, value)
            place = BalanceKey(company, item.code, warehouse, line.bin, line.lot)
            book.receive(
                place,
                line.quantity,
                amount,
                source=outside,
                valuation_class=item.valuation_class,
                unit=item.base_unit,
                origin=origin,
                line=n,
                expiry_date=line.expiry,
            )
        else:
            amount = _take(book, value.key, line, warehouse, outside, origin, item.base_unit, n)
        lines.append(
            AdjustmentLine(
                line=n,
                item=item.code,
                warehouse=warehouse,
                quantity=line.quantity,
                unit=item.base_unit,
                amount=amount,
                valuation_class=value.valuation_class,
            )
        )
    return Adjustment(
        id=fact,
        number=number,
        company=company,
        business_date=day.isoformat(),
        posting_date=day.isoformat(),
        reason=asked.reason,
        text=asked.text,
        lines=lines,
    )


def _take(
    book: Book,
    key: ItemKey,
    line: AdjustmentLineAsked,
    warehouse: str,
    outside: Place,
    origin: Origin,
    unit: str,
    number: int,
) -> Decimal:
    picked = book.take(
        key,
        warehouse,
        -line.quantity,
        lot=line.lot if line.exact else line.lot or None,
        bin=line.bin if line.exact else line.bin or None,
        field=f"/lines/{number - 1}/quantity",
    )
    return -sum(
        (
            book.issue(
                p.balance,
                p.quantity,
                target=outside,
                destination=Destination.ADJUSTMENT,
                unit=unit,
                origin=origin,
                line=number,
            )
            for p in picked
        ),
        ZERO,
    )


async def list_adjustments(
    session: AsyncSession, paging: PageRequest, **filters: str | None
) -> Page[dict[str, Any]]:
    """What was recorded, the newest first."""
    return await store.listed(session, paging, **filters)


async def find_adjustment(session: AsyncSession, ref: str) -> dict[str, Any] | None:
    """One, by id or number."""
    return await store.find(session, ref)
