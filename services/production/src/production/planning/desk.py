"""Pictures of companies' situations: made from the database, kept, and brought up to date by what was marked.

A picture stands on a snapshot of the database. Triggers mark whose plan a change touches, with the transaction that
made it; what that snapshot does not show yet is read anew, and nothing else – whoever commits late with an early
number among it. So any number of processes can keep pictures, none of them can miss a change, and reading something
twice does no harm. Only companies that somebody plans are marked: the first to plan one registers it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.context import system_context
from chassis.database import Database
from production.mrp import CycleFound, InvalidInput, QuantityOverflow
from production.mrp.values import Int64s
from production.orders import service as orders
from production.planning import store
from production.planning.reading import Reader, connection_of
from production.planning.rules import (
    Frame,
    Picture,
    Work,
    picture_of,
    taken_in,
    work_of,
)
from production.replicas import service as replicas
from production.work_centres import service as work_centres

KEPT_SECONDS = 1800.0
"""A picture that nobody looked at for longer is made anew: marks are thrown away after an hour."""
WASTE_MAX = 200_000
EVERYTHING = ""
UNPLANNABLE = (CycleFound, InvalidInput, QuantityOverflow)


@dataclass(slots=True)
class Held:
    """A picture, the snapshot that it shows, and what of its plan is not written down yet."""

    picture: Picture
    snapshot: str
    """Empty: not all that changed since need be marked."""
    looked_at: float
    references: int
    written: str = ""
    """The run that wrote the plan down."""
    open: set[int] = field(default_factory=set[int])
    """The rows that may differ from what was written."""


async def load(session: AsyncSession, company: str) -> Held:
    """A company's situation now, planned."""
    await store.allow_long(session)
    snapshot, marked = await store.snapshot(session, company)
    frame, reader = await _frame(session, company)
    facts = await reader.facts()
    plans = await reader.plans(list(frame.calendars))
    work = await _work(session, frame, None)
    keys = [np.asarray(rows[0]) for rows in (facts.stock, facts.wanted, facts.coming, plans)]
    keys += [frame.edges[0], frame.edges[2], *frame.alternates[2:4]]
    keys.append(
        np.array([row[0] for row in (*work.receipts, *work.demands)], dtype=np.int32)
    )  # fmt: skip
    parameters = await reader.parameters(plans, np.concatenate(keys))
    # The engine computes for long where there is much; others are served meanwhile.
    picture = await asyncio.to_thread(picture_of, frame, facts, work, parameters)
    references = picture.demands.count + picture.receipts.count
    return Held(picture, snapshot if marked else "", time.monotonic(), references)


async def _frame(session: AsyncSession, company: str) -> tuple[Frame, Reader]:
    today = await replicas.today(session, company)
    connection = await connection_of(session)
    reader = Reader(connection, company, today, None)
    calendars = await work_centres.calendars_of(session, company)
    calendars.pop("")
    warehouses = await store.warehouse_keys(session, company)
    edges, alternates = await reader.edges(), await reader.alternates()
    return Frame(company, today, warehouses, calendars, edges, alternates), reader


async def _work(session: AsyncSession, frame: Frame, items: Collection[str] | None) -> Work:
    open_orders = await orders.open_orders(session, frame.company, items)
    codes = {o.item for o in open_orders} | {c.item for o in open_orders for c in o.components}
    return work_of(
        open_orders,
        frame.today,
        await store.item_keys(session, codes),
        {code: key for key, code in frame.warehouses.items()},
        await store.yields_of(session, [o.bom for o in open_orders if o.bom is not None]),
    )


async def catch_up(session: AsyncSession, held: Held) -> Held:
    """Read what changed since; a picture made anew where more than quantities and parameters did."""
    company = held.picture.frame.company
    now = time.monotonic()
    today = await replicas.today(session, company)
    waste = held.picture.demands.count + held.picture.receipts.count - 2 * held.references
    if (
        today != held.picture.today
        or waste > WASTE_MAX
        or now - held.looked_at > KEPT_SECONDS
    ):  # fmt: skip
        return await load(session, company)
    snapshot, items = await store.marked_since(session, company, held.snapshot)
    if EVERYTHING in items:
        return await load(session, company)
    if items:
        touched = await _taken(session, held.picture, items)
        if touched is None:
            return await load(session, company)
        held.open.update(touched.tolist())
    held.snapshot, held.looked_at = snapshot, now
    return held


async def _taken(session: AsyncSession, picture: Picture, items: set[str]) -> Int64s | None:
    frame = picture.frame
    reader = Reader(await connection_of(session), frame.company, frame.today, items)
    known = await store.item_keys(session, items)
    keys = {key for key, _ in known.values()}
    facts = await reader.facts()
    plans = await reader.plans(list(frame.calendars))
    work = await _work(session, frame, items)
    parameters = await reader.parameters(plans, np.array(sorted(keys), dtype=np.int32))
    return await asyncio.to_thread(taken_in, picture, keys, facts, work, parameters)


class Desk:
    """The pictures that one process keeps."""

    def __init__(self) -> None:
        self._database: Database | None = None
        self._held: dict[str, Held] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    def open(self, database: Database) -> None:
        """Keep pictures from now on, read by the worker's own way into the database: it sees all of a company."""
        self._database = database

    def close(self) -> None:
        """Keep no pictures, and forget those that there are."""
        self._database = None
        self._held.clear()
        self._locks.clear()

    def forget(self, company: str | None = None) -> None:
        """Make a company's picture anew when it is asked for again, or everybody's."""
        if company is None:
            self._held.clear()
        else:
            self._held.pop(company, None)

    @asynccontextmanager
    async def at(self, session: AsyncSession, company: str) -> AsyncGenerator[Held]:
        """A company's situation now, for oneself alone; where none is kept, as the caller's session sees it.

        Raises:
            CycleFound, InvalidInput, QuantityOverflow: it cannot be planned.
        """
        if self._database is None:
            yield await load(session, company)
            return
        async with self._locks.setdefault(company, asyncio.Lock()):
            if company not in self._held:
                await _register(self._database, company)
            try:
                async with self._database.read(system_context("planning")) as own:
                    held = self._held.get(company)
                    held = await (load(own, company) if held is None else catch_up(own, held))
            except BaseException:
                # It may be half brought up to date.
                self._held.pop(company, None)
                raise
            if held.snapshot:
                self._held[company] = held
            else:
                self._held.pop(company, None)
            yield held


async def _register(database: Database, company: str) -> None:
    # Whoever began to write before he could see this left no mark. A picture is kept when all of them have ended.
    context = system_context("planning")
    async with database.read(context) as session:
        if await store.is_registered(session, company):
            return
    async with database.transaction(context) as session:
        await store.register(session, company)
    async with database.transaction(context) as session:
        await store.note_since(session, company)


DESK = Desk()
"""This process's; open where the service runs in the background."""
