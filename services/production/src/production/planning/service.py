"""Plans on live data: run, firmed into orders and requisitions, asked what is for what and when something can be had."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import RowMapping, Select, func
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import numbers
from chassis.audit import AuditEntry, record
from chassis.auth import Principal
from chassis.context import system_context
from chassis.database import Database
from chassis.errors import BusinessError, InvalidState, NotFound
from chassis.ids import derived, uuid7
from chassis.outbox import emit
from production.boms import service as boms
from production.item_plans import service as item_plans
from production.mrp import (
    CycleFound,
    InvalidInput,
    Message,
    QuantityOverflow,
    Reason,
    Source,
    decimal_of,
    messages_of,
    micro,
    promise,
)
from production.mrp import Promise as Answer
from production.mrp.pegging import Requirement, Supply, Tracer
from production.orders import service as orders
from production.orders.rules import Order
from production.orders.service import NewOrder
from production.outlook import service as outlook
from production.planning import store
from production.planning.rules import (
    DAYS,
    WEEKS,
    Known,
    NotPlanned,
    Picture,
    Proposed,
    picture_of,
    proposals,
)
from production.replicas import service as replicas
from tongheng_contracts.production import Firmed, MrpCompleted, MrpRun, PlannedOrderFirmed

log = structlog.get_logger(__name__)
EVERY_SECONDS = 0.5
LEVELS_MAX = 60
PEGGED_MAX = 50_000
"""Item-sites whose pegs are written down with the plan; beyond that they are asked for one by one."""
KINDS = {Source.BUY: "buy", Source.MAKE: "make", Source.TRANSFER: "transfer"}


async def picture(session: AsyncSession, company: str) -> Picture:
    """A company's situation now, planned."""
    today = await replicas.today(session, company)
    wanted = await outlook.wanted(session, company)
    coming = await outlook.coming(session, company)
    stock = await outlook.stock_of(session, company)
    plans = await item_plans.plans_of(session, company)
    bills = await boms.boms_of_company(session, company)
    open_orders = await orders.open_orders(session, company)
    codes = {w.item for w in wanted} | {c.item for c in coming} | {item for item, *_ in stock}
    codes |= {p.item for p in plans} | {b.item for b in bills} | {o.item for o in open_orders}
    codes |= {c.item for b in bills for c in (*b.components, *b.outputs)}
    codes |= {c.item for o in open_orders for c in o.components}
    known = Known(
        company=company,
        today=today,
        warehouses=await replicas.warehouses_of(session, company),
        items=await replicas.find_items(session, codes),
        plans=plans,
        offers=await outlook.offers_of(session, codes),
        boms=bills,
        stock=stock,
        wanted=wanted,
        coming=coming,
        orders=open_orders,
    )
    # The engine computes for long where there is much; others are served meanwhile.
    return await asyncio.to_thread(picture_of, known)


# --- runs ------------------------------------------------------------------------------------------------------


async def queue_run(session: AsyncSession, caller: Principal, company: str) -> RowMapping:
    """Ask for a planning run; it is done in the background."""
    owner = await replicas.resolve_company(session, company)
    caller.check_company(owner.code)
    today = await replicas.today(session, owner.code)
    (number,) = await numbers.draw(session, "mrp_numbers", "MRP", today.year)
    ref = uuid7()
    await store.add_run(
        session,
        {
            "id": ref, "number": number, "company": owner.code, "version": 1, "status": "queued", "items": 0,
            "planned_orders": 0, "exceptions": 0, "error": "", "business_date": today, "posting_date": today,
        },
    )  # fmt: skip
    await record(
        session,
        AuditEntry(
            action="production.mrp_run.queue", document_type="production.mrp_run", document_id=ref, number=number,
            company=owner.code, after={},
        ),
    )  # fmt: skip
    return await get_run(session, str(ref))


async def keep_running(database: Database) -> None:
    """Do the queued runs, one after the other."""
    while True:
        try:
            async with database.transaction(system_context("planning")) as session:
                done = await run_next(session)
        except Exception as error:
            log.warning("a planning run will be tried again", error=type(error).__name__, exc_info=True)  # fmt: skip
            done = False
        if not done:
            await asyncio.sleep(EVERY_SECONDS)


