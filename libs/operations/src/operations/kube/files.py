"""All generated files of `k8s/`: written by `make contracts`, compared by `make check`."""

from __future__ import annotations

from pathlib import Path

import yaml

from operations.kube import autoscaling, kafka, networks, postgres, workloads
from operations.kube.manifests import HEAD, Manifest, kustomization, named, written
from operations.services import SERVICES, repository, with_database


def root() -> Path:
    """Where the manifests are."""
    return repository() / "k8s"


def generated() -> dict[str, str]:
    """The content of each generated file, by its path within `k8s/`."""
    files: dict[str, str] = {}
    for row in SERVICES:
        own = workloads.folder(row)
        for name, manifests in own.items():
            files[f"base/{row.name}/{name}"] = written(manifests)
        files[f"base/{row.name}/kustomization.yaml"] = kustomization(own)
        files[f"components/autoscaling-keda/{row.name}.yaml"] = written(autoscaling.scalers(row))
        files[f"components/network-policies/{row.name}.yaml"] = written(networks.policies(row))
    for name in with_database():
        clusters = [postgres.cluster(name), postgres.backups(name)]
        files[f"components/postgres-cnpg/{name}.yaml"] = written(clusters)
    services = [row.name for row in SERVICES]
    settings = [f"{name}={value}" for name, value in workloads.COMMON.items()]
    generator: Manifest = {"configMapGenerator": [{"name": "tongheng", "literals": settings}]}
    files["base/kustomization.yaml"] = kustomization(
        ["namespace.yaml", "ingress.yaml", *services], more=generator
    )
    for component, others, of_databases in (
        ("autoscaling-keda", ["kafka-authentication.yaml"], False),
        ("network-policies", ["default.yaml", "kafka.yaml", "sites.yaml"], False),
        ("postgres-cnpg", [], True),
    ):
        names = with_database() if of_databases else services
        files[f"components/{component}/kustomization.yaml"] = kustomization(
            [*others, *(f"{name}.yaml" for name in names)], component=True
        )
    files["components/telemetry/alarms.yaml"] = written([_alarms()])
    files["../deploy/prometheus/targets.yml"] = HEAD + _targets()
    files["components/kafka-strimzi/topics.yaml"] = written(kafka.topics())
    files["components/kafka-strimzi/users.yaml"] = written(kafka.users())
    return files


def _alarms() -> Manifest:
    """The rules that Prometheus is given everywhere."""
    file = repository() / "deploy" / "prometheus" / "rules" / "tongheng.yml"
    return named("PrometheusRule", "tongheng") | {"spec": yaml.safe_load(file.read_text("utf-8"))}


def _targets() -> str:
    """Whom Prometheus asks in containers."""
    targets = [
        {"targets": [f"{row.name}:{workloads.PORT}"], "labels": {"service": row.name}}
        for row in SERVICES
    ]
    return yaml.safe_dump(targets, sort_keys=False)


def stale() -> list[str]:
    """The generated files that are not as they would be written now, and those that nothing writes any more."""
    wanted = generated()
    found = {
        str(file.relative_to(root()))
        for file in root().rglob("*.yaml")
        if file.read_text("utf-8").startswith(HEAD)
    }
    differing = {
        name
        for name, content in wanted.items()
        if not (root() / name).exists() or (root() / name).read_text("utf-8") != content
    }
    return sorted(differing | (found - set(wanted)))


def write() -> None:
    """Write them all; what nothing writes any more is removed."""
    wanted = generated()
    for name in stale():
        file = root() / name
        if name not in wanted:
            file.unlink()
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(wanted[name], encoding="utf-8")
