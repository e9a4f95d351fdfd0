"""Who may reach whom by a set of network policies: what a cluster's network would do with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast


@dataclass(frozen=True, slots=True)
class Peer:
    """A pod with its labels, of our namespace or of another."""

    labels: Mapping[str, str]
    namespace: str = ""
    """Another namespace's name; empty for ours."""


def allowed(
    policies: Sequence[Mapping[str, Any]], source: Peer, target: Peer, port: int, *, protocol: str = "TCP"
) -> bool:  # fmt: skip
    """Whether both ends let it through. A pod that no policy is about lets everything through."""
    out = source.namespace or _let(policies, "egress", "to", source, target, port, protocol)
    into = target.namespace or _let(policies, "ingress", "from", target, source, port, protocol)
    return bool(out and into)


def _let(
    policies: Iterable[Mapping[str, Any]],
    way: str,
    ends: str,
    own: Peer,
    other: Peer,
    port: int,
    protocol: str,
) -> bool:
    about = [
        policy["spec"]
        for policy in policies
        if way.title() in policy["spec"].get("policyTypes", ())
        and _selects(policy["spec"]["podSelector"], own.labels)
    ]
    return not about or any(
        _end(rule.get(ends), other) and _port(rule.get("ports"), port, protocol)
        for spec in about
        for rule in spec.get(way, ())
    )


def _end(ends: Sequence[Mapping[str, Any]] | None, other: Peer) -> bool:
    if not ends:
        return True
    for end in ends:
        if "ipBlock" in end:
            continue  # pods are reached by their labels; addresses are for what is outside
        spaces = end.get("namespaceSelector")
        if spaces is None and other.namespace:
            continue
        name = {"kubernetes.io/metadata.name": other.namespace} if other.namespace else {}
        if spaces is not None and not _selects(spaces, name):
            continue
        if _selects(end.get("podSelector", {}), other.labels):
            return True
    return False


def _port(ports: Sequence[Mapping[str, Any]] | None, port: int, protocol: str) -> bool:
    return not ports or any(
        each.get("port", port) == port and each.get("protocol", "TCP") == protocol for each in ports
    )


def _selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    if any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        return False
    for each in selector.get("matchExpressions", ()):
        value = labels.get(each["key"])
        values = cast("Sequence[str]", each.get("values", ()))
        good = {
            "In": value in values,
            "NotIn": value not in values,
            "Exists": value is not None,
            "DoesNotExist": value is None,
        }[each["operator"]]
        if not good:
            return False
    return True
