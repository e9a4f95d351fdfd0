"""How inspection plans and inspections are written and read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.rows import filtered, is_named
from production.inspections.rules import (
    Characteristic,
    CharacteristicKind,
    Inspection,
    InspectionStatus,
    Plan,
    Result,
    SamplePlan,
    Sampling,
    Severity,
    Stage,
)
from production.inspections.tables import inspections, plans


def _json(value: object) -> Any:
    return json.loads(json.dumps(value, default=str))


def _decimal(value: object) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _characteristic(kept: Mapping[str, Any]) -> Characteristic:
    return Characteristic(
        code=kept["code"],
        name=kept["name"],
        kind=CharacteristicKind(kept["kind"]),
        severity=Severity(kept["severity"]),
        unit=kept["unit"],
        target=_decimal(kept["target"]),
        lower=_decimal(kept["lower"]),
        upper=_decimal(kept["upper"]),
    )


def plan_of(row: RowMapping) -> Plan:
    """A row as the rules see it."""
    sample = row["sample"]
    return Plan(
        id=row["id"],
        number=row["number"],
        company=row["company"],
        version=row["version"],
        status=row["status"],
        item=row["item"],
        stage=Stage(row["stage"]),
        operation=row["operation"],
        sample=SamplePlan(
            sampling=Sampling(sample["sampling"]),
            size=sample["size"],
            percent=Decimal(sample["percent"]),
            accept=sample["accept"],
            level=sample["level"],
            aql=sample["aql"],
        ),
        characteristics=tuple(_characteristic(each) for each in row["characteristics"]),
        business_date=row["business_date"],
        posting_date=row["posting_date"],
    )


def inspection_of(row: RowMapping) -> Inspection:
    """A row as the rules see it."""
    made = ("status", "characteristics", "results")
    return Inspection(
        status=InspectionStatus(row["status"]),
        characteristics=tuple(_characteristic(each) for each in row["characteristics"]),
        results=tuple(
            Result(
                each["piece"],
                each["characteristic"],
                _decimal(each["value"]),
                each["conforms"],
                each["note"],
            )
            for each in row["results"]
        ),
        **{name: row[name] for name in Inspection.__slots__ if name not in made},
    )


async def add_plan(session: AsyncSession, made: Plan) -> bool:
    """Keep a plan; False when there is one for the same pieces already."""
    values = asdict(made) | {
        "sample": _json(asdict(made.sample)),
        "characteristics": _json([asdict(each) for each in made.characteristics]),
    }
    statement = upsert(plans).values(**values).on_conflict_do_nothing().returning(plans.c.id)
    return (await session.execute(statement)).first() is not None


async def end_plan(session: AsyncSession, plan: UUID) -> None:
    """A plan asks for no more inspections."""
    await session.execute(
        update(plans).where(plans.c.id == plan).values(status="ended", version=plans.c.version + 1)
    )


async def find_plan(session: AsyncSession, ref: str, *, lock: bool = False) -> Plan | None:
    """A plan by id or number."""
    query = select(plans).where(is_named(plans, ref))
    if lock:
        query = query.with_for_update()
    row = (await session.execute(query)).mappings().one_or_none()
    return None if row is None else plan_of(row)


async def plans_for(session: AsyncSession, company: str, item: str) -> dict[UUID, Plan]:
    """The plans in force for an item."""
    query = select(plans).where(
        plans.c.company == company, plans.c.item == item, plans.c.status == "active"
    )
    return {row["id"]: plan_of(row) for row in (await session.execute(query)).mappings()}


async def add(session: AsyncSession, made: Sequence[Inspection]) -> None:
    """Keep new inspections."""
    if made:
        await session.execute(
            insert(inspections),
            [
                asdict(each)
                | {
                    "characteristics": _json([asdict(c) for c in each.characteristics]),
                    "results": [],
                }
                for each in made
            ],
        )


async def save(session: AsyncSession, changed: Inspection) -> None:
    """Write what was found or decided."""
    await session.execute(
        update(inspections)
        .where(inspections.c.id == changed.id)
        .values(
            version=changed.version,
            status=changed.status.value,
            results=_json([asdict(each) for each in changed.results]),
            nonconforming=changed.nonconforming,
            rejected=changed.rejected,
            inspector=changed.inspector,
            text=changed.text,
            decided_on=changed.decided_on,
        )
    )


async def find(session: AsyncSession, ref: str, *, lock: bool = False) -> Inspection | None:
    """An inspection by id or number."""
    query = select(inspections).where(is_named(inspections, ref))
    if lock:
        query = query.with_for_update()
    row = (await session.execute(query)).mappings().one_or_none()
    return None if row is None else inspection_of(row)


async def waiting(session: AsyncSession, order: UUID, operation: int) -> Decimal:
    """Pieces of an operation that wait for a verdict; those of two inspections are the same pieces."""
    per_plan = (
        select(func.sum(inspections.c.quantity).label("quantity"))
        .where(
            inspections.c.order_id == order,
            inspections.c.operation == operation,
            inspections.c.status == "open",
        )
        .group_by(inspections.c.plan_id)
        .subquery()
    )
    found = (await session.execute(select(func.max(per_plan.c.quantity)))).scalar_one()
    return found or Decimal(0)


def plans_listing(**filters: object) -> Select[tuple[object, ...]]:
    """Plans, by the columns given."""
    return filtered(select(plans), *((plans.c[n], value) for n, value in filters.items()))


def listing(**filters: object) -> Select[tuple[object, ...]]:
    """Inspections, by the columns given."""
    return filtered(
        select(inspections), *((inspections.c[n], value) for n, value in filters.items())
    )
