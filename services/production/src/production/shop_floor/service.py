"""The dispatch list, the board and the schedule as they are at this moment; downtimes, and the schedule that is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import RowMapping, Select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import numbers
from chassis.audit import AuditEntry, record, record_change
from chassis.auth import Principal
from chassis.clock import HOME_ZONE, zone_of
from chassis.errors import InvalidState, NotFound, UnknownReference, ValidationFailed
from chassis.http import check_version
from chassis.ids import uuid7
from production.orders import service as orders
from production.orders.rules import Order
from production.replicas import service as replicas
from production.shop_floor import store
from production.shop_floor.rules import (
    PAST_DAYS,
    Bar,
    Card,
    Downtime,
    Finish,
    Job,
    Kept,
    Load,
    Place,
    bars_of,
    cards_of,
    finishes_of,
    jobs_of,
    loads_apart,
    loads_of,
    supposed_places,
)
from production.work_centres import service as work_centres
from production.work_centres.rules import Calendar
from tongheng_contracts.production import ProductionOrderStatus

WHAT = ("downtime", "停机记录")


async def dispatch_list(session: AsyncSession, company: str, work_centre: str | None) -> list[Job]:
    """What is to be done, the most urgent first."""
    jobs = jobs_of(await _released(session, company))
    return [j for j in jobs if work_centre in (None, j.operation.work_centre)]


async def gantt(session: AsyncSession, company: str) -> list[Bar]:
    """When each operation can be done, within the shifts of its work centre."""
    now = await _now(session, company)
    return await _bars(session, company, now)


async def _now(session: AsyncSession, company: str) -> datetime:
    known = (await replicas.find_companies(session, [company])).get(company)
    zone = zone_of(known.time_zone if known else HOME_ZONE)
    return (await replicas.now(session)).astimezone(zone).replace(second=0, microsecond=0)


async def _bars(
    session: AsyncSession,
    company: str,
    now: datetime,
    *,
    kept: Sequence[Kept] = (),
    freeze_until: datetime | None = None,
) -> list[Bar]:
    jobs = jobs_of(await _released(session, company))
    places = _places(
        await work_centres.of_company(session, company),
        await work_centres.calendars_of(session, company),
    )
    down = await store.downtimes_of(session, company, now - timedelta(days=PAST_DAYS))
    return await asyncio.to_thread(
        bars_of, jobs, places, now, downtimes=down, kept=kept, freeze_until=freeze_until
    )


def _places(
    centres: Mapping[str, RowMapping], calendars: Mapping[str, Calendar]
) -> dict[str, Place]:
    return {
        code: Place(code, row["capacity"], calendars[row["calendar"]])
        for code, row in centres.items()
    }


async def _released(session: AsyncSession, company: str) -> list[Order]:
    found = await orders.open_orders(session, company)
    return [o for o in found if o.status is ProductionOrderStatus.RELEASED]


@dataclass(frozen=True, slots=True)
class Column:
    """A work centre's column of the board."""

    work_centre: str
    name: str
    down_until: datetime | None
    """When it works again, if all of it is down now."""
    cards: tuple[Card, ...]


async def board(session: AsyncSession, company: str, work_centre: str | None) -> list[Column]:
    """The shop floor at this moment: each work centre with the operations there."""
    now = await replicas.now(session)
    today = await replicas.today(session, company)
    by_place: dict[str, list[Card]] = {}
    for card in cards_of(await _released(session, company), today):
        by_place.setdefault(card.job.operation.work_centre, []).append(card)
    down: dict[str, datetime] = {}
    for each in await store.downtimes_of(session, company, now):
        if each.unit is None and each.covers(now):
            down[each.work_centre] = max(down.get(each.work_centre, now), each.ends_at)
    known = await work_centres.of_company(session, company)
    return [
        Column(code, row["name"], down.get(code), tuple(by_place.get(code, ())))
        for code, row in known.items()
        if work_centre in (None, code) and (row["active"] or code in by_place)
    ]


# --- downtimes -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewDowntime:
    """A downtime as it was entered."""

    company: str
    work_centre: str
    unit: int | None
    starts_at: datetime
    ends_at: datetime
    reason: str


