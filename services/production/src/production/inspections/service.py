"""Inspection plans: entered, ended; the inspections that good pieces raise by them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from sqlalchemy import RowMapping, Select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import numbers
from chassis.audit import record_change
from chassis.auth import Principal
from chassis.errors import Duplicate, InvalidState, NotFound
from chassis.http import check_version
from chassis.ids import uuid7
from production.inspections import store
from production.inspections.rules import (
    Characteristic,
    Inspection,
    InspectionStatus,
    Plan,
    SamplePlan,
    Stage,
    check_plan,
    choose,
    sample_of,
)
from production.orders.rules import Order
from production.replicas import service as replicas

PLAN = ("inspection plan", "检验计划")
INSPECTION = ("inspection", "检验单")
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class NewPlan:
    """A plan as it was entered."""

    company: str
    item: str
    stage: Stage
    operation: int | None
    sample: SamplePlan
    characteristics: tuple[Characteristic, ...]


async def add_plan(session: AsyncSession, caller: Principal, asked: NewPlan) -> Plan:
    """Say what is inspected of an item; pieces reported from then on raise inspections."""
    company = await replicas.resolve_company(session, asked.company)
    caller.check_company(company.code)
    item = (await replicas.resolve_items(session, {asked.item: "/item"}))[asked.item]
    day = await replicas.today(session, company.code)
    (number,) = await numbers.draw(session, "inspection_plan_numbers", "QP", day.year)
    made = Plan(
        id=uuid7(),
        number=number,
        company=company.code,
        version=1,
        status="active",
        item=item.code,
        stage=asked.stage,
        operation=asked.operation,
        sample=asked.sample,
        characteristics=asked.characteristics,
        business_date=day,
        posting_date=day,
    )
    check_plan(made)
    if not await store.add_plan(session, made):
        raise Duplicate(what=("A plan for these pieces", "该检验计划"), field="/item")
    await record_change(session, "production.inspection_plan.add", None, made)
    return made


async def end_plan(session: AsyncSession, ref: str, *, expected: int | None) -> Plan:
    """Ask for no more inspections by a plan; those that are open go on."""
    before = await store.find_plan(session, ref, lock=True)
    if before is None:
        raise NotFound(what=PLAN)
    check_version(expected, before.version)
    if before.status != "active":
        raise InvalidState(now=before.status)
    await store.end_plan(session, before.id)
    after = replace(before, status="ended", version=before.version + 1)
    await record_change(session, "production.inspection_plan.end", before, after)
    return after


async def get_plan(session: AsyncSession, ref: str) -> Plan:
    """One plan by id or number."""
    found = await store.find_plan(session, ref)
    if found is None:
        raise NotFound(what=PLAN)
    return found


def plans_listing(**filters: object) -> Select[tuple[object, ...]]:
    """Plans by what an inspector looks for."""
    return store.plans_listing(**filters)


def plan_of(row: RowMapping) -> Plan:
    """A listed plan."""
    return store.plan_of(row)


# --- inspections -----------------------------------------------------------------------------------------------


async def raise_for(
    session: AsyncSession, order: Order, operation: int, good: Decimal, day: date
) -> Sequence[Inspection]:
    """Let good pieces of an operation be inspected, if a plan asks for it."""
    if good <= ZERO:
        return []
    plans = await store.plans_for(session, order.company, order.item)
    last = order.operations[-1].operation == operation
    wanted = choose(plans, operation, last=last)
    if not wanted:
        return []
    drawn = await numbers.draw(session, "inspection_numbers", "QI", day.year, len(wanted))
    made: list[Inspection] = []
    for plan, number in zip(wanted, drawn, strict=True):
        size, accept = sample_of(plan.sample, good)
        made.append(
            Inspection(
                id=uuid7(),
                number=number,
                company=order.company,
                version=1,
                status=InspectionStatus.OPEN,
                order_id=order.id,
                order_number=order.number,
                item=order.item,
                operation=operation,
                plan_id=plan.id,
                quantity=good,
                sample_size=size,
                accept=accept,
                characteristics=plan.characteristics,
                results=(),
                nonconforming=0,
                rejected=ZERO,
                inspector="",
                text="",
                decided_on=None,
                business_date=day,
                posting_date=day,
            )
        )
    await store.add(session, made)
    return made


async def waiting(session: AsyncSession, order: Order) -> Decimal:
    """Pieces through the last operation that wait for a verdict."""
    return await store.waiting(session, order.id, order.operations[-1].operation)


async def get(session: AsyncSession, ref: str) -> Inspection:
    """One inspection by id or number."""
    found = await store.find(session, ref)
    if found is None:
        raise NotFound(what=INSPECTION)
    return found


async def lock(session: AsyncSession, ref: str) -> Inspection:
    """One inspection, locked; the caller has locked its order if that is to change."""
    found = await store.find(session, ref, lock=True)
    if found is None:
        raise NotFound(what=INSPECTION)
    return found


async def save(session: AsyncSession, changed: Inspection) -> None:
    """Write what was found or decided."""
    await store.save(session, changed)


def listing(**filters: object) -> Select[tuple[object, ...]]:
    """Inspections by what an inspector looks for."""
    return store.listing(**filters)


def inspection_of(row: RowMapping) -> Inspection:
    """A listed inspection."""
    return store.inspection_of(row)
