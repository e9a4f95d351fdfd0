"""What our manifests must hold to beyond their schemas: each rule gives its troubles, in words."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from operations.kube import autoscaling, kafka, secrets, workloads
from operations.kube.flows import Peer, allowed
from operations.kube.manifests import labels
from operations.services import DATABASE_ROLES, SERVICES, repository, with_database
from tongheng_contracts.catalogue import topic_settings

POOL_SHARE = 0.8
"""Of a database's connections, what pods may hold: the rest is for people and for the operator."""
SERVE_SECONDS = 28
"""What a service takes at most to end, once asked."""

One = Mapping[str, Any]


class Manifests:
    """All manifests of one overlay."""

    def __init__(self, manifests: Iterable[One]) -> None:
        self.all = list(manifests)
        self._by_kind: dict[str, dict[str, One]] = defaultdict(dict)
        for one in self.all:
            self._by_kind[one["kind"]][one["metadata"]["name"]] = one

    def of(self, kind: str) -> dict[str, One]:
        """Those of a kind, by name."""
        return self._by_kind[kind]

    def templates(self) -> Iterator[tuple[str, One]]:
        """Every pod that is made from these, with the name of what makes it."""
        for kind in ("Deployment", "Job"):
            for name, one in self.of(kind).items():
                yield f"{kind} {name}", one["spec"]["template"]


def every_service_is_there(given: Manifests) -> list[str]:
    """Each row of the list of services has what it needs to run."""
    found: list[str] = []
    for row in SERVICES:
        roles = workloads.ROLES if row.database else ("api",)
        wanted = [("Service", row.name), ("ServiceAccount", row.name)]
        wanted += [("Deployment", workloads.workload(row, role)) for role in roles]
        wanted += [("PodDisruptionBudget", workloads.workload(row, role)) for role in roles]
        wanted.append(("KafkaUser", f"tongheng-{row.name}"))
        if row.database:
            wanted += [("Job", f"migrate-{row.name}"), ("Cluster", f"{row.name}-db")]
        found += [f"{kind} {name} is missing" for kind, name in wanted if name not in given.of(kind)]  # fmt: skip
    known = {row.name for row in SERVICES}
    found += [f"Service {name} is of no service" for name in given.of("Service") if name not in known]  # fmt: skip
    return found


def pods_are_restricted(given: Manifests) -> list[str]:
    """Pod Security 'restricted', and more: a file system that is not written to, no token of the API server, a limit of memory."""
    found: list[str] = []
    for name, template in given.templates():
        pod = template["spec"]
        own = pod.get("securityContext", {})
        asked = {
            "runs as another than root": own.get("runAsNonRoot") is True,
            "has the runtime's seccomp profile": own.get("seccompProfile", {}).get("type") == "RuntimeDefault",
            "shares nothing with its node": not any(pod.get(key) for key in ("hostNetwork", "hostPID", "hostIPC")),
            "has no path of its node": not any("hostPath" in volume for volume in pod.get("volumes", ())),
            "has no token of the API server": pod.get("automountServiceAccountToken") is False,
        }  # fmt: skip
        for container in (*pod.get("initContainers", ()), *pod["containers"]):
            asked |= _of_container(container)
        found += [f"{name}: not so that it {what}" for what, good in asked.items() if not good]
    namespaces = given.of("Namespace").values()
    if not any(each["metadata"].get("labels", {}).get("pod-security.kubernetes.io/enforce") == "restricted" for each in namespaces):  # fmt: skip
        found.append("no Namespace enforces 'restricted'")
    return found


def _of_container(container: One) -> dict[str, bool]:
    rights = container.get("securityContext", {})
    resources = container.get("resources", {})
    who = container["name"]
    return {
        f"gains no rights in {who}": rights.get("allowPrivilegeEscalation") is False,
        f"has no capabilities in {who}": rights.get("capabilities") == {"drop": ["ALL"]},
        f"writes only where it is told in {who}": rights.get("readOnlyRootFilesystem") is True,
        f"is not privileged in {who}": not rights.get("privileged"),
        f"has a limit of memory in {who}": "memory" in resources.get("limits", {}),
        f"asks for processor time in {who}": "cpu" in resources.get("requests", {}),
        f"has no port of its node in {who}": not any(
            "hostPort" in port for port in container.get("ports", ())
        ),
    }


