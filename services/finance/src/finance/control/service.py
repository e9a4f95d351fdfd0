"""What finance says of its own books at a cut."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from tongheng_contracts.control import ControlTotal

from . import store


async def totals(session: AsyncSession, cut: datetime) -> list[ControlTotal]:
    """Debits, credits and open items of each company, up to the cut."""
    zero = Decimal(0)
    found: list[ControlTotal] = []
    for company, debit, credit, count in await store.posted(session, cut):
        found.append(
            ControlTotal(company=company, name="debits", amount=debit, quantity=zero, count=count)
        )
        found.append(
            ControlTotal(company=company, name="credits", amount=credit, quantity=zero, count=count)
        )
    for company, side, amount, count in await store.open_amounts(session, cut):
        found.append(
            ControlTotal(company=company, name=side, amount=amount, quantity=zero, count=count)
        )
    return found
