"""Who may speak to whom. What is not named is refused: the default is written by hand beside these."""

from __future__ import annotations

from operations.kube.kafka import CLUSTER
from operations.kube.manifests import Manifest, named
from operations.kube.workloads import PORT
from operations.services import SERVICES, Service

KAFKA_PORT = 9093
POSTGRES_PORT = 5432


def policies(row: Service) -> list[Manifest]:
    """A service's own: whom it serves, whom it asks; and, where it keeps data, who reaches its database."""
    found = [_service(row)]
    if row.database:
        found.append(_database(row))
    return found


def _pods(**match: str) -> Manifest:
    return {"podSelector": {"matchLabels": match}}


def _service_pods(name: str) -> Manifest:
    return {"podSelector": {"matchLabels": {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "tongheng"}}}  # fmt: skip


def _ports(*numbers: int) -> list[Manifest]:
    return [{"protocol": "TCP", "port": number} for number in numbers]


def _service(row: Service) -> Manifest:
    ingress: list[Manifest] = []
    egress: list[Manifest] = [
        {"to": [_pods(**{"strimzi.io/cluster": CLUSTER})], "ports": _ports(KAFKA_PORT)}
    ]
    if row.name == "gateway":
        asked = [_service_pods(other.name) for other in SERVICES if other.name != row.name]
        egress.append({"to": asked, "ports": _ports(PORT)})
    else:
        callers = [_service_pods("gateway")]
        if row.name == "identity":
            # The keys that tokens are signed with.
            callers += [_service_pods(other.name) for other in SERVICES if other.database and other.name != row.name]  # fmt: skip
        else:
            egress.append({"to": [_service_pods("identity")], "ports": _ports(PORT)})
        ingress.append({"from": callers, "ports": _ports(PORT)})
    if row.database:
        database = _pods(**{"cnpg.io/cluster": f"{row.name}-db"})
        egress.append({"to": [database], "ports": _ports(POSTGRES_PORT)})
    spec: Manifest = {
        "podSelector": {
            "matchLabels": {
                "app.kubernetes.io/name": row.name,
                "app.kubernetes.io/part-of": "tongheng",
            },
            # Its database has the same name; its policies are its own.
            "matchExpressions": [
                {
                    "key": "app.kubernetes.io/component",
                    "operator": "In",
                    "values": ["api", "worker", "relay", "migration"],
                }
            ],
        },
        "policyTypes": ["Ingress", "Egress"],
        "egress": egress,
    }
    if ingress:
        spec["ingress"] = ingress
    return {**named("NetworkPolicy", row.name, service=row.name), "spec": spec}


def _database(row: Service) -> Manifest:
    own = {"cnpg.io/cluster": f"{row.name}-db"}
    return {
        **named("NetworkPolicy", f"{row.name}-db", service=row.name, role="database"),
        "spec": {
            "podSelector": {"matchLabels": own},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [
                {"from": [_service_pods(row.name)], "ports": _ports(POSTGRES_PORT)},
                {"from": [_pods(**own)], "ports": _ports(POSTGRES_PORT, 8000)},
            ],
            "egress": [{"to": [_pods(**own)], "ports": _ports(POSTGRES_PORT, 8000)}],
        },
    }
