"""What runs of ours: for each service a folder of `k8s/base`, with a Deployment for each role."""

from __future__ import annotations

from dataclasses import dataclass

from operations.kube.manifests import Manifest, labels, named, waved
from operations.services import SERVICES, Service

PORT = 8000
"""Where every service listens within its container, as its image says."""
KAFKA_FILES = "/etc/tongheng/kafka"
KAFKA_CA = "/etc/tongheng/kafka-ca"
POSTGRES_CA = "/etc/tongheng/postgres-ca"
GRACE_SECONDS = 45
"""A service takes up to 28 s to end, after the 3 s before it is asked to."""
BEFORE_STOP_SECONDS = 3

ROLES: tuple[str, ...] = ("api", "worker", "relay")


@dataclass(frozen=True, slots=True)
class Size:
    """What a container asks for, and what it may take at most of memory. Processor time has no limit: it is shared by request."""

    cpu: str = "250m"
    memory: str = "256Mi"
    memory_max: str = "512Mi"


@dataclass(frozen=True, slots=True)
class Pools:
    """Connections that one process may hold: for requests, and for batches."""

    api: tuple[int, int]
    worker: tuple[int, int]

    @property
    def most(self) -> int:
        """All of them."""
        return sum(self.api) + sum(self.worker)

    def environment(self) -> dict[str, str]:
        """As settings."""
        return {
            "TONGHENG_POOL_SIZE": str(self.api[0]),
            "TONGHENG_POOL_OVERFLOW": str(self.api[1]),
            "TONGHENG_WORKER_POOL_SIZE": str(self.worker[0]),
            "TONGHENG_WORKER_POOL_OVERFLOW": str(self.worker[1]),
        }


POOLS: dict[str, Pools] = {
    "api": Pools(api=(5, 5), worker=(1, 2)),
    "worker": Pools(api=(1, 1), worker=(6, 2)),
    "relay": Pools(api=(1, 1), worker=(2, 1)),
}
_SIZES: dict[tuple[str, str], Size] = {
    # The planning run holds the whole network of items in memory; beside it the shop floor answers.
    ("production", "api"): Size("500m", "512Mi", "4Gi"),
    ("production", "worker"): Size("500m", "512Mi", "4Gi"),
    # Each password is hashed in 64 MiB.
    ("identity", "api"): Size("500m", "384Mi", "768Mi"),
}


MAIL_SECRET = "workflow-mail"
MAIL_KEYS = (
    "smtp-host", "smtp-port", "smtp-security", "smtp-username", "smtp-password", "mail-sender",
)  # fmt: skip
"""By which mail goes out; without the Secret none does."""

COMMON: dict[str, str] = {
    "TONGHENG_KAFKA": "tongheng-kafka-bootstrap:9093",
    "TONGHENG_KAFKA_CA": f"{KAFKA_CA}/ca.crt",
    "TONGHENG_KAFKA_CERTIFICATE": f"{KAFKA_FILES}/user.crt",
    "TONGHENG_KAFKA_KEY": f"{KAFKA_FILES}/user.key",
    "PGSSLROOTCERT": f"{POSTGRES_CA}/ca.crt",
    "TONGHENG_JWKS_URL": f"http://identity:{PORT}/.well-known/jwks.json",
    "TONGHENG_OTLP_ENDPOINT": "",
    "TONGHENG_LOG_LEVEL": "info",
}
"""Settings of all; an overlay adds where the installation is reached (TONGHENG_PUBLIC_URL, TONGHENG_ISSUER)."""


def folder(row: Service) -> dict[str, list[Manifest]]:
    """The files of a service's folder, without its kustomization."""
    files: dict[str, list[Manifest]] = {
        "account.yaml": [
            {
                **named("ServiceAccount", row.name, service=row.name),
                "automountServiceAccountToken": False,
            }
        ],
        "service.yaml": [_service(row)],
    }
    roles = ROLES if row.database else ("api",)
    for role in roles:
        files[f"{role}.yaml"] = [_deployment(row, role), _budget(row, role)]
    if row.database:
        files["migration.yaml"] = [_migration(row)]
    return files


