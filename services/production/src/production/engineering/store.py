"""Queries of engineering requests."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.rows import filtered, is_named
from production.engineering.rules import Request
from production.engineering.tables import requests
from tongheng_contracts.production import EngineeringStatus

NAMES = tuple(each.name for each in fields(Request))
_FIXED = {"id", "number", "company", "recorded_at", "business_date", "posting_date"}


def request_of(row: RowMapping) -> Request:
    """The request of a row."""
    values: dict[str, Any] = {name: row[name] for name in NAMES if name != "status"}
    return Request(**values, status=EngineeringStatus(row["status"]))


def _row(request: Request) -> dict[str, object]:
    row: dict[str, object] = {
        name: getattr(request, name) for name in NAMES if name != "recorded_at"
    }
    return {**row, "status": request.status.value, "attributes": dict(request.attributes)}


async def add(session: AsyncSession, made: Sequence[Request]) -> list[Request]:
    """Write new requests, as they were recorded."""
    if not made:
        return []
    recorded = (await session.execute(select(func.now()))).scalar_one()
    await session.execute(insert(requests), [_row(each) for each in made])
    return [replace(each, recorded_at=recorded) for each in made]


async def save(session: AsyncSession, changed: Sequence[Request]) -> None:
    """Write the next version of locked requests."""
    if not changed:
        return
    names = [name for name in NAMES if name not in _FIXED]
    # A prefix, for a parameter may not bear a column's own name.
    statement = (
        update(requests)
        .where(requests.c.id == bindparam("of_id"))
        .values({name: bindparam(f"to_{name}") for name in names})
    )
    await session.execute(
        statement,
        [
            {"of_id": each.id, **{f"to_{name}": row[name] for name in names}}
            for each in sorted(changed, key=lambda each: each.id)
            for row in (_row(each),)
        ],
        execution_options={"synchronize_session": False},
    )


async def load(
    session: AsyncSession, condition: ColumnElement[bool], *, lock: bool = False
) -> list[Request]:
    """Requests; locked in order of id when they are to be changed."""
    query = select(requests).where(condition).order_by(requests.c.id)
    rows = await session.execute(query.with_for_update() if lock else query)
    return [request_of(row) for row in rows.mappings()]


async def find(session: AsyncSession, ref: str, *, lock: bool = False) -> Request | None:
    """A request by id or number."""
    found = await load(session, is_named(requests, ref), lock=lock)
    return found[0] if found else None


async def of_quotations(
    session: AsyncSession, quotations: Collection[UUID], ids: Collection[UUID]
) -> list[Request]:
    """All requests of some quotations, and those with the ids given; locked."""
    condition = or_(
        requests.c.quotation_id == func.any(sorted(quotations)),
        requests.c.id == func.any(sorted(ids)),
    )
    return await load(session, condition, lock=True)


async def by_ids(session: AsyncSession, ids: Collection[UUID]) -> list[Request]:
    """The requests with these ids."""
    return await load(session, requests.c.id == func.any(sorted(ids))) if ids else []


async def of_order(session: AsyncSession, order: UUID) -> list[Request]:
    """What was raised by hand for a sales order."""
    return await load(session, requests.c.order_id == order)


def listing(
    filters: Mapping[str, object | None], statuses: Sequence[str]
) -> Select[tuple[object, ...]]:
    """The list, by the columns given."""
    query = filtered(
        select(requests), *((requests.c[name], value) for name, value in filters.items())
    )
    return query.where(requests.c.status.in_(statuses)) if statuses else query
