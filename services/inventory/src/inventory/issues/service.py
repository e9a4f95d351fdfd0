"""Material is given out to work orders, projects and departments, at the moving average."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from inventory.issues import store
from inventory.issues.rules import IssueAsked
from inventory.replicas import service as replicas
from inventory.replicas.rules import ItemReplica, WarehouseReplica, check_quantity
from inventory.stock.rules import ZERO, Balance, ItemKey, Origin, Place
from inventory.tallies import service as tallies
from inventory.tallies.rules import Tally
from inventory.valuation import service as valuation
from inventory.valuation.rules import Book, Destination
from inventory.work_orders import service as work_orders
from inventory.work_orders.rules import Request, free_in
from tongheng_contracts.inventory import Issue, IssueLine, MaterialIssued


async def issue_material(session: AsyncSession, asked: IssueAsked) -> Issue:
    """Give material out, all lines or none.

    Raises:
        InsufficientStock: there is less, or the rest is reserved.
    """
    company = await replicas.resolve_company(session, asked.company)
    items = await replicas.resolve_items(
        session, {line.item: f"/lines/{n}/item" for n, line in enumerate(asked.lines)}
    )
    warehouses = await replicas.resolve_warehouses(
        session,
        company.code,
        {line.warehouse: f"/lines/{n}/warehouse" for n, line in enumerate(asked.lines)},
    )
    for n, line in enumerate(asked.lines):
        check_quantity(items[line.item], line.quantity, field=f"/lines/{n}/quantity")
    book = await valuation.open_book(
        session, {ItemKey(company.code, item.code) for item in items.values()}
    )
    day = await replicas.business_day(session, company.code, asked.day)
    [number] = await numbers.draw(session, "issue_numbers", "MI", day.year)

    fact = _post(book, company.code, asked, items, warehouses, uuid7(), number, day)
    await valuation.write(session, book)
    await store.save(session, fact)
    name = "issued" if asked.destination == "work_in_process" else "issued_expense"
    quantity = sum((line.quantity for line in fact.lines), ZERO)
    await tallies.add(session, [Tally(fact.company, name, fact.cost, quantity)])
    await emit(session, MaterialIssued(issue=fact))
    await record(
        session,
        AuditEntry(
            action="inventory.issue.create",
            document_type="issue",
            document_id=fact.id,
            number=fact.number,
            company=fact.company,
            after={"cost_collector": fact.cost_collector, "cost": fact.cost},
        ),
    )
    return fact


def _post(
    book: Book,
    company: str,
    asked: IssueAsked,
    items: Mapping[str, ItemReplica],
    warehouses: Mapping[str, WarehouseReplica],
    fact: UUID,
    number: str,
    day: date,
) -> Issue:
    origin = Origin("inventory.MaterialIssued", fact, number, day, day)
    lines: list[IssueLine] = []
    for n, line in enumerate(asked.lines, start=1):
        item, warehouse = items[line.item], warehouses[line.warehouse].code
        key = ItemKey(company, item.code)
        picked = book.take(
            key, warehouse, line.quantity, lot=line.lot or None, field=f"/lines/{n - 1}/quantity"
        )
        costs = [
            book.issue(
                p.balance,
                p.quantity,
                target=Place.PRODUCTION,
                destination=Destination(asked.destination),
                unit=item.base_unit,
                origin=origin,
                line=n,
            )
            for p in picked
        ]
        lines.append(
            IssueLine(
                line=n,
                item=item.code,
                warehouse=warehouse,
                quantity=line.quantity,
                unit=item.base_unit,
                cost=sum(costs, ZERO),
                valuation_class=book.values[key].valuation_class,
            )
        )
    return Issue(
        id=fact,
        number=number,
        company=company,
        business_date=day.isoformat(),
        posting_date=day.isoformat(),
        cost_collector=asked.cost_collector,
        destination=asked.destination,
        lines=lines,
        cost=sum((line.cost for line in lines), ZERO),
    )


async def give_to_orders(session: AsyncSession, book: Book, wanted: Sequence[Request]) -> None:
    """Give out what production has asked for, as far as it is there: what is set aside first, then what is free.

    What is missing goes on waiting. The caller has locked the items, and writes the book.
    """
    if not wanted:
        return
    held = await work_orders.take_from_holds(session, book, wanted)
    by_request: dict[UUID, list[Request]] = {}
    for request in wanted:
        by_request.setdefault(request.id, []).append(request)
    given: list[tuple[Request, Decimal]] = []
    facts: list[Issue] = []
    for id_, parts in by_request.items():
        picks = [
            (request, _picked(book, request, held.get((id_, request.line), [])))
            for request in parts
        ]
        picks = [(request, taken) for request, taken in picks if taken]
        if not picks:
            continue
        first = parts[0]
        today = await replicas.business_day(session, first.company)
        # What waited for goods is given out on the day on which they are there.
        day = first.business_date if not any(r.issued for r in parts) else today
        [number] = await numbers.draw(session, "issue_numbers", "MI", day.year)
        fact = _give(book, first, picks, uuid7(), number, day)
        facts.append(fact)
        given += [(r, sum((q for *_, q in taken), ZERO)) for r, taken in picks]
    await work_orders.count_issued(session, given)
    for fact in facts:
        await store.save(session, fact)
    await tallies.add(
        session,
        [
            Tally(f.company, "issued", f.cost, sum((x.quantity for x in f.lines), ZERO))
            for f in facts
        ],
    )
    await emit(session, *(MaterialIssued(issue=fact) for fact in facts))
    await record(
        session,
        *(
            AuditEntry(
                action="inventory.issue.create",
                document_type="issue",
                document_id=fact.id,
                number=fact.number,
                company=fact.company,
                after={"cost_collector": fact.cost_collector, "cost": fact.cost},
            )
            for fact in facts
        ),
    )


def _picked(
    book: Book, request: Request, held: Sequence[tuple[Balance, Decimal]]
) -> list[tuple[Balance, bool, Decimal]]:
    taken = [(balance, True, quantity) for balance, quantity in held]
    missing = request.left - sum((quantity for *_, quantity in taken), ZERO)
    places = book.in_warehouse(request.item_key, request.warehouse)
    return taken + [(balance, False, q) for balance, q in free_in(places, missing)]


def _give(
    book: Book,
    first: Request,
    picks: Sequence[tuple[Request, Sequence[tuple[Balance, bool, Decimal]]]],
    fact: UUID,
    number: str,
    day: date,
) -> Issue:
    origin = Origin("inventory.MaterialIssued", fact, number, day, day)
    lines: list[IssueLine] = []
    for request, taken in picks:
        for balance, from_reserved, quantity in taken:
            line = len(lines) + 1
            cost = book.issue(
                balance,
                quantity,
                target=Place.PRODUCTION,
                destination=Destination.WORK_IN_PROCESS,
                unit=request.unit,
                origin=origin,
                line=line,
                from_reserved=from_reserved,
            )
            lines.append(
                IssueLine(
                    line=line,
                    item=request.item,
                    warehouse=request.warehouse,
                    quantity=quantity,
                    unit=request.unit,
                    cost=cost,
                    valuation_class=book.values[request.item_key].valuation_class,
                    lot=balance.key.lot,
                    order_line=request.component,
                )
            )
    return Issue(
        id=fact,
        number=number,
        company=first.company,
        business_date=day.isoformat(),
        posting_date=day.isoformat(),
        cost_collector=first.order_number,
        destination=Destination.WORK_IN_PROCESS.value,
        lines=lines,
        cost=sum((line.cost for line in lines), ZERO),
        production_order=first.order_id,
        request=first.id,
    )


async def list_issues(
    session: AsyncSession, paging: PageRequest, **filters: str | None
) -> Page[dict[str, Any]]:
    """What was recorded, the newest first."""
    return await store.listed(session, paging, **filters)


async def find_issue(session: AsyncSession, ref: str) -> dict[str, Any] | None:
    """One, by id or number."""
    return await store.find(session, ref)
