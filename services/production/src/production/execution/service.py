"""What happens on the shop floor: work is reported, odd pieces are decided about, work goes out and comes back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import numbers
from chassis.errors import Duplicate, InvalidState, NotFound, ValidationFailed
from chassis.http import check_version
from chassis.ids import uuid7
from chassis.outbox import emit
from production.costing import service as costing
from production.costing.rules import Costs, EntryKind, entries_of
from production.execution import rules, store
from production.execution.rules import Decision, Nonconformance, Outside, Report
from production.inspections import service as inspections
from production.orders import rules as order_rules
from production.orders import service as orders
from production.orders.rules import ZERO, Order
from production.outputs import service as outputs
from production.replicas import service as replicas
from production.replicas.rules import check_quantity
from production.work_centres import service as work_centres
from production.work_centres.rules import Rates
from tongheng_contracts.production import Nonconformance as NonconformanceDocument
from tongheng_contracts.production import (
    NonconformanceRaised,
    OperationReport,
    OperationReported,
    Subcontract,
    SubcontractReceived,
)

CENT = Decimal("0.01")
NONCONFORMANCE = ("nonconformance", "不合格品处理单")
SUBCONTRACT = ("subcontract", "委外加工单")


async def report_operation(
    session: AsyncSession, ref: str, asked: Report, *, expected: int | None = None
) -> tuple[Order, OperationReport]:
    """Count pieces and hours; what the pieces have used up is asked for, odd ones wait for a decision."""
    (before,) = await orders.lock(session, [ref])
    check_version(expected, before.version)
    before.check_released()
    item = (await replicas.find_items(session, [before.item]))[before.item]
    for name in ("good", "scrapped", "defective"):
        check_quantity(item, getattr(asked, name), field=f"/{name}")
    day = asked.business_date or await replicas.today(session, before.company)
    now, operation = rules.report(before, asked)
    if not asked.reworked and asked.pieces:
        used = order_rules.backflush(now, operation.operation, operation.seen)
        now = await orders.request(session, now, used, reason="backflush", day=day)
    now = replace(now, version=before.version + 1)
    fact = await _stated(session, before, operation.operation, operation.work_centre, asked, day)
    await orders.save(session, "production.order.report", [(before, now)])
    await inspections.raise_for(session, now, operation.operation, asked.good, day)
    if asked.defective:
        await _raise(session, before, operation.operation, asked.defective, asked.defect, day)
    return now, fact


async def _stated(
    session: AsyncSession,
    order: Order,
    operation: int,
    planned: str,
    asked: Report,
    day: date,
) -> OperationReport:
    code = asked.work_centre or planned
    rates = Rates(ZERO, ZERO)
    if code:
        known = await work_centres.resolve(session, order.company, {code: "/work_centre"})
        rates = work_centres.rates_of(known[code])
    (number,) = await numbers.draw(session, "report_numbers", "OR", day.year)
    fact = OperationReport(
        id=uuid7(),
        number=number,
        company=order.company,
        business_date=day.isoformat(),
        posting_date=day.isoformat(),
        order=order.id,
        order_number=order.number,
        item=order.item,
        operation=operation,
        work_centre=code,
        good=asked.good,
        scrapped=asked.scrapped,
        rework=asked.defective,
        hours=asked.hours,
        labour_rate=rates.labour,
        overhead_rate=rates.overhead,
        labour=rates.labour_of(asked.hours),
        overhead=rates.overhead_of(asked.hours),
    )
    await costing.enter(
        session,
        entries_of(
            Costs(labour=fact.labour, overhead=fact.overhead),
            order=order.id,
            company=order.company,
            kind=EntryKind.OPERATION,
            source=fact.id,
            number=fact.number,
            item=order.item,
            quantity=asked.hours,
            operation=operation,
        ),
    )
    await store.add_report(session, fact)
    await emit(session, OperationReported(report=fact), case=orders.case_of(order))
    return fact


# --- pieces that are not as they must be -----------------------------------------------------------------------


def nonconformance_document(found: Nonconformance) -> NonconformanceDocument:
    """The nonconformance as others see it."""
    return NonconformanceDocument(
        id=found.id,
        number=found.number,
        company=found.company,
        version=found.version,
        status=found.status,
        business_date=found.business_date.isoformat(),
        order=found.order_id,
        order_number=found.order_number,
        item=found.item,
        operation=found.operation,
        quantity=found.quantity,
        defect=found.defect,
        decision=found.decision,
        text=found.text,
    )


async def _raise(
    session: AsyncSession,
    order: Order,
    operation: int,
    quantity: Decimal,
    defect: str,
    day: date,
) -> Nonconformance:
    (number,) = await numbers.draw(session, "nonconformance_numbers", "NC", day.year)
    found = Nonconformance(
        id=uuid7(),
        number=number,
        company=order.company,
        version=1,
        status="open",
        order_id=order.id,
        order_number=order.number,
        item=order.item,
        operation=operation,
        quantity=quantity,
        defect=defect,
        decision=Decision.OPEN.value,
        text="",
        business_date=day,
        posting_date=day,
    )
    await store.add_nonconformances(session, [found])
    await emit(
        session,
        NonconformanceRaised(nonconformance=nonconformance_document(found)),
        case=orders.case_of(order),
    )
    return found


async def set_aside(
    session: AsyncSession,
    order: Order,
    operation: int,
    quantity: Decimal,
    defect: str,
    day: date,
) -> Nonconformance:
    """Good pieces of a locked order failed inspection: they wait for a decision.

    Raises:
        AlreadyUsed: they have gone on to the next operation, or into stock.
    """
    now = rules.set_aside(order, operation, quantity)
    await orders.save(
        session,
        "production.order.set_aside",
        [(order, replace(now, version=order.version + 1))],
    )
    return await _raise(session, order, operation, quantity, defect, day)


@dataclass(frozen=True, slots=True)
class ByProduct:
    """What falls off when pieces are scrapped, and what it is worth."""

    item: str
    quantity: Decimal
    value: Decimal
    warehouse: str | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision as it was entered."""

    decision: Decision
    quantity: Decimal | None = None
    text: str = ""
    by_product: ByProduct | None = None
    supplier: str | None = None
    unit_price: Decimal = ZERO
    tax_code: str | None = None


