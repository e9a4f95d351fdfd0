"""Production's own sums at a cut: what labour, overhead, subcontracting and variances did to work in process."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from production.costing import service as costing
from production.costing.rules import EntryKind
from tongheng_contracts.control import ControlTotal

NAMES = {
    EntryKind.OPERATION.value: "operations",
    EntryKind.SUBCONTRACT.value: "subcontracts",
    EntryKind.VARIANCE.value: "variances",
    EntryKind.ISSUE.value: "material_in",
    EntryKind.OUTPUT.value: "handed_over",
    EntryKind.BY_PRODUCT.value: "handed_over",
}


async def totals(session: AsyncSession, cut: datetime) -> Sequence[ControlTotal]:
    """Running sums by company and element, and what the cost sheets have in work."""
    found: list[ControlTotal] = []
    work: dict[str, Decimal] = {}
    for company, kind, element, amount, quantity, count in await costing.totals(session, cut):
        work[company] = work.get(company, Decimal(0)) + amount
        found.append(
            ControlTotal(
                company=company,
                name=NAMES[kind],
                key=element if kind != EntryKind.BY_PRODUCT else f"{element}:by_product",
                amount=amount,
                quantity=quantity,
                count=count,
            )
        )
    found.extend(
        ControlTotal(company=company, name="in_work", amount=amount, quantity=Decimal(0), count=0)
        for company, amount in sorted(work.items())
    )
    return found
