"""What inspectors find and decide; rejected pieces wait as a nonconformance for a decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.auth import Principal
from chassis.http import check_version
from production.execution import service as execution
from production.inspections import service as inspections
from production.inspections.rules import (
    Inspection,
    InspectionStatus,
    Result,
    judge,
    with_results,
)
from production.orders import service as orders
from production.replicas import service as replicas

ZERO = Decimal(0)


async def enter_results(
    session: AsyncSession,
    caller: Principal,
    ref: str,
    results: Sequence[Result],
    *,
    expected: int | None,
) -> Inspection:
    """Note what was found in pieces of the sample."""
    before = await inspections.lock(session, ref)
    check_version(expected, before.version)
    after = replace(with_results(before, results), inspector=caller.subject)
    await inspections.save(session, after)
    await _record(session, "production.inspection.record", before, after)
    return after


async def decide(
    session: AsyncSession, caller: Principal, ref: str, text: str, *, expected: int | None
) -> Inspection:
    """Give the verdict that follows from the results; rejected pieces are set aside as a nonconformance.

    Raises:
        NotLooked: the sample was not looked at completely.
        AlreadyUsed: the pieces have gone on already.
    """
    seen = await inspections.get(session, ref)
    (order,) = await orders.lock(session, [str(seen.order_id)])
    before = await inspections.lock(session, ref)
    check_version(expected, before.version)
    verdict = judge(before)
    day = await replicas.today(session, before.company)
    after = replace(
        before,
        version=before.version + 1,
        status=InspectionStatus.ACCEPTED if verdict.accepted else InspectionStatus.REJECTED,
        rejected=verdict.rejected,
        inspector=caller.subject,
        text=text,
        decided_on=day,
    )
    await inspections.save(session, after)
    if verdict.rejected > ZERO:
        await execution.set_aside(
            session, order, before.operation, verdict.rejected, verdict.defect, day
        )
    await _record(session, "production.inspection.decide", before, after)
    return after


async def _record(
    session: AsyncSession, action: str, before: Inspection, after: Inspection
) -> None:
    await record(
        session,
        AuditEntry(
            action=action,
            document_type="production.inspection",
            document_id=after.id,
            number=after.number,
            company=after.company,
            before={"status": before.status, "results": len(before.results)},
            after={
                "status": after.status,
                "results": len(after.results),
                "nonconforming": after.nonconforming,
                "rejected": after.rejected,
            },
        ),
    )
