"""Raising requisitions by hand and for shortages, and turning them into purchase orders."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import RowMapping, Select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import numbers
from chassis.audit import AuditEntry, record
from chassis.auth import Principal
from chassis.clock import HOME_ZONE, day_in
from chassis.errors import NotFound, UnknownReference
from chassis.http import check_version
from chassis.ids import derived, uuid7
from chassis.outbox import emit
from purchasing.replicas import rules as masters
from purchasing.replicas import service as replicas
from purchasing.requisitions import rules, store
from purchasing.requisitions.rules import (
    BY_HAND,
    PLANNED,
    REORDER,
    ZERO,
    Demand,
    NewConversion,
    Requisition,
    Status,
    Wish,
)
from purchasing.requisitions.store import Place
from purchasing.supplier_items import service as supplier_items
from tongheng_contracts.envelope import Event
from tongheng_contracts.inventory import Reservation, StockAlert
from tongheng_contracts.production import Firmed
from tongheng_contracts.purchasing import Requisition as RequisitionDocument
from tongheng_contracts.purchasing import RequisitionLine, RequisitionRaised

SEQUENCE, PREFIX = "requisition_numbers", "PR"
SETTLED_SECONDS = 60.0
"""By then whatever inventory said before it saw a purchase order has been heard."""
MADE = frozenset({"make", "phantom"})


def document_of(requisition: Requisition) -> RequisitionDocument:
    """The requisition as others see it."""
    return RequisitionDocument(
        id=requisition.id,
        number=requisition.number,
        company=requisition.company,
        version=requisition.version,
        status=requisition.status.value,
        business_date=requisition.business_date.isoformat(),
        origin=requisition.origin,
        demand_order=_demanding(requisition, requisition.demand_order),
        lines=[
            RequisitionLine(
                line=line.line,
                item=line.item,
                quantity=line.quantity,
                unit=line.unit,
                warehouse=line.warehouse,
                due_date=line.due_date.isoformat() if line.due_date else None,
                supplier=line.supplier,
                demand_order=_demanding(requisition, line.demand_order),
                demand_line=None if requisition.origin == REORDER else line.demand_line,
                quantity_ordered=line.quantity_ordered,
            )
            for line in requisition.lines
        ],
    )


def _demanding(requisition: Requisition, order: UUID | None) -> UUID | None:
    # What a reorder rule asks for is no order's.
    return None if requisition.origin == REORDER else order


def _case(event: Event) -> object:
    """A shortage belongs to its sales order's case, a wish by hand to its own."""
    assert isinstance(event, RequisitionRaised)
    return event.requisition.demand_order or event.requisition.id


async def _save(
    session: AsyncSession, action: str, changes: Sequence[tuple[Requisition | None, Requisition]]
) -> None:
    await store.save(session, changes)
    await emit(
        session,
        *(RequisitionRaised(requisition=document_of(after)) for _, after in changes),
        case_of=_case,
    )
    await record(
        session,
        *(
            AuditEntry(
                action=action,
                document_type="purchasing.requisition",
                document_id=after.id,
                number=after.number,
                company=after.company,
                before=None if before is None else document_of(before).model_dump(mode="json"),
                after=document_of(after).model_dump(mode="json"),
            )
            for before, after in changes
        ),
    )


# --- by hand ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewLine:
    """A wish as entered by hand."""

    item: str
    quantity: Decimal
    warehouse: str
    unit: str | None = None
    due_date: date | None = None
    supplier: str | None = None


