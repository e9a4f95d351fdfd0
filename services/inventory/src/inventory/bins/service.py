"""Bins as other features use them: goods are put only where a warehouse has a place for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.errors import BusinessError, NotFound
from chassis.http import check_version
from chassis.ids import uuid7
from chassis.paging import Page, PageRequest
from inventory.bins import store
from inventory.bins.rules import BinAsked, BinExists, BinInUse, Spot, check_spots
from inventory.replicas import service as replicas

TOLD = ("warehouse", "code", "zone", "pick_order", "active")
ITEMS_NAMED = 5


async def add_bins(
    session: AsyncSession, proposals: Sequence[BinAsked | BusinessError]
) -> list[dict[str, Any] | BusinessError]:
    """Set up bins; each proposal gets its bin or the reason why not."""
    answers: list[dict[str, Any] | BusinessError | None] = [
        asked if isinstance(asked, BusinessError) else None for asked in proposals
    ]
    rows: dict[int, dict[str, Any]] = {}
    places = await _places(session, [one for one in proposals if isinstance(one, BinAsked)])
    taken: set[tuple[str, Spot]] = set()
    for number, asked in enumerate(proposals):
        if isinstance(asked, BusinessError):
            continue
        place = places[asked.company, asked.warehouse]
        if isinstance(place, BusinessError):
            answers[number] = place
            continue
        company, warehouse = place
        if (company, Spot(warehouse, asked.code)) in taken:
            answers[number] = BinExists(warehouse=warehouse, bin=asked.code, field="/code")
            continue
        taken.add((company, Spot(warehouse, asked.code)))
        rows[number] = {
            "id": uuid7(),
            "company": company,
            "version": 1,
            "warehouse": warehouse,
            "code": asked.code,
            "zone": asked.zone,
            "pick_order": asked.pick_order,
            "active": True,
        }
    # In order of key: two batches with the same bins queue up instead of closing a circle.
    ordered = sorted(rows.values(), key=lambda row: (row["company"], row["warehouse"], row["code"]))
    made = await store.add(session, ordered)
    for number, row in rows.items():
        when = made.get(row["id"])
        answers[number] = (
            BinExists(warehouse=row["warehouse"], bin=row["code"], field="/code")
            if when is None
            else {**row, "recorded_at": when}
        )
    told = [answer for answer in answers if isinstance(answer, dict)]
    await record(session, *(_entry("create", None, row) for row in told))
    return [answer for answer in answers if answer is not None]


async def _places(
    session: AsyncSession, asked: Sequence[BinAsked]
) -> dict[tuple[str, str], tuple[str, str] | BusinessError]:
    found: dict[tuple[str, str], tuple[str, str] | BusinessError] = {}
    for company, warehouse in sorted({(one.company, one.warehouse) for one in asked}):
        try:
            code = (await replicas.resolve_company(session, company)).code
            known = await replicas.resolve_warehouses(session, code, {warehouse: "/warehouse"})
            found[company, warehouse] = code, known[warehouse].code
        except BusinessError as refusal:
            found[company, warehouse] = refusal
    return found


async def change_bin(
    session: AsyncSession, bin_id: UUID, changes: Mapping[str, object], *, expected: int | None
) -> dict[str, Any]:
    """Change a bin's zone or its place on the way, close it, or open it again.

    Raises:
        NotFound: the caller sees none such.
        PreconditionFailed: it was changed meanwhile.
        BinInUse: it is to be closed, and goods lie in it.
    """
    before = await get(session, bin_id, lock=True)
    check_version(expected, before["version"])
    after = {**before, **changes}
    if after == before:
        return before
    if before["active"] and not after["active"]:
        spot = Spot(before["warehouse"], before["code"])
        lying = await store.items_in(session, before["company"], spot, most=ITEMS_NAMED)
        if lying:
            raise BinInUse(bin=spot.code, items=", ".join(lying), field="/active")
    after["version"] = before["version"] + 1
    await store.change(session, bin_id, {**changes, "version": after["version"]})
    await record(session, _entry("change", before, after))
    return after


def _entry(verb: str, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> AuditEntry:
    def told(row: Mapping[str, Any]) -> dict[str, object]:
        return {name: row[name] for name in TOLD}

    return AuditEntry(
        action=f"inventory.bin.{verb}",
        document_type="bin",
        document_id=after["id"],
        number=after["code"],
        company=after["company"],
        before=None if before is None else told(before),
        after=told(after),
    )


async def get(session: AsyncSession, bin_id: UUID, *, lock: bool = False) -> dict[str, Any]:
    """One bin."""
    found = await store.find(session, bin_id, lock=lock)
    if found is None:
        raise NotFound(what=("bin", "库位"))
    return found


async def list_bins(
    session: AsyncSession, paging: PageRequest, *, active: bool | None, **filters: str | None
) -> Page[dict[str, Any]]:
    """Bins by warehouse and the way through it."""
    return await store.listed(session, paging, active=active, **filters)


async def check(session: AsyncSession, company: str, wanted: Mapping[Spot, str]) -> None:
    """Refuse bins that a warehouse does not have; see `rules.check_spots`."""
    named = {spot: field for spot, field in wanted.items() if spot.code}
    if not named:
        return
    kept = await store.keeping(session, company, {spot.warehouse for spot in named})
    if kept:
        check_spots(named, await store.known(session, company, named.keys()), kept)


async def order_of(
    session: AsyncSession, balance_ids: Collection[int]
) -> dict[int, tuple[str, str, int]]:
    """Bin, zone and place on the way of some balances; none for what lies in no bin."""
    return await store.order_of(session, balance_ids) if balance_ids else {}
