"""Bills of material: entered, ended, exploded, and asked where something is used."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import numbers
from chassis.audit import AuditEntry, record
from chassis.auth import Principal
from chassis.errors import BusinessError, Duplicate, InvalidState, NotFound
from chassis.http import check_version
from chassis.ids import uuid7
from chassis.outbox import emit
from production.boms import store
from production.boms.rules import (
    Bom,
    Component,
    Need,
    NoBom,
    Output,
    check_alternates,
    check_outputs,
    choose,
    explode,
    refuse_cycle,
)
from production.replicas import service as replicas
from production.replicas.rules import ItemReplica, WarehouseReplica, check_quantity
from tongheng_contracts.production import Bom as BomDocument
from tongheng_contracts.production import BomChanged, BomComponent, BomOutput

DUPLICATE = ("A bill of material", "物料清单")


@dataclass(frozen=True, slots=True)
class NewBom:
    """A bill as it was entered; references are codes or ids."""

    company: str
    item: str
    warehouse: str | None
    revision: str
    valid_from: date | None
    valid_to: date | None
    base_quantity: Decimal
    yield_rate: Decimal
    components: tuple[Component, ...]
    outputs: tuple[Output, ...]


def document_of(bom: Bom) -> BomDocument:
    """The bill as others see it."""
    return BomDocument(
        id=bom.id,
        number=bom.number,
        company=bom.company,
        version=bom.version,
        status=bom.status,
        business_date=bom.business_date.isoformat(),
        item=bom.item,
        warehouse=bom.warehouse,
        revision=bom.revision,
        valid_from=bom.valid_from.isoformat(),
        valid_to=bom.valid_to.isoformat() if bom.valid_to else None,
        base_quantity=bom.base_quantity,
        yield_rate=bom.yield_rate,
        components=[
            BomComponent(
                line=c.line,
                item=c.item,
                quantity=c.quantity,
                unit=c.unit,
                scrap_rate=c.scrap_rate,
                operation=c.operation,
                backflush=c.backflush,
                alternate_of=c.alternate_of,
                priority=c.priority,
                valid_from=c.valid_from.isoformat() if c.valid_from else None,
                valid_to=c.valid_to.isoformat() if c.valid_to else None,
            )
            for c in bom.components
        ],
        outputs=[
            BomOutput(
                line=o.line,
                item=o.item,
                quantity=o.quantity,
                unit=o.unit,
                kind=o.kind,
                cost_share=o.cost_share,
                unit_value=o.unit_value,
            )
            for o in bom.outputs
        ],
    )


@dataclass(frozen=True, slots=True)
class _Known:
    items: Mapping[str, ItemReplica]
    warehouses: Mapping[tuple[str, str], WarehouseReplica]
    today: Mapping[str, date]


async def add_boms(
    session: AsyncSession, caller: Principal, asked: Sequence[NewBom | BusinessError]
) -> list[Bom | BusinessError]:
    """Enter bills; each is stored, or refused with its reason."""
    offered = [each for each in asked if isinstance(each, NewBom)]
    results: list[Bom | BusinessError] = []
    made: dict[UUID, int] = {}
    known = await _known(session, offered)
    edges: dict[str, dict[str, set[str]]] = {}
    for company in sorted({each.company for each in offered} & known.today.keys()):
        await store.lock_company(session, company)
        below = {
            item.code
            for each in offered
            if each.company == company
            for ref in (each.item, *(c.item for c in each.components))
            if (item := known.items.get(ref)) is not None
        }
        edges[company] = await store.edges_below(session, company, below)
    drawn = await _numbers(session, offered, known)
    for index, each in enumerate(asked):
        if isinstance(each, BusinessError):
            results.append(each)
            continue
        try:
            bom = await _made(session, caller, each, known, next(drawn))
            below = edges[bom.company]
            before = below.get(bom.item, set())
            below[bom.item] = before | {c.item for c in bom.components}
            try:
                refuse_cycle(bom.item, below)
            except BusinessError:
                below[bom.item] = before
                raise
            made[bom.id] = index
            results.append(bom)
        except BusinessError as refusal:
            results.append(refusal)
    built = [each for each in results if isinstance(each, Bom)]
    stored = await store.save(session, built)
    for bom in built:
        if bom.id not in stored:
            results[made[bom.id]] = Duplicate(what=DUPLICATE, field="/revision")
    await _tell(session, "production.bom.add", [(None, bom) for bom in built if bom.id in stored])
    return results


async def _numbers(session: AsyncSession, offered: Sequence[NewBom], known: _Known) -> Any:
    year = max((day.year for day in known.today.values()), default=2000)
    drawn = await numbers.draw(session, "bom_numbers", "BOM", year, len(offered)) if offered else []
    return iter(drawn)


async def _known(session: AsyncSession, offered: Sequence[NewBom]) -> _Known:
    refs = {ref for each in offered for ref in (each.item, *(c.item for c in each.components))}
    refs |= {o.item for each in offered for o in each.outputs}
    items = await replicas.find_items(session, refs)
    today: dict[str, date] = {}
    warehouses: dict[tuple[str, str], WarehouseReplica] = {}
    companies = await replicas.find_companies(session, {each.company for each in offered})
    for company in companies.values():
        today[company.code] = await replicas.today(session, company.code)
    return _Known(items, warehouses, today)


async def _made(
    session: AsyncSession, caller: Principal, each: NewBom, known: _Known, number: str
) -> Bom:
    company = await replicas.resolve_company(session, each.company)
    caller.check_company(company.code)
    warehouse = ""
    if each.warehouse is not None:
        found = await replicas.resolve_warehouses(
            session, company.code, {each.warehouse: "/warehouse"}
        )
        warehouse = found[each.warehouse].code
    item = replicas.known_item(known.items, each.item, field="/item")
    components = tuple(
        _component(n, c, replicas.known_item(known.items, c.item, field=f"/components/{n}/item"))
        for n, c in enumerate(each.components)
    )
    outputs = tuple(
        _output(n, o, replicas.known_item(known.items, o.item, field=f"/outputs/{n}/item"))
        for n, o in enumerate(each.outputs)
    )
    check_alternates(components)
    check_outputs(outputs)
    today = known.today[company.code]
    return Bom(
        id=uuid7(),
        number=number,
        company=company.code,
        item=item.code,
        warehouse=warehouse,
        revision=each.revision,
        version=1,
        status="active",
        valid_from=each.valid_from or date(2000, 1, 1),
        valid_to=each.valid_to,
        base_quantity=each.base_quantity,
        yield_rate=each.yield_rate,
        business_date=today,
        components=components,
        outputs=outputs,
    )


def _component(index: int, given: Component, item: ItemReplica) -> Component:
    return replace(given, line=given.line or index + 1, item=item.code, unit=item.base_unit)


def _output(index: int, given: Output, item: ItemReplica) -> Output:
    check_quantity(item, given.quantity, field=f"/outputs/{index}/quantity")
    return replace(given, line=given.line or index + 1, item=item.code, unit=item.base_unit)


async def _tell(
    session: AsyncSession, action: str, changes: Sequence[tuple[Bom | None, Bom]]
) -> None:
    await emit(
        session,
        *(BomChanged(bom=document_of(after)) for _, after in changes),
        case_of=lambda event: event.key,
    )
    await record(
        session,
        *(
            AuditEntry(
                action=action,
                document_type="production.bom",
                document_id=after.id,
                number=after.number,
                company=after.company,
                before=None if before is None else document_of(before).model_dump(mode="json"),
                after=document_of(after).model_dump(mode="json"),
            )
            for before, after in changes
        ),
    )


async def end_bom(session: AsyncSession, ref: str, valid_to: date, *, expected: int | None) -> Bom:
    """Let a bill end on a day: it is not used from then on."""
    before = await store.find(session, ref, lock=True)
    if before is None:
        raise NotFound(what=("bill of material", "物料清单"))
    check_version(expected, before.version)
    if valid_to < before.valid_from:
        raise InvalidState(
            en="It would end before it begins.", zh="失效日期早于生效日期。", field="/valid_to"
        )
    status = "ended" if valid_to <= await replicas.today(session, before.company) else "active"
    await store.end(session, before.id, valid_to, status)
    after = replace(before, valid_to=valid_to, status=status, version=before.version + 1)
    await _tell(session, "production.bom.end", [(before, after)])
    return after


async def get(session: AsyncSession, ref: str) -> Bom:
    """One bill by id or number."""
    found = await store.find(session, ref)
    if found is None:
        raise NotFound(what=("bill of material", "物料清单"))
    return found


async def with_lines(session: AsyncSession, heads: Sequence[RowMapping]) -> list[Bom]:
    """The listed bills with their lines."""
    return await store.with_lines(session, heads)


def listing(**filters: object) -> Select[tuple[object, ...]]:
    """Bills by what an engineer looks for."""
    return store.listing(**filters)


async def bom_for(
    session: AsyncSession, company: str, item: str, day: date, warehouse: str = ""
) -> Bom:
    """The bill in force.

    Raises:
        NoBom: nothing says what the item is made of.
    """
    chosen = choose(await store.of_items(session, company, [item]), day, warehouse)
    if chosen is None:
        raise NoBom(item=item, day=day.isoformat(), field="/item")
    return chosen


async def phantoms_below(
    session: AsyncSession, boms: Collection[Bom], day: date, warehouse: str = ""
) -> dict[str, Bom]:
    """The bills of the phantoms that these bills contain, and of the phantoms in those."""
    found: dict[str, Bom] = {}
    waiting = list(boms)
    while waiting:
        refs = {c.item for bom in waiting for c in bom.components} - found.keys()
        known = await replicas.find_items(session, refs)
        phantoms = sorted(i.code for i in known.values() if i.procurement == "phantom")
        by_item: dict[str, list[Bom]] = {}
        for bom in await store.of_items(session, boms_company(boms), phantoms):
            by_item.setdefault(bom.item, []).append(bom)
        waiting = list[Bom]()
        for item in set(phantoms):
            chosen = choose(by_item.get(item, ()), day, warehouse)
            if chosen is None:
                raise NoBom(item=item, day=day.isoformat())
            found[item] = chosen
            waiting.append(chosen)
    return found


def boms_company(boms: Collection[Bom]) -> str:
    """The one company that these bills belong to."""
    (company,) = {bom.company for bom in boms}
    return company


async def needs_of(
    session: AsyncSession, bom: Bom, quantity: Decimal, day: date, warehouse: str = ""
) -> list[Need]:
    """What a started quantity needs, rounded up as each item is counted, phantoms blown through."""
    phantoms = await phantoms_below(session, [bom], day, warehouse)
    needs = explode(bom, quantity, day, phantoms=phantoms)
    items = await replicas.find_items(session, {need.item for need in needs})
    return [replace(n, quantity=items[n.item].rounded_up(n.quantity)) for n in needs]


async def used_in(
    session: AsyncSession, company: str, item: str, levels: int
) -> list[tuple[int, str, str, UUID, str, str, Any, Any]]:
    """Where an item goes into, on every level."""
    return await store.used_in(session, company, item, levels)


async def boms_of(session: AsyncSession, company: str, items: Collection[str]) -> list[Bom]:
    """All active bills of some items."""
    return await store.of_items(session, company, items)


async def boms_of_company(session: AsyncSession, company: str) -> list[Bom]:
    """All active bills of a company."""
    return await store.of_company(session, company)
