"""Which handler is for which event: written by the features, joined by the service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar, cast

from sqlalchemy.ext.asyncio import AsyncSession

from tongheng_contracts.envelope import Event

EventT = TypeVar("EventT", bound=Event)
Handler = Callable[[AsyncSession, Sequence[Event]], Awaitable[None]]


class Consumers:
    """A feature's handlers of events. `join` makes one list of all features': one consumer group per service."""

    def __init__(self) -> None:
        self.handlers: list[tuple[frozenset[str], Handler]] = []
        self.observers: list[tuple[frozenset[str], Handler]] = []

    def on(
        self, *types: type[EventT], every: bool = False
    ) -> Callable[
        [Callable[[AsyncSession, Sequence[EventT]], Awaitable[None]]],
        Callable[..., Awaitable[None]],
    ]:
        """Register a handler of one or several event types; it is given a batch's events of all of them.

        With `every`, also the versions of a document that are older than what was seen: for who passes events on.
        """
        topics = frozenset(one.contract.topic for one in types)

        def register(
            handler: Callable[[AsyncSession, Sequence[EventT]], Awaitable[None]],
        ) -> Callable[..., Awaitable[None]]:
            chosen = self.observers if every else self.handlers
            chosen.append((topics, cast("Handler", handler)))
            return handler

        return register

    @classmethod
    def join(cls, *parts: Consumers) -> Consumers:
        """All handlers of all features, in the order given."""
        joined = cls()
        for part in parts:
            joined.handlers.extend(part.handlers)
            joined.observers.extend(part.observers)
        return joined

    @property
    def topics(self) -> list[str]:
        """Every topic that has a handler."""
        both = (*self.handlers, *self.observers)
        return sorted({topic for topics, _ in both for topic in topics})

    async def handle(
        self, session: AsyncSession, events: Sequence[Event], *, every: Sequence[Event] = ()
    ) -> None:
        """Give each handler its events, in the order of the features; then `every` event to those who want them all."""
        for handlers, given in ((self.handlers, events), (self.observers, every)):
            for topics, handler in handlers:
                mine = [event for event in given if event.contract.topic in topics]
                if mine:
                    await handler(session, mine)