async def raise_requisition(
    session: AsyncSession,
    caller: Principal,
    *,
    company: str,
    lines: Sequence[NewLine],
    business_date: date | None = None,
) -> Requisition:
    """Ask for something to be bought."""
    owner = masters.find(
        await replicas.find_companies(session, [company]), company, masters.COMPANY, "/company"
    )
    caller.check_company(owner.code)
    items = await replicas.find_items(session, {line.item for line in lines})
    places = await replicas.find_warehouses(session, {line.warehouse for line in lines})
    suppliers = await replicas.find_partners(
        session, {line.supplier for line in lines if line.supplier is not None}
    )
    by_code = {item.code: item for item in items.values()}
    preferred = await supplier_items.preferred_suppliers(session, by_code)
    planned: list[rules.Line] = []
    for index, line in enumerate(lines):
        at = f"/lines/{index}"
        item = masters.find(items, line.item, masters.ITEM, f"{at}/item")
        place = masters.find(places, line.warehouse, masters.WAREHOUSE, f"{at}/warehouse")
        masters.check_warehouse(place, owner.code, field=f"{at}/warehouse")
        supplier = preferred.get(item.code)
        if line.supplier is not None:
            partner = masters.find(
                suppliers, line.supplier, masters.PARTNER, f"{at}/supplier", active=False
            )
            masters.check_supplier(partner, field=f"{at}/supplier")
            supplier = partner.code
        planned.append(
            rules.Line(
                line=index + 1,
                item=item.code,
                quantity=masters.base_quantity(
                    item, line.quantity, line.unit, field=f"{at}/quantity"
                ),
                unit=item.base_unit,
                warehouse=place.code,
                due_date=line.due_date,
                supplier=supplier,
            )
        )
    now = await replicas.now(session)
    day = business_date or masters.local_day(owner, now)
    (number,) = await numbers.draw(session, SEQUENCE, PREFIX, day.year)
    requisition = Requisition(
        id=uuid7(),
        number=number,
        company=owner.code,
        version=1,
        status=Status.OPEN,
        business_date=day,
        posting_date=day,
        origin=BY_HAND,
        lines=tuple(planned),
        recorded_at=now,
    )
    await _save(session, "purchasing.requisition.raise", [(None, requisition)])
    return requisition


async def follow_plans(session: AsyncSession, firmed: Sequence[Firmed]) -> None:
    """Raise a requisition for each planned order that is to be bought, once each."""
    if not firmed:
        return
    ids = {derived(one.id, "requisition"): one for one in firmed}
    known = {each.id for each in await store.load(session, store.are_named([str(i) for i in ids]))}
    new = {ref: one for ref, one in ids.items() if ref not in known}
    items = await replicas.find_items(session, {one.item for one in new.values()})
    preferred = await supplier_items.preferred_suppliers(session, items) if items else {}
    changes: list[tuple[Requisition | None, Requisition]] = []
    for ref, one in new.items():
        day = date.fromisoformat(one.business_date)
        (number,) = await numbers.draw(session, SEQUENCE, PREFIX, day.year)
        line = rules.Line(
            line=1,
            item=one.item,
            quantity=one.quantity,
            unit=one.unit,
            warehouse=one.warehouse,
            due_date=date.fromisoformat(one.due_date),
            supplier=one.supplier or preferred.get(one.item),
        )
        changes.append(
            (
                None,
                Requisition(
                    id=ref,
                    number=number,
                    company=one.company,
                    version=1,
                    status=Status.OPEN,
                    business_date=day,
                    posting_date=day,
                    origin=PLANNED,
                    lines=(line,),
                ),
            )
        )
    await _save(session, "purchasing.requisition.follow_plan", changes)


async def cancel_requisition(
    session: AsyncSession, ref: str, *, expected: int | None = None
) -> Requisition:
    """Ask no more for what is still open; a shortage that was cancelled is not asked for again."""
    seen = await get(session, ref)
    # The shortage first, as everywhere: two who lock in another order would wait for each other.
    known = await store.lock_demands(
        session, [] if seen.demand_order is None else [seen.demand_order]
    )
    (before,) = await store.load(session, store.is_named(ref), lock=True)
    check_version(expected, before.version)
    after = rules.cancel(before)
    declined: list[Demand] = []
    for line in before.lines:
        if line.demand_order is not None and line.demand_line is not None:
            demand = known[line.demand_order, line.demand_line]
            declined.append(replace(demand, declined=demand.declined + line.quantity_open))
    await store.keep_demands(session, declined)
    await _save(session, "purchasing.requisition.cancel", [(before, after)])
    return after


async def get(session: AsyncSession, ref: str) -> Requisition:
    """One requisition by id or number."""
    found = await store.load(session, store.is_named(ref))
    if not found:
        raise NotFound(what=("requisition", "采购申请"))
    return found[0]


async def with_lines(session: AsyncSession, heads: Sequence[RowMapping]) -> list[Requisition]:
    """The listed requisitions with their lines."""
    return await store.with_lines(session, heads)


def listing(
    *,
    company: str | None = None,
    status: str | None = None,
    origin: str | None = None,
    number: str | None = None,
    supplier: str | None = None,
    item: str | None = None,
    order: UUID | None = None,
) -> Select[tuple[object, ...]]:
    """Requisitions by what a buyer looks for."""
    return store.listing(
        company=company,
        status=status,
        origin=origin,
        number=number,
        supplier=supplier,
        item=item,
        order=order,
    )


