"""One pass over all that is heard: lock its items, serve production, then sales, then say what is missing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from inventory.issues import service as issues
from inventory.production_receipts import service as production_receipts
from inventory.reservations import service as reservations
from inventory.stock.rules import ItemKey
from inventory.supplies import service as supplies
from inventory.valuation import service as valuation
from inventory.valuation.rules import Book
from inventory.work_orders import service as work_orders
from inventory.work_orders.rules import Request
from tongheng_contracts.finance import Bill
from tongheng_contracts.production import MaterialRequest, Output, ProductionOrder
from tongheng_contracts.purchasing import PurchaseOrder
from tongheng_contracts.sales import SalesOrder


@dataclass(frozen=True, slots=True)
class Heard:
    """What a batch of events says."""

    orders: Sequence[SalesOrder] = ()
    purchase_orders: Sequence[PurchaseOrder] = ()
    bills: Sequence[Bill] = ()
    production_orders: Sequence[ProductionOrder] = ()
    requests: Sequence[MaterialRequest] = ()
    outputs: Sequence[Output] = ()
    came: Collection[ItemKey] = ()
    """Items of which something has come in by our own documents."""

    @property
    def for_production(self) -> bool:
        """Whether production has anything to do with it."""
        return bool(self.production_orders or self.requests or self.outputs or self.came)


async def take_in(session: AsyncSession, heard: Heard) -> None:
    """Do what follows from all of it."""
    mine = await work_orders.items_of(session, heard.production_orders, heard.requests)
    mine |= production_receipts.items_of(heard.outputs)
    # Of what came in, only what somebody waits for matters.
    mine |= await work_orders.wanted(session, heard.came)
    concerned: set[UUID] = {request.order for request in heard.requests}

    async def serve_production(book: Book) -> Collection[ItemKey]:
        freed = await work_orders.keep_orders(session, book, heard.production_orders)
        arrived = await production_receipts.receive(session, book, heard.outputs)
        await valuation.write(session, book)
        if arrived:
            book = await valuation.open_book(session, set(book.values))
        new = await work_orders.ask(session, heard.requests)
        came = {*freed, *arrived, *mine.intersection(heard.came)}
        wanted = _once([*await work_orders.waiting(session, came), *new])
        concerned.update(request.order_id for request in wanted)
        await issues.give_to_orders(session, book, wanted)
        await work_orders.hold_more(session, book, came)
        await valuation.write(session, book)
        return {*freed, *arrived}

    await reservations.apply_documents(
        session,
        orders=heard.orders,
        purchase_orders=heard.purchase_orders,
        besides={*mine, *await valuation.items_of(session, heard.bills)},
        meanwhile=serve_production if mine else None,
    )
    await valuation.adjust_costs(session, heard.bills)
    supplied = supplies.keys_of(heard.purchase_orders)
    concerned.update(r.order_id for r in await work_orders.waiting(session, supplied))
    promised = await reservations.promised(
        session, await work_orders.items_waited_for(session, concerned)
    )
    await work_orders.tell_shortages(session, concerned, promised)


def _once(requests: Sequence[Request]) -> list[Request]:
    found: dict[tuple[UUID, int], Request] = {}
    for request in requests:
        found.setdefault((request.id, request.line), request)
    return list(found.values())
