"""Who passes events on is given each once, the older versions of a document too."""

from collections.abc import Sequence
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consuming import Consumers, Inbox
from chassis.service import Service
from chassis.testing import Harness, message_of
from tongheng_contracts.envelope import Event
from tongheng_contracts.sales import OrderChanged, OrderPlaced

from .toy import main as toy
from .toy.main import order


@pytest.fixture(scope="session")
def service() -> Service:
    return toy.build()


async def test_every_version_is_given_once_where_all_are_wanted(harness: Harness) -> None:
    consumers = Consumers()
    newest: list[int] = []
    every: list[int] = []

    @consumers.on(OrderPlaced, OrderChanged)
    async def on_newest(session: AsyncSession, events: Sequence[Event]) -> None:
        newest.extend(event.version for event in events)

    @consumers.on(OrderPlaced, OrderChanged, every=True)
    async def on_every(session: AsyncSession, events: Sequence[Event]) -> None:
        every.extend(event.version for event in events)

    inbox = Inbox(harness.worker, Consumers.join(consumers), service="toy")
    one = uuid4()
    second, third, first = (message_of(order(one, version)) for version in (2, 3, 1))

    await inbox.apply([second, third])
    await inbox.apply([first, third])

    assert newest == [3]
    assert every == [2, 3, 1]
    assert consumers.topics == ["sales.OrderChanged", "sales.OrderPlaced"]