def workload(row: Service, role: str) -> str:
    """A Deployment's name: the gateway has one role only, and no need to say which."""
    return f"{row.name}-{role}" if row.database else row.name


def size(service: str, role: str) -> Size:
    """What a service's container gets in a role."""
    return _SIZES.get((service, role), Size())


def _service(row: Service) -> Manifest:
    return {
        **named("Service", row.name, service=row.name),
        "spec": {
            "selector": _selector(row, "api"),
            "ports": [{"name": "http", "port": PORT, "targetPort": "http", "appProtocol": "http"}],
        },
    }


def _selector(row: Service, role: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": row.name, "app.kubernetes.io/component": role}


def _budget(row: Service, role: str) -> Manifest:
    return {
        **named("PodDisruptionBudget", workload(row, role), service=row.name, role=role),
        "spec": {
            "maxUnavailable": 1,
            # A pod that cannot get ready serves nobody; it may not keep a node from being emptied.
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
            "selector": {"matchLabels": _selector(row, role)},
        },
    }


def _deployment(row: Service, role: str) -> Manifest:
    return {
        **named("Deployment", workload(row, role), service=row.name, role=role),
        # How many is said by the overlay, or by whatever scales: said here, each apply would set it back.
        "spec": {
            "revisionHistoryLimit": 5,
            "progressDeadlineSeconds": 900,
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
            },
            "selector": {"matchLabels": _selector(row, role)},
            "template": {
                "metadata": {"labels": labels(row.name, role)},
                "spec": _pod(
                    row,
                    role,
                    {
                        "ports": [{"name": "http", "containerPort": PORT}],
                        "env": _environment(row, role),
                        "envFrom": [{"configMapRef": {"name": "tongheng"}}],
                        **_probes(),
                        "lifecycle": {"preStop": {"sleep": {"seconds": BEFORE_STOP_SECONDS}}},
                        "resources": _resources(size(row.name, role)),
                    },
                ),
            },
        },
    }


def _migration(row: Service) -> Manifest:
    job = named("Job", f"migrate-{row.name}", service=row.name, role="migration")
    # Argo CD makes it anew at each deployment, before what runs is changed; without it: docs/guides/kubernetes.md.
    return waved(
        job,
        -1,
        {
            "argocd.argoproj.io/hook": "Sync",
            "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation",
        },
    ) | {
        "spec": {
            "backoffLimit": 20,
            "activeDeadlineSeconds": 3600,
            "ttlSecondsAfterFinished": 86400,
            "template": {
                "metadata": {"labels": labels(row.name, "migration")},
                "spec": _pod(
                    row,
                    "migration",
                    {
                        "args": ["migrate"],
                        "env": _database(row.name, "owner", "TONGHENG_OWNER_DATABASE_URL"),
                        "envFrom": [{"configMapRef": {"name": "tongheng"}}],
                        "resources": _resources(Size("100m", "192Mi", "512Mi")),
                    },
                )
                | {"restartPolicy": "OnFailure"},
            },
        }
    }