async def decide(
    session: AsyncSession, ref: str, asked: Decided, *, expected: int | None = None
) -> Nonconformance:
    """Decide about odd pieces; the rest of them stays open as a nonconformance of its own."""
    seen = await get_nonconformance(session, ref)
    (order,) = await orders.lock(session, [str(seen.order_id)])
    found = await store.find_nonconformance(session, ref, lock=True)
    assert found is not None
    check_version(expected, found.version)
    if found.status != "open":
        raise InvalidState(now=found.status)
    quantity = asked.quantity or found.quantity
    now = rules.decide(order, found, asked.decision, quantity)
    today = await replicas.today(session, order.company)
    if asked.decision is Decision.SUBCONTRACT:
        if asked.supplier is None:
            raise ValidationFailed(en="Name the supplier.", zh="请指定供应商。", field="/supplier")
        await _send(session, order, found.operation, quantity, asked, today)
    if asked.by_product is not None:
        if asked.decision is not Decision.SCRAP:
            raise ValidationFailed(
                en="Only what is scrapped leaves something over.",
                zh="仅报废可产生副产品。",
                field="/by_product",
            )
        await outputs.hand_over_by_product(
            session,
            order,
            item=asked.by_product.item,
            quantity=asked.by_product.quantity,
            value=asked.by_product.value,
            warehouse=asked.by_product.warehouse,
            day=today,
        )
    await orders.save(
        session,
        "production.nonconformance.decide",
        [(order, replace(now, version=order.version + 1))],
    )
    rest = found.quantity - quantity
    if rest:
        await _raise(session, order, found.operation, rest, found.defect, today)
    decided = replace(
        found,
        version=found.version + 1,
        status="decided",
        quantity=quantity,
        decision=asked.decision.value,
        text=asked.text,
    )
    await store.save_nonconformance(session, decided)
    await emit(
        session,
        NonconformanceRaised(nonconformance=nonconformance_document(decided)),
        case=orders.case_of(order),
    )
    return decided


async def get_nonconformance(session: AsyncSession, ref: str) -> Nonconformance:
    """One nonconformance by id or number."""
    found = await store.find_nonconformance(session, ref)
    if found is None:
        raise NotFound(what=NONCONFORMANCE)
    return found


# --- work done by suppliers ------------------------------------------------------------------------------------


async def _send(
    session: AsyncSession,
    order: Order,
    operation: int,
    quantity: Decimal,
    asked: Decided,
    day: date,
) -> Outside:
    assert asked.supplier is not None
    supplier = await replicas.resolve_supplier(session, asked.supplier, field="/supplier")
    item = (await replicas.find_items(session, [order.item]))[order.item]
    tax = await replicas.resolve_tax_code(
        session, asked.tax_code or item.tax_code, field="/tax_code"
    )
    company = await replicas.resolve_company(session, order.company)
    if supplier.currency != company.currency:
        raise ValidationFailed(
            en="Subcontracting in {currency} is not supported; the company keeps its books in {own}.",
            zh="暂不支持外币 {currency} 委外；公司本位币为 {own}。",
            currency=supplier.currency,
            own=company.currency,
            field="/supplier",
        )
    (number,) = await numbers.draw(session, "subcontract_numbers", "SC", day.year)
    made = Outside(
        id=uuid7(),
        number=number,
        company=order.company,
        version=1,
        status="sent",
        order_id=order.id,
        order_number=order.number,
        operation=operation,
        supplier=supplier.code,
        quantity=quantity,
        good=ZERO,
        scrapped=ZERO,
        unit_price=asked.unit_price,
        currency=supplier.currency,
        tax_code=tax.code,
        tax_rate=tax.rate,
        payment_days=supplier.payment_days,
        business_date=day,
        posting_date=day,
    )
    await store.add_subcontract(session, made)
    return made


