"""Topics as the contracts ask for them, and users who may read and write what their contracts say, nothing else."""

from __future__ import annotations

from typing import cast

from operations.kube.manifests import Manifest, named, waved
from operations.services import SERVICES
from tongheng_contracts.catalogue import contracts, topic_settings
from tongheng_contracts.envelope import Contract, Kind

PARTITIONS = 12
REPLICAS = 3
CLUSTER = "tongheng"
"""The Kafka cluster's name, from which Strimzi names its Services and Secrets."""


def group(service: str) -> str:
    """A service's consumer group."""
    return f"tongheng-{service}"


def produced(service: str) -> list[str]:
    """The topics that a service owns."""
    return [one.topic for one in contracts() if one.owner == service]


def consumed(service: str) -> list[str]:
    """The topics that a service reads."""
    return [one.topic for one in contracts() if service in one.consumers]


def streamed() -> list[str]:
    """What the gateway reads for its live stream: what tells of documents."""

    def tells(one: Contract) -> bool:
        return one.kind in (Kind.DOCUMENT, Kind.FACT) and one.part != "chapter"

    return [one.topic for one in contracts() if tells(one)]


def topics() -> list[Manifest]:
    """A KafkaTopic for each contract."""
    return [_topic(topic, settings) for topic, settings in sorted(topic_settings().items())]


def _topic(topic: str, settings: dict[str, str]) -> Manifest:
    head = named("KafkaTopic", topic.lower(), service=topic.partition(".")[0])
    return _of_cluster(head) | {
        "spec": {
            "topicName": topic,
            # Fixed for ever: a key's partition follows from their number.
            "partitions": PARTITIONS,
            "replicas": REPLICAS,
            "config": dict(settings),
        }
    }


def users() -> list[Manifest]:
    """A KafkaUser for each service, known by its certificate; one for KEDA, which only looks how far the groups are."""
    found: list[Manifest] = []
    for row in SERVICES:
        # Its own it also reads: its state is made again from them.
        acls = [_allow("topic", topic, "Write", "Read", "Describe") for topic in produced(row.name)]
        if row.database:
            acls += [
                _allow("topic", topic, "Read", "Describe")
                for topic in consumed(row.name)
                if topic not in produced(row.name)
            ]
            acls.append(_allow("group", group(row.name), "Read", "Describe"))
        else:
            acls += [_allow("topic", topic, "Read", "Describe") for topic in streamed()]
        found.append(_user(f"tongheng-{row.name}", row.name, acls))
    looking = [_allow("topic", topic, "Describe") for topic in sorted(topic_settings())]
    looking += [_allow("group", group(row.name), "Describe") for row in SERVICES if row.database]
    found.append(_user("tongheng-keda", "keda", looking))
    return found


def _user(name: str, service: str, acls: list[Manifest]) -> Manifest:
    return _of_cluster(named("KafkaUser", name, service=service)) | {
        "spec": {
            "authentication": {"type": "tls"},
            "authorization": {"type": "simple", "acls": acls},
        }
    }


def _of_cluster(head: Manifest) -> Manifest:
    metadata = cast("dict[str, dict[str, str]]", head["metadata"])
    metadata["labels"]["strimzi.io/cluster"] = CLUSTER
    return waved(head, -2)


def _allow(kind: str, name: str, *operations: str) -> Manifest:
    return {
        "resource": {"type": kind, "name": name, "patternType": "literal"},
        "operations": list(operations),
        "host": "*",
    }
