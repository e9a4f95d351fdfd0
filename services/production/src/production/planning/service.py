"""Plans on live data: run, firmed into orders and requisitions, asked what is for what and when something can be had."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar
from uuid import UUID

import numpy as np
import structlog
from sqlalchemy import RowMapping, Select, func
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import numbers
from chassis.audit import AuditEntry, record
from chassis.auth import Principal
from chassis.context import system_context
from chassis.database import Database
from chassis.errors import BusinessError, InvalidState, NotFound, UnknownReference
from chassis.ids import uuid7
from chassis.outbox import emit
from production.mrp import (
    CycleFound,
    InvalidInput,
    Message,
    QuantityOverflow,
    Reason,
    Source,
    decimal_of,
    micro,
    promise,
)
from production.mrp import Promise as Answer
from production.orders import service as orders
from production.orders.rules import Order
from production.orders.service import NewOrder
from production.planning import promises, store, writing
from production.planning.desk import DESK, UNPLANNABLE
from production.planning.rules import DAYS, WEEKS, NotPlanned, Picture
from production.planning.simulating import Assumptions, Notice, Outcome, Part, Slip, Wish, simulate
from production.replicas import service as replicas
from tongheng_contracts.production import Firmed, MrpCompleted, MrpRun, PlannedOrderFirmed

log = structlog.get_logger(__name__)
EVERY_SECONDS = 0.5
REPLAN_SECONDS = 3.0
SWEEP_SECONDS = 300.0
FULL, NET_CHANGE = "full", "net_change"
CENT = Decimal("0.01")
KIND_OF = {Source.BUY: "buy", Source.MAKE: "make", Source.TRANSFER: "transfer", Source.PHANTOM: "phantom"}  # fmt: skip
ARRANGED = frozenset({"purchase", "production", "transit"})
"""Kinds of reasons that name a document."""


# --- runs ------------------------------------------------------------------------------------------------------


async def queue_run(
    session: AsyncSession, caller: Principal, company: str, mode: str = FULL
) -> RowMapping:
    """Ask for a planning run; it is done in the background."""
    owner = await replicas.resolve_company(session, company)
    caller.check_company(owner.code)
    ref, number = await add_run(session, owner.code, mode)
    await record(
        session,
        AuditEntry(
            action="production.mrp_run.queue", document_type="production.mrp_run", document_id=ref, number=number,
            company=owner.code, after={"mode": mode},
        ),
    )  # fmt: skip
    return await get_run(session, str(ref))


async def add_run(session: AsyncSession, company: str, mode: str) -> tuple[UUID, str]:
    """Queue a run; its id and number."""
    today = await replicas.today(session, company)
    (number,) = await numbers.draw(session, "mrp_numbers", "MRP", today.year)
    ref = uuid7()
    await store.add_run(
        session,
        {
            "id": ref, "number": number, "company": company, "version": 1, "status": "queued", "items": 0,
            "planned_orders": 0, "exceptions": 0, "error": "", "mode": mode, "items_planned": 0, "snapshot": "",
            "business_date": today, "posting_date": today,
        },
    )  # fmt: skip
    return ref, number


async def keep_running(database: Database) -> None:
    """Do the queued runs, one after the other, and keep plans current that were run before."""
    DESK.open(database)
    looked_at = swept_at = time.monotonic()
    while True:
        try:
            async with database.transaction(system_context("planning")) as session:
                done = await run_next(session)
            now = time.monotonic()
            if not done and now - looked_at >= REPLAN_SECONDS:
                looked_at = now
                async with database.transaction(system_context("planning")) as session:
                    done = await replan(session) > 0
            if now - swept_at >= SWEEP_SECONDS:
                swept_at = now
                async with database.transaction(system_context("planning")) as session:
                    await store.sweep_marks(session)
        except Exception as error:
            log.warning("a planning run will be tried again", error=type(error).__name__, exc_info=True)  # fmt: skip
            # What was taken as written may not be.
            DESK.forget()
            done = False
        if not done:
            await asyncio.sleep(EVERY_SECONDS)


async def replan(session: AsyncSession) -> int:
    """Queue a net change for each company whose plan was written down before something changed; how many."""
    stale = await store.stale_companies(session)
    for company in stale:
        await add_run(session, company, NET_CHANGE)
    return len(stale)


async def run_next(session: AsyncSession) -> bool:
    """Do the next queued run; False when there is none."""
    found = await store.next_run(session)
    if found is None:
        return False
    run, company, mode = found
    await store.allow_long(session)
    await store.lock_plan(session, company)
    written = await store.written_run(session, company)
    before, _ = await store.snapshot(session, company)
    if mode == FULL:
        DESK.forget(company)
    try:
        async with DESK.at(session, company) as held:
            seen, snapshot = held.picture.fork(), held.snapshot
            known = mode == NET_CHANGE and held.written == str(written)
            rows = np.array(sorted(held.open), dtype=np.int64) if known else None
            held.open, held.written = set(), str(run)
    except UNPLANNABLE as error:
        await store.set_run(
            session,
            run,
            {
                "status": "failed",
                "error": str(error),
                "snapshot": before,
                "finished_at": func.clock_timestamp(),
            },
        )
        return True
    count = await writing.write(session, run, seen, rows)
    planned, told_of = await store.counted(session, company)
    horizon = seen.date(DAYS + 7 * WEEKS - 1)
    row = await store.set_run(
        session,
        run,
        {
            "status": "completed", "items": len(seen.codes), "items_planned": count, "planned_orders": planned,
            "exceptions": told_of, "horizon": horizon, "snapshot": snapshot, "started_at": func.now(),
            "finished_at": func.clock_timestamp(),
        },
    )  # fmt: skip
    told = MrpRun(
        id=run, number=row["number"], company=company, version=row["version"], status=row["status"],
        business_date=row["business_date"].isoformat(), items=row["items"], planned_orders=row["planned_orders"],
        exceptions=row["exceptions"], horizon=horizon.isoformat(), mode=mode, items_planned=count,
    )  # fmt: skip
    await emit(session, MrpCompleted(run=told), case=run)
    await promises.tell(session, seen, rows, silently=written is None)
    return True


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


async def is_pegged(session: AsyncSession, company: str) -> bool:
    """Whether what is for what is written down with a company's plan: up to `PEGGED_MAX` item-sites it is."""
    items = await store.items_planned(session, company)
    return items is None or items <= writing.PEGGED_MAX