async def run_next(session: AsyncSession) -> bool:
    """Do the next queued run; False when there is none."""
    found = await store.next_run(session)
    if found is None:
        return False
    run, company = found
    try:
        seen = await picture(session, company)
    except (CycleFound, InvalidInput, QuantityOverflow) as error:
        await store.set_run(
            session, run, {"status": "failed", "error": str(error), "finished_at": func.now()}
        )
        return True
    planned = _orders(run, seen)
    messages = _messages(run, seen)
    pegged = _pegs(run, seen, planned)
    await store.replace_plan(session, company, [row for row, _ in planned], pegged, messages)
    horizon = seen.date(DAYS + 7 * WEEKS - 1)
    row = await store.set_run(
        session,
        run,
        {
            "status": "completed", "items": len(seen.sites), "planned_orders": len(planned),
            "exceptions": len(messages), "horizon": horizon, "started_at": func.now(),
            "finished_at": func.clock_timestamp(),
        },
    )  # fmt: skip
    told = MrpRun(
        id=run, number=row["number"], company=company, version=row["version"], status=row["status"],
        business_date=row["business_date"].isoformat(), items=row["items"], planned_orders=row["planned_orders"],
        exceptions=row["exceptions"], horizon=horizon.isoformat(),
    )  # fmt: skip
    await emit(session, MrpCompleted(run=told), case=run)
    return True


def _orders(run: UUID, seen: Picture) -> list[tuple[dict[str, object], Proposed]]:
    made: list[tuple[dict[str, object], Proposed]] = []
    plans = {(p.item, p.warehouse): p for p in seen.known.plans}
    for line, each in enumerate(proposals(seen), start=1):
        code, site = seen.sites[each.row]
        plan = plans.get((code, site)) or plans.get((code, ""))
        offer = seen.known.offers.get(code)
        item = seen.known.items.get(code)
        supplier = plan.supplier if plan and plan.supplier else offer.supplier if offer else ""
        row: dict[str, object] = {
            "id": derived(run, "planned", line), "run_id": run, "line": line, "company": seen.known.company,
            "status": "planned", "kind": KINDS[each.source], "item": code, "unit": item.base_unit if item else "",
            "warehouse": seen.place(each.row),
            "from_warehouse": plan.transfer_from if plan and each.source is Source.TRANSFER else "",
            "quantity": each.quantity, "good": each.good, "start_date": each.start, "due_date": each.due,
            "late": each.late, "supplier": supplier if each.source is Source.BUY else "", "demand_order": None,
            "demand_line": None, "document": "",
        }  # fmt: skip
        made.append((row, each))
    return made


def _messages(run: UUID, seen: Picture) -> list[dict[str, object]]:
    found = messages_of(seen.planned)
    rows: list[dict[str, object]] = []
    for n in range(len(found)):
        kind = Message(int(found.kind[n]))
        reference = int(found.reference[n])
        documents = seen.demands if kind is Message.DEMAND_PAST_DUE else seen.receipts
        item, _ = seen.sites[int(found.item[n])]
        to_day = int(found.to_day[n])
        rows.append(
            {
                "run_id": run, "line": n + 1, "company": seen.known.company, "kind": kind.name.lower(), "item": item,
                "warehouse": seen.place(int(found.item[n])),
                "document": documents[reference].number if 0 <= reference < len(documents) else "",
                "quantity": decimal_of(int(found.quantity[n])), "day": seen.date(int(found.day[n])),
                "to_day": seen.date(to_day) if to_day >= 0 else None,
            }
        )  # fmt: skip
    return rows


