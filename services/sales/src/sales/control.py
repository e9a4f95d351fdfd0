"""Sales' control totals: what is open and what was shipped, per company, as of a cut."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from sales.credit import service as credit
from sales.orders import service as orders
from tongheng_contracts.control import ControlTotal

ZERO = Decimal(0)


async def totals(session: AsyncSession, cut: datetime) -> Sequence[ControlTotal]:
    """Open orders and shipments, gross: now minus what was recorded after the cut."""
    at = await credit.totals_at(session, cut)
    later = await orders.shipped_after(session, cut)
    found: list[ControlTotal] = []
    for company, (open_orders, open_count, shipped_gross, shipped_count) in sorted(at.items()):
        gross, count = later.get(company, (ZERO, 0))
        found.append(
            ControlTotal(
                company=company,
                name="open_orders",
                amount=open_orders,
                quantity=ZERO,
                count=open_count,
            )
        )
        found.append(
            ControlTotal(
                company=company, name="shipped_gross", amount=shipped_gross - gross, quantity=ZERO,
                count=shipped_count - count,
            )
        )  # fmt: skip
    return found
