"""Of each document the newest version, if it is newer than any seen before, whichever topic it came by."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from tongheng_contracts.envelope import Event, Kind

SEEN = text(
    "INSERT INTO document_versions (document, id, version)"
    " SELECT * FROM unnest(CAST(:documents AS text[]), CAST(:ids AS uuid[]), CAST(:versions AS int[]))"
    " ON CONFLICT (document, id) DO UPDATE SET version = excluded.version"
    " WHERE document_versions.version < excluded.version RETURNING document, id"
)
SUPERSEDED = text("UPDATE inbox SET outcome = 'superseded' WHERE event_id = ANY(:ids)")


async def newest(session: AsyncSession, events: Sequence[Event]) -> list[Event]:
    """Facts as they are; of each document the newest version, if it is newer than what was seen before."""
    documents: dict[tuple[str, UUID], Event] = {}
    for event in events:
        if event.contract.kind is Kind.FACT:
            continue
        place = (event.contract.document, UUID(event.key))
        if place not in documents or documents[place].version < event.version:
            documents[place] = event
    newer: set[tuple[str, UUID]] = set()
    if documents:
        places = sorted(documents)
        result = await session.execute(
            SEEN,
            {
                "documents": [document for document, _ in places],
                "ids": [i for _, i in places],
                "versions": [documents[place].version for place in places],
            },
        )
        newer = {(str(row[0]), UUID(str(row[1]))) for row in result}
    kept: list[Event] = []
    superseded: list[UUID] = []
    for event in events:
        place = (event.contract.document, UUID(event.key))
        if event.contract.kind is Kind.FACT or (place in newer and documents[place] is event):
            kept.append(event)
        else:
            superseded.append(event.envelope.id)
    if superseded:
        await session.execute(SUPERSEDED, {"ids": superseded})
    return kept