async def planned_with(session: AsyncSession, ids: Collection[UUID]) -> Sequence[RowMapping]:
    """The planned orders with these ids, the most urgent first."""
    return await store.planned_with(session, ids) if ids else []


async def numbers_of(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, str]:
    """The numbers of sales, purchase and production orders, transfers and requisitions."""
    return await store.numbers_of(session, ids) if ids else {}


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


@dataclass(frozen=True, slots=True)
class Said:
    """An answer, and the words for what it speaks of."""

    answer: Answer
    today: date
    items: Mapping[int, str]
    """Codes by the plan's row."""
    numbers: Mapping[int, str]
    """Numbers of documents by receipt."""

    def date(self, day: int) -> date:
        """Days from today as a date."""
        return self.today + timedelta(days=min(day, 3650))


async def promise_for(session: AsyncSession, caller: Principal, asked: Asked) -> Said:
    """When a quantity can be delivered, why then, and what would make it earlier."""
    owner = await replicas.resolve_company(session, asked.company)
    caller.check_company(owner.code)
    item = (await replicas.resolve_items(session, {asked.item: "/item"}))[asked.item]
    keys = await store.item_keys(session, {item.code, *(asked.lead_times or {})})
    async with _picture(session, owner.code) as seen:
        places = {code: key for key, code in seen.frame.warehouses.items()}
        overrides: dict[int, int] = {}
        for code, days in (asked.lead_times or {}).items():
            rows = seen.rows_of(np.array([keys[code][0] if code in keys else 0]))
            if not len(rows):
                raise NotPlanned(item=code, field="/lead_times")
            overrides |= {int(row): days for row in rows}
        row = seen.row(keys[item.code][0], places.get(asked.warehouse, 0))
        if row < 0:
            raise NotPlanned(item=asked.item, field="/item")
        answer = await asyncio.to_thread(
            promise,
            seen.plan,
            item=row,
            quantity=micro(asked.quantity),
            wanted=max(seen.day(asked.wanted), 0),
            lead_overrides=overrides,
        )
        return await _said(session, seen, answer)


