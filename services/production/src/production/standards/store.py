"""How standard costs are written and read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date
from uuid import UUID

from sqlalchemy import RowMapping, Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.rows import filtered, insert_rows, is_named
from chassis.statements import Statement
from production.costing.rules import Costs, Element
from production.standards.rules import Line, LineKind, Standard, Version
from production.standards.tables import costs, lines, versions

_LOCK = Statement("SELECT pg_advisory_xact_lock(1937006196, hashtext(:company))")


async def lock_company(session: AsyncSession, company: str) -> None:
    """One standard of a company is frozen after the other."""
    await _LOCK.fetch(session, {"company": company})


async def add(session: AsyncSession, version: Version, found: Sequence[Standard]) -> None:
    """Keep a roll-up."""
    await session.execute(
        insert(versions).values(**asdict(version) | {"missing": list(version.missing)})
    )
    await insert_rows(
        session,
        costs,
        [
            {
                "version_id": version.id,
                "item": s.item,
                "company": version.company,
                "level": s.level,
                "made": s.made,
                "lot_size": s.lot_size,
                "yield_rate": s.yield_rate,
                "material": s.costs.material,
                "labour": s.costs.labour,
                "overhead": s.costs.overhead,
                "subcontract": s.costs.subcontract,
            }
            for s in found
        ],
    )
    await insert_rows(
        session,
        lines,
        [
            {
                "version_id": version.id,
                "item": s.item,
                "line": n,
                "company": version.company,
                "kind": x.kind.value,
                "element": x.element.value,
                "component": x.item,
                "operation": x.operation,
                "work_centre": x.work_centre,
                "quantity": x.quantity,
                "price": x.price,
                "amount": x.amount,
            }
            for s in found
            for n, x in enumerate(s.lines, start=1)
        ],
    )


async def freeze(session: AsyncSession, version: UUID) -> None:
    """A draft is in force."""
    await session.execute(
        update(versions)
        .where(versions.c.id == version)
        .values(status="frozen", version=versions.c.version + 1)
    )


async def find(session: AsyncSession, ref: str, *, lock: bool = False) -> Version | None:
    """A version by id or number."""
    query = select(versions).where(is_named(versions, ref))
    if lock:
        query = query.with_for_update()
    row = (await session.execute(query)).mappings().one_or_none()
    return None if row is None else version_of(row)


def version_of(row: RowMapping) -> Version:
    """A row as the rules see it."""
    return Version(
        missing=tuple(row["missing"]),
        **{name: row[name] for name in Version.__slots__ if name != "missing"},
    )


async def last_frozen(session: AsyncSession, company: str) -> date | None:
    """From when on the newest frozen standard is in force."""
    query = select(func.max(versions.c.valid_from)).where(
        versions.c.company == company, versions.c.status == "frozen"
    )
    return (await session.execute(query)).scalar_one()


async def in_force(session: AsyncSession, company: str, day: date) -> Version | None:
    """The frozen standard of a day."""
    query = (
        select(versions)
        .where(
            versions.c.company == company,
            versions.c.status == "frozen",
            versions.c.valid_from <= day,
        )
        .order_by(versions.c.valid_from.desc())
        .limit(1)
    )
    row = (await session.execute(query)).mappings().one_or_none()
    return None if row is None else version_of(row)


async def of_items(
    session: AsyncSession, version: UUID, items: Collection[str]
) -> dict[str, Standard]:
    """What some items should cost, with the lines that say why."""
    wanted = sorted(items)
    of_version = select(lines).where(
        lines.c.version_id == version, lines.c.item == func.any(wanted)
    )
    by_item: dict[str, list[Line]] = {}
    for row in (await session.execute(of_version.order_by(lines.c.item, lines.c.line))).mappings():
        by_item.setdefault(row["item"], []).append(
            Line(
                kind=LineKind(row["kind"]),
                element=Element(row["element"]),
                item=row["component"],
                operation=row["operation"],
                work_centre=row["work_centre"],
                quantity=row["quantity"],
                price=row["price"],
                amount=row["amount"],
            )
        )
    query = select(costs).where(costs.c.version_id == version, costs.c.item == func.any(wanted))
    return {
        row["item"]: Standard(
            item=row["item"],
            level=row["level"],
            made=row["made"],
            lot_size=row["lot_size"],
            yield_rate=row["yield_rate"],
            costs=Costs(row["material"], row["labour"], row["overhead"], row["subcontract"]),
            lines=tuple(by_item.get(row["item"], ())),
        )
        for row in (await session.execute(query)).mappings()
    }


def listing(**filters: object) -> Select[tuple[object, ...]]:
    """Versions, by the columns given."""
    return filtered(select(versions), *((versions.c[n], value) for n, value in filters.items()))


def items_listing(version: UUID, item: str | None) -> Select[tuple[object, ...]]:
    """The items of a version."""
    return filtered(select(costs), (costs.c["version_id"], version), (costs.c["item"], item))
