"""Reorder rules: kept by people, looked at again and again; what changes is told once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.context import system_context
from chassis.database import Database
from chassis.errors import NotFound
from chassis.http import check_version
from chassis.ids import uuid7
from chassis.outbox import emit
from chassis.paging import Page, PageRequest
from inventory.reorder import store
from inventory.reorder.rules import MaximumBelowMinimum, RuleExists, missing
from inventory.reorder.store import Seen
from inventory.replicas import service as replicas
from inventory.replicas.rules import check_quantity
from inventory.stock.rules import plain
from tongheng_contracts.inventory import StockAlert, StockAlertRaised

log = structlog.get_logger(__name__)

LOOK_SECONDS = 5.0
AT_ONCE = 1_000
TOLD = ("minimum", "maximum", "active")


@dataclass(frozen=True, slots=True)
class RuleAsked:
    """A new rule, in the item's base unit."""

    company: str
    item: str
    warehouse: str
    minimum: Decimal
    maximum: Decimal


async def add_rule(session: AsyncSession, asked: RuleAsked) -> dict[str, Any]:
    """Have an item watched in a warehouse.

    Raises:
        RuleExists: it is already.
        MaximumBelowMinimum: the two contradict each other.
        UnknownReference: no such company, item or warehouse.
    """
    company = (await replicas.resolve_company(session, asked.company)).code
    item = (await replicas.resolve_items(session, {asked.item: "/item"}))[asked.item]
    places = await replicas.resolve_warehouses(session, company, {asked.warehouse: "/warehouse"})
    warehouse = places[asked.warehouse].code
    _check(asked.minimum, asked.maximum)
    for name, value in (("minimum", asked.minimum), ("maximum", asked.maximum)):
        check_quantity(item, value, field=f"/{name}")
    rule = uuid7()
    row: dict[str, object] = {
        "id": rule,
        "company": company,
        "version": 1,
        "item": item.code,
        "warehouse": warehouse,
        "unit": item.base_unit,
        "minimum": asked.minimum,
        "maximum": asked.maximum,
        "active": True,
    }
    if not await store.add(session, row):
        raise RuleExists(item=item.code, warehouse=warehouse, field="/item")
    made = await get(session, rule)
    await _record(session, "create", None, made)
    return made


async def change_rule(
    session: AsyncSession, rule: UUID, changes: dict[str, object], *, expected: int | None
) -> dict[str, Any]:
    """Change a rule's quantities, or have it rest.

    Raises:
        NotFound: the caller sees none such.
        PreconditionFailed: it was changed meanwhile.
        MaximumBelowMinimum: the two contradict each other.
    """
    before = await get(session, rule, lock=True)
    check_version(expected, before["version"])
    after: dict[str, Any] = {**before, **changes}
    if after == before:
        return before
    _check(after["minimum"], after["maximum"])
    item = (await replicas.find_items(session, [before["item"]]))[before["item"]]
    for name in ("minimum", "maximum"):
        check_quantity(item, after[name], field=f"/{name}")
    after["version"] = before["version"] + 1
    await store.change(session, rule, {**changes, "version": after["version"]})
    await _record(session, "change", before, after)
    return after


def _check(minimum: Decimal, maximum: Decimal) -> None:
    if maximum < minimum:
        raise MaximumBelowMinimum(maximum=plain(maximum), minimum=plain(minimum), field="/maximum")


async def _record(
    session: AsyncSession, verb: str, before: dict[str, Any] | None, after: dict[str, Any]
) -> None:
    def told(rule: dict[str, Any]) -> dict[str, object]:
        return {name: str(rule[name]) for name in ("item", "warehouse", *TOLD)}

    entry = AuditEntry(
        action=f"inventory.reorder_rule.{verb}",
        document_type="reorder_rule",
        document_id=after["id"],
        number=f"{after['warehouse']}/{after['item']}",
        company=after["company"],
        before=None if before is None else told(before),
        after=told(after),
    )
    await record(session, entry)


async def get(session: AsyncSession, rule: UUID, *, lock: bool = False) -> dict[str, Any]:
    """One rule.

    Raises:
        NotFound: the caller sees none such.
    """
    found = await store.find(session, rule, lock=lock)
    if found is None:
        raise NotFound(what=("reorder rule", "补货规则"))
    return found


async def list_rules(
    session: AsyncSession, paging: PageRequest, *, low: bool | None, **filters: str | None
) -> Page[dict[str, Any]]:
    """Rules by warehouse and item."""
    return await store.rules(session, paging, low=low, **filters)


# --- looking ---------------------------------------------------------------------------------------------------


def alert_of(seen: Seen) -> StockAlert | None:
    """What is to be told of a rule; None when that was told already."""
    position = seen.position.quantity
    quantity = missing(position, minimum=seen.minimum, maximum=seen.maximum, active=seen.active)
    # Which purchase orders are counted on is told as long as something is missing or just was: who buys must know
    # whether what he ordered is in it already.
    same = quantity == seen.told_quantity and (
        not quantity or seen.position.counted == seen.told_counted
    )
    if same:
        return None
    return StockAlert(
        id=seen.id,
        company=seen.company,
        version=seen.told_version + 1,
        item=seen.item,
        unit=seen.unit,
        warehouse=seen.warehouse,
        minimum=seen.minimum,
        maximum=seen.maximum,
        position=position,
        quantity=quantity,
        counted=list(seen.position.counted),
    )


async def look(database: Database) -> int:
    """Look at every rule once, and tell what has changed; how many were told."""
    told, after = 0, None
    while True:
        async with database.transaction(system_context("inventory")) as session:
            # Two that look at once would tell the same version twice.
            if not await session.scalar(store.ALONE):
                return told
            seen = await store.look(session, after=after, most=AT_ONCE)
            alerts = [alert for each in seen if (alert := alert_of(each)) is not None]
            await store.tell(session, [(a.id, a.quantity, tuple(a.counted)) for a in alerts])
            await emit(session, *(StockAlertRaised(alert=alert) for alert in alerts))
        told += len(alerts)
        if len(seen) < AT_ONCE:
            return told
        after = seen[-1].id


async def keep_looking(database: Database) -> None:
    """Look again and again, until cancelled."""
    while True:
        try:
            await look(database)
        except Exception as error:
            log.warning("reorder rules were not looked at", error=type(error).__name__)
        await asyncio.sleep(LOOK_SECONDS)
