"""A plan as it is written down: planned orders, what they are for, what to look at; all of it or what changed."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from production.mrp import Message, Messages, PlannedOrders, decimal_of, kernels, messages_of
from production.mrp.pegging import Requirement, Supply, Tracer
from production.mrp.values import Int64s
from production.planning import store
from production.planning.copying import Array
from production.planning.rules import KEY, Picture, References, below

PEGGED_MAX = 50_000
"""Item-sites whose pegs are written down with the plan; beyond that they are asked for one by one."""
ONE_BY_ONE_MAX = 20_000
"""More item-sites than these are written as a whole: comparing them with what was written costs more."""
LEVELS_MAX = 60
KINDS = [kind.name.lower() for kind in Message]
End = tuple[UUID, int]


@dataclass(slots=True)
class Parents:
    """Planned orders that stay as they are written, and ask for what is written anew."""

    ids: dict[int, UUID]
    """By the plan's row."""
    ends: dict[str, End]


async def write(session: AsyncSession, run: UUID, picture: Picture, rows: Int64s | None) -> int:
    """Put a company's new plan in the place of the old one, or that of some rows and what hangs on them.

    Returns how many item-sites were written.
    """
    company = picture.frame.company
    chosen = None if rows is None else below(picture, rows)
    if chosen is not None and len(chosen) > ONE_BY_ONE_MAX:
        chosen = None
    pegged = len(picture.codes) <= PEGGED_MAX
    at = np.arange(len(picture.codes)) if chosen is None else chosen
    names: dict[int, str] = {}
    if pegged or chosen is not None:
        names = await store.item_codes(session, np.unique(picture.items(at)).tolist())
    answered = ONE_BY_ONE_MAX if names else 0
    gone = await store.clear_plan(
        session, company, None if chosen is None else set(names.values()), answered
    )
    orders = picture.plan.orders(None if chosen is None else chosen)
    order = np.lexsort((orders.item, orders.due_day))
    orders = PlannedOrders(*(getattr(orders, name)[order] for name in PlannedOrders.__slots__))
    ids = _ids(len(orders))
    _keep_ids(ids, gone, picture, orders, names)
    ends = np.zeros(len(orders), dtype="V16")
    end_lines = np.zeros(len(orders), dtype=np.int32)
    pegs: list[dict[str, object]] = []
    if pegged:
        parents = await _parents(session, picture, at) if chosen is not None else Parents({}, {})
        pegs = _pegs(run, picture, at, orders, ids, names, parents, ends, end_lines)
    messages = messages_of(picture.plan, None if chosen is None else chosen)
    await store.write_plan(
        session,
        run,
        company,
        _order_columns(picture, orders, ids, ends, end_lines),
        _message_columns(picture, messages),
        pegs,
        KINDS,
    )
    return len(at)


def _ids(count: int) -> Array:
    # Ids of one moment, in order: the index is written at its end only.
    ids = np.zeros((count, 16), dtype=np.uint8)
    ids[:, :6] = np.frombuffer(int(time.time() * 1000).to_bytes(6, "big"), dtype=np.uint8)
    ids[:, 6:12] = np.frombuffer(secrets.token_bytes(6), dtype=np.uint8)
    ids[:, 6] = 0x70 | (ids[:, 6] & 0x0F)
    ids[:, 8] = 0x80 | (ids[:, 8] & 0x3F)
    ids[:, 12:] = np.arange(count, dtype=">u4").view(np.uint8).reshape(count, 4)
    return ids.view("V16").reshape(count)


def _keep_ids(
    ids: Array,
    gone: Sequence[RowMapping],
    picture: Picture,
    orders: PlannedOrders,
    names: Mapping[int, str],
) -> None:
    if not gone:
        return
    known: dict[tuple[object, ...], list[UUID]] = {}
    for row in gone:
        known.setdefault(_likeness(row), []).append(row["id"])
    for n, told in enumerate(_told(picture, orders, names)):
        found = known.get(told)
        if found:
            ids[n] = np.frombuffer(found.pop(0).bytes, dtype="V16")[0]


def _likeness(row: RowMapping) -> tuple[object, ...]:
    return (row["item"], row["warehouse"], row["start_date"], row["due_date"], row["quantity"])


def _told(
    picture: Picture, orders: PlannedOrders, names: Mapping[int, str]
) -> list[tuple[object, ...]]:
    places = picture.frame.warehouses
    return [
        (names.get(item, ""), places.get(place, ""), picture.date(start), picture.date(due), decimal_of(quantity))
        for item, place, start, due, quantity in zip(
            picture.items(orders.item).tolist(), picture.sites(orders.item).tolist(), orders.start_day.tolist(),
            orders.due_day.tolist(), orders.quantity.tolist(), strict=True,
        )
    ]  # fmt: skip


async def _parents(session: AsyncSession, picture: Picture, at: Int64s) -> Parents:
    into = picture.plan.into
    asking = [into.of(int(row))[:, kernels.OTHER] & KEY for row in at if into.count[row]]
    rows = np.setdiff1d(np.unique(np.concatenate(asking)) if asking else np.zeros(0, np.int64), at)
    if not len(rows):
        return Parents({}, {})
    names = await store.item_codes(session, np.unique(picture.items(rows)).tolist())
    written: dict[tuple[object, ...], list[RowMapping]] = {}
    for row in await store.planned_of(session, picture.frame.company, set(names.values())):
        written.setdefault(_likeness(row), []).append(row)
    orders = picture.plan.orders(rows)
    found = Parents({}, {})
    for n, told in enumerate(_told(picture, orders, names)):
        same = written.get(told)
        if same:
            row = same.pop(0)
            if int(orders.row[n]) not in found.ids:
                found.ids[int(orders.row[n])] = row["id"]
                if row["demand_order"] is not None:
                    found.ends[str(row["id"])] = (row["demand_order"], row["demand_line"])
    return found


