"""Work centres and calendars: entered, changed, found by code."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import time
from typing import Any

from sqlalchemy import RowMapping, Select, Table
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.auth import Principal
from chassis.errors import Duplicate, NotFound, UnknownReference
from chassis.http import check_version
from chassis.ids import uuid7
from production.replicas import service as replicas
from production.work_centres import store
from production.work_centres.rules import USUAL, Calendar, Rates, Shift
from production.work_centres.tables import calendars, work_centres

CALENDAR = ("calendar", "日历")
WORK_CENTRE = ("work centre", "工作中心")


def calendar_of(row: RowMapping) -> Calendar:
    """A calendar as the rules see it."""
    shifts: list[dict[str, Any]] = row["shifts"]
    return Calendar(
        tuple(
            Shift(s["weekday"], time.fromisoformat(s["start"]), time.fromisoformat(s["end"]))
            for s in shifts
        ),
        frozenset(row["days_off"]),
    )


def shifts_json(shifts: Collection[Shift]) -> list[dict[str, object]]:
    """Shifts as they are kept."""
    return [
        {"weekday": s.weekday, "start": f"{s.start:%H:%M}", "end": f"{s.end:%H:%M}"} for s in shifts
    ]


def rates_of(row: RowMapping) -> Rates:
    """What an hour at a work centre costs."""
    return Rates(row["labour_rate"], row["overhead_rate"])


async def add_calendar(
    session: AsyncSession, caller: Principal, company: str, values: Mapping[str, object]
) -> RowMapping:
    """Enter a calendar."""
    return await _add(session, caller, calendars, company, values, CALENDAR)


async def add_work_centre(
    session: AsyncSession, caller: Principal, company: str, values: Mapping[str, object]
) -> RowMapping:
    """Enter a work centre."""
    owner = await replicas.resolve_company(session, company)
    checked = await _checked(session, owner.code, values)
    return await _add(session, caller, work_centres, owner.code, checked, WORK_CENTRE)


async def change_calendar(
    session: AsyncSession, ref: str, values: Mapping[str, object], *, expected: int | None
) -> RowMapping:
    """Change a calendar; what is left out stays."""
    return await _change(session, calendars, ref, values, expected, CALENDAR)


async def change_work_centre(
    session: AsyncSession, ref: str, values: Mapping[str, object], *, expected: int | None
) -> RowMapping:
    """Change a work centre; orders released before keep their steps, hours reported later the new rates."""
    known = await get(session, work_centres, ref)
    checked = await _checked(session, known["company"], values)
    return await _change(session, work_centres, ref, checked, expected, WORK_CENTRE)


async def _checked(
    session: AsyncSession, company: str, values: Mapping[str, object]
) -> dict[str, object]:
    checked = dict(values)
    warehouse = checked.get("warehouse")
    if warehouse:
        found = await replicas.resolve_warehouses(session, company, {str(warehouse): "/warehouse"})
        checked["warehouse"] = found[str(warehouse)].code
    if checked.get("calendar"):
        await check_calendar(session, company, str(checked["calendar"]))
    return checked


async def check_calendar(session: AsyncSession, company: str, code: str) -> None:
    """Refuse a calendar that the company does not have."""
    if code not in await store.of_company(session, calendars, company, [code]):
        raise UnknownReference(what=CALENDAR, reference=code, field="/calendar")


async def _add(
    session: AsyncSession,
    caller: Principal,
    table: Table,
    company: str,
    values: Mapping[str, object],
    what: tuple[str, str],
) -> RowMapping:
    owner = await replicas.resolve_company(session, company)
    caller.check_company(owner.code)
    row = await store.add(
        session, table, {**values, "id": uuid7(), "company": owner.code, "version": 1}
    )
    if row is None:
        raise Duplicate(what=(f"A {what[0]}", what[1]), field="/code")
    await _record(session, table, "add", None, row)
    return row


async def _change(
    session: AsyncSession,
    table: Table,
    ref: str,
    values: Mapping[str, object],
    expected: int | None,
    what: tuple[str, str],
) -> RowMapping:
    before = await store.find(session, table, ref, lock=True)
    if before is None:
        raise NotFound(what=what)
    check_version(expected, before["version"])
    after = await store.change(session, table, before["id"], values)
    await _record(session, table, "change", before, after)
    return after


async def _record(
    session: AsyncSession, table: Table, verb: str, before: RowMapping | None, after: RowMapping
) -> None:
    kind = table.name.removesuffix("s")
    await record(
        session,
        AuditEntry(
            action=f"production.{kind}.{verb}",
            document_type=f"production.{kind}",
            document_id=after["id"],
            number=after["code"],
            company=after["company"],
            before=None if before is None else dict(before),
            after=dict(after),
        ),
    )


async def get(session: AsyncSession, table: Table, ref: str) -> RowMapping:
    """One calendar or work centre by id or code."""
    found = await store.find(session, table, ref)
    if found is None:
        raise NotFound(what=WORK_CENTRE if table is work_centres else CALENDAR)
    return found


def listing(table: Table, **filters: object) -> Select[tuple[object, ...]]:
    """The list, by the columns given."""
    return store.listing(table, filters)


async def of_company(
    session: AsyncSession, company: str, codes: Collection[str] | None = None
) -> dict[str, RowMapping]:
    """A company's work centres by code."""
    return await store.of_company(session, work_centres, company, codes)


async def resolve(
    session: AsyncSession, company: str, refs: Mapping[str, str]
) -> dict[str, RowMapping]:
    """The active work centres named; `refs` maps each code to the field that named it."""
    known = await store.of_company(session, work_centres, company, list(refs))
    for code, field in refs.items():
        if code not in known or not known[code]["active"]:
            raise UnknownReference(what=WORK_CENTRE, reference=code, field=field)
    return known


async def calendars_of(session: AsyncSession, company: str) -> dict[str, Calendar]:
    """A company's calendars by code; the usual one has no code."""
    rows = await store.of_company(session, calendars, company)
    return {"": USUAL} | {code: calendar_of(row) for code, row in rows.items()}
