"""Planning parameters: entered and changed."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import RowMapping, Select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.auth import Principal
from chassis.errors import Duplicate, NotFound
from chassis.http import check_version
from chassis.ids import named
from production.item_plans import store
from production.item_plans.rules import ItemPlan, check_plan
from production.replicas import service as replicas
from production.work_centres import service as work_centres

WHAT = ("item plan", "物料计划参数")


async def add_plan(
    session: AsyncSession, caller: Principal, company: str, values: Mapping[str, object]
) -> RowMapping:
    """Say how an item is planned in a company, or one warehouse of it."""
    owner = await replicas.resolve_company(session, company)
    caller.check_company(owner.code)
    ref = str(values["item"])
    item = (await replicas.resolve_items(session, {ref: "/item"}))[ref]
    row = {**values, "item": item.code, "company": owner.code, "version": 1}
    row |= await _places(session, owner.code, values)
    _check(row)
    row["id"] = named("production.item_plan", owner.code, item.code, row["warehouse"])
    made = await store.add(session, row)
    if made is None:
        raise Duplicate(what=("An item plan", "物料计划参数"), field="/item")
    await _record(session, "production.item_plan.add", None, made)
    return made


async def change_plan(
    session: AsyncSession, ref: UUID, values: Mapping[str, object], *, expected: int | None
) -> RowMapping:
    """Change how an item is planned; what is left out stays."""
    before = await store.find(session, ref, lock=True)
    if before is None:
        raise NotFound(what=WHAT)
    check_version(expected, before["version"])
    changed = {**values, **await _places(session, before["company"], values)}
    changed.pop("warehouse", None)
    _check({**before, **changed})
    after = await store.change(session, ref, changed)
    await _record(session, "production.item_plan.change", before, after)
    return after


def _check(row: Mapping[str, object]) -> None:
    source, quantity = row["source"], row["lot_quantity"]
    check_plan(
        None if source is None else str(source),
        str(row["transfer_from"]),
        str(row["lot_rule"]),
        quantity,  # pyright: ignore[reportArgumentType]
    )


async def _places(
    session: AsyncSession, company: str, values: Mapping[str, object]
) -> dict[str, object]:
    found: dict[str, object] = {}
    for name in ("warehouse", "transfer_from"):
        ref = values.get(name)
        if ref:
            known = await replicas.resolve_warehouses(session, company, {str(ref): f"/{name}"})
            found[name] = known[str(ref)].code
    if values.get("supplier"):
        supplier = await replicas.resolve_supplier(
            session, str(values["supplier"]), field="/supplier"
        )
        found["supplier"] = supplier.code
    if values.get("calendar"):
        await work_centres.check_calendar(session, company, str(values["calendar"]))
    return found


async def _record(
    session: AsyncSession, action: str, before: RowMapping | None, after: RowMapping
) -> None:
    await record(
        session,
        AuditEntry(
            action=action,
            document_type="production.item_plan",
            document_id=after["id"],
            number=after["item"],
            company=after["company"],
            before=None if before is None else dict(before),
            after=dict(after),
        ),
    )


async def get(session: AsyncSession, ref: UUID) -> RowMapping:
    """One set of parameters."""
    found = await store.find(session, ref)
    if found is None:
        raise NotFound(what=WHAT)
    return found


def listing(**filters: object) -> Select[tuple[object, ...]]:
    """Parameters by what a planner looks for."""
    return store.listing(**filters)


async def plans_of(session: AsyncSession, company: str) -> list[ItemPlan]:
    """A company's planning parameters."""
    return await store.of_company(session, company)
