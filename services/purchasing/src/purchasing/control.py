"""What purchasing says of its own books: the value that suppliers still owe, per company."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from purchasing.orders import service as orders
from tongheng_contracts.control import ControlTotal


async def totals(session: AsyncSession, cut: datetime) -> Sequence[ControlTotal]:
    """Open orders at the cut: net amount and quantity not yet delivered, and how many orders."""
    return [
        ControlTotal(
            company=company, name="open_orders", amount=amount, quantity=quantity, count=count
        )
        for company, amount, quantity, count in await orders.open_values(session, cut)
    ]