async def add_downtime(session: AsyncSession, caller: Principal, asked: NewDowntime) -> Downtime:
    """Say that a work centre, or one of its units, is down for a time."""
    company = await replicas.resolve_company(session, asked.company)
    caller.check_company(company.code)
    found = await work_centres.resolve(session, company.code, {asked.work_centre: "/work_centre"})
    if asked.unit is not None and asked.unit >= found[asked.work_centre]["capacity"]:
        raise ValidationFailed(
            en="{work_centre} has {capacity} units, counted from 0.",
            zh="“{work_centre}”共有 {capacity} 个单元，编号从 0 开始。",
            work_centre=asked.work_centre,
            capacity=found[asked.work_centre]["capacity"],
            field="/unit",
        )
    _check_times(asked.starts_at, asked.ends_at)
    day = await replicas.today(session, company.code)
    (number,) = await numbers.draw(session, "downtime_numbers", "DT", day.year)
    made = Downtime(
        id=uuid7(),
        number=number,
        company=company.code,
        version=1,
        status="active",
        work_centre=asked.work_centre,
        unit=asked.unit,
        starts_at=asked.starts_at,
        ends_at=asked.ends_at,
        reason=asked.reason,
        business_date=day,
        posting_date=day,
    )
    await store.add_downtime(session, made)
    await record_change(session, "production.downtime.add", None, made)
    return made


async def change_downtime(
    session: AsyncSession,
    ref: str,
    *,
    ends_at: datetime | None,
    reason: str | None,
    expected: int | None,
) -> Downtime:
    """It is over sooner, or lasts longer."""
    before = await _open(session, ref, expected)
    after = replace(
        before,
        version=before.version + 1,
        ends_at=ends_at or before.ends_at,
        reason=before.reason if reason is None else reason,
    )
    _check_times(after.starts_at, after.ends_at)
    await store.save_downtime(session, after)
    await record_change(session, "production.downtime.change", before, after)
    return after


async def cancel_downtime(session: AsyncSession, ref: str, *, expected: int | None) -> Downtime:
    """It was entered by mistake, or does not take place."""
    before = await _open(session, ref, expected)
    after = replace(before, version=before.version + 1, status="cancelled")
    await store.save_downtime(session, after)
    await record_change(session, "production.downtime.cancel", before, after)
    return after


async def _open(session: AsyncSession, ref: str, expected: int | None) -> Downtime:
    before = await store.find_downtime(session, ref, lock=True)
    if before is None:
        raise NotFound(what=WHAT)
    check_version(expected, before.version)
    if before.status != "active":
        raise InvalidState(now=before.status)
    return before


def _check_times(start: datetime, end: datetime) -> None:
    if end <= start:
        raise ValidationFailed(
            en="It would end before it begins.", zh="结束时间早于开始时间。", field="/end"
        )
    if end - start > timedelta(days=PAST_DAYS * 6):
        raise ValidationFailed(
            en="A downtime is at most {days} days; set the work centre inactive.",
            zh="停机最长 {days} 天；请停用该工作中心。",
            days=PAST_DAYS * 6,
            field="/end",
        )


async def get_downtime(session: AsyncSession, ref: str) -> Downtime:
    """One downtime by id or number."""
    found = await store.find_downtime(session, ref)
    if found is None:
        raise NotFound(what=WHAT)
    return found


def downtimes_listing(**filters: object) -> Select[tuple[object, ...]]:
    """Downtimes by what a foreman looks for."""
    return store.downtimes_listing(**filters)


# --- the schedule that is kept ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A schedule that was kept, with what became of each operation."""

    id: UUID
    number: str
    company: str
    as_of: datetime
    freeze_until: datetime
    bars: tuple[Bar, ...]


async def keep_schedule(
    session: AsyncSession, caller: Principal, ref: str, *, freeze_minutes: int
) -> Scheduled:
    """Schedule anew from the schedule kept before: after a breakdown, or when orders came.

    What has begun, or begins within `freeze_minutes`, keeps its slot; what is down is not used.
    """
    company = await replicas.resolve_company(session, ref)
    caller.check_company(company.code)
    await store.lock_company(session, company.code)
    before = await store.newest(session, company.code)
    now = await _now(session, company.code)
    freeze_until = now + timedelta(minutes=freeze_minutes)
    kept = [] if before is None else await store.slots_of(session, before["id"])
    bars = await _bars(session, company.code, now, kept=kept, freeze_until=freeze_until)
    day = await replicas.today(session, company.code)
    (number,) = await numbers.draw(session, "schedule_numbers", "SCH", day.year)
    made = Scheduled(uuid7(), number, company.code, now, freeze_until, tuple(bars))
    head = store.head_of(
        id=made.id,
        number=number,
        company=company.code,
        as_of=now,
        freeze_until=freeze_until,
        day=day,
    )
    await store.keep(session, head, bars)
    await record(
        session,
        AuditEntry(
            action="production.schedule.keep",
            document_type="production.schedule",
            document_id=made.id,
            number=number,
            company=company.code,
            before=None,
            after={"operations": len(bars), "frozen": sum(bar.frozen for bar in bars)},
        ),
    )
    return made


