"""Queries of returns to suppliers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Select, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from purchasing.returns.rules import Return, ReturnLine, Status
from purchasing.returns.tables import return_lines, returns


def is_named(ref: str) -> ColumnElement[bool]:
    """The return with this id or number."""
    try:
        return returns.c.id == UUID(ref)
    except ValueError:
        return returns.c.number == ref


def _line(row: RowMapping) -> ReturnLine:
    return ReturnLine(
        line=row["line"],
        order_line=row["order_line"],
        item=row["item"],
        quantity=row["quantity"],
        unit=row["unit"],
        unit_price=row["unit_price"],
        amount_net=row["amount_net"],
        amount_tax=row["amount_tax"],
        tax_code=row["tax_code"],
        tax_rate=row["tax_rate"],
        quantity_returned=row["quantity_returned"],
    )


async def load(
    session: AsyncSession, condition: ColumnElement[bool], *, lock: bool = False
) -> list[Return]:
    """Returns with their lines; locked in order of id when they are to be changed."""
    query = select(returns).where(condition).order_by(returns.c.id)
    if lock:
        query = query.with_for_update()
    return await with_lines(session, (await session.execute(query)).mappings().all())


async def load_many(
    session: AsyncSession, ids: Collection[UUID], *, lock: bool = False
) -> list[Return]:
    """Returns by id."""
    if not ids:
        return []
    return await load(session, returns.c.id == func.any(sorted(ids)), lock=lock)


async def with_lines(session: AsyncSession, heads: Sequence[RowMapping]) -> list[Return]:
    """Returns of these rows, in the order given."""
    if not heads:
        return []
    found = await session.execute(
        select(return_lines)
        .where(return_lines.c.return_id == func.any([head["id"] for head in heads]))
        .order_by(return_lines.c.return_id, return_lines.c.line)
    )
    lines: dict[UUID, list[ReturnLine]] = {}
    for row in found.mappings():
        lines.setdefault(row["return_id"], []).append(_line(row))
    return [
        Return(
            id=head["id"],
            number=head["number"],
            company=head["company"],
            version=head["version"],
            status=Status(head["status"]),
            business_date=head["business_date"],
            posting_date=head["posting_date"],
            purchase_order=head["purchase_order"],
            purchase_order_number=head["purchase_order_number"],
            supplier=head["supplier"],
            warehouse=head["warehouse"],
            currency=head["currency"],
            reason=head["reason"],
            lines=tuple(lines.get(head["id"], [])),
            recorded_at=head["recorded_at"],
        )
        for head in heads
    ]


async def authorised(
    session: AsyncSession, order: UUID, *, but: UUID | None = None
) -> dict[int, Decimal]:
    """Per line of an order what returns may still take of it."""
    left = return_lines.c.quantity - return_lines.c.quantity_returned
    query = (
        select(return_lines.c.order_line, func.sum(func.greatest(0, left)))
        .join(returns, returns.c.id == return_lines.c.return_id)
        .where(
            returns.c.purchase_order == order,
            returns.c.status == Status.AUTHORISED.value,
            returns.c.id != but if but is not None else returns.c.id.is_not(None),
        )
        .group_by(return_lines.c.order_line)
    )
    rows = (await session.execute(query)).all()
    return {row[0]: row[1] for row in rows}


async def add(session: AsyncSession, new: Return) -> None:
    """Insert a return with its lines."""
    await session.execute(
        insert(returns).values(
            id=new.id,
            number=new.number,
            company=new.company,
            version=new.version,
            status=new.status.value,
            business_date=new.business_date,
            posting_date=new.posting_date,
            purchase_order=new.purchase_order,
            purchase_order_number=new.purchase_order_number,
            supplier=new.supplier,
            warehouse=new.warehouse,
            currency=new.currency,
            reason=new.reason,
        )
    )
    await session.execute(
        insert(return_lines),
        [
            {
                "return_id": new.id,
                "line": line.line,
                "company": new.company,
                "order_line": line.order_line,
                "item": line.item,
                "quantity": line.quantity,
                "unit": line.unit,
                "unit_price": line.unit_price,
                "amount_net": line.amount_net,
                "amount_tax": line.amount_tax,
                "tax_code": line.tax_code,
                "tax_rate": line.tax_rate,
                "quantity_returned": line.quantity_returned,
            }
            for line in new.lines
        ],
    )


async def save(session: AsyncSession, changes: Sequence[tuple[Return, Return]]) -> None:
    """Write what differs between the locked returns and their next state."""
    heads = [
        {"_id": new.id, "_version": new.version, "_status": new.status.value}
        for old, new in changes
        if old.version != new.version
    ]
    if heads:
        await session.execute(
            update(returns)
            .where(returns.c.id == bindparam("_id"))
            .values(version=bindparam("_version"), status=bindparam("_status")),
            heads,
            execution_options={"synchronize_session": False},
        )
    lines = [
        {"_id": new.id, "_line": line.line, "_returned": line.quantity_returned}
        for old, new in changes
        for was, line in zip(old.lines, new.lines, strict=True)
        if was != line
    ]
    if lines:
        await session.execute(
            update(return_lines)
            .where(
                return_lines.c.return_id == bindparam("_id"),
                return_lines.c.line == bindparam("_line"),
            )
            .values(quantity_returned=bindparam("_returned")),
            lines,
            execution_options={"synchronize_session": False},
        )


def listing(
    *,
    company: str | None = None,
    supplier: str | None = None,
    status: str | None = None,
    number: str | None = None,
    order: UUID | None = None,
) -> Select[tuple[object, ...]]:
    """Return heads by what a buyer looks for."""
    query = select(returns)
    given: dict[str, object] = {
        "company": company,
        "supplier": supplier,
        "status": status,
        "number": number,
        "purchase_order": order,
    }
    for name, value in given.items():
        if value is not None:
            query = query.where(returns.c[name] == value)
    return query