def _order_columns(
    picture: Picture, orders: PlannedOrders, ids: Array, ends: Array, end_lines: Array
) -> list[Array]:
    today = picture.today
    return [
        ids, np.arange(1, len(orders) + 1, dtype=np.int32), picture.items(orders.item), picture.sites(orders.item),
        orders.source.astype(np.int16), orders.quantity, orders.good, store.days_of(today, orders.start_day),
        store.days_of(today, orders.due_day), orders.start_day < 0, ends, end_lines,
    ]  # fmt: skip


def _message_columns(picture: Picture, found: Messages) -> list[Array]:
    past = found.kind == int(Message.DEMAND_PAST_DUE)
    nothing = np.full(len(found), -1, dtype=np.int64)
    needs = np.where(past, found.reference, nothing)
    brings = np.where(past, nothing, found.reference)
    kinds = np.where(past, picture.demands.kinds(needs), picture.receipts.kinds(brings))
    ids = picture.receipts.ids(brings)
    ids[past] = picture.demands.ids(needs[past])
    return [
        np.arange(1, len(found) + 1, dtype=np.int32), found.kind.astype(np.int16), picture.items(found.item),
        picture.sites(found.item), kinds, ids, found.quantity, store.days_of(picture.today, found.day),
        store.days_of(picture.today, found.to_day), found.to_day >= 0,
    ]  # fmt: skip


def _pegs(
    run: UUID,
    picture: Picture,
    at: Int64s,
    orders: PlannedOrders,
    ids: Array,
    names: Mapping[int, str],
    parents: Parents,
    ends_of: Array,
    end_lines: Array,
) -> list[dict[str, object]]:
    tracer = Tracer(picture.plan)
    # Orders that a maximum split share the plan's row: the first stands for all of them.
    by_row = dict(parents.ids)
    own: dict[int, int] = {}
    for n, row in enumerate(orders.row.tolist()):
        if row not in own:
            own[row] = n
            by_row[row] = UUID(bytes=ids[n].tobytes())
    rows: list[dict[str, object]] = []
    ends = dict(parents.ends)
    above: dict[str, str] = {}
    for number in at.tolist():
        found = tracer.pegs(number)
        item, warehouse = names[int(picture.codes[number]) >> 32], picture.warehouse(number)
        for peg in found.pegs:
            supply, need = found.supplies[peg.supply], found.requirements[peg.requirement]
            supply_key = _supply_key(picture, by_row, supply)
            need_key, line = _need_key(picture, by_row, need)
            if need.demand >= 0 and picture.demands.kind(need.demand) == References.SALES:
                ends.setdefault(supply_key, (picture.demands.id(need.demand), line))
            elif need.row in by_row:
                above.setdefault(supply_key, need_key)
            rows.append(
                {
                    "run_id": run, "line": len(rows) + 1, "company": picture.frame.company, "item": item,
                    "warehouse": warehouse, "quantity": decimal_of(peg.quantity), "supply_kind": supply.kind,
                    "supply": supply_key, "supply_date": picture.date(supply.day), "need_kind": need.kind,
                    "need": need_key, "need_line": line, "need_date": picture.date(need.day),
                }
            )  # fmt: skip
    for row, n in own.items():
        end = _end_of(str(by_row[row]), above, ends)
        if end is not None:
            ends_of[n] = np.frombuffer(end[0].bytes, dtype="V16")[0]
            end_lines[n] = end[1]
    return rows


def _supply_key(picture: Picture, by_row: Mapping[int, UUID], supply: Supply) -> str:
    if supply.kind in ("receipt", "firm") and supply.receipt >= 0:
        return str(picture.receipts.id(supply.receipt))
    if supply.kind == "substitute":
        return _stand_in(picture, supply.row)
    return str(by_row.get(supply.row, supply.kind))


def _need_key(picture: Picture, by_row: Mapping[int, UUID], need: Requirement) -> tuple[str, int]:
    if need.demand >= 0:
        return str(picture.demands.id(need.demand)), picture.demands.line(need.demand)
    if need.kind == "substitute":
        return _stand_in(picture, need.row), 0
    return str(by_row.get(need.row, need.kind)), 0


def _stand_in(picture: Picture, row: int) -> str:
    # What links an alternate's stock with the need of its primary: no order stands between them.
    word = int(picture.plan.rows.pool.data[row, kernels.WORD])
    link = picture.plan.alternates[(word >> 24) - kernels.BIAS]
    columns = (kernels.PARENT, kernels.PRIMARY, kernels.ALTERNATE)
    whose = ":".join(f"{int(picture.codes[link[column]]):x}" for column in columns)
    day = picture.date(int(picture.plan.horizon.starts[word & 0xFFFF]))
    return f"substitute:{whose}:{day}"


def _end_of(order: str, above: Mapping[str, str], ends: Mapping[str, End]) -> End | None:
    key: str | None = order
    for _ in range(LEVELS_MAX):
        if key is None or key in ends:
            break
        key = above.get(key)
    return ends.get(key) if key is not None else None
