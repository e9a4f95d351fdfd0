"""Material is given out to work orders, projects and departments, at the moving average."""

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
from inventory.issues import store
from inventory.issues.rules import IssueAsked
from inventory.replicas import service as replicas
from inventory.replicas.rules import ItemReplica, WarehouseReplica, check_quantity
from inventory.stock.rules import ZERO, ItemKey, Origin, Place
from inventory.tallies import service as tallies
from inventory.tallies.rules import Tally
from inventory.valuation import service as valuation
from inventory.valuation.rules import Book, Destination
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


async def list_issues(
    session: AsyncSession, paging: PageRequest, **filters: str | None
) -> Page[dict[str, Any]]:
    """What was recorded, the newest first."""
    return await store.listed(session, paging, **filters)


async def find_issue(session: AsyncSession, ref: str) -> dict[str, Any] | None:
    """One, by id or number."""
    return await store.find(session, ref)
