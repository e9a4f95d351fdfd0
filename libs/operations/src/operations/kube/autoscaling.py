"""How many of each: the api by processor time, the workers by what they are behind."""

from __future__ import annotations

from operations.kube.kafka import CLUSTER, group
from operations.kube.manifests import Manifest, named
from operations.kube.workloads import workload
from operations.services import Service

API = (2, 6)
WORKER = (2, 6)
"""At most as many as a topic has partitions; each one more or less stops the whole group for a moment."""
COOL_DOWN_SECONDS = 300
LAG = 500
"""Messages behind for each worker: one batch."""


def scalers(row: Service) -> list[Manifest]:
    """What scales a service."""
    found = [_api(row)]
    if row.database:
        found.append(_worker(row))
    return found


def _api(row: Service) -> Manifest:
    name = workload(row, "api")
    return {
        **named("HorizontalPodAutoscaler", name, service=row.name, role="api"),
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "minReplicas": API[0],
            "maxReplicas": API[1],
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {
                        "name": "cpu",
                        "target": {"type": "Utilization", "averageUtilization": 70},
                    },
                }
            ],
            "behavior": {
                "scaleUp": {"policies": [{"type": "Pods", "value": 2, "periodSeconds": 60}]},
                "scaleDown": _slowly(),
            },
        },
    }


def _worker(row: Service) -> Manifest:
    name = workload(row, "worker")
    return {
        **named("ScaledObject", name, service=row.name, role="worker"),
        "spec": {
            "scaleTargetRef": {"name": name},
            "minReplicaCount": WORKER[0],
            "maxReplicaCount": WORKER[1],
            "pollingInterval": 15,
            "cooldownPeriod": COOL_DOWN_SECONDS,
            # Kafka is not to be seen: as many as keep up on an ordinary day.
            "fallback": {"failureThreshold": 4, "replicas": WORKER[0]},
            "advanced": {
                "horizontalPodAutoscalerConfig": {
                    "behavior": {
                        "scaleUp": {
                            "stabilizationWindowSeconds": 60,
                            "policies": [{"type": "Pods", "value": 1, "periodSeconds": 120}],
                        },
                        "scaleDown": _slowly(),
                    }
                }
            },
            "triggers": [
                {
                    "type": "kafka",
                    "metricType": "AverageValue",
                    "metadata": {
                        "bootstrapServers": f"{CLUSTER}-kafka-bootstrap:9093",
                        "consumerGroup": group(row.name),
                        "lagThreshold": str(LAG),
                        "offsetResetPolicy": "earliest",
                        "tls": "enable",
                        "version": "2.5.0",
                    },
                    "authenticationRef": {"name": "tongheng-kafka"},
                }
            ],
        },
    }


def _slowly() -> Manifest:
    return {
        "stabilizationWindowSeconds": COOL_DOWN_SECONDS,
        "policies": [{"type": "Pods", "value": 1, "periodSeconds": COOL_DOWN_SECONDS}],
    }
