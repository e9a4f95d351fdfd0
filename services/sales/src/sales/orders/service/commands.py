"""What people do to orders after placement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import SelfApproval
from chassis.http import check_version
from sales.orders import rules, store
from sales.orders.rules import CancelLine, Order
from sales.orders.service.reading import not_found, resolve_id
from sales.orders.service.saving import audit_of, save, told
from sales.replicas import service as replicas


async def release_order(
    session: AsyncSession, reference: str, *, expected: int | None, not_by: str | None = None
) -> Order:
    """Let a held order pass, whatever its customer's credit says; it counts from now on.

    `not_by`: who must not have placed it, because he releases it.
    """
    order = await _lock_one(session, reference, expected=expected)
    if not_by is not None and await store.placed_by(session, order.id) == not_by:
        raise SelfApproval
    before = told(order)
    rules.release(order)
    await save(session, [order], audit=audit_of("release", order, before=before))
    return order


async def amend_order(
    session: AsyncSession, reference: str, *, expected: int | None, changes: Mapping[str, Any]
) -> Order:
    """Change priority or requested date."""
    order = await _lock_one(session, reference, expected=expected)
    before = told(order)
    changed = rules.amend(
        order,
        priority=changes.get("priority", order.priority),
        requested_date=changes.get("requested_date", order.requested_date),
    )
    if changed:
        await save(session, [order], audit=audit_of("change", order, before=before))
    return order


async def cancel_order(
    session: AsyncSession,
    reference: str,
    *,
    expected: int | None,
    lines: Sequence[CancelLine] | None,
    action: str,
) -> Order:
    """Ask that lines, or all that is open, be cancelled; a held order is cancelled at once.

    `action` is cancel or close: closing short is the same, asked for by somebody who is content with what was shipped.
    """
    order = await _lock_one(session, reference, expected=expected)
    before = told(order)
    named = {line.item for line in order.lines} if lines is not None else set[str]()
    rules.request_cancellation(order, lines, items=await replicas.resolve_items(session, named))
    await save(session, [order], audit=audit_of(action, order, before=before))
    return order


async def _lock_one(session: AsyncSession, reference: str, *, expected: int | None) -> Order:
    order_id = await resolve_id(session, reference)
    order = (await store.load_orders(session, [order_id], lock=True)).get(order_id)
    if order is None:
        raise not_found()
    check_version(expected, order.version)
    return order


async def lock_order(session: AsyncSession, order_id: UUID) -> Order:
    """An order whose shipped quantities stay as they are until the end of this transaction."""
    order = (await store.load_orders(session, [order_id], lock=True)).get(order_id)
    if order is None:
        raise not_found()
    return order
