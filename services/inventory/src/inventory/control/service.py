"""Inventory's own sums at a cut, for finance to prove against the books."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from inventory.reservations import service as reservations
from inventory.stock import service as stock
from inventory.stock.rules import ZERO
from inventory.tallies import service as tallies
from inventory.valuation import service as valuation
from inventory.work_orders import service as work_orders
from tongheng_contracts.control import ControlTotal


async def totals(session: AsyncSession, cut: datetime) -> list[ControlTotal]:
    """All totals of all companies.

    `stock` by valuation class, and the running sums (`received`, `shipped_cost`, `issued`…), are as of the cut.
    `in_transit` (by documents) stands beside `in_transit_place` (by the ledger), `reserved` (the holds) beside
    `reserved_balances`; the last two are as of the snapshot, for holds come and go.
    """
    found = [
        ControlTotal(
            company=company, name="stock", key=kind, amount=amount, quantity=quantity, count=count
        )
        for company, kind, amount, quantity, count in await valuation.class_totals(session, cut)
    ]
    found += [
        ControlTotal(
            company=t.company,
            name=t.name,
            key=t.key,
            amount=t.amount,
            quantity=t.quantity,
            count=t.count,
        )
        for t in await tallies.totals(session, cut)
    ]
    found += [
        ControlTotal(
            company=company, name="in_transit_place", amount=amount, quantity=quantity, count=0
        )
        for company, amount, quantity in await stock.transit_totals(session, cut)
    ]
    found += await _reserved(session)
    return found


async def _reserved(session: AsyncSession) -> list[ControlTotal]:
    holds = await reservations.reserved_totals(session)
    for company, (quantity, count) in (await work_orders.held_totals(session)).items():
        more, others = holds.get(company, (ZERO, 0))
        holds[company] = (quantity + more, count + others)
    balances = await stock.reserved_totals(session)
    found: list[ControlTotal] = []
    for company in sorted(holds.keys() | balances.keys()):
        quantity, count = holds.get(company, (ZERO, 0))
        found.append(
            ControlTotal(
                company=company, name="reserved", amount=ZERO, quantity=quantity, count=count
            )
        )
        found.append(
            ControlTotal(
                company=company,
                name="reserved_balances",
                amount=ZERO,
                quantity=balances.get(company, ZERO),
                count=0,
            )
        )
    return found
