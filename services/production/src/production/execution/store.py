"""Queries of the shop floor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

from sqlalchemy import RowMapping, Select, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.rows import filtered, is_named
from production.execution.rules import Nonconformance, Outside
from production.execution.tables import nonconformances, reports, subcontract_bills, subcontracts
from tongheng_contracts.production import OperationReport, Subcontract


async def add_report(session: AsyncSession, fact: OperationReport) -> None:
    """Keep a report."""
    await session.execute(
        insert(reports).values(
            id=fact.id,
            number=fact.number,
            company=fact.company,
            business_date=date.fromisoformat(fact.business_date),
            posting_date=date.fromisoformat(fact.posting_date),
            order_id=fact.order,
            operation=fact.operation,
            work_centre=fact.work_centre,
            good=fact.good,
            scrapped=fact.scrapped,
            rework=fact.rework,
            hours=fact.hours,
            labour=fact.labour,
            overhead=fact.overhead,
            document=fact.model_dump(mode="json"),
        )
    )


async def add_nonconformances(session: AsyncSession, made: Sequence[Nonconformance]) -> None:
    """Keep new nonconformances."""
    if made:
        await session.execute(insert(nonconformances), [asdict(each) for each in made])


async def save_nonconformance(session: AsyncSession, changed: Nonconformance) -> None:
    """Write what was decided."""
    await session.execute(
        update(nonconformances)
        .where(nonconformances.c.id == changed.id)
        .values(
            version=changed.version,
            status=changed.status,
            quantity=changed.quantity,
            decision=changed.decision,
            text=changed.text,
        )
    )


async def find_nonconformance(
    session: AsyncSession, ref: str, *, lock: bool = False
) -> Nonconformance | None:
    """A nonconformance by id or number."""
    query = select(nonconformances).where(is_named(nonconformances, ref))
    if lock:
        query = query.with_for_update()
    row = (await session.execute(query)).mappings().one_or_none()
    return None if row is None else nonconformance_of(row)


def nonconformance_of(row: RowMapping) -> Nonconformance:
    """A row as the rules see it."""
    return Nonconformance(**{name: row[name] for name in Nonconformance.__slots__})


async def add_subcontract(session: AsyncSession, made: Outside) -> None:
    """Keep work given to a supplier."""
    await session.execute(insert(subcontracts).values(**asdict(made)))


async def save_subcontract(session: AsyncSession, changed: Outside) -> None:
    """Write what came back."""
    await session.execute(
        update(subcontracts)
        .where(subcontracts.c.id == changed.id)
        .values(
            version=changed.version,
            status=changed.status,
            good=changed.good,
            scrapped=changed.scrapped,
        )
    )


async def find_subcontract(
    session: AsyncSession, ref: str, *, lock: bool = False
) -> Outside | None:
    """Work given to a supplier, by id or number."""
    query = select(subcontracts).where(is_named(subcontracts, ref))
    if lock:
        query = query.with_for_update()
    row = (await session.execute(query)).mappings().one_or_none()
    return None if row is None else outside_of(row)


def outside_of(row: RowMapping) -> Outside:
    """A row as the rules see it."""
    return Outside(**{name: row[name] for name in Outside.__slots__})


async def add_bill(session: AsyncSession, fact: Subcontract, work: Outside) -> bool:
    """Keep a supplier's bill; False when he has sent one with this number before."""
    statement = (
        upsert(subcontract_bills)
        .values(
            id=fact.id,
            number=fact.number,
            company=fact.company,
            business_date=date.fromisoformat(fact.business_date),
            posting_date=date.fromisoformat(fact.posting_date),
            subcontract_id=work.id,
            supplier=fact.supplier,
            supplier_number=fact.supplier_number,
            amount_net=fact.amount_net,
            amount_gross=fact.amount_gross,
            document=fact.model_dump(mode="json"),
        )
        .on_conflict_do_nothing()
        .returning(subcontract_bills.c.id)
    )
    return (await session.execute(statement)).first() is not None


def reports_listing(**filters: object) -> Select[tuple[object, ...]]:
    """Reports, by the columns given."""
    return filtered(select(reports), *((reports.c[n], value) for n, value in filters.items()))


def nonconformances_listing(**filters: object) -> Select[tuple[object, ...]]:
    """Nonconformances, by the columns given."""
    return filtered(
        select(nonconformances), *((nonconformances.c[n], value) for n, value in filters.items())
    )


def subcontracts_listing(**filters: object) -> Select[tuple[object, ...]]:
    """Work given to suppliers, by the columns given."""
    return filtered(
        select(subcontracts), *((subcontracts.c[n], value) for n, value in filters.items())
    )
