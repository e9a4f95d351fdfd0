"""What can be done with payment terms. Other services know a partner's days by the partner."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from masterdata.records import service as records
from masterdata.records.service import KeptRecord, Kind
from masterdata.terms.tables import terms
from tongheng_contracts.masterdata import MasterRecord


class Term(MasterRecord):
    """How long a partner has to pay."""

    days: int
    """Days from the invoice to its due date."""


class TermRecord(Term, KeptRecord):
    """A payment term as it is kept."""


TERM = Kind(name="term", noun=("payment term", "付款条件"), table=terms, model=TermRecord)


async def create_term(session: AsyncSession, term: Term) -> TermRecord:
    """Introduce a payment term."""
    return await records.create_one(session, TERM, term)


async def change_term(
    session: AsyncSession, reference: str, changes: Mapping[str, object], *, expected: int | None
) -> TermRecord:
    """Name a term otherwise; its days are agreed with the partners who have it."""
    before = await records.load(session, TERM, reference, expected=expected, lock=True)
    return await records.replace(session, TERM, before, changes)