async def _said(session: AsyncSession, seen: Picture, answer: Answer) -> Said:
    reasons = list(answer.reasons)
    for each in reasons:
        reasons.extend(each.children)
    rows = sorted({each.item for each in reasons} | {each.item for each in answer.earlier if each.item >= 0})  # fmt: skip
    keys = dict(zip(rows, seen.items(np.array(rows, dtype=np.int64)).tolist(), strict=True))
    codes = await store.item_codes(session, set(keys.values()))
    receipts = {
        each.reference: seen.receipts.id(each.reference)
        for each in reasons
        if each.kind in ARRANGED and 0 <= each.reference < seen.receipts.count
    }
    known = await store.numbers_of(session, receipts.values())
    return Said(
        answer,
        seen.today,
        {row: codes.get(key, "") for row, key in keys.items()},
        {receipt: known.get(ref, "") for receipt, ref in receipts.items()},
    )


def reason_of(said: Said, reason: Reason) -> dict[str, Any]:
    """One constraint of a promise as people read it, with those below it."""
    return {
        "kind": reason.kind,
        "item": said.items.get(reason.item, ""),
        "quantity": decimal_of(reason.quantity),
        "start_date": said.date(reason.start_day),
        "ready_date": said.date(reason.ready_day),
        "reference": said.numbers.get(reason.reference, "") if reason.kind in ARRANGED else "",
        "children": [reason_of(said, child) for child in reason.children],
    }


# --- what if ---------------------------------------------------------------------------------------------------


class Unplannable(BusinessError):
    """What is entered of the company, a calendar without a working day say, admits no plan."""

    code: ClassVar[str] = "cannot-be-planned"
    status: ClassVar[int] = 422
    en: ClassVar[str] = (
        "This company cannot be planned: {reason}. Mend what is named, then ask again."
    )
    zh: ClassVar[str] = "该公司无法计划：{reason}。请修正所指数据后重试。"


class NotPossible(BusinessError):
    """What is assumed cannot be planned."""

    code: ClassVar[str] = "cannot-be-planned"
    status: ClassVar[int] = 422
    en: ClassVar[str] = "What is assumed cannot be planned: {reason}."
    zh: ClassVar[str] = "假设的情况无法计划：{reason}。"


@dataclass(frozen=True, slots=True)
class Supposed:
    """What somebody would like to suppose, in his own words."""

    company: str
    demands: Sequence[tuple[str, str, Decimal, date]] = ()
    """Item, warehouse, quantity, day."""
    delays: Sequence[tuple[str, int]] = ()
    """The number of a purchase order, requisition or production order, and days."""
    lead_times: Sequence[tuple[str, int]] = ()
    components: Sequence[tuple[str, str, Decimal]] = ()
    """Item, component, quantity for one."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What would be different, and the words for it."""

    outcome: Outcome
    picture: Picture
    items: Mapping[int, str]
    """Codes by key."""
    numbers: Mapping[UUID, str]
    costs: Mapping[int, Decimal]
    """Standard costs by item key, where they are known."""

    def item(self, row: int) -> str:
        """The code of a row's item."""
        return self.items.get(int(self.picture.items(np.array([row]))[0]), "")

    def document(self, notice: Notice) -> str:
        """The number of the document that a message speaks of."""
        ref = _document_of(self.picture, notice)
        return self.numbers.get(ref, "") if ref is not None else ""

    @property
    def cost(self) -> tuple[Decimal, Decimal]:
        """What more would be bought, at standard cost, and how many units have none."""
        known, unknown = Decimal(0), Decimal(0)
        for shift in self.outcome.shifts:
            if KIND_OF[shift.source] != "buy":
                continue
            more = decimal_of(shift.after - shift.before)
            cost = self.costs.get(int(self.picture.items(np.array([shift.row]))[0]))
            if cost is None:
                unknown += more
            else:
                known += more * cost
        return known.quantize(CENT, rounding=ROUND_HALF_UP), unknown


