"""Invoices, credit notes and what is unbilled, as they are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.errors import NotFound
from finance.receivables import store


async def find_invoice(
    session: AsyncSession, reference: str
) -> tuple[Row[Any], Sequence[Row[Any]]]:
    """An invoice by id or number, with its lines."""
    row = await store.find(session, store.INVOICES, reference)
    if row is None:
        raise NotFound(what=("invoice", "发票"))
    return row, await store.lines_of(session, [row.id])


async def invoices_of(session: AsyncSession, ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """These invoices."""
    return await store.rows_of(session, store.INVOICES, ids)


async def find_credit_note(session: AsyncSession, reference: str) -> Row[Any]:
    """A credit note by id or number."""
    row = await store.find(session, store.CREDIT_NOTES, reference)
    if row is None:
        raise NotFound(what=("credit note", "红字发票"))
    return row


async def invoice_lines(
    session: AsyncSession, ids: Sequence[UUID]
) -> Mapping[UUID, list[Row[Any]]]:
    """The lines of these invoices."""
    grouped: dict[UUID, list[Row[Any]]] = {one: [] for one in ids}
    for row in await store.lines_of(session, ids):
        grouped[row.invoice].append(row)
    return grouped


def invoices_selected(
    *, company: str | None, customer: str | None, order: str | None, number: str | None
) -> Select[Any]:
    """Invoices as a list shows them."""
    return store.selected(
        store.INVOICES, company=company, customer=customer, order=order, number=number
    )


def credit_notes_selected(
    *, company: str | None, customer: str | None, order: str | None, number: str | None
) -> Select[Any]:
    """Credit notes as a list shows them."""
    return store.selected(
        store.CREDIT_NOTES, company=company, customer=customer, order=order, number=number
    )


def unbilled_selected(
    *, company: str | None, customer: str | None, order: str | None
) -> Select[Any]:
    """What was shipped and not invoiced."""
    return store.unbilled_selected(company=company, customer=customer, order=order)
