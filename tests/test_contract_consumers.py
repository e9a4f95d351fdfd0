"""Each contract names its readers: exactly the services that really subscribe, and other teams that gave their name."""

from __future__ import annotations

import importlib
from collections import defaultdict

import pytest

from operations.services import SERVICES
from tongheng_contracts.catalogue import contracts
from tongheng_contracts.envelope import Contract

WITH_EVENTS = sorted(service.name for service in SERVICES if service.database)


def subscribed() -> dict[str, set[str]]:
    """The services by topic that have a handler of it."""
    found: dict[str, set[str]] = defaultdict(set)
    for name in WITH_EVENTS:
        service = importlib.import_module(f"{name}.main").build()
        for topic in service.all_consumers().topics:
            found[topic].add(name)
    return found


@pytest.fixture(scope="module")
def readers() -> dict[str, set[str]]:
    return subscribed()


def test_every_subscription_is_of_a_known_topic(readers: dict[str, set[str]]) -> None:
    assert set(readers) <= {agreed.topic for agreed in contracts()}
    assert len(readers) > 20


@pytest.mark.parametrize("agreed", contracts(), ids=lambda agreed: agreed.topic)
def test_a_contract_names_the_services_that_subscribe(
    agreed: Contract, readers: dict[str, set[str]]
) -> None:
    named = set(agreed.consumers) & set(WITH_EVENTS)

    assert named == readers.get(agreed.topic, set()), (
        f"write consumers={tuple(sorted(readers.get(agreed.topic, set())))!r} at {agreed.topic} in libs/contracts, "
        "then `make contracts`"
    )
    assert list(agreed.consumers) == sorted(agreed.consumers)
