"""What production hands over is taken into stock, at what its cost sheet says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from chassis import numbers
from chassis.audit import AuditEntry, record
from chassis.ids import derived
from chassis.outbox import emit
from chassis.paging import Page, PageRequest
from inventory.production_receipts import store
from inventory.replicas import service as replicas
from inventory.replicas.rules import ItemReplica
from inventory.stock.rules import ZERO, BalanceKey, ItemKey, Origin, Place
from inventory.tallies import service as tallies
from inventory.tallies.rules import Tally
from inventory.valuation.rules import Book
from tongheng_contracts.inventory import (
    ProductionReceipt,
    ProductionReceiptLine,
    ProductionReceived,
)
from tongheng_contracts.production import Output

ELEMENTS = ("material", "labour", "overhead", "subcontract")
SEMI_FINISHED = "semi_finished"


def items_of(outputs: Sequence[Output]) -> set[ItemKey]:
    """The items that are handed over."""
    return {ItemKey(o.company, line.item) for o in outputs for line in o.lines}


async def receive(session: AsyncSession, book: Book, outputs: Sequence[Output]) -> set[ItemKey]:
    """Take outputs in, each once; the items that came. The caller has locked them, and writes the book."""
    if not outputs:
        return set()
    done = await store.known(session, [output.id for output in outputs])
    new = {o.id: o for o in outputs if o.id not in done}
    if not new:
        return set()
    items = await replicas.find_items(
        session, {line.item for o in new.values() for line in o.lines}
    )
    facts: list[ProductionReceipt] = []
    for output in new.values():
        year = date.fromisoformat(output.posting_date).year
        [number] = await numbers.draw(session, "production_receipt_numbers", "PRC", year)
        facts.append(_post(book, output, items, number))
    await store.save(session, facts)
    await tallies.add(
        session,
        [
            Tally(
                f.company,
                "production_received",
                sum((getattr(line, element) for line in f.lines), ZERO),
                sum((line.quantity for line in f.lines), ZERO),
                element,
            )
            for f in facts
            for element in ELEMENTS
        ],
    )
    await emit(session, *(ProductionReceived(production_receipt=fact) for fact in facts))
    await record(
        session,
        *(
            AuditEntry(
                action="inventory.production_receipt.create",
                document_type="production_receipt",
                document_id=fact.id,
                number=fact.number,
                company=fact.company,
                after={"production_order": fact.production_order_number, "cost": fact.cost},
            )
            for fact in facts
        ),
    )
    return items_of(list(new.values()))


def _post(
    book: Book, output: Output, items: dict[str, ItemReplica], number: str
) -> ProductionReceipt:
    fact = derived(output.id, "production_receipt")
    day, posting = (
        date.fromisoformat(output.business_date),
        date.fromisoformat(output.posting_date),
    )
    origin = Origin("inventory.ProductionReceived", fact, number, day, posting)
    lines: list[ProductionReceiptLine] = []
    for line in output.lines:
        place = BalanceKey(output.company, line.item, line.warehouse, "", line.lot)
        known = items.get(line.item)
        value = book.receive(
            place,
            line.quantity,
            line.cost,
            source=Place.PRODUCTION,
            # An item that masterdata has not told us of yet is one that is made here.
            valuation_class=known.valuation_class if known else SEMI_FINISHED,
            unit=line.unit,
            origin=origin,
            line=line.line,
        )
        lines.append(
            ProductionReceiptLine(
                line=line.line,
                item=line.item,
                warehouse=line.warehouse,
                quantity=line.quantity,
                unit=line.unit,
                lot=line.lot,
                kind=line.kind,
                valuation_class=value.valuation_class,
                material=line.material,
                labour=line.labour,
                overhead=line.overhead,
                subcontract=line.subcontract,
                cost=line.cost,
            )
        )
    return ProductionReceipt(
        id=fact,
        number=number,
        company=output.company,
        business_date=output.business_date,
        posting_date=output.posting_date,
        output=output.id,
        production_order=output.order,
        production_order_number=output.order_number,
        lines=lines,
        cost=sum((line.cost for line in lines), ZERO),
    )


async def list_receipts(
    session: AsyncSession, paging: PageRequest, **filters: str | None
) -> Page[dict[str, Any]]:
    """What was taken in, the newest first."""
    return await store.listed(session, paging, **filters)


async def find_receipt(session: AsyncSession, ref: str) -> dict[str, Any] | None:
    """One, by id or number."""
    return await store.find(session, ref)
