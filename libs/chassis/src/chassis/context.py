"""On whose behalf something is done: carried by the session, read when events and audit entries are written."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session as SyncSession


@dataclass(frozen=True, slots=True)
class Context:
    """Who acts, what he may see, and which request or event caused it."""

    actor: str
    companies: frozenset[str] | None = None
    """The companies within the scope; None for all."""
    warehouses: frozenset[str] | None = None
    partners: frozenset[str] | None = None
    """The customers and suppliers whose documents are within the scope; None for all."""
    own: bool = False
    """Only what the actor made himself is within the scope."""
    correlation_id: str = ""
    causation_id: str = ""
    traceparent: str = ""
    client: str = ""
    """The program that the actor used."""
    request_id: str = ""
    address: str = ""
    """From where the actor asked, as the gateway says; empty for what no request caused."""
    language: str = "en"


def system_context(name: str, *, correlation_id: str = "", causation_id: str = "") -> Context:
    """The context of work that no person asked for: timers, migrations, rebuilding."""
    return Context(actor=f"system:{name}", correlation_id=correlation_id, causation_id=causation_id)


def context_of(session: AsyncSession | SyncSession) -> Context:
    """The context that the edge gave to this session."""
    context = session.info.get("context")
    assert isinstance(context, Context), "the session was not opened by the chassis"
    return context
