"""How authorisations and returned goods are written, locked and found."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.paging import Page, PageRequest, page
from chassis.rows import arrays, columns_of, filtered, insert_rows
from inventory.lists import by_reference
from inventory.locks import Rank, enter
from inventory.returns.rules import (
    Authorisation,
    AuthorisedLine,
    GoodsReturnHead,
    GoodsReturnLine,
    GoodsReturnStatus,
)
from inventory.returns.tables import (
    authorisation_lines,
    authorisations,
    goods_return_lines,
    goods_returns,
)
from tongheng_contracts.inventory import GoodsReturn

_HEADS = (
    "ON CONFLICT (id) DO UPDATE SET version = excluded.version, status = excluded.status,"
    " warehouse = excluded.warehouse WHERE excluded.version > authorisations.version"
)
_LINES = (
    "ON CONFLICT (authorisation_id, line) DO UPDATE SET quantity = excluded.quantity, shipment = excluded.shipment,"
    " amount_net = excluded.amount_net, amount_tax = excluded.amount_tax, tax_code = excluded.tax_code,"
    " tax_rate = excluded.tax_rate"
)


async def upsert(
    session: AsyncSession,
    heads: Sequence[Mapping[str, Hashable]],
    lines: Sequence[Mapping[str, object]],
) -> None:
    """Take over whole authorisations, in order of id."""
    enter(session, Rank.AUTHORISATIONS, (head["id"] for head in heads))
    await insert_rows(session, authorisations, heads, conflict=_HEADS)
    await insert_rows(session, authorisation_lines, lines, conflict=_LINES)


def _named(table: Table, ref: str) -> Any:
    try:
        return table.c.id == UUID(ref)
    except ValueError:
        return table.c.number == ref


async def find(session: AsyncSession, ref: str, *, lock: bool = False) -> Authorisation | None:
    """An authorisation by id or number, with its lines."""
    columns = [c for c in authorisations.c if c.name != "recorded_at"]
    query = select(*columns).where(_named(authorisations, ref))
    if lock:
        enter(session, Rank.AUTHORISATIONS, [ref])
        query = query.with_for_update()
    row = (await session.execute(query)).tuples().first()
    if row is None:
        return None
    found = Authorisation(*row)
    lines = [c for c in authorisation_lines.c if c.name not in ("authorisation_id", "company")]
    read = await session.execute(
        select(*lines).where(authorisation_lines.c.authorisation_id == found.id)
    )
    found.lines = {line[0]: AuthorisedLine(*line) for line in read.tuples()}
    return found


async def count_returned(
    session: AsyncSession, authorisation: UUID, returned: Mapping[int, Decimal]
) -> None:
    """Count what came back per authorised line."""
    rows = [
        {"authorisation_id": authorisation, "line": line, "quantity": quantity}
        for line, quantity in sorted(returned.items())
    ]
    await session.execute(
        text(
            "UPDATE authorisation_lines a SET returned = a.returned + new.quantity FROM "
            + arrays(authorisation_id="uuid", line="integer", quantity="numeric")
            + " WHERE a.authorisation_id = new.authorisation_id AND a.line = new.line"
        ),
        columns_of(rows),
    )


async def save(
    session: AsyncSession, fact: GoodsReturn, lots: Sequence[str], status: GoodsReturnStatus
) -> None:
    """Write what came back or went back."""
    await session.execute(
        goods_returns.insert().values(
            id=fact.id,
            number=fact.number,
            company=fact.company,
            version=1,
            status=str(status),
            direction=fact.direction,
            authorisation=fact.authorisation,
            authorisation_number=fact.authorisation_number,
            order_id=fact.order,
            order_number=fact.order_number,
            partner=fact.partner,
            warehouse=fact.warehouse,
            cost=fact.cost,
            document=fact.model_dump(mode="json"),
            business_date=date.fromisoformat(fact.business_date),
            posting_date=date.fromisoformat(fact.posting_date),
        )
    )
    rows = [
        {
            "goods_return_id": fact.id,
            "line": line.line,
            "company": fact.company,
            "item": line.item,
            "lot": lot,
            "quantity": line.quantity,
        }
        for line, lot in zip(fact.lines, lots, strict=True)
    ]
    await insert_rows(session, goods_return_lines, rows)


async def find_return(
    session: AsyncSession, ref: str, *, lock: bool = False
) -> GoodsReturnHead | None:
    """Returned goods by id or number, with their lines."""
    query = select(
        goods_returns.c.id,
        goods_returns.c.number,
        goods_returns.c.company,
        goods_returns.c.version,
        goods_returns.c.status,
        goods_returns.c.warehouse,
    ).where(_named(goods_returns, ref))
    if lock:
        enter(session, Rank.DOCUMENTS, [ref])
        query = query.with_for_update()
    row = (await session.execute(query)).tuples().first()
    if row is None:
        return None
    found = GoodsReturnHead(*row)
    found.lines = {line.line: line for line in (await lines_of(session, [found.id]))[found.id]}
    return found


async def lines_of(
    session: AsyncSession, ids: Collection[UUID]
) -> dict[UUID, list[GoodsReturnLine]]:
    """The lines of some returns."""
    found: dict[UUID, list[GoodsReturnLine]] = {i: [] for i in ids}
    columns = [c for c in goods_return_lines.c if c.name != "company"]
    query = select(*columns).where(goods_return_lines.c.goods_return_id.in_(ids))
    for head, *line in (await session.execute(query.order_by(goods_return_lines.c.line))).tuples():
        found[head].append(GoodsReturnLine(*line))
    return found


async def save_inspection(session: AsyncSession, head: GoodsReturnHead) -> None:
    """Write how a locked return was judged."""
    await session.execute(
        update(goods_returns)
        .where(goods_returns.c.id == head.id)
        .values(status=str(head.status), version=head.version)
    )
    for line in head.lines.values():
        await session.execute(
            update(goods_return_lines)
            .where(
                goods_return_lines.c.goods_return_id == head.id,
                goods_return_lines.c.line == line.line,
            )
            .values(accepted=line.accepted, rejected=line.rejected)
        )


async def listed(
    session: AsyncSession, paging: PageRequest, **filters: str | None
) -> Page[dict[str, Any]]:
    """Returns, the newest first, without their inspections."""
    order = filters.pop("order", None)
    query = by_reference(
        select(*goods_returns.c), goods_returns.c.order_id, goods_returns.c.order_number, order
    )
    query = filtered(query, *((goods_returns.c[name], value) for name, value in filters.items()))
    return await page(
        session,
        query,
        paging,
        key=[goods_returns.c.id],
        allowed_sorts={"id": goods_returns.c.id, "number": goods_returns.c.number},
        default_sort="-id",
        make=lambda row: dict(zip(goods_returns.c.keys(), row, strict=False)),
    )


async def find_head(session: AsyncSession, ref: str) -> dict[str, Any] | None:
    """One return by id or number."""
    query = by_reference(select(goods_returns), goods_returns.c.id, goods_returns.c.number, ref)
    row = (await session.execute(query)).mappings().first()
    return dict(row) if row else None
