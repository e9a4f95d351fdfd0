"""Queries of requests for quotation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Select, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from purchasing.rfqs.rules import Line, Offer, Rfq, Status
from purchasing.rfqs.tables import lines, offers, rfqs, suppliers


def is_named(ref: str) -> ColumnElement[bool]:
    """The request with this id or number."""
    try:
        return rfqs.c.id == UUID(ref)
    except ValueError:
        return rfqs.c.number == ref


async def load(session: AsyncSession, ref: str, *, lock: bool = False) -> Rfq | None:
    """A request with its lines and the offers that the caller may see."""
    query = select(rfqs).where(is_named(ref))
    found = await session.execute(query.with_for_update() if lock else query)
    heads = found.mappings().all()
    whole = await whole_ones(session, heads)
    return whole[0] if whole else None


async def whole_ones(session: AsyncSession, heads: Sequence[RowMapping]) -> list[Rfq]:
    """Requests of these rows, in the order given."""
    if not heads:
        return []
    ids = [head["id"] for head in heads]

    async def of(table: Any, *order: Any) -> dict[UUID, list[RowMapping]]:
        found = await session.execute(select(table).where(table.c.rfq_id.in_(ids)).order_by(*order))
        grouped: dict[UUID, list[RowMapping]] = {}
        for row in found.mappings():
            grouped.setdefault(row["rfq_id"], []).append(row)
        return grouped

    asked = await of(lines, lines.c.line)
    of_whom = await of(suppliers, suppliers.c.supplier)
    offered = await of(offers, offers.c.supplier, offers.c.line)
    return [
        Rfq(
            id=head["id"],
            number=head["number"],
            company=head["company"],
            version=head["version"],
            status=Status(head["status"]),
            business_date=head["business_date"],
            posting_date=head["posting_date"],
            warehouse=head["warehouse"],
            currency=head["currency"],
            answer_until=head["answer_until"],
            suppliers=tuple(row["supplier"] for row in of_whom.get(head["id"], ())),
            lines=tuple(
                Line(row["line"], row["item"], row["quantity"], row["unit"])
                for row in asked.get(head["id"], ())
            ),
            offers=tuple(
                Offer(row["supplier"], row["line"], row["unit_price"], row["lead_time_days"])
                for row in offered.get(head["id"], ())
            ),
            awarded_to=head["awarded_to"],
            order_id=head["order_id"],
            order_number=head["order_number"],
            recorded_at=head["recorded_at"],
        )
        for head in heads
    ]


async def add(session: AsyncSession, rfq: Rfq) -> Rfq:
    """Insert a request with its lines and whom it asks, as it was recorded."""
    head = insert(rfqs).values(
        id=rfq.id,
        number=rfq.number,
        company=rfq.company,
        business_date=rfq.business_date,
        posting_date=rfq.posting_date,
        warehouse=rfq.warehouse,
        currency=rfq.currency,
        answer_until=rfq.answer_until,
        **_changing(rfq),
    )
    await session.execute(head)
    shared = {"rfq_id": rfq.id, "company": rfq.company}
    await session.execute(
        insert(suppliers), [{**shared, "supplier": supplier} for supplier in rfq.suppliers]
    )
    await session.execute(
        insert(lines),
        [
            {
                **shared,
                "line": line.line,
                "item": line.item,
                "quantity": line.quantity,
                "unit": line.unit,
            }
            for line in rfq.lines
        ],
    )
    recorded_at = await session.scalar(select(rfqs.c.recorded_at).where(rfqs.c.id == rfq.id))
    return replace(rfq, recorded_at=recorded_at)


async def save(session: AsyncSession, rfq: Rfq) -> None:
    """Write the next version of a locked request's head."""
    await session.execute(update(rfqs).where(rfqs.c.id == rfq.id).values(**_changing(rfq)))


async def replace_offers(session: AsyncSession, rfq: Rfq, supplier: str) -> None:
    """Write what one supplier offers now."""
    await session.execute(
        delete(offers).where(offers.c.rfq_id == rfq.id, offers.c.supplier == supplier)
    )
    rows = [
        {
            "rfq_id": rfq.id,
            "company": rfq.company,
            "supplier": offer.supplier,
            "line": offer.line,
            "unit_price": offer.unit_price,
            "lead_time_days": offer.lead_time_days,
        }
        for offer in rfq.offers
        if offer.supplier == supplier
    ]
    if rows:
        await session.execute(insert(offers), rows)


def _changing(rfq: Rfq) -> dict[str, object]:
    return {
        "version": rfq.version,
        "status": rfq.status.value,
        "awarded_to": rfq.awarded_to,
        "order_id": rfq.order_id,
        "order_number": rfq.order_number,
    }


def listing(filters: Mapping[str, str | None]) -> Select[tuple[object, ...]]:
    """Heads by what a buyer looks for."""
    query = select(rfqs)
    for name, value in filters.items():
        if value is not None:
            query = query.where(rfqs.c[name] == value)
    return query
