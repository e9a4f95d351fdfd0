"""Tell sales what customers owe, in the transaction that changes it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.context import system_context
from chassis.database import Database
from chassis.ids import named
from chassis.outbox import emit
from chassis.telemetry import logger
from finance.open_items import service as open_items
from finance.replicas import service as replicas
from tongheng_contracts.finance import CreditExposure, CreditExposureChanged

from . import store
from .store import Customer

OVERDUE_SECONDS = 300.0
_log = logger("finance.exposure")


async def change_exposures(
    session: AsyncSession,
    changes: Mapping[Customer, tuple[str, Decimal]],
    shipments: Mapping[Customer, Sequence[UUID]],
) -> None:
    """Add to what customers owe (currency and amount), name the shipments taken in, and tell it.

    A shipment of 0.00 is told too: sales waits for its name.
    """
    all_changes = dict(changes)
    for customer in shipments:
        all_changes.setdefault(customer, ("CNY", Decimal(0)))
    if not all_changes:
        return
    today = await replicas.today_of(session, next(iter(all_changes))[0])
    overdue = await open_items.overdue(session, all_changes, today)
    rows = await store.change(session, all_changes, overdue)
    await emit(session, *(
        CreditExposureChanged(
            exposure=CreditExposure(
                id=named("exposure", row.company, row.customer, row.sequence),
                number=f"{row.customer}/{row.sequence}",
                company=row.company,
                business_date=today.isoformat(),
                posting_date=today.isoformat(),
                customer=row.customer,
                currency=row.currency,
                sequence=row.sequence,
                receivable=row.receivable,
                overdue=row.overdue,
                shipments=list(shipments.get((row.company, row.customer), ())),
            )
        )
        for row in rows
    ))  # fmt: skip


async def refresh_overdue(session: AsyncSession, company: str, limit: int = 500) -> int:
    """Tell of the customers whose debts became overdue, or no longer are, by the passing of days alone."""
    today = await replicas.today_of(session, company)
    stale = await store.overdue_changed(session, today, limit)
    await change_exposures(session, {(one[0], one[1]): (one[2], Decimal(0)) for one in stale}, {})
    return len(stale)


async def keep_overdue_current(database: Database) -> None:
    """Look every few minutes whose debts became overdue."""
    while True:
        async with database.transaction(system_context("finance")) as session:
            changed = await refresh_overdue(session, "")
        if changed:
            _log.info("overdue amounts were told", customers=changed)
        await asyncio.sleep(OVERDUE_SECONDS)
