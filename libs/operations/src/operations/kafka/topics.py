"""The topics of all contracts: made where they are missing, with the settings that the contracts ask for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol, cast

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import for_code

PARTITIONS = 3
"""On the local stack; fixed for ever, for the key decides the partition."""

Topics = Mapping[str, Mapping[str, str]]
"""Settings by topic."""


class _Created(Protocol):
    """The broker's answer: name, error code and text of each topic."""

    topic_errors: Sequence[Sequence[object]]


def catalogue() -> Topics:
    """All topics that the contracts name, as in deploy/kafka/topics.yaml."""
    from tongheng_contracts.catalogue import topic_settings  # not needed by `tongheng status`

    return topic_settings()


async def create_missing(
    bootstrap: str, topics: Topics, *, partitions: int = PARTITIONS, replicas: int = 1
) -> list[str]:
    """Make the topics that are not there yet; the names of those made now."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=30_000)
    await admin.start()
    try:
        there = set(await admin.list_topics())
        missing = sorted(name for name in topics if name not in there)
        if not missing:
            return []
        answer = await admin.create_topics(
            [
                NewTopic(
                    name=name,
                    num_partitions=partitions,
                    replication_factor=replicas,
                    topic_configs=dict(topics[name]),
                )
                for name in missing
            ],
            timeout_ms=30_000,
        )
        _raise_refusals(cast("_Created", answer))
        return missing
    finally:
        await admin.close()


_ALREADY_EXISTS = 36


def _raise_refusals(answer: _Created) -> None:
    for refusal in answer.topic_errors:
        name, code = str(refusal[0]), int(str(refusal[1]))
        # Another process may have made it between our look and our request.
        if code not in {0, _ALREADY_EXISTS}:
            error = for_code(code)
            raise error(f"topic {name}: {refusal[2:]}")


def create_all(bootstrap: str) -> list[str]:
    """Make every topic of the catalogue that is missing; for callers without an event loop."""
    return asyncio.run(create_missing(bootstrap, catalogue()))
