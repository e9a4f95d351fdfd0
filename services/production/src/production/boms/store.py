"""Queries of bills of material, many at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Select, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.rows import filtered, insert_rows, is_named, lines_by, rows_of
from chassis.statements import Statement
from production.boms.rules import Bom, Component, Output
from production.boms.tables import boms, components, outputs

# One who changes a company's bills at a time: two at once could close a circle that neither sees.
_LOCK = Statement("SELECT pg_advisory_xact_lock(1651469170, hashtext(:company))")
_BELOW = Statement(
    "SELECT b.item, c.item FROM boms b JOIN bom_components c ON c.bom_id = b.id"
    " WHERE b.company = :company AND b.status = 'active' AND b.item = ANY(CAST(:items AS text[]))"
)


async def lock_company(session: AsyncSession, company: str) -> None:
    """Keep others from changing the company's bills until the commit."""
    await _LOCK.fetch(session, {"company": company})


async def edges_below(
    session: AsyncSession, company: str, items: Collection[str]
) -> dict[str, set[str]]:
    """Everything that goes into these items, and into that, level by level."""
    edges: dict[str, set[str]] = {}
    wanted = set(items)
    while wanted:
        for item in wanted:
            edges[item] = set()
        found = await rows_of(session, _BELOW, {"company": company, "items": sorted(wanted)})
        for item, below in found:
            edges[item].add(below)
        wanted = {below for _, below in found} - edges.keys()
    return edges


async def save(session: AsyncSession, made: Sequence[Bom]) -> set[UUID]:
    """Insert bills; the ids of those whose revision was not there yet."""
    heads = [
        {
            "id": b.id,
            "number": b.number,
            "company": b.company,
            "version": b.version,
            "status": b.status,
            "item": b.item,
            "warehouse": b.warehouse,
            "revision": b.revision,
            "valid_from": b.valid_from,
            "valid_to": b.valid_to,
            "base_quantity": b.base_quantity,
            "yield_rate": b.yield_rate,
            "business_date": b.business_date,
            "posting_date": b.business_date,
        }
        for b in made
    ]
    stored = {
        row[0]
        for row in await insert_rows(
            session, boms, heads, conflict="ON CONFLICT DO NOTHING RETURNING id"
        )
    }
    new = [b for b in made if b.id in stored]
    await insert_rows(
        session,
        components,
        [{"bom_id": b.id, "company": b.company, **asdict(c)} for b in new for c in b.components],
    )
    await insert_rows(
        session,
        outputs,
        [{"bom_id": b.id, "company": b.company, **asdict(o)} for b in new for o in b.outputs],
    )
    return stored


async def end(session: AsyncSession, bom: UUID, valid_to: date, status: str) -> None:
    """Let a bill end."""
    await session.execute(
        update(boms)
        .where(boms.c.id == bom)
        .values(valid_to=valid_to, status=status, version=boms.c.version + 1)
    )


async def load(
    session: AsyncSession, condition: ColumnElement[bool], *, lock: bool = False
) -> list[Bom]:
    """Bills with their lines."""
    query = select(boms).where(condition).order_by(boms.c.id)
    if lock:
        query = query.with_for_update()
    return await with_lines(session, (await session.execute(query)).mappings().all())


async def with_lines(session: AsyncSession, heads: Sequence[RowMapping]) -> list[Bom]:
    """The bills of these rows, in the order given."""
    ids = [head["id"] for head in heads]
    parts = await lines_by(session, components, "bom_id", ids)
    others = await lines_by(session, outputs, "bom_id", ids)
    return [
        Bom(
            id=head["id"],
            number=head["number"],
            company=head["company"],
            item=head["item"],
            warehouse=head["warehouse"],
            revision=head["revision"],
            version=head["version"],
            status=head["status"],
            valid_from=head["valid_from"],
            valid_to=head["valid_to"],
            base_quantity=head["base_quantity"],
            yield_rate=head["yield_rate"],
            business_date=head["business_date"],
            components=tuple(_component(row) for row in parts[head["id"]]),
            outputs=tuple(_output(row) for row in others[head["id"]]),
        )
        for head in heads
    ]


def _component(row: RowMapping) -> Component:
    return Component(
        line=row["line"],
        item=row["item"],
        quantity=row["quantity"],
        unit=row["unit"],
        scrap_rate=row["scrap_rate"],
        operation=row["operation"],
        backflush=row["backflush"],
        alternate_of=row["alternate_of"],
        priority=row["priority"],
        valid_from=row["valid_from"],
        valid_to=row["valid_to"],
    )


def _output(row: RowMapping) -> Output:
    return Output(
        line=row["line"],
        item=row["item"],
        quantity=row["quantity"],
        unit=row["unit"],
        kind=row["kind"],
        cost_share=row["cost_share"],
        unit_value=row["unit_value"],
    )


async def find(session: AsyncSession, ref: str, *, lock: bool = False) -> Bom | None:
    """A bill by id or number."""
    found = await load(session, is_named(boms, ref), lock=lock)
    return found[0] if found else None


async def of_items(session: AsyncSession, company: str, items: Iterable[str]) -> list[Bom]:
    """All active bills of some items."""
    wanted = sorted(set(items))
    if not wanted:
        return []
    return await load(
        session,
        (boms.c.company == company)
        & (boms.c.item == func.any(wanted))
        & (boms.c.status == "active"),
    )


def listing(**filters: object) -> Select[tuple[object, ...]]:
    """The list, by the columns given."""
    component = filters.pop("component", None)
    query = filtered(select(boms), *((boms.c[name], value) for name, value in filters.items()))
    if component is not None:
        query = query.where(
            boms.c.id.in_(select(components.c.bom_id).where(components.c.item == component))
        )
    return query


async def used_in(
    session: AsyncSession, company: str, item: str, levels: int
) -> list[tuple[int, str, str, UUID, str, str, object, object]]:
    """Where an item goes into, and that again: level, item, component, bill, its revision, number and quantities."""
    found = await session.execute(
        text(
            "WITH RECURSIVE up AS ("
            " SELECT 1 AS level, b.item, c.item AS component, b.id, b.revision, b.number, c.quantity, b.base_quantity"
            " FROM bom_components c JOIN boms b ON b.id = c.bom_id"
            " WHERE c.company = :company AND c.item = :item AND b.status = 'active'"
            " UNION SELECT u.level + 1, b.item, c.item, b.id, b.revision, b.number, c.quantity, b.base_quantity"
            " FROM up u JOIN bom_components c ON c.item = u.item AND c.company = :company"
            " JOIN boms b ON b.id = c.bom_id AND b.status = 'active' WHERE u.level < :levels)"
            " SELECT * FROM up ORDER BY level, item, component, revision LIMIT 5000"
        ),
        {"company": company, "item": item, "levels": levels},
    )
    return [tuple(row) for row in found]  # pyright: ignore[reportReturnType]


async def of_company(session: AsyncSession, company: str) -> list[Bom]:
    """All active bills of a company."""
    return await load(session, (boms.c.company == company) & (boms.c.status == "active"))