async def send_outside(
    session: AsyncSession,
    ref: str,
    *,
    operation: int | None,
    quantity: Decimal,
    supplier: str | None,
    unit_price: Decimal,
    tax_code: str | None,
) -> Outside:
    """Give an operation's pieces to a supplier."""
    (before,) = await orders.lock(session, [ref])
    before.check_released()
    now, step = rules.send(before, operation, quantity)
    day = await replicas.today(session, before.company)
    who = supplier or step.supplier
    if not who:
        raise ValidationFailed(en="Name the supplier.", zh="请指定供应商。", field="/supplier")
    asked = Decided(Decision.SUBCONTRACT, supplier=who, unit_price=unit_price, tax_code=tax_code)
    made = await _send(session, before, step.operation, quantity, asked, day)
    used = order_rules.backflush(now, step.operation, step.seen)
    now = await orders.request(session, now, used, reason="backflush", day=day)
    await orders.save(
        session,
        "production.order.send_outside",
        [(before, replace(now, version=before.version + 1))],
    )
    return made


@dataclass(frozen=True, slots=True)
class CameBack:
    """What came back from a supplier with his bill, as it was entered."""

    good: Decimal
    scrapped: Decimal
    supplier_number: str
    amount_net: Decimal | None = None
    due_date: date | None = None
    business_date: date | None = None


async def receive_outside(
    session: AsyncSession, ref: str, asked: CameBack, *, expected: int | None = None
) -> Outside:
    """Take pieces back from a supplier, and what he bills for them."""
    seen = await get_subcontract(session, ref)
    (before,) = await orders.lock(session, [str(seen.order_id)])
    work = await store.find_subcontract(session, ref, lock=True)
    assert work is not None
    check_version(expected, work.version)
    if asked.good + asked.scrapped <= ZERO:
        raise rules.NothingReported(field="/good")
    now = rules.come_back(before, work, asked.good, asked.scrapped)
    day = asked.business_date or await replicas.today(session, before.company)
    changed = replace(
        work,
        version=work.version + 1,
        good=work.good + asked.good,
        scrapped=work.scrapped + asked.scrapped,
    )
    changed = replace(changed, status="sent" if changed.left else "received")
    fact = await _billed(session, before, work, asked, day)
    if not await store.add_bill(session, fact, work):
        raise Duplicate(what=("A bill of this supplier", "该供应商发票"), field="/supplier_number")
    await store.save_subcontract(session, changed)
    await emit(session, SubcontractReceived(subcontract=fact), case=orders.case_of(before))
    await orders.save(
        session,
        "production.order.receive_outside",
        [(before, replace(now, version=before.version + 1))],
    )
    await inspections.raise_for(session, now, work.operation, asked.good, day)
    return changed


async def _billed(
    session: AsyncSession, order: Order, work: Outside, asked: CameBack, day: date
) -> Subcontract:
    net = asked.amount_net
    if net is None:
        net = (work.unit_price * asked.good).quantize(CENT, rounding=ROUND_HALF_UP)
    tax = (net * work.tax_rate).quantize(CENT, rounding=ROUND_HALF_UP)
    (number,) = await numbers.draw(session, "subcontract_numbers", "SC", day.year)
    due = asked.due_date or day + timedelta(days=work.payment_days)
    fact = Subcontract(
        id=uuid7(),
        number=number,
        company=order.company,
        business_date=day.isoformat(),
        posting_date=day.isoformat(),
        order=order.id,
        order_number=order.number,
        operation=work.operation,
        supplier=work.supplier,
        supplier_number=asked.supplier_number,
        quantity=asked.good,
        currency=work.currency,
        due_date=due.isoformat(),
        amount_net=net,
        amount_tax=tax,
        amount_gross=net + tax,
        tax_code=work.tax_code,
        tax_rate=work.tax_rate,
    )
    await costing.enter(
        session,
        entries_of(
            Costs(subcontract=net),
            order=order.id,
            company=order.company,
            kind=EntryKind.SUBCONTRACT,
            source=fact.id,
            number=fact.number,
            item=order.item,
            quantity=asked.good,
            operation=work.operation,
        ),
    )
    return fact


async def get_subcontract(session: AsyncSession, ref: str) -> Outside:
    """Work given to a supplier, by id or number."""
    found = await store.find_subcontract(session, ref)
    if found is None:
        raise NotFound(what=SUBCONTRACT)
    return found


def reports_listing(*, order: UUID | None, company: str | None) -> Select[tuple[object, ...]]:
    """Reports by what a foreman looks for."""
    return store.reports_listing(order_id=order, company=company)


def nonconformances_listing(
    *, order: UUID | None, company: str | None, status: str | None
) -> Select[tuple[object, ...]]:
    """Nonconformances by what an inspector looks for."""
    return store.nonconformances_listing(order_id=order, company=company, status=status)


def subcontracts_listing(
    *, order: UUID | None, company: str | None, status: str | None, supplier: str | None
) -> Select[tuple[object, ...]]:
    """Work given to suppliers."""
    return store.subcontracts_listing(
        order_id=order, company=company, status=status, supplier=supplier
    )