async def kept_schedule(
    session: AsyncSession, company: str
) -> tuple[RowMapping, list[tuple[Kept, Order]]]:
    """The schedule that was kept last, with the orders of its slots."""
    head = await store.newest(session, company)
    if head is None:
        raise NotFound(what=("schedule", "排产计划"))
    slots = await store.slots_of(session, head["id"])
    known = {o.id: o for o in await orders.by_ids(session, {slot.order_id for slot in slots})}
    return head, [(slot, known[slot.order_id]) for slot in slots]


# --- what if ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SupposedCapacity:
    """What capacity there might be: units and calendars by work centre, and further downtimes."""

    company: str
    freeze_minutes: int
    units: Mapping[str, int]
    calendars: Mapping[str, str]
    downtimes: Sequence[NewDowntime] = ()


@dataclass(frozen=True, slots=True)
class ForeseenFloor:
    """What would be different on the shop floor: every order's end, and the loads that differ."""

    finishes: Sequence[Finish]
    loads: Sequence[Load]


async def what_if(
    session: AsyncSession, caller: Principal, supposed: SupposedCapacity
) -> ForeseenFloor:
    """Schedule twice from the schedule in force, as things are and as they might be; kept is neither."""
    company = await replicas.resolve_company(session, supposed.company)
    caller.check_company(company.code)
    named = {
        **{one.work_centre: f"/downtimes/{n}/work_centre" for n, one in enumerate(supposed.downtimes)},
        **{code: f"/work_centres/{n}/work_centre" for n, code in enumerate({**supposed.units, **supposed.calendars})},
    }  # fmt: skip
    await work_centres.resolve(session, company.code, named)
    calendars = await work_centres.calendars_of(session, company.code)
    for code, calendar in supposed.calendars.items():
        if calendar not in calendars:
            raise UnknownReference(what=("calendar", "日历"), reference=calendar, field=named[code])
    places = _places(await work_centres.of_company(session, company.code), calendars)
    places_then = supposed_places(
        places,
        supposed.units,
        {code: calendars[name] for code, name in supposed.calendars.items()},
    )
    now = await _now(session, company.code)
    down = await store.downtimes_of(session, company.code, now - timedelta(days=PAST_DAYS))
    day = await replicas.today(session, company.code)
    for n, one in enumerate(supposed.downtimes):
        _check_times(one.starts_at, one.ends_at)
        if one.unit is not None and one.unit >= places_then[one.work_centre].capacity:
            raise ValidationFailed(
                en="{work_centre} has {capacity} units, counted from 0.",
                zh="“{work_centre}”共有 {capacity} 个单元，编号从 0 开始。",
                work_centre=one.work_centre,
                capacity=places_then[one.work_centre].capacity,
                field=f"/downtimes/{n}/unit",
            )
    down_then = [
        *(d for d in down if d.unit is None or d.unit < places_then[d.work_centre].capacity),
        *(
            Downtime(
                id=uuid7(), number="", company=company.code, version=1, status="active", work_centre=one.work_centre,
                unit=one.unit, starts_at=one.starts_at, ends_at=one.ends_at, reason=one.reason, business_date=day,
                posting_date=day,
            )
            for one in supposed.downtimes
        ),
    ]  # fmt: skip
    before = await store.newest(session, company.code)
    kept = [] if before is None else await store.slots_of(session, before["id"])
    jobs = jobs_of(await _released(session, company.code))
    freeze_until = now + timedelta(minutes=supposed.freeze_minutes)

    def compared() -> ForeseenFloor:
        sides = ((places, down), (places_then, down_then))
        was, would = (
            bars_of(jobs, centres, now, downtimes=out, kept=kept, freeze_until=freeze_until)
            for centres, out in sides
        )
        last = max((bar.end for bar in (*was, *would)), default=now).date()
        loads = [
            loads_of(bars, centres, now, last, out)
            for bars, (centres, out) in zip((was, would), sides, strict=True)
        ]
        return ForeseenFloor(finishes_of(was, would), loads_apart(*loads))

    return await asyncio.to_thread(compared)