def _document_of(seen: Picture, notice: Notice) -> UUID | None:
    documents = seen.demands if notice.kind is Message.DEMAND_PAST_DUE else seen.receipts
    known = 0 <= notice.reference < documents.count
    return documents.id(notice.reference) if known else None


@asynccontextmanager
async def _picture(session: AsyncSession, company: str) -> AsyncGenerator[Picture]:
    async with AsyncExitStack() as held:
        try:
            desk = await held.enter_async_context(DESK.at(session, company))
        except UNPLANNABLE as error:
            raise Unplannable(reason=str(error)) from error
        yield desk.picture


async def what_if(session: AsyncSession, caller: Principal, supposed: Supposed) -> Foreseen:
    """What would be different if some things were: computed on a fork of the live plan, kept nowhere."""
    owner = await replicas.resolve_company(session, supposed.company)
    caller.check_company(owner.code)
    named = {
        **{item: f"/demands/{n}/item" for n, (item, *_) in enumerate(supposed.demands)},
        **{item: f"/lead_times/{n}/item" for n, (item, _) in enumerate(supposed.lead_times)},
        **{item: f"/components/{n}/item" for n, (item, *_) in enumerate(supposed.components)},
        **{
            item: f"/components/{n}/component" for n, (_, item, _) in enumerate(supposed.components)
        },
    }
    found = await replicas.resolve_items(session, named)
    keys = await store.item_keys(session, {item.code for item in found.values()})
    key = {ref: keys[item.code][0] for ref, item in found.items()}
    slips: list[Slip] = []
    for n, (number, days) in enumerate(supposed.delays):
        documents = await store.supplies_named(session, owner.code, number)
        if not documents:
            raise UnknownReference(what=("supply", "供应单据"), reference=number, field=f"/delays/{n}/document")  # fmt: skip
        slips += [Slip(document, items, days) for document, items in documents.items()]
    async with _picture(session, owner.code) as held:
        seen = held.fork()
    places = {code: number for number, code in seen.frame.warehouses.items()}
    try:
        outcome = await asyncio.to_thread(
            simulate,
            seen,
            Assumptions(
                [Wish(key[i], places.get(w, 0), quantity, day) for i, w, quantity, day in supposed.demands],
                slips,
                {key[item]: days for item, days in supposed.lead_times},
                [Part(key[i], key[c], quantity) for i, c, quantity in supposed.components],
            ),
        )  # fmt: skip
    except CycleFound as error:
        named_rows = np.array(error.items, dtype=np.int64)
        codes = await store.item_codes(session, set(seen.items(named_rows).tolist()))
        raise NotPossible(reason=" → ".join(codes[int(k)] for k in seen.items(named_rows))) from error  # fmt: skip
    except (InvalidInput, QuantityOverflow) as error:
        raise NotPossible(reason=str(error)) from error
    return await _foreseen(session, seen, outcome)


async def _foreseen(session: AsyncSession, seen: Picture, outcome: Outcome) -> Foreseen:
    rows = {one.row for one in (*outcome.shifts, *outcome.new, *outcome.gone, *outcome.moved)}
    keys = set(seen.items(np.array(sorted(rows), dtype=np.int64)).tolist())
    documents = {_document_of(seen, one) for one in (*outcome.new, *outcome.gone)}
    documents |= {one.order for one in outcome.moved}
    return Foreseen(
        outcome,
        seen,
        await store.item_codes(session, keys),
        await store.numbers_of(session, [ref for ref in documents if ref is not None]),
        await store.standard_costs(session, keys),
    )
