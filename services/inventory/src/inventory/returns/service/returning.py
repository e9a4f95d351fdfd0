"""What is authorised comes back, or goes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis import numbers
from chassis.audit import AuditEntry, record
from chassis.errors import UnknownReference
from chassis.ids import uuid7
from chassis.outbox import emit
from inventory.receipts import service as receipts
from inventory.replicas import service as replicas
from inventory.replicas.rules import ItemReplica, check_quantity
from inventory.returns import store
from inventory.returns.rules import (
    FROM_CUSTOMER,
    Authorisation,
    AuthorisedLine,
    GoodsReturnStatus,
    ReturnAsked,
    check_authorised,
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