def _pegs(
    run: UUID, seen: Picture, planned: Sequence[tuple[dict[str, object], Proposed]]
) -> list[dict[str, object]]:
    if len(seen.sites) > PEGGED_MAX:
        return []
    tracer = Tracer(seen.planned)
    # Orders that a maximum split share the plan's row: the first stands for all of them.
    by_row: dict[int, dict[str, object]] = {}
    for row, each in planned:
        by_row.setdefault(each.plan_row, row)
    rows: list[dict[str, object]] = []
    ends: dict[str, tuple[UUID, int]] = {}
    parents: dict[str, str] = {}
    for number, (item, _) in enumerate(seen.sites):
        found = tracer.pegs(number)
        for peg in found.pegs:
            supply, need = found.supplies[peg.supply], found.requirements[peg.requirement]
            supply_key = _supply_key(seen, by_row, supply)
            need_key, line = _need_key(seen, by_row, need)
            if need.demand >= 0 and seen.demands[need.demand].kind == "sales_order":
                ends.setdefault(supply_key, (seen.demands[need.demand].id, line))
            elif need.row in by_row:
                parents.setdefault(supply_key, need_key)
            rows.append(
                {
                    "run_id": run, "line": len(rows) + 1, "company": seen.known.company, "item": item,
                    "warehouse": seen.place(number), "quantity": decimal_of(peg.quantity),
                    "supply_kind": supply.kind, "supply": supply_key, "supply_date": seen.date(supply.day),
                    "need_kind": need.kind, "need": need_key, "need_line": line, "need_date": seen.date(need.day),
                }
            )  # fmt: skip
    for row in by_row.values():
        end = _end_of(str(row["id"]), parents, ends)
        if end is not None:
            row["demand_order"], row["demand_line"] = end
    return rows


def _supply_key(seen: Picture, by_row: Mapping[int, Mapping[str, object]], supply: Supply) -> str:
    if supply.kind in ("receipt", "firm") and supply.receipt >= 0:
        return str(seen.receipts[supply.receipt].id)
    return str(by_row[supply.row]["id"]) if supply.row in by_row else supply.kind


def _need_key(
    seen: Picture, by_row: Mapping[int, Mapping[str, object]], need: Requirement
) -> tuple[str, int]:
    if need.demand >= 0:
        reference = seen.demands[need.demand]
        return str(reference.id), reference.line
    return (str(by_row[need.row]["id"]) if need.row in by_row else need.kind), 0


def _end_of(
    order: str, parents: Mapping[str, str], ends: Mapping[str, tuple[UUID, int]]
) -> tuple[UUID, int] | None:
    key: str | None = order
    for _ in range(LEVELS_MAX):
        if key is None or key in ends:
            break
        key = parents.get(key)
    return ends.get(key) if key is not None else None


async def get_run(session: AsyncSession, ref: str) -> RowMapping:
    """One run by id or number."""
    found = await store.find_run(session, ref)
    if found is None:
        raise NotFound(what=("planning run", "计划运算"))
    return found


def runs_listing(**filters: object) -> Select[tuple[object, ...]]:
    """Runs by what a planner looks for."""
    return store.runs_listing(**filters)


def orders_listing(**filters: object) -> Select[tuple[object, ...]]:
    """Planned orders by what a planner looks for."""
    return store.orders_listing(**filters)


def exceptions_listing(**filters: object) -> Select[tuple[object, ...]]:
    """Exception messages by what a planner looks for."""
    return store.exceptions_listing(**filters)


# --- firming ---------------------------------------------------------------------------------------------------


async def firm(session: AsyncSession, ids: Sequence[UUID]) -> list[RowMapping | BusinessError]:
    """Accept planned orders: production makes orders of its own, purchasing raises requisitions."""
    locked = await store.lock_planned(session, ids)
    results: list[RowMapping | BusinessError] = []
    documents: dict[UUID, str] = {}
    told: list[PlannedOrderFirmed] = []
    for ref in ids:
        row = locked.get(ref)
        if row is None:
            results.append(NotFound(what=("planned order", "计划订单")))
            continue
        if row["status"] != "planned" or ref in documents:
            results.append(InvalidState(now=row["status"]))
            continue
        document = ""
        if row["kind"] == "make":
            (made,) = await orders.add_orders(session, None, [_new_order(row)])
            if not isinstance(made, Order):
                results.append(made)
                continue
            document = made.number
        documents[ref] = document
        told.append(PlannedOrderFirmed(firmed=await _firmed(session, row)))
        results.append(row)
    await store.set_firmed(session, documents)
    await emit(session, *told, case_of=lambda event: event.key)
    after = await store.lock_planned(session, list(documents)) if documents else {}
    return [after[r["id"]] if not isinstance(r, BusinessError) else r for r in results]


