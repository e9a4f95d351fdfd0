"""Where the lines of an order or quotation stand before production."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.replicas import as_id
from production.boms import service as boms
from production.boms.rules import Bom
from production.engineering import service as engineering
from production.engineering.rules import Request, in_force
from production.orders import service as orders
from production.orders.rules import Order
from production.outlook import service as outlook
from production.planning import service as planning
from production.pre_production.rules import Line, Peg, Standing, standing_of
from production.replicas import service as replicas
from production.replicas.rules import ItemReplica
from production.routings import service as routings
from production.routings.rules import Routing

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A line, where it stands, and the documents that it stands on."""

    company: str
    number: str
    """The order's, or the quotation's."""
    line: Line
    description: str
    requested_date: date | None
    item: ItemReplica | None
    bom: Bom | None
    routing: Routing | None
    standing: Standing
    documents: Mapping[str, str]
    """Numbers of what covers it, by id."""
    planned: Sequence[RowMapping]
    made: Sequence[Order]


def order_lines(ref: str) -> Select[tuple[object, ...]]:
    """The lines of a sales order by id or number."""
    return outlook.order_lines(ref)


def quotation_lines(ref: str) -> Select[tuple[object, ...]]:
    """The lines of an issued quotation by id or number."""
    return outlook.quotation_lines(ref)


async def of_order(session: AsyncSession, rows: Sequence[RowMapping]) -> list[Prepared]:
    """Lines of one order, each with its plan, or with the engineering request that it comes from."""
    if not rows:
        return []
    order: UUID = rows[0]["order_id"]
    by_hand = {each.order_line: each for each in await engineering.of_order(session, order)}
    requests = await _requests(session, rows)
    pegs = [_peg(row) for row in await planning.pegs_down(session, str(order))]
    context = await _context(session, rows, pegs, order)
    return [
        _prepared(
            context, row, row["wanted"], order=order, shipped=row["shipped"], active=row["active"],
            request=requests.get(row["engineering_request"]) or by_hand.get(row["line"]),
        )
        for row in rows
    ]  # fmt: skip


async def of_quotation(session: AsyncSession, rows: Sequence[RowMapping]) -> list[Prepared]:
    """Lines of one quotation: those without an item with their engineering request, the others as they could be made."""
    if not rows:
        return []
    requests = await _requests(session, rows)
    context = await _context(session, rows, (), None)
    return [
        _prepared(
            context, row, row["requested_date"], order=None, shipped=ZERO, active=False,
            request=requests.get(row["engineering_request"]),
        )
        for row in rows
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Context:
    items: Mapping[str, ItemReplica]
    boms: Mapping[str, Sequence[Bom]]
    routings: Mapping[str, Sequence[Routing]]
    today: date
    pegs: Sequence[Peg]
    pegged: bool
    documents: Mapping[str, str]
    planned: Mapping[str, RowMapping]
    """By id."""
    made: Mapping[UUID, Order]


async def _requests(session: AsyncSession, rows: Sequence[RowMapping]) -> dict[UUID, Request]:
    ids = {row["engineering_request"] for row in rows} - {None}
    return await engineering.by_ids(session, ids)


async def _context(
    session: AsyncSession, rows: Sequence[RowMapping], pegs: Sequence[Peg], order: UUID | None
) -> _Context:
    company = str(rows[0]["company"])
    codes = {str(row["item"]) for row in rows} - {""}
    supplies = {key for peg in pegs if (key := as_id(peg.supply)) is not None}
    planned = await planning.planned_with(session, supplies)
    made = await orders.made_for(session, order, supplies) if order else []
    return _Context(
        await replicas.find_items(session, codes),
        _by_item(await boms.boms_of(session, company, codes)),
        _by_item(await routings.routings_of(session, company, codes)),
        await replicas.today(session, company),
        pegs,
        order is None or await planning.is_pegged(session, company),
        {
            str(key): number
            for key, number in (await planning.numbers_of(session, supplies)).items()
        },
        {str(row["id"]): row for row in planned},
        {each.id: each for each in made},
    )


def _by_item(known: Sequence[Bom] | Sequence[Routing]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for each in known:
        found.setdefault(each.item, []).append(each)
    return found


def _peg(row: RowMapping) -> Peg:
    return Peg(**{name: row[name] for name in Peg.__slots__})


def _prepared(
    context: _Context,
    row: RowMapping,
    requested: date | None,
    *,
    order: UUID | None,
    shipped: Decimal,
    active: bool,
    request: Request | None,
) -> Prepared:
    item = context.items.get(row["item"])
    bom = in_force(context.boms.get(row["item"], ()), context.today)
    line = Line(
        order, row["line"], row["item"], row["quantity"], shipped, active,
        item is not None and item.procurement == "make", bom is not None, request,
    )  # fmt: skip
    standing = standing_of(line, context.pegs, pegged=context.pegged)
    reached = {peg.supply for peg in standing.supplies}
    return Prepared(
        row["company"], row["number"], line, row["description"] or "", requested, item, bom,
        in_force(context.routings.get(row["item"], ()), context.today), standing, context.documents,
        [
            each
            for key, each in context.planned.items() if key in reached
        ],
        [
            each
            for each in context.made.values()
            if str(each.id) in reached or (each.demand_order, each.demand_line) == (order, line.line)
        ],
    )  # fmt: skip
