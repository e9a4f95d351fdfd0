"""How exposures are kept: one row per company and customer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from finance.database import RowSet

Customer = tuple[str, str]
"""Company and customer."""

_CHANGE = RowSet(
    "exposures",
    {
        "company": "text", "customer": "text", "sequence": "int", "currency": "text", "receivable": "numeric",
        "overdue": "numeric",
    },
    # In key order, so that batches with the same customers queue up.
    order="company, customer",
    then="ON CONFLICT (company, customer) DO UPDATE SET sequence = exposures.sequence + 1,"
    " receivable = exposures.receivable + excluded.receivable, overdue = excluded.overdue, changed_at = now()"
    " RETURNING company, customer, sequence, currency, receivable, overdue",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Exposure:
    """What a customer owes, and how many times it has changed."""

    company: str
    customer: str
    sequence: int
    currency: str
    receivable: Decimal
    overdue: Decimal


async def change(
    session: AsyncSession,
    changes: Mapping[Customer, tuple[str, Decimal]],
    overdue: Mapping[Customer, Decimal],
) -> list[Exposure]:
    """Add these changes to what the customers owe; the rows as they are now."""
    rows = await _CHANGE.insert(session, [
        {
            "company": key[0], "customer": key[1], "sequence": 1, "currency": currency, "receivable": amount,
            "overdue": overdue.get(key, Decimal(0)),
        }
        for key, (currency, amount) in changes.items()
    ])  # fmt: skip
    return [Exposure(**row) for row in rows]  # type: ignore[arg-type]


async def overdue_changed(
    session: AsyncSession, today: date, limit: int
) -> list[tuple[str, str, str]]:
    """Company, customer and currency of those whose overdue amount is no longer what was told."""
    rows = await session.execute(
        text(
            "SELECT e.company, e.customer, e.currency FROM exposures e LEFT JOIN LATERAL ("
            "  SELECT sum(open_amount) AS overdue FROM open_items i WHERE i.company = e.company AND i.partner = e.customer"
            "  AND i.side = 'receivable' AND i.open_amount > 0 AND i.due_date < :today) o ON true"
            " WHERE e.overdue <> coalesce(o.overdue, 0) ORDER BY 1, 2 LIMIT :n"
        ),
        {"today": today, "n": limit},
    )
    return [(str(row[0]), str(row[1]), str(row[2])) for row in rows]
