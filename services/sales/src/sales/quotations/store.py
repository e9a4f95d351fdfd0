"""Every query of quotations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from sales.quotations.rules import NonStandard, Quotation, QuotationLine, QuotationStatus
from sales.quotations.tables import issues, lines, quotations

COLUMNS = (
    quotations.c.id, quotations.c.number, quotations.c.company, quotations.c.version, quotations.c.status,
    quotations.c.business_date, quotations.c.posting_date, quotations.c.recorded_at, quotations.c.customer,
    quotations.c.currency, quotations.c.valid_until, quotations.c.requested_date, quotations.c.revision,
    quotations.c.reason, quotations.c.amount_net, quotations.c.amount_tax, quotations.c.order_id,
    quotations.c.order_number,
)  # fmt: skip


def quotation_of(row: Row[Any]) -> Quotation:
    """The quotation of a row of COLUMNS, without its lines."""
    return Quotation(
        id=row.id, number=row.number, company=row.company, version=row.version, status=QuotationStatus(row.status),
        business_date=row.business_date, posting_date=row.posting_date, recorded_at=row.recorded_at,
        customer=row.customer, currency=row.currency, valid_until=row.valid_until,
        requested_date=row.requested_date, revision=row.revision, reason=row.reason, amount_net=row.amount_net,
        amount_tax=row.amount_tax, order_id=row.order_id, order_number=row.order_number,
    )  # fmt: skip


def _line_of(row: Row[Any]) -> QuotationLine:
    return QuotationLine(
        line=row.line, item=row.item, quantity=row.quantity, unit=row.unit, warehouse=row.warehouse,
        unit_price=row.unit_price, amount_net=row.amount_net, amount_tax=row.amount_tax, tax_code=row.tax_code,
        tax_rate=row.tax_rate, price_source=row.price_source, quoted_quantity=row.quoted_quantity,
        quoted_unit=row.quoted_unit, quoted_price=row.quoted_price, price_list=row.price_list, price_from=row.price_from,
        engineering_request=row.engineering_request,
        non_standard=None if row.non_standard is None else NonStandard(**row.non_standard),
    )  # fmt: skip


async def load(session: AsyncSession, id: UUID, *, lock: bool = False) -> Quotation | None:
    """A quotation with its lines, within the caller's scope."""
    query = select(*COLUMNS).where(quotations.c.id == id)
    row = (await session.execute(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        return None
    (found,) = await with_lines(session, [quotation_of(row)])
    return found


async def with_lines(session: AsyncSession, found: Sequence[Quotation]) -> list[Quotation]:
    """The same quotations with their lines."""
    if not found:
        return []
    rows = await session.execute(
        select(lines)
        .where(lines.c.quotation_id.in_([one.id for one in found]))
        .order_by(lines.c.quotation_id, lines.c.line)
    )
    by_quotation: dict[UUID, list[QuotationLine]] = {}
    for row in rows:
        by_quotation.setdefault(row.quotation_id, []).append(_line_of(row))
    return [replace(one, lines=tuple(by_quotation.get(one.id, ()))) for one in found]


async def find_id(session: AsyncSession, *, number: str) -> UUID | None:
    """The id of the quotation with this number, within the caller's scope."""
    return await session.scalar(select(quotations.c.id).where(quotations.c.number == number))


async def lock_with(session: AsyncSession, requests: Iterable[UUID]) -> list[Quotation]:
    """The quotations that asked for these engineering requests, locked in order of id."""
    asking = select(lines.c.quotation_id).where(
        lines.c.engineering_request == func.any(sorted(requests))
    )
    rows = await session.execute(
        select(*COLUMNS)
        .where(quotations.c.id.in_(asking))
        .order_by(quotations.c.id)
        .with_for_update()
    )
    return await with_lines(session, [quotation_of(row) for row in rows])


async def add(session: AsyncSession, new: Quotation) -> Quotation:
    """Write a new quotation with its lines, as it was recorded."""
    result = await session.execute(
        insert(quotations)
        .values(
            id=new.id, number=new.number, company=new.company, business_date=new.business_date,
            posting_date=new.posting_date, customer=new.customer, currency=new.currency, **_changing(new),
        )
        .returning(quotations.c.recorded_at)
    )  # fmt: skip
    recorded = replace(new, recorded_at=result.scalar_one())
    await _add_lines(session, recorded)
    return recorded


async def save(session: AsyncSession, before: Quotation, after: Quotation) -> None:
    """Write the next version of a locked quotation; lines are replaced as a whole."""
    await session.execute(
        update(quotations).where(quotations.c.id == after.id).values(**_changing(after))
    )
    if after.lines != before.lines:
        await session.execute(delete(lines).where(lines.c.quotation_id == after.id))
        await _add_lines(session, after)


def _changing(quotation: Quotation) -> dict[str, object]:
    return {
        "version": quotation.version, "status": quotation.status.value, "valid_until": quotation.valid_until,
        "requested_date": quotation.requested_date, "revision": quotation.revision, "reason": quotation.reason,
        "amount_net": quotation.amount_net, "amount_tax": quotation.amount_tax, "order_id": quotation.order_id,
        "order_number": quotation.order_number,
    }  # fmt: skip


async def _add_lines(session: AsyncSession, quotation: Quotation) -> None:
    await session.execute(
        insert(lines),
        [
            {
                "quotation_id": quotation.id, "line": line.line, "company": quotation.company, "item": line.item,
                "quantity": line.quantity, "unit": line.unit, "warehouse": line.warehouse,
                "unit_price": line.unit_price, "amount_net": line.amount_net, "amount_tax": line.amount_tax,
                "tax_code": line.tax_code, "tax_rate": line.tax_rate, "price_source": line.price_source,
                "quoted_quantity": line.quoted_quantity, "quoted_unit": line.quoted_unit,
                "quoted_price": line.quoted_price, "price_list": line.price_list, "price_from": line.price_from,
                "engineering_request": line.engineering_request,
                "non_standard": line.non_standard and asdict(line.non_standard),
            }
            for line in quotation.lines
        ],
    )  # fmt: skip


async def add_issue(session: AsyncSession, issued: Quotation, document: Mapping[str, Any]) -> None:
    """Keep what was offered, for good."""
    await session.execute(
        insert(issues).values(
            quotation_id=issued.id, revision=issued.revision, company=issued.company,
            business_date=issued.business_date, posting_date=issued.posting_date, document=dict(document),
        )
    )  # fmt: skip


async def load_issues(session: AsyncSession, quotation: UUID) -> list[Row[Any]]:
    """Each revision that was issued, the first one first."""
    rows = await session.execute(
        select(issues.c.revision, issues.c.recorded_at, issues.c.document)
        .where(issues.c.quotation_id == quotation)
        .order_by(issues.c.revision)
    )
    return list(rows)


def query(
    filters: Mapping[str, str | None], *, status: Iterable[str], item: str | None
) -> Select[Any]:
    """Quotations by the filters given."""
    found = select(*COLUMNS)
    for name, value in filters.items():
        if value is not None:
            found = found.where(quotations.c[name] == value)
    if statuses := list(status):
        found = found.where(quotations.c.status.in_(statuses))
    if item is not None:
        of_item = select(lines.c.line).where(
            lines.c.quotation_id == quotations.c.id, lines.c.item == item
        )
        found = found.where(of_item.exists())
    return found
