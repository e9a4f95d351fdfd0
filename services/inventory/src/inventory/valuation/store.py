"""How values are locked and written, and outflows read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.rows import arrays, columns_named, columns_of, insert_rows, rows_of
from chassis.statements import Statement
from inventory.locks import Rank, enter
from inventory.stock.rules import Balance, ItemKey, Move
from inventory.stock.store import APPEND, CHANGE, changes, entries
from inventory.stock.tables import moves
from inventory.valuation.rules import Inflow, ItemValue, Outflow
from inventory.valuation.tables import cost_adjustments, stock_values
from tongheng_contracts.inventory import CostAdjustment

_KEYS = arrays(company="text", item="text")

_LOCK = Statement(
    "SELECT v.company, v.item, v.quantity, v.amount, v.valuation_class, v.inflow, v.outflow"
    f" FROM stock_values v JOIN {_KEYS} USING (company, item)"
    " ORDER BY v.company, v.item FOR UPDATE OF v"
)

_VALUE = {
    "value_company": "text",
    "value_item": "text",
    "value_quantity": "numeric",
    "value_amount": "numeric",
    "value_class": "text",
    "value_inflow": "numeric",
    "value_outflow": "numeric",
}

# One statement for one posting: moves, and the balances and values that follow from them.
_POST = Statement(
    f"WITH changed AS ({CHANGE}), appended AS ({APPEND}), valued AS ("
    "UPDATE stock_values v SET quantity = new.value_quantity, amount = new.value_amount,"
    " valuation_class = new.value_class, inflow = new.value_inflow, outflow = new.value_outflow"
    f" FROM {arrays(**_VALUE)} WHERE v.company = new.value_company AND v.item = new.value_item RETURNING 1)"
    " SELECT (SELECT count(*) FROM changed), (SELECT count(*) FROM valued)"
)

_AMOUNTS = Statement(
    f"SELECT v.company, v.item, v.amount FROM stock_values v JOIN {_KEYS} USING (company, item)"
)


async def lock(
    session: AsyncSession, keys: Collection[ItemKey], *, known: bool = False
) -> dict[ItemKey, ItemValue]:
    """Lock the items' values in key order, so that all who want the same items queue up instead of deadlocking.

    Rows that are missing are made first, in the same order, for a lock taken before an insert could close a circle; not where they are `known` to be there, as those are of what is held.
    """
    enter(session, Rank.ITEMS, keys)
    rows = [{"company": key.company, "item": key.item} for key in sorted(set(keys))]
    if not known:
        await insert_rows(
            session, stock_values, rows, conflict="ON CONFLICT (company, item) DO NOTHING"
        )
    found = await rows_of(session, _LOCK, columns_of(rows))
    return {
        ItemKey(company, item): ItemValue(ItemKey(company, item), *rest)
        for company, item, *rest in found
    }


async def post(
    session: AsyncSession,
    changed: Sequence[Balance],
    moves: Sequence[Move],
    values: Sequence[ItemValue],
) -> bool:
    """Append moves and write what follows from them; False when a balance would go below what is reserved there."""
    given = changes(changed) | entries(moves)
    rows = [
        (v.key.company, v.key.item, v.quantity, v.amount, v.valuation_class, v.inflow, v.outflow)
        for v in values
    ]
    given |= columns_named(_VALUE, rows)
    [(balances, valued)] = await rows_of(session, _POST, given)
    assert valued == len(values), "the values are locked"
    return balances == len(given["id"])


async def outflows(
    session: AsyncSession, key: ItemKey, start: Decimal, end: Decimal
) -> list[Outflow]:
    """What went out of an item within a stretch of its flow."""
    query = (
        select(moves.c.flow_end, moves.c.quantity, moves.c.destination)
        .where(moves.c.company == key.company, moves.c.item == key.item, moves.c.direction == -1)
        .where(moves.c.flow_end > start, moves.c.flow_end - moves.c.quantity < end)
        .order_by(moves.c.flow_end)
    )
    return [Outflow(*row) for row in (await session.execute(query)).tuples()]


async def last_destination(session: AsyncSession, key: ItemKey) -> str | None:
    """Where the item's latest outflow went."""
    query = (
        select(moves.c.destination)
        .where(moves.c.company == key.company, moves.c.item == key.item, moves.c.direction == -1)
        .order_by(moves.c.flow_end.desc())
        .limit(1)
    )
    return await session.scalar(query)


async def inflows(
    session: AsyncSession, places: Collection[tuple[UUID, int]]
) -> dict[tuple[UUID, int], Inflow]:
    """What came in by some document lines."""
    documents = {document for document, _ in places}
    query = select(
        moves.c.document_id,
        moves.c.document_line,
        moves.c.company,
        moves.c.item,
        moves.c.unit,
        moves.c.quantity,
        moves.c.flow_end,
    ).where(moves.c.document_id.in_(documents), moves.c.direction == 1, moves.c.quantity > 0)
    return {
        (document, line): Inflow(ItemKey(company, item), unit, quantity, end)
        for document, line, company, item, unit, quantity, end in (
            await session.execute(query)
        ).tuples()
    }


async def causes_known(session: AsyncSession, causes: Collection[UUID]) -> set[UUID]:
    """Which of these documents have brought their later cost already."""
    query = select(cost_adjustments.c.cause_id).where(cost_adjustments.c.cause_id.in_(causes))
    return set((await session.execute(query)).scalars())


async def insert_cost_adjustments(session: AsyncSession, facts: Sequence[CostAdjustment]) -> None:
    """Keep what was brought, once per cause."""
    await session.execute(
        cost_adjustments.insert(),
        [
            {
                "id": fact.id,
                "number": fact.number,
                "company": fact.company,
                "cause_id": fact.cause_id,
                "cause_number": fact.cause_number,
                "amount": fact.amount,
                "document": fact.model_dump(mode="json"),
                "business_date": date.fromisoformat(fact.business_date),
                "posting_date": date.fromisoformat(fact.posting_date),
            }
            for fact in facts
        ],
    )


async def values_of(session: AsyncSession, keys: Collection[ItemKey]) -> dict[ItemKey, Decimal]:
    """What some items are worth."""
    ordered = sorted(keys)
    found = await rows_of(
        session,
        _AMOUNTS,
        {"company": [k.company for k in ordered], "item": [k.item for k in ordered]},
    )
    return {ItemKey(company, item): amount for company, item, amount in found}


async def class_totals(
    session: AsyncSession, cut: datetime
) -> list[tuple[str, str, Decimal, Decimal, int]]:
    """Value, quantity and number of items by company and valuation class at the cut: now minus later."""
    found = await session.execute(
        text(
            "WITH later AS (SELECT company, valuation_class, sum(amount) AS amount, sum(direction * quantity) AS quantity"
            " FROM moves WHERE recorded_at > :cut GROUP BY company, valuation_class),"
            " present AS (SELECT company, valuation_class, sum(amount) AS amount, sum(quantity) AS quantity,"
            " count(*)::integer AS items FROM stock_values WHERE valuation_class <> '' GROUP BY company, valuation_class)"
            " SELECT p.company, p.valuation_class, p.amount - COALESCE(l.amount, 0), p.quantity - COALESCE(l.quantity, 0),"
            " p.items FROM present p LEFT JOIN later l USING (company, valuation_class) ORDER BY 1, 2"
        ),
        {"cut": cut},
    )
    return [(row[0], row[1], row[2], row[3], row[4]) for row in found.tuples()]
