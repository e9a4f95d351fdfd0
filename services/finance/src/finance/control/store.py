"""Finance's sums as of a cut: now minus later."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_POSTED = text("""
SELECT b.company, sum(b.debit) - coalesce(max(l.amount), 0) AS debit, sum(b.credit) - coalesce(max(l.amount), 0) AS credit,
       (SELECT coalesce(sum(c.last), 0) FROM voucher_counters c WHERE c.company = b.company) - coalesce(max(l.n), 0) AS n
FROM account_balances b
LEFT JOIN (SELECT company, sum(amount) AS amount, count(*) AS n FROM vouchers WHERE recorded_at > :cut GROUP BY company) l
    ON l.company = b.company
GROUP BY b.company ORDER BY b.company
""")

_OPEN = text("""
SELECT company, side, sum(amount), sum(n) FROM (
    SELECT company, side, open_amount AS amount, 1 AS n FROM open_items WHERE open_amount <> 0
    UNION ALL SELECT company, side, -amount, 0 FROM open_items WHERE recorded_at > :cut
    UNION ALL SELECT i.company, i.side, a.amount, 0 FROM allocations a JOIN open_items i ON i.id = a.open_item
        WHERE a.recorded_at > :cut
) AS parts GROUP BY company, side ORDER BY company, side
""")


async def posted(session: AsyncSession, cut: datetime) -> list[tuple[str, Decimal, Decimal, int]]:
    """Company, debits, credits and number of vouchers posted up to the cut."""
    return [
        (row[0], row[1], row[2], int(row[3]))
        for row in await session.execute(_POSTED, {"cut": cut})
    ]


async def open_amounts(session: AsyncSession, cut: datetime) -> list[tuple[str, str, Decimal, int]]:
    """Company, side, amount and number of open items at the cut."""
    return [
        (row[0], row[1], row[2], int(row[3])) for row in await session.execute(_OPEN, {"cut": cut})
    ]
