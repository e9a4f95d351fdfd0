"""Goods come back from customers at their original cost, and go back to suppliers at the current average."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis import numbers
from chassis.audit import AuditEntry, record
from chassis.errors import InvalidState, NotFound, PreconditionFailed, UnknownReference
from chassis.ids import uuid7
from chassis.outbox import emit
from chassis.paging import Page, PageRequest
from inventory.receipts import service as receipts
from inventory.replicas import service as replicas
from inventory.replicas.rules import ItemReplica, check_quantity
from inventory.reservations import service as reservations
from inventory.returns import store
from inventory.returns.rules import (
    FROM_CUSTOMER,
    TO_SUPPLIER,
    Authorisation,
    AuthorisedLine,
    GoodsReturnHead,
    GoodsReturnLine,
    GoodsReturnStatus,
    Inspection,
    ReturnAsked,
    check_authorised,
    check_inspection,
    check_quantity_left,
    from_receipts,
    from_shipments,
)
from inventory.shipping import service as shipping
from inventory.stock.rules import (
    ZERO,
    BalanceKey,
    ItemKey,
    Origin,
    Place,
    Status,
    cumulative_share,
)
from inventory.tallies import service as tallies
from inventory.tallies.rules import Tally
from inventory.valuation import service as valuation
from inventory.valuation.rules import Book, Destination
from tongheng_contracts.inventory import GoodsReturn, GoodsReturned, ReturnLine
from tongheng_contracts.purchasing import PurchaseReturn
from tongheng_contracts.sales import SalesReturn, SalesReturnLine

# --- what may be returned --------------------------------------------------------------------------------------


async def keep_authorisations(
    session: AsyncSession, documents: Sequence[SalesReturn | PurchaseReturn]
) -> None:
    """Take over what customers may send back, and what may go back to suppliers."""
    ordered = sorted(documents, key=lambda document: document.id)
    heads = [_from_customer(d) if isinstance(d, SalesReturn) else _to_supplier(d) for d in ordered]
    lines: list[dict[str, object]] = [
        {
            "authorisation_id": d.id,
            "line": x.line,
            "company": d.company,
            "order_line": x.order_line,
            "item": x.item,
            "unit": x.unit,
            "shipment": x.shipment if isinstance(x, SalesReturnLine) else None,
            "quantity": x.quantity,
            "amount_net": x.amount_net,
            "amount_tax": x.amount_tax,
            "tax_code": x.tax_code,
            "tax_rate": x.tax_rate,
        }
        for d in ordered
        for x in d.lines
    ]
    await store.upsert(session, heads, lines)


def _from_customer(document: SalesReturn) -> dict[str, Hashable]:
    return {
        "id": document.id,
        "number": document.number,
        "company": document.company,
        "version": document.version,
        "status": document.status,
        "direction": FROM_CUSTOMER,
        "order_id": document.order,
        "order_number": document.order_number,
        "partner": document.customer,
        "warehouse": "",
        "currency": document.currency,
    }


def _to_supplier(document: PurchaseReturn) -> dict[str, Hashable]:
    return {
        "id": document.id,
        "number": document.number,
        "company": document.company,
        "version": document.version,
        "status": document.status,
        "direction": TO_SUPPLIER,
        "order_id": document.purchase_order,
        "order_number": document.purchase_order_number,
        "partner": document.supplier,
        "warehouse": document.warehouse,
        "currency": document.currency,
    }


# --- returning -------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Return:
    """A return that is being made."""

    authorisation: Authorisation
    warehouse: str
    items: Mapping[str, ItemReplica]
    book: Book
    fact: UUID
    number: str
    day: date
    lines: list[ReturnLine]
    lots: list[str]

    @property
    def origin(self) -> Origin:
        return Origin("inventory.GoodsReturned", self.fact, self.number, self.day, self.day)

    def add(
        self,
        line: AuthorisedLine,
        quantity: Decimal,
        cost: Decimal,
        *,
        lot: str = "",
        shipment: UUID | None = None,
        receipt: tuple[UUID, int] | None = None,
    ) -> None:
        """Add a line with its share of what is credited for the authorised line."""
        net = cumulative_share(line.amount_net, line.returned, quantity, line.quantity)
        tax = cumulative_share(line.amount_tax, line.returned, quantity, line.quantity)
        line.returned += quantity
        key = ItemKey(self.authorisation.company, line.item)
        self.lots.append(lot)
        self.lines.append(
            ReturnLine(
                line=len(self.lines) + 1,
                order_line=line.order_line,
                item=line.item,
                quantity=quantity,
                unit=line.unit,
                valuation_class=self.book.values[key].valuation_class,
                cost=cost,
                amount_net=net,
                amount_tax=tax,
                amount_gross=net + tax,
                tax_code=line.tax_code,
                tax_rate=line.tax_rate,
                shipment=shipment,
                receipt=receipt[0] if receipt else None,
                receipt_line=receipt[1] if receipt else None,
            )
        )


async def return_goods(session: AsyncSession, asked: ReturnAsked) -> GoodsReturn:
    """Take back what a customer returns, or send back what goes to a supplier, as authorised.

    Raises:
        UnknownReference: no such authorisation, line or warehouse.
        InvalidState: it is not authorised, or more than authorised.
        InsufficientStock: goods for a supplier are not there, or reserved.
    """
    found = await store.find(session, asked.authorisation)
    if found is None:
        raise UnknownReference(
            what=("return", "退货单"), reference=asked.authorisation, field="/return"
        )
    making = await _begin(session, found, asked)
    authorisation = making.authorisation
    if authorisation.direction == FROM_CUSTOMER:
        await _take_back(session, making, asked)
    else:
        await _send_back(session, making, asked)
    fact = _fact(making)
    await valuation.write(session, making.book)
    returned: dict[int, Decimal] = {}
    for line in asked.lines:
        returned[line.line] = returned.get(line.line, ZERO) + line.quantity
    await store.count_returned(session, authorisation.id, returned)
    back = authorisation.direction == FROM_CUSTOMER
    status = GoodsReturnStatus.QUARANTINE if back else GoodsReturnStatus.RETURNED
    await store.save(session, fact, making.lots, status)
    await _state(session, fact)
    return fact


async def _begin(session: AsyncSession, found: Authorisation, asked: ReturnAsked) -> _Return:
    for index, line in enumerate(asked.lines):
        if line.line not in found.lines:
            raise UnknownReference(
                what=("return line", "退货行"), reference=line.line, field=f"/lines/{index}/line"
            )
    ref = asked.warehouse or found.warehouse
    if not ref:
        raise UnknownReference(what=("warehouse", "仓库"), reference="", field="/warehouse")
    warehouse = (await replicas.resolve_warehouses(session, found.company, {ref: "/warehouse"}))[
        ref
    ]
    codes = {found.lines[line.line].item for line in asked.lines}
    items = await replicas.find_items(session, codes)
    book = await valuation.open_book(session, {ItemKey(found.company, code) for code in codes})
    locked = await store.find(session, str(found.id), lock=True)
    assert locked is not None, "authorisations are never deleted"
    check_authorised(locked)
    named: dict[int, Decimal] = {}
    for index, line in enumerate(asked.lines):
        authorised = locked.lines[line.line]
        named[line.line] = named.get(line.line, ZERO) + line.quantity
        check_quantity_left(authorised, named[line.line], field=f"/lines/{index}/quantity")
        if authorised.item in items:
            check_quantity(items[authorised.item], line.quantity, field=f"/lines/{index}/quantity")
    day = await replicas.business_day(session, found.company, asked.day)
    [number] = await numbers.draw(session, "return_numbers", "RT", day.year)
    return _Return(locked, warehouse.code, items, book, uuid7(), number, day, [], [])


async def _take_back(session: AsyncSession, making: _Return, asked: ReturnAsked) -> None:
    """Into quarantine, at what the goods cost when they left."""
    authorisation = making.authorisation
    wanted = {authorisation.lines[line.line].order_line for line in asked.lines}
    sources = await shipping.returnable(session, authorisation.order_id, wanted)
    counted: dict[tuple[UUID, int], Decimal] = {}
    for index, each in enumerate(asked.lines):
        line = authorisation.lines[each.line]
        parts = from_shipments(line, each.quantity, sources, field=f"/lines/{index}/quantity")
        for part in parts:
            source = part.source
            at = (source.shipment, source.line)
            counted[at] = counted.get(at, ZERO) + part.quantity
            place = BalanceKey(
                authorisation.company,
                line.item,
                making.warehouse,
                "",
                source.lot,
                Status.QUARANTINE,
            )
            making.book.receive(
                place,
                part.quantity,
                part.cost,
                source=Place.CUSTOMER,
                valuation_class=source.valuation_class,
                unit=line.unit,
                origin=making.origin,
                line=len(making.lines) + 1,
            )
            making.add(line, part.quantity, part.cost, lot=source.lot, shipment=source.shipment)
        used = {(p.source.shipment, p.source.line): p.quantity for p in parts}
        sources = [
            replace(s, returned=s.returned + used.get((s.shipment, s.line), ZERO)) for s in sources
        ]
    await shipping.count_returned(session, counted)


async def _send_back(session: AsyncSession, making: _Return, asked: ReturnAsked) -> None:
    """Out of available stock, at the current average."""
    authorisation, book = making.authorisation, making.book
    wanted = [authorisation.lines[line.line].order_line for line in asked.lines]
    sources = await receipts.returnable(session, authorisation.order_id, wanted)
    counted: dict[tuple[UUID, int], Decimal] = {}
    for index, each in enumerate(asked.lines):
        line = authorisation.lines[each.line]
        key = ItemKey(authorisation.company, line.item)
        field = f"/lines/{index}/quantity"
        parts = from_receipts(line, each.quantity, sources, field=field)
        for source, quantity in parts:
            place = (source.receipt, source.line)
            counted[place] = counted.get(place, ZERO) + quantity
            picked = book.take(key, making.warehouse, quantity, lot=source.lot or None, field=field)
            cost = ZERO
            for p in picked:
                cost += book.issue(
                    p.balance,
                    p.quantity,
                    target=Place.SUPPLIER,
                    destination=Destination.SUPPLIER_RETURN,
                    unit=line.unit,
                    origin=making.origin,
                    line=len(making.lines) + 1,
                )
            making.add(line, quantity, cost, lot=source.lot, receipt=place)
        used = {(source.receipt, source.line): quantity for source, quantity in parts}
        sources = [
            replace(s, returned=s.returned + used.get((s.receipt, s.line), ZERO)) for s in sources
        ]
    await receipts.count_returned(session, counted)


def _fact(making: _Return) -> GoodsReturn:
    authorisation, lines = making.authorisation, making.lines
    return GoodsReturn(
        id=making.fact,
        number=making.number,
        company=authorisation.company,
        business_date=making.day.isoformat(),
        posting_date=making.day.isoformat(),
        direction=authorisation.direction,
        authorisation=authorisation.id,
        authorisation_number=authorisation.number,
        order=authorisation.order_id,
        order_number=authorisation.order_number,
        partner=authorisation.partner,
        warehouse=making.warehouse,
        currency=authorisation.currency,
        lines=lines,
        cost=sum((line.cost for line in lines), ZERO),
        amount_net=sum((line.amount_net for line in lines), ZERO),
        amount_tax=sum((line.amount_tax for line in lines), ZERO),
        amount_gross=sum((line.amount_gross for line in lines), ZERO),
    )


async def _state(session: AsyncSession, fact: GoodsReturn) -> None:
    back = fact.direction == FROM_CUSTOMER
    name = "returned_from_customer" if back else "returned_to_supplier"
    quantity = sum((line.quantity for line in fact.lines), ZERO)
    await tallies.add(session, [Tally(fact.company, name, fact.cost, quantity)])
    await emit(session, GoodsReturned(goods_return=fact), case=fact.order)
    await record(
        session,
        AuditEntry(
            action="inventory.return.receive",
            document_type="goods_return",
            document_id=fact.id,
            number=fact.number,
            company=fact.company,
            after={
                "direction": fact.direction,
                "authorisation": fact.authorisation_number,
                "cost": fact.cost,
            },
        ),
    )


# --- inspecting ------------------------------------------------------------------------------------------------


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


async def lines_of(
    session: AsyncSession, ids: Collection[UUID]
) -> dict[UUID, list[GoodsReturnLine]]:
    """The lines of some returns."""
    return await store.lines_of(session, ids) if ids else {}


async def list_returns(
    session: AsyncSession, paging: PageRequest, **filters: str | None
) -> Page[dict[str, Any]]:
    """Returns with how they were judged, the newest first."""
    found = await store.listed(session, paging, **filters)
    lines = await lines_of(session, [row["id"] for row in found.items])
    return Page(items=[_whole(row, lines[row["id"]]) for row in found.items], next=found.next)


async def find_view(session: AsyncSession, ref: str) -> dict[str, Any] | None:
    """One return with how it was judged, by id or number."""
    row = await store.find_head(session, ref)
    return _whole(row, (await lines_of(session, [row["id"]]))[row["id"]]) if row else None


def _whole(row: dict[str, Any], lines: Sequence[GoodsReturnLine]) -> dict[str, Any]:
    judged = {line.line: line for line in lines}
    document: dict[str, Any] = row["document"]
    return {
        **document,
        "version": row["version"],
        "status": row["status"],
        "recorded_at": row["recorded_at"],
        "lines": [
            {
                **line,
                "accepted": judged[line["line"]].accepted,
                "rejected": judged[line["line"]].rejected,
            }
            for line in document["lines"]
        ],
    }