def images_are_pinned(given: Manifests) -> list[str]:
    """By a tag that is not `latest`, or by digest."""
    found: list[str] = []
    images = [(name, each["image"]) for name, pod in given.templates() for each in pod["spec"]["containers"]]  # fmt: skip
    images += [(f"Cluster {name}", one["spec"]["imageName"]) for name, one in given.of("Cluster").items()]  # fmt: skip
    for name, image in images:
        tag = image.rpartition("/")[2].partition(":")[2]
        if "@sha256:" not in image and tag in {"", "latest"}:
            found.append(f"{name}: the image {image} has no fixed version")
    return found


def probes_and_ports_are_the_services(given: Manifests) -> list[str]:
    """Probes ask what the services answer, at the port where their image listens; Services and the Ingress lead there."""
    from chassis.health import health_router

    paths = {getattr(route, "path", "") for route in health_router.routes}
    listens = re.search(r"TONGHENG_PORT=(\d+)", (repository() / "deploy" / "Dockerfile").read_text("utf-8"))  # fmt: skip
    found: list[str] = []
    for name, one in given.of("Deployment").items():
        container = one["spec"]["template"]["spec"]["containers"][0]
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        if listens is None or ports.get("http") != int(listens[1]):
            found.append(f"Deployment {name}: its port is not the image's")
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            asked = container.get(probe, {}).get("httpGet", {})
            if asked.get("path") not in paths or asked.get("port") not in ports:
                found.append(f"Deployment {name}: its {probe} asks {asked.get('path')} at {asked.get('port')}, which nothing answers")  # fmt: skip
    for name, one in given.of("Service").items():
        selector = one["spec"]["selector"]
        pods = [pod for _, pod in given.templates() if selector.items() <= pod["metadata"]["labels"].items()]  # fmt: skip
        names = {port["name"] for pod in pods for port in pod["spec"]["containers"][0].get("ports", ())}  # fmt: skip
        found += [f"Service {name}: leads to no pod's port {port['targetPort']}" for port in one["spec"]["ports"] if port["targetPort"] not in names]  # fmt: skip
    for name, one in given.of("Ingress").items():
        for rule in one["spec"]["rules"]:
            for path in rule["http"]["paths"]:
                service = path["backend"]["service"]
                there = given.of("Service").get(service["name"])
                if there is None or service["port"]["name"] not in {port["name"] for port in there["spec"]["ports"]}:  # fmt: skip
                    found.append(f"Ingress {name}: leads to {service['name']}, which is not there")
        hosts = {rule["host"] for rule in one["spec"]["rules"]}
        if hosts - {host for tls in one["spec"].get("tls", ()) for host in tls["hosts"]}:
            found.append(f"Ingress {name}: a host without a certificate")
    return found


def pods_end_gracefully(given: Manifests) -> list[str]:
    """There is time for the last requests and the last batch."""
    found: list[str] = []
    for name, one in given.of("Deployment").items():
        pod = one["spec"]["template"]["spec"]
        before = pod["containers"][0].get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)  # fmt: skip
        if pod.get("terminationGracePeriodSeconds", 30) < before + SERVE_SECONDS + 5:
            found.append(f"Deployment {name}: is killed before it can end")
    return found