def _new_order(row: RowMapping) -> NewOrder:
    return NewOrder(
        company=row["company"],
        item=row["item"],
        quantity=row["quantity"],
        warehouse=row["warehouse"],
        start_date=row["start_date"],
        due_date=row["due_date"],
        demand_order=row["demand_order"],
        demand_line=row["demand_line"],
        planned_order=row["id"],
    )


async def _firmed(session: AsyncSession, row: RowMapping) -> Firmed:
    today = await replicas.today(session, row["company"])
    return Firmed(
        id=row["id"], number=f"PL-{row['line']:06d}", company=row["company"], business_date=today.isoformat(),
        posting_date=today.isoformat(), planned_order=row["id"], kind=row["kind"], item=row["item"],
        quantity=row["quantity"], unit=row["unit"], warehouse=row["warehouse"],
        from_warehouse=row["from_warehouse"], start_date=row["start_date"].isoformat(),
        due_date=row["due_date"].isoformat(), supplier=row["supplier"] or None, demand_order=row["demand_order"],
        demand_line=row["demand_line"],
    )  # fmt: skip


# --- what is for what ------------------------------------------------------------------------------------------


async def pegs_up(session: AsyncSession, supply: str) -> list[RowMapping]:
    """From a supply to the demands that it is for, level by level."""
    return await _walk(session, supply, up=True)


async def pegs_down(session: AsyncSession, need: str) -> list[RowMapping]:
    """From a demand or an order to everything that covers it, level by level."""
    return await _walk(session, need, up=False)


async def _walk(session: AsyncSession, start: str, *, up: bool) -> list[RowMapping]:
    found: list[RowMapping] = []
    seen: set[str] = set()
    waiting: Collection[str] = {start}
    while waiting:
        seen.update(waiting)
        rows = (
            await store.pegs_of_supply(session, waiting)
            if up
            else await store.pegs_of_need(session, waiting)
        )
        found.extend(rows)
        waiting = {row["need" if up else "supply"] for row in rows} - seen
    return found


# --- promises --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody would like to have."""

    company: str
    item: str
    quantity: Decimal
    wanted: date | None
    warehouse: str = ""
    lead_times: Mapping[str, int] | None = None
    """What if: an item's lead time were another."""


async def promise_for(
    session: AsyncSession, caller: Principal, asked: Asked
) -> tuple[Picture, Answer]:
    """When a quantity can be delivered, why then, and what would make it earlier."""
    owner = await replicas.resolve_company(session, asked.company)
    caller.check_company(owner.code)
    item = (await replicas.resolve_items(session, {asked.item: "/item"}))[asked.item]
    seen = await picture(session, owner.code)
    overrides: dict[int, int] = {}
    for code, days in (asked.lead_times or {}).items():
        rows = [n for n, (known, _) in enumerate(seen.sites) if known == code]
        if not rows:
            raise NotPlanned(item=code, field="/lead_times")
        overrides |= dict.fromkeys(rows, days)
    key = (item.code, asked.warehouse if (item.code, asked.warehouse) in seen.separate else "")
    row = seen.index.get(key)
    if row is None:
        raise NotPlanned(item=asked.item, field="/item")
    answer = await asyncio.to_thread(
        promise,
        seen.planned,
        item=row,
        quantity=micro(asked.quantity),
        wanted=max(seen.day(asked.wanted), 0),
        lead_overrides=overrides,
    )
    return seen, answer


def reason_of(seen: Picture, reason: Reason) -> dict[str, Any]:
    """One constraint of a promise as people read it, with those below it."""
    item, _ = seen.sites[reason.item]
    reference = ""
    if reason.kind in ("purchase", "production", "transit") and 0 <= reason.reference < len(
        seen.receipts
    ):
        reference = seen.receipts[reason.reference].number
    return {
        "kind": reason.kind,
        "item": item,
        "quantity": decimal_of(reason.quantity),
        "start_date": seen.date(reason.start_day),
        "ready_date": seen.date(reason.ready_day),
        "reference": reference,
        "children": [reason_of(seen, child) for child in reason.children],
    }
