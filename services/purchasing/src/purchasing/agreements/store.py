"""Queries of blanket orders."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    Select,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from purchasing.agreements.rules import Agreement, AgreementLine, Drawn, LineKey, Status
from purchasing.agreements.tables import agreement_lines, agreements


def is_named(refs: Collection[str]) -> ColumnElement[bool]:
    """The agreements with these ids or numbers."""
    ids: list[UUID] = []
    numbers: list[str] = []
    for ref in refs:
        try:
            ids.append(UUID(ref))
        except ValueError:
            numbers.append(ref)
    return or_(agreements.c.id == func.any(ids), agreements.c.number == func.any(numbers))


def has_id(ids: Collection[UUID]) -> ColumnElement[bool]:
    """The agreements with these ids."""
    return agreements.c.id == func.any(sorted(ids))


async def load(
    session: AsyncSession, condition: ColumnElement[bool], *, lock: bool = False
) -> list[Agreement]:
    """Agreements with their lines; locked in order of id when they are drawn from or changed."""
    query = select(agreements).where(condition).order_by(agreements.c.id)
    if lock:
        # Not against the key: order lines refer to agreements.
        query = query.with_for_update(key_share=True)
    return await with_lines(session, (await session.execute(query)).mappings().all())


async def with_lines(session: AsyncSession, heads: Sequence[RowMapping]) -> list[Agreement]:
    """Agreements of these rows, in the order given."""
    if not heads:
        return []
    # A statement of its own after the lock: it sees what the lock waited for.
    found = await session.execute(
        select(agreement_lines)
        .where(agreement_lines.c.agreement_id == func.any([head["id"] for head in heads]))
        .order_by(agreement_lines.c.agreement_id, agreement_lines.c.line)
    )
    lines: dict[UUID, list[AgreementLine]] = {}
    for row in found.mappings():
        lines.setdefault(row["agreement_id"], []).append(
            AgreementLine(
                line=row["line"],
                item=row["item"],
                unit=row["unit"],
                unit_price=row["unit_price"],
                quantity_limit=row["quantity_limit"],
                amount_limit=row["amount_limit"],
                quantity_released=row["quantity_released"],
                amount_released=row["amount_released"],
                quantity_received=row["quantity_received"],
            )
        )
    return [
        Agreement(
            id=head["id"],
            number=head["number"],
            company=head["company"],
            version=head["version"],
            status=Status(head["status"]),
            business_date=head["business_date"],
            posting_date=head["posting_date"],
            supplier=head["supplier"],
            currency=head["currency"],
            valid_from=head["valid_from"],
            valid_until=head["valid_until"],
            lines=tuple(lines.get(head["id"], [])),
            recorded_at=head["recorded_at"],
        )
        for head in heads
    ]


async def entered_by(session: AsyncSession, agreement: UUID) -> str:
    """Who entered the agreement."""
    query = select(agreements.c.created_by).where(agreements.c.id == agreement)
    return str(await session.scalar(query))


async def add(session: AsyncSession, new: Agreement) -> None:
    """Insert an agreement with its lines."""
    await session.execute(insert(agreements).values(**_head(new)))
    await _add_lines(session, new)


async def save(session: AsyncSession, before: Agreement, after: Agreement) -> None:
    """Write the next version of a locked agreement; the lines of a draft are replaced as a whole."""
    await session.execute(
        update(agreements).where(agreements.c.id == after.id).values(**_head(after))
    )
    if before.lines != after.lines:
        await session.execute(
            delete(agreement_lines).where(agreement_lines.c.agreement_id == after.id)
        )
        await _add_lines(session, after)


def _head(agreement: Agreement) -> dict[str, object]:
    return {
        "id": agreement.id,
        "number": agreement.number,
        "company": agreement.company,
        "version": agreement.version,
        "status": agreement.status.value,
        "business_date": agreement.business_date,
        "posting_date": agreement.posting_date,
        "supplier": agreement.supplier,
        "currency": agreement.currency,
        "valid_from": agreement.valid_from,
        "valid_until": agreement.valid_until,
    }


async def _add_lines(session: AsyncSession, agreement: Agreement) -> None:
    rows = [
        {
            "agreement_id": agreement.id,
            "line": line.line,
            "company": agreement.company,
            "item": line.item,
            "unit": line.unit,
            "unit_price": line.unit_price,
            "quantity_limit": line.quantity_limit,
            "amount_limit": line.amount_limit,
            "quantity_released": line.quantity_released,
            "amount_released": line.amount_released,
            "quantity_received": line.quantity_received,
        }
        for line in agreement.lines
    ]
    await session.execute(insert(agreement_lines), rows)


_COUNT = text(
    "UPDATE purchase_agreement_lines l SET quantity_released = l.quantity_released + d.quantity,"
    " amount_released = l.amount_released + d.amount, quantity_received = l.quantity_received + d.received"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:lines AS int[]), CAST(:quantities AS numeric[]),"
    " CAST(:amounts AS numeric[]), CAST(:received AS numeric[])) AS d (id, line, quantity, amount, received)"
    " WHERE l.agreement_id = d.id AND l.line = d.line"
)


async def count(session: AsyncSession, draws: Mapping[LineKey, Drawn]) -> None:
    """Add to what was drawn and received of the lines of locked agreements."""
    await session.execute(
        _COUNT,
        {
            "ids": [key for key, _ in draws],
            "lines": [line for _, line in draws],
            "quantities": [each.quantity for each in draws.values()],
            "amounts": [each.amount for each in draws.values()],
            "received": [each.received for each in draws.values()],
        },
    )


def listing(filters: Mapping[str, str | None], item: str | None) -> Select[tuple[object, ...]]:
    """Agreement heads by what a buyer looks for."""
    query = select(agreements)
    for name, value in filters.items():
        if value is not None:
            query = query.where(agreements.c[name] == value)
    if item is not None:
        lines = select(agreement_lines.c.line).where(
            agreement_lines.c.agreement_id == agreements.c.id, agreement_lines.c.item == item
        )
        query = query.where(lines.exists())
    return query