def topics_and_rights_are_the_contracts(given: Manifests) -> list[str]:
    """Each contract has its topic; each service may do with it what its contract says, and nobody anything else."""
    there = {one["spec"]["topicName"]: one["spec"] for one in given.of("KafkaTopic").values()}
    topics = set(topic_settings())
    found = [f"the topic {name} is missing" for name in sorted(topics - set(there))]
    found += [f"the topic {name} is of no contract" for name in sorted(set(there) - topics)]
    brokers = sum(
        one["spec"]["replicas"] for one in given.of("KafkaNodePool").values() if "broker" in one["spec"]["roles"]
    )  # fmt: skip
    found += [
        f"the topic {name} wants {spec['replicas']} copies of {brokers} brokers"
        for name, spec in there.items()
        if brokers and spec["replicas"] > brokers
    ]
    for row in SERVICES:
        user = given.of("KafkaUser").get(f"tongheng-{row.name}")
        if user is None:
            continue
        read = set(kafka.consumed(row.name)) if row.database else set(kafka.streamed())
        wanted = {("topic", name, "Write") for name in kafka.produced(row.name)}
        wanted |= {("topic", name, "Read") for name in read.union(kafka.produced(row.name))}
        if row.database:
            wanted.add(("group", kafka.group(row.name), "Read"))
        has = {
            (acl["resource"]["type"], acl["resource"]["name"], operation)
            for acl in user["spec"]["authorization"]["acls"]
            for operation in acl["operations"]
            if operation != "Describe"
        }
        found += [f"{row.name} may not {what} {kind} {name}" for kind, name, what in sorted(wanted - has)]  # fmt: skip
        found += [f"{row.name} may {what} {kind} {name}, which its contracts do not say" for kind, name, what in sorted(has - wanted)]  # fmt: skip
    return found


def references_lead_somewhere(given: Manifests) -> list[str]:
    """Secrets are among those agreed with the site or made by an operator; settings' maps and accounts are there."""
    known = {name: set(keys) for name, keys in secrets.wanted().items()}
    known[workloads.MAIL_SECRET] = set(workloads.MAIL_KEYS)
    known |= {name: {"user.crt", "user.key"} for name in given.of("KafkaUser")}
    known |= {f"{name}-ca": {"ca.crt"} for name in given.of("Cluster")}
    known |= {f"{name}-cluster-ca-cert": {"ca.crt"} for name in given.of("Kafka")}
    found = [
        f"{who}: nobody makes the Secret {secret} with {key}"
        for who, secret, key in _secrets_asked(given)
        if key not in known.get(secret, set())
    ]
    for name, template in given.templates():
        pod = template["spec"]
        if pod.get("serviceAccountName") not in given.of("ServiceAccount"):
            found.append(f"{name}: its ServiceAccount is not there")
        maps = [each["configMapRef"]["name"] for one in pod["containers"] for each in one.get("envFrom", ())]  # fmt: skip
        # The generator's, under a name that only a build knows.
        there = given.of("ConfigMap") or dict.fromkeys(maps)
        found += [f"{name}: the ConfigMap {each} is not there" for each in maps if each not in there]  # fmt: skip
    return found


def _secrets_asked(given: Manifests) -> Iterator[tuple[str, str, str]]:
    for name, template in given.templates():
        pod = template["spec"]
        for container in pod["containers"]:
            for each in container.get("env", ()):
                source = each.get("valueFrom", {}).get("secretKeyRef")
                if source:
                    yield name, source["name"], source["key"]
        for volume in pod.get("volumes", ()):
            for item in volume.get("secret", {}).get("items", ()):
                yield name, volume["secret"]["secretName"], item["key"]
    for name, one in given.of("Cluster").items():
        initdb = one["spec"]["bootstrap"]["initdb"]
        asked = [initdb["secret"], *(role["passwordSecret"] for role in one["spec"]["managed"]["roles"])]  # fmt: skip
        for each in asked:
            yield f"Cluster {name}", each["name"], "password"
    for name, one in given.of("TriggerAuthentication").items():
        for each in one["spec"]["secretTargetRef"]:
            yield f"TriggerAuthentication {name}", each["name"], each["key"]


def no_secret_is_written_down(given: Manifests) -> list[str]:
    """Passwords and keys come from Secrets that are not among the manifests."""
    found = [f"the Secret {name} is among the manifests" for name in given.of("Secret")]
    for name, template in given.templates():
        for container in template["spec"]["containers"]:
            found += [
                f"{name}: {each['name']} is written down"
                for each in container.get("env", ())
                if re.search(r"PASSWORD|SECRET|ENCRYPTION", each["name"]) and "value" in each
            ]
    return found


