"""What can be done with open items: open them, settle them, see what is overdue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import TransientError
from chassis.ids import derived

from . import store
from .rules import ZERO, Ageing, OpenItem, PartnerAccount, Settlement, Side, age

SettledBy = tuple[UUID, str, Sequence[Settlement]]
"""A payment, its company, what it settles."""


async def open_documents(session: AsyncSession, items: Sequence[OpenItem]) -> None:
    """Open items for documents; a document of 0.00 has none."""
    await store.insert(session, [one for one in items if one.amount])


async def lock_open(session: AsyncSession, accounts: Iterable[PartnerAccount]) -> list[OpenItem]:
    """What is open with these partners (company, side, partner), for this transaction alone."""
    return await store.lock_open(session, accounts)


async def named(
    session: AsyncSession, companies: Iterable[str], references: Iterable[str]
) -> list[OpenItem]:
    """The items of documents of these companies by number or id, settled ones too."""
    return await store.named(session, companies, references)


async def settle(session: AsyncSession, settled: Sequence[SettledBy]) -> None:
    """Settle locked items and keep which payment did: payment, company, what it settles."""
    parts: dict[UUID, Decimal] = {}
    times: Counter[UUID] = Counter()
    for _, _, settlements in settled:
        for one in settlements:
            parts[one.item.id] = parts.get(one.item.id, ZERO) + one.amount
        times.update({one.item.id for one in settlements})
    if not parts:
        return
    if await store.settle(session, parts, times) != len(parts):
        raise TransientError("an open item changed although it was locked")
    await store.insert_allocations(session, [
        {
            "id": derived(payment, "allocation", line), "company": company, "payment": payment, "line": line,
            "open_item": one.item.id, "amount": one.amount,
        }
        for payment, company, settlements in settled
        for line, one in enumerate(settlements, 1)
    ])  # fmt: skip


async def allocations_of(
    session: AsyncSession, payments: Sequence[UUID]
) -> Mapping[UUID, list[Mapping[str, object]]]:
    """What each of these payments settled."""
    grouped: dict[UUID, list[Mapping[str, object]]] = {one: [] for one in payments}
    for row in await store.allocations_of(session, payments):
        payment = row["payment"]
        assert isinstance(payment, UUID)
        grouped[payment].append(row)
    return grouped


async def overdue(
    session: AsyncSession, customers: Iterable[tuple[str, str]], today: date
) -> Mapping[tuple[str, str], Decimal]:
    """What these customers owe and should have paid."""
    return await store.overdue(session, customers, today)


async def documents_open(
    session: AsyncSession, documents: Iterable[UUID]
) -> Mapping[UUID, Decimal]:
    """What is still open of each of these documents; missing when it has no item."""
    return await store.documents_open(session, documents)


def selected(
    *,
    side: Side,
    company: str | None,
    partner: str | None,
    order: str | None,
    open_only: bool,
    document_type: str | None,
) -> Select[tuple[object, ...]]:
    """Open items as a list shows them."""
    return store.selected(
        side=side,
        company=company,
        partner=partner,
        order=order,
        open_only=open_only,
        document_type=document_type,
    )


async def ageing(
    session: AsyncSession, company: str, side: Side, today: date, partner: str | None = None
) -> Mapping[str, Ageing]:
    """What is open with each partner, by how long it is overdue."""
    grouped: dict[str, list[tuple[date, Decimal]]] = {}
    for who, due, amount in await store.open_of(session, company, side, partner):
        grouped.setdefault(who, []).append((due, amount))
    return {who: age(items, today) for who, items in sorted(grouped.items())}