# --- shortages -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stated:
    """What inventory said of one sales order, when, and by which event."""

    event: UUID
    at: datetime
    reservation: Reservation

    def counted(self) -> Iterable[UUID]:
        """The supplies that it counts on."""
        return (part.source_id for line in self.reservation.lines for part in line.expected)

    @property
    def order(self) -> UUID:
        """Whose demand it is."""
        return self.reservation.id

    def restated(self, known: Mapping[Place, Demand]) -> dict[Place, Demand]:
        """What is now known of the demands."""
        return _restated(self, known)


@dataclass(frozen=True, slots=True)
class StatedRule:
    """What inventory said of one reorder rule, when, and by which event."""

    event: UUID
    at: datetime
    alert: StockAlert

    def counted(self) -> Iterable[UUID]:
        """The supplies that it counts on."""
        return self.alert.counted

    @property
    def order(self) -> UUID:
        """Whose demand it is."""
        return self.alert.id

    def restated(self, known: Mapping[Place, Demand]) -> dict[Place, Demand]:
        """What is now known of the demand."""
        alert = self.alert
        place = (alert.id, 1)
        before = known.get(place)
        if before is None and alert.quantity == ZERO:
            return {}
        declined = ZERO if before is None else min(before.declined, alert.quantity)
        return {
            place: Demand(
                order=alert.id,
                line=1,
                company=alert.company,
                order_number=f"{alert.warehouse}/{alert.item}",
                item=alert.item,
                unit=alert.unit,
                warehouse=alert.warehouse,
                uncovered=alert.quantity,
                stated_at=self.at,
                declined=declined,
                origin=REORDER,
            )
        }


async def follow(session: AsyncSession, stated: Sequence[Stated | StatedRule]) -> None:
    """Raise, top up or reduce requisitions so that each shortage is bought once."""
    seen: dict[UUID, datetime] = {}
    for each in stated:
        for source in each.counted():
            seen[source] = min(seen.get(source, each.at), each.at)
    # A purchase order's first sight may change what others' earlier words meant.
    others = await store.unseen(session, seen)
    causes = {each.order: each for each in stated}
    demands = await store.lock_demands(session, others | causes.keys())
    changed: dict[Place, Demand] = {}
    for each in stated:
        changed |= each.restated(demands)
    demands |= changed
    await store.keep_demands(session, changed.values())
    events = {order: each.event for order, each in causes.items()}
    await _rebalance(session, demands, causes=events, seen=seen)


def _restated(stated: Stated, known: Mapping[Place, Demand]) -> dict[Place, Demand]:
    reservation = stated.reservation
    found: dict[Place, Demand] = {}
    for line in reservation.lines:
        place = (reservation.id, line.line)
        before = known.get(place)
        if before is None and line.uncovered == ZERO:
            continue
        warehouse = line.warehouse or (before.warehouse if before is not None else "")
        found[place] = Demand(
            order=reservation.id,
            line=line.line,
            company=reservation.company,
            order_number=reservation.number,
            item=line.item,
            unit=line.unit,
            warehouse=warehouse,
            uncovered=line.uncovered,
            stated_at=stated.at,
            declined=ZERO if before is None else min(before.declined, line.uncovered),
        )
    return found


async def _rebalance(
    session: AsyncSession,
    demands: Mapping[Place, Demand],
    *,
    causes: Mapping[UUID, UUID],
    seen: Mapping[UUID, datetime] | None = None,
) -> None:
    """Bring open requisitions to what these locked demands still need."""
    orders = {order for order, _ in demands}
    open_ones = (
        {
            requisition.demand_order: requisition
            for requisition in await store.load(
                session, store.are_open_shortages(orders), lock=True
            )
        }
        if orders
        else {}
    )
    await store.mark_seen(session, seen or {})
    if not orders:
        return
    converted = await store.converted(session, orders)
    codes = {demand.item for demand in demands.values() if demand.uncovered > ZERO}
    items = await replicas.find_items(session, codes) if codes else {}
    suppliers = await supplier_items.preferred_suppliers(session, items) if items else {}
    wishes: dict[UUID, list[Wish]] = {}
    for place, demand in demands.items():
        item = items.get(demand.item)
        quantity = rules.quantity_to_buy(demand, converted.get(place, ()))
        # Whether an unknown item is bought or made is learnt with the item: then this runs again.
        if item is None or item.procurement in MADE:
            quantity = ZERO
        wishes.setdefault(demand.order, []).append(
            Wish(demand, quantity, suppliers.get(demand.item))
        )
    await _adjust(session, wishes, open_ones, causes)