def scaling_fits(given: Manifests) -> list[str]:
    """What scales is there; a budget leaves one pod to evict; workers are no more than partitions; connections are enough."""
    found: list[str] = []
    most: dict[str, int] = {}
    for name, one in given.of("HorizontalPodAutoscaler").items():
        target = one["spec"]["scaleTargetRef"]["name"]
        most[target] = one["spec"]["maxReplicas"]
        if target not in given.of("Deployment") or one["spec"]["minReplicas"] < autoscaling.API[0]:
            found.append(f"HorizontalPodAutoscaler {name}: scales nothing, or to fewer than two")
    for name, one in given.of("ScaledObject").items():
        target = one["spec"]["scaleTargetRef"]["name"]
        most[target] = one["spec"]["maxReplicaCount"]
        if target not in given.of("Deployment"):
            found.append(f"ScaledObject {name}: scales {target}, which is not there")
        partitions = min((topic["spec"]["partitions"] for topic in given.of("KafkaTopic").values()), default=0)  # fmt: skip
        if most[target] > partitions:
            found.append(f"ScaledObject {name}: more workers than partitions")
    for name, one in given.of("Deployment").items():
        if name in most and "replicas" in one["spec"]:
            found.append(
                f"Deployment {name}: says how many, and is scaled: each apply sets it back"
            )
        most.setdefault(name, one["spec"].get("replicas", 1))
    for name, one in given.of("PodDisruptionBudget").items():
        if name not in given.of("Deployment") or one["spec"].get("maxUnavailable") != 1:
            found.append(f"PodDisruptionBudget {name}: of no Deployment, or it lets none go")
    return found + _connections(given, most)


def _connections(given: Manifests, most: Mapping[str, int]) -> list[str]:
    found: list[str] = []
    for service in with_database():
        cluster = given.of("Cluster").get(f"{service}-db")
        if cluster is None:
            continue
        limit = int(cluster["spec"]["postgresql"]["parameters"]["max_connections"])
        # While it rolls out, there is one more of each.
        held = sum(
            (most.get(f"{service}-{role}", 0) + 1) * workloads.POOLS[role].most
            for role in workloads.ROLES
        )
        if held > POOL_SHARE * limit:
            found.append(f"{service}: its pods may hold {held} of {limit} connections")
    return found


def network_is_closed(given: Manifests) -> list[str]:
    """What must be reached is reached, and nothing else: a table of both, played through the policies."""
    policies = list(given.of("NetworkPolicy").values())
    if not policies:
        return ["there are no network policies"]

    def pods(name: str, role: str = "api") -> Peer:
        return Peer(labels(name, role))

    def database(name: str) -> Peer:
        return Peer({"cnpg.io/cluster": f"{name}-db"})

    broker = Peer({"strimzi.io/cluster": kafka.CLUSTER})
    ways: list[tuple[str, Peer, Peer, int, bool]] = [
        ("the ingress → gateway", Peer({}, "ingress-nginx"), pods("gateway"), 8000, True),
        ("anywhere → gateway", Peer({}, "default"), pods("gateway"), 8000, False),
        ("KEDA → Kafka", Peer({}, "keda"), broker, 9093, True),
        ("anywhere → Kafka", Peer({}, "default"), broker, 9093, False),
        ("a broker → a broker", broker, broker, 9091, True),
        ("gateway → Kafka", pods("gateway"), broker, 9093, True),
        ("a stranger → elsewhere", Peer({}), Peer({}, "default"), 443, False),
        ("a stranger → gateway", Peer({}), pods("gateway"), 8000, False),
    ]
    for one in with_database():
        ways += [
            (f"gateway → {one}", pods("gateway"), pods(one), 8000, True),
            (f"the ingress → {one}", Peer({}, "ingress-nginx"), pods(one), 8000, False),
            (f"monitoring → {one}'s worker", Peer({}, "monitoring"), pods(one, "worker"), 8000, True),
            (f"{one}'s database → its standby", database(one), database(one), 5432, True),
            (f"gateway → {one}'s database", pods("gateway"), database(one), 5432, False),
        ]  # fmt: skip
        for role in ("api", "worker", "relay"):
            ways.append((f"{one}'s {role} → its database", pods(one, role), database(one), 5432, True))  # fmt: skip
            ways.append((f"{one}'s {role} → Kafka", pods(one, role), broker, 9093, True))
        ways.append((f"{one}'s migration → its database", pods(one, "migration"), database(one), 5432, True))  # fmt: skip
        for other in with_database():
            if other == one:
                continue
            ways.append((f"{one} → {other}'s database", pods(one), database(other), 5432, False))
            ways.append((f"{one} → {other}", pods(one), pods(other), 8000, other == "identity"))
    return [
        f"{way}: {'refused, and is needed' if wanted else 'let through, and must not be'}"
        for way, source, target, port, wanted in ways
        if allowed(policies, source, target, port) is not wanted
    ]