def _pod(row: Service, role: str, container: Manifest) -> Manifest:
    volumes: list[Manifest] = [{"name": "tmp", "emptyDir": {"sizeLimit": "512Mi"}}]
    mounts: list[Manifest] = [{"name": "tmp", "mountPath": "/tmp"}]  # noqa: S108 - in the container

    def secret(name: str, path: str, secret_name: str, keys: tuple[str, ...]) -> None:
        items = [{"key": key, "path": key} for key in keys]
        given: Manifest = {"secretName": secret_name, "defaultMode": 0o440, "items": items}
        volumes.append({"name": name, "secret": given})
        mounts.append({"name": name, "mountPath": path, "readOnly": True})

    if role != "migration":
        secret("kafka", KAFKA_FILES, f"tongheng-{row.name}", ("user.crt", "user.key"))
        secret("kafka-ca", KAFKA_CA, "tongheng-cluster-ca-cert", ("ca.crt",))
    if row.database:
        secret("postgres-ca", POSTGRES_CA, f"{row.name}-db-ca", ("ca.crt",))
    spread: list[Manifest] = [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": _selector(row, role)},
        }
        for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
    ]
    return {
        "serviceAccountName": row.name,
        "automountServiceAccountToken": False,
        # A Service of another's may not become a setting of ours.
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": GRACE_SECONDS,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "runAsGroup": 10001,
            "fsGroup": 10001,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "topologySpreadConstraints": spread if role != "migration" else [],
        "containers": [
            {
                "name": row.name,
                "image": f"tongheng/{row.name}",
                "imagePullPolicy": "IfNotPresent",
                **container,
                "volumeMounts": mounts,
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "readOnlyRootFilesystem": True,
                    "capabilities": {"drop": ["ALL"]},
                },
            }
        ],
        "volumes": volumes,
    }


def _probes() -> Manifest:
    def get(path: str, **times: int) -> Manifest:
        return {"httpGet": {"path": path, "port": "http"}, **times}

    return {
        # Waits for the migration, which may take its time: 15 minutes.
        "startupProbe": get("/startupz", periodSeconds=3, timeoutSeconds=3, failureThreshold=300),
        "readinessProbe": get("/readyz", periodSeconds=3, timeoutSeconds=4, failureThreshold=2),
        "livenessProbe": get("/livez", periodSeconds=10, timeoutSeconds=4, failureThreshold=3),
    }


def _resources(given: Size) -> Manifest:
    return {
        "requests": {"cpu": given.cpu, "memory": given.memory},
        "limits": {"memory": given.memory_max},
    }


def _variable(name: str, value: str) -> Manifest:
    return {"name": name, "value": value}


def _secret(name: str, secret: str, key: str, *, optional: bool = False) -> Manifest:
    reference: Manifest = {"name": secret, "key": key}
    if optional:
        reference["optional"] = True
    return {"name": name, "valueFrom": {"secretKeyRef": reference}}


def _database(service: str, role: str, setting: str) -> list[Manifest]:
    password = f"{role.upper()}_PASSWORD"
    url = f"postgresql+asyncpg://{service}_{role}:$({password})@{service}-db-rw:5432/{service}?ssl=verify-full"
    return [_secret(password, f"{service}-{role}", "password"), _variable(setting, url)]


def _environment(row: Service, role: str) -> list[Manifest]:
    found: list[Manifest] = []
    if row.database:
        found.append(_variable("TONGHENG_RUN", role))
        found += [_variable(name, value) for name, value in POOLS[role].environment().items()]
        found += _database(row.name, "api", "TONGHENG_DATABASE_URL")
        found += _database(row.name, "worker", "TONGHENG_WORKER_DATABASE_URL")
    if row.name in {"identity", "workflow"}:
        found.append(
            _secret("TONGHENG_KEY_ENCRYPTION_KEY", f"{row.name}-settings", "key-encryption-key")
        )
    if row.name == "identity":
        found += [
            _secret("TONGHENG_ADMIN_USERNAME", "identity-settings", "admin-username"),
            _secret("TONGHENG_ADMIN_PASSWORD", "identity-settings", "admin-password"),
        ]
    if row.name == "workflow":
        found += [
            _secret(f"TONGHENG_{key.upper().replace('-', '_')}", MAIL_SECRET, key, optional=True)
            for key in MAIL_KEYS
        ]
    if row.name == "gateway":
        found.append(_variable("TONGHENG_CONSOLE_DIRECTORY", "/app/services/console/dist"))
        found.append(_variable("TONGHENG_DRAIN_SECONDS", "5"))
        found.append(_variable("TONGHENG_CORS_ORIGINS", "[]"))
        found += [
            _variable(f"TONGHENG_{other.name.upper()}_URL", f"http://{other.name}:{PORT}")
            for other in SERVICES
            if other.name != row.name
        ]
    return found