async def _adjust(
    session: AsyncSession,
    wishes: Mapping[UUID, Sequence[Wish]],
    open_ones: Mapping[UUID | None, Requisition],
    causes: Mapping[UUID, UUID],
) -> None:
    needed = [
        order
        for order, each in wishes.items()
        if order not in open_ones and any(wish.quantity > ZERO for wish in each)
    ]
    days = await _days(session, {wishes[order][0].demand.company for order in needed})
    drawn: dict[UUID, str] = {}
    for year in {day.year for day in days.values()}:
        of_year = [o for o in needed if days[wishes[o][0].demand.company].year == year]
        drawn |= zip(
            of_year, await numbers.draw(session, SEQUENCE, PREFIX, year, len(of_year)), strict=True
        )
    changes: list[tuple[Requisition | None, Requisition]] = []
    for order, each in wishes.items():
        before = open_ones.get(order)
        company = each[0].demand.company
        if before is None and order not in drawn:
            continue
        blank = before or Requisition(
            id=derived(causes[order], "requisition") if order in causes else uuid7(),
            number=drawn[order],
            company=company,
            version=1,
            status=Status.OPEN,
            business_date=days[company],
            posting_date=days[company],
            origin=each[0].demand.origin,
            lines=(),
            demand_order=order,
        )
        after = rules.adjust(before, each, new=blank)
        if after is not None:
            changes.append((before, after))
    await _save(session, "purchasing.requisition.follow_shortage", changes)


async def _days(session: AsyncSession, companies: Collection[str]) -> dict[str, date]:
    """Each company's day now."""
    if not companies:
        return {}
    known = await replicas.find_companies(session, companies)
    now = await replicas.now(session)
    return {
        code: day_in(known[code].time_zone if code in known else HOME_ZONE, now)
        for code in companies
    }


async def reconsider(session: AsyncSession, orders: Iterable[UUID]) -> None:
    """Look at the shortages of these sales orders again: what was on its way may not be any more."""
    demands = await store.lock_demands(session, set(orders))
    await _rebalance(session, demands, causes={})


async def reconsider_items(session: AsyncSession, items: Collection[str]) -> None:
    """Look again at shortages of items that became known or are procured in another way now."""
    await reconsider(session, await store.orders_short_of(session, items))


async def settle(session: AsyncSession, *, seconds: float = SETTLED_SECONDS) -> None:
    """Trust inventory's last word on shortages whose purchase orders it has known for long enough."""
    await reconsider(session, await store.settle(session, seconds))


async def note_received(session: AsyncSession, seen: Mapping[UUID, datetime]) -> None:
    """Inventory has received goods of these purchase orders: it counts on them."""
    await store.mark_seen(session, seen)


# --- becoming purchase orders ----------------------------------------------------------------------------------


async def lock_open(session: AsyncSession, refs: Collection[str]) -> dict[str, Requisition]:
    """The requisitions named, by reference, locked in order of id."""
    found = await store.load(session, store.are_named(refs), lock=True)
    by_ref = {str(each.id): each for each in found} | {each.number: each for each in found}
    for ref in refs:
        if ref not in by_ref:
            raise UnknownReference(what=("requisition", "采购申请"), reference=ref)
    return {ref: by_ref[ref] for ref in refs}


async def convert(
    session: AsyncSession, requisitions: Collection[Requisition], made: Sequence[NewConversion]
) -> None:
    """Count what of these locked requisitions became purchase orders."""
    taken: dict[UUID, dict[int, Decimal]] = {}
    for each in made:
        lines = taken.setdefault(each.requisition, {})
        lines[each.requisition_line] = lines.get(each.requisition_line, ZERO) + each.quantity
    known = {each.id: each for each in requisitions}
    changes = [(known[ref], rules.order(known[ref], lines)) for ref, lines in sorted(taken.items())]
    await store.add_conversions(session, made, known)
    await _save(session, "purchasing.requisition.order", changes)


async def order_lines_changed(
    session: AsyncSession, order: UUID, quantities: Mapping[int, Decimal]
) -> None:
    """A purchase order's lines now have these quantities: what they no longer cover is asked for again."""
    short = await store.demands_of(session, [order])
    demands = await store.lock_demands(session, short)
    await store.cap_conversions(session, order, quantities)
    await _rebalance(session, demands, causes={})