def databases_have_their_roles(given: Manifests) -> list[str]:
    """Each database has its three roles, none of them above row-level security; in production also backups."""
    found: list[str] = []
    for service in with_database():
        one = given.of("Cluster").get(f"{service}-db")
        if one is None:
            continue
        spec = one["spec"]
        names = {role["name"] for role in spec["managed"]["roles"] if not role.get("bypassrls") and not role.get("superuser")}  # fmt: skip
        names.add(spec["bootstrap"]["initdb"]["owner"])
        if names != {f"{service}_{kind}" for kind in DATABASE_ROLES}:
            found.append(f"{service}: its database has other roles than the service needs")
        if spec["instances"] > 1:
            archives = any(plugin.get("isWALArchiver") for plugin in spec.get("plugins", ()))
            saved = any(each["spec"]["cluster"]["name"] == f"{service}-db" for each in given.of("ScheduledBackup").values())  # fmt: skip
            if not (archives and saved and spec["postgresql"].get("synchronous")):
                found.append(f"{service}: its database is not backed up, or has no standby in step")
    return found


def settings_agree_with_compose(given: Manifests) -> list[str]:
    """What a service is told by docker-compose.yml it is told here too: a new setting cannot be forgotten in one of them."""
    import yaml

    from operations import compose

    wanted: Mapping[str, Any] = yaml.safe_load(compose.document())["services"]
    maps: Sequence[One] = list(given.of("ConfigMap").values())
    common = {key for one in maps for key in one.get("data", {})} or set(workloads.COMMON)
    common |= {"TONGHENG_PUBLIC_URL", "TONGHENG_ISSUER"}
    # Of the local stack alone, or with a default that is right here.
    elsewhere = {"TONGHENG_GATEWAY_URL", "TONGHENG_WEBHOOK_NETWORKS"}
    # TLS ends at the Ingress.
    elsewhere |= {f"TONGHENG_TLS_{name}" for name in ("CERTIFICATE", "KEY", "PORT")}
    found: list[str] = []
    for row in SERVICES:
        one = given.of("Deployment").get(workloads.workload(row, "api"))
        if one is None:
            continue
        told = {each["name"] for each in one["spec"]["template"]["spec"]["containers"][0]["env"]}
        missing = set(wanted[row.name]["environment"]) - told - common - elsewhere
        found += [f"{row.name}: compose tells it {name}, the manifests do not" for name in sorted(missing)]  # fmt: skip
    return found


OF_ALL = (
    every_service_is_there,
    pods_are_restricted,
    probes_and_ports_are_the_services,
    pods_end_gracefully,
    topics_and_rights_are_the_contracts,
    references_lead_somewhere,
    no_secret_is_written_down,
    scaling_fits,
    network_is_closed,
    databases_have_their_roles,
    settings_agree_with_compose,
)
"""Hold for the sources and for every overlay."""
OF_OVERLAYS = (*OF_ALL, images_are_pinned)
"""And what an overlay alone says."""
