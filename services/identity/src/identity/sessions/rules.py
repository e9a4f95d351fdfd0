"""What a session is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session that goes on."""

    id: UUID
    user: UUID
    client_id: str
    ends_at: datetime
