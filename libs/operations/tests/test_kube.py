"""The manifests are what their sources say; the checks of them find what is wrong."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from operations.kube import check, files, kafka, rules, schemas, secrets
from operations.kube.flows import Peer, allowed
from operations.services import SERVICES, with_database
from tongheng_contracts.catalogue import contracts

SOURCES = check.sources()


def test_the_committed_files_are_the_generated_ones() -> None:
    assert files.stale() == []


def test_every_file_is_named_by_its_kustomization() -> None:
    assert check.kustomizations() == []


def test_base_and_components_are_as_their_kinds_ask() -> None:
    assert check.by_schema(SOURCES) == []


@pytest.mark.parametrize("rule", rules.OF_ALL, ids=lambda rule: rule.__name__)
def test_base_and_components_hold_to(rule: Callable[[rules.Manifests], list[str]]) -> None:
    assert rule(rules.Manifests(SOURCES)) == []


@pytest.mark.parametrize("overlay", check.overlays(), ids=lambda overlay: overlay.name)
def test_an_overlay_is_built_and_holds_to_all_rules(overlay: Any) -> None:
    if check.renderer() is None:
        pytest.skip("neither kustomize nor kubectl is here")
    manifests = check.rendered(overlay)
    given = rules.Manifests(manifests)

    assert check.by_schema(manifests) == []
    assert [each for rule in rules.OF_OVERLAYS for each in rule(given)] == []


def changed(kind: str, name: str, change: Callable[[Any], object]) -> list[dict[str, Any]]:
    """The sources with one manifest changed; the others stay as they are."""
    result: list[dict[str, Any]] = []
    for one in SOURCES:
        if (one["kind"], one["metadata"]["name"]) == (kind, name):
            one = copy.deepcopy(one)
            change(one)
        result.append(one)
    return result


def _container(one: Any) -> Any:
    return one["spec"]["template"]["spec"]["containers"][0]


BROKEN: list[tuple[Callable[[rules.Manifests], list[str]], str, str, Callable[[Any], object], str]] = [
    (rules.every_service_is_there, "Service", "sales", lambda one: one["metadata"].update(name="sale"), "Service sales is missing"),
    (rules.pods_are_restricted, "Deployment", "sales-api", lambda one: _container(one)["securityContext"].update(privileged=True), "is not privileged"),
    (rules.pods_are_restricted, "Job", "migrate-sales", lambda one: one["spec"]["template"]["spec"].update(hostNetwork=True), "shares nothing with its node"),
    (rules.probes_and_ports_are_the_services, "Deployment", "sales-worker", lambda one: _container(one)["livenessProbe"]["httpGet"].update(path="/healthz"), "which nothing answers"),
    (rules.probes_and_ports_are_the_services, "Service", "sales", lambda one: one["spec"]["ports"][0].update(targetPort="web"), "leads to no pod's port"),
    (rules.pods_end_gracefully, "Deployment", "sales-api", lambda one: one["spec"]["template"]["spec"].update(terminationGracePeriodSeconds=30), "is killed"),
    (rules.topics_and_rights_are_the_contracts, "KafkaTopic", "sales.orderplaced", lambda one: one["spec"].update(topicName="sales.OrderPlace"), "the topic sales.OrderPlaced is missing"),
    (rules.topics_and_rights_are_the_contracts, "KafkaUser", "tongheng-sales", lambda one: one["spec"]["authorization"]["acls"].pop(), "sales may not Read"),
    (rules.topics_and_rights_are_the_contracts, "KafkaUser", "tongheng-sales", lambda one: one["spec"]["authorization"]["acls"][-1]["operations"].append("Delete"), "which its contracts do not say"),
    (rules.references_lead_somewhere, "Deployment", "sales-api", lambda one: one["spec"]["template"]["spec"]["volumes"][1]["secret"].update(secretName="nobodys"), "nobody makes the Secret nobodys"),
    (rules.no_secret_is_written_down, "Deployment", "sales-api", lambda one: _container(one)["env"].append({"name": "API_PASSWORD", "value": "x"}), "is written down"),
    (rules.scaling_fits, "ScaledObject", "sales-worker", lambda one: one["spec"].update(maxReplicaCount=24), "more workers than partitions"),
    (rules.scaling_fits, "Deployment", "sales-api", lambda one: one["spec"].update(replicas=2), "each apply sets it back"),
    (rules.scaling_fits, "Cluster", "sales-db", lambda one: one["spec"]["postgresql"]["parameters"].update(max_connections="100"), "of 100 connections"),
    (rules.network_is_closed, "NetworkPolicy", "from-ingress",
        lambda one: one["spec"]["ingress"][0].pop("from"),
        "must not be"),
    (rules.network_is_closed, "NetworkPolicy", "sales", lambda one: one["spec"]["egress"].clear(), "is needed"),
    (rules.databases_have_their_roles, "Cluster", "sales-db", lambda one: one["spec"]["managed"]["roles"][0].update(bypassrls=True), "other roles"),
    (rules.databases_have_their_roles, "Cluster", "sales-db", lambda one: one["spec"].pop("plugins"), "is not backed up"),
    (rules.settings_agree_with_compose, "Deployment", "identity-api", lambda one: _container(one)["env"].clear(), "compose tells it TONGHENG_ADMIN_PASSWORD"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "kind", "name", "change", "said"), BROKEN, ids=lambda each: getattr(each, "__name__", str(each))[:40]
)  # fmt: skip
def test_a_rule_finds_what_is_broken(
    rule: Callable[[rules.Manifests], list[str]],
    kind: str,
    name: str,
    change: Callable[[Any], object],
    said: str,
) -> None:
    found = rule(rules.Manifests(changed(kind, name, change)))

    assert any(said in each for each in found), found


def test_a_misspelt_field_and_a_wrong_type_are_refused_with_their_place() -> None:
    wrong = changed("Deployment", "sales-api", lambda one: one["spec"].update(replica=3))
    wrong += changed("ScaledObject", "sales-worker", lambda one: one["spec"].update(maxReplicaCount="six"))  # fmt: skip
    wrong += changed("Cluster", "sales-db", lambda one: one["spec"]["storage"].update(sise="1Gi"))

    found = check.by_schema(wrong)
    assert len(found) == 3
    assert "replica" in found[0]
    assert "spec/maxReplicaCount" in found[1]
    assert "sise" in found[2]


def test_an_unknown_kind_is_a_mistake() -> None:
    assert schemas.troubles({"apiVersion": "v1", "kind": "Deploymint"}) == [
        "no schema is known of v1/Deploymint"
    ]


def test_an_image_without_a_version_is_found() -> None:
    assert len(rules.images_are_pinned(rules.Manifests(SOURCES))) == sum(
        4 if row.database else 1 for row in SERVICES
    )


def test_secrets_are_made_with_all_their_keys_and_never_twice_the_same() -> None:
    import yaml

    first, second = (list(yaml.safe_load_all(secrets.document())) for _ in range(2))

    assert {one["metadata"]["name"]: tuple(one["stringData"]) for one in first} == secrets.wanted()
    assert first[0]["stringData"]["username"] == f"{with_database()[0]}_owner"
    assert all(
        a["stringData"][key] != b["stringData"][key]
        for a, b in zip(first, second, strict=True)
        for key in a["stringData"]
        if not key.endswith("username")
    )


def test_every_topic_has_exactly_one_writer() -> None:
    written = [topic for row in SERVICES for topic in kafka.produced(row.name)]

    assert sorted(written) == [agreed.topic for agreed in contracts()]


def test_a_policy_is_played_as_a_network_would() -> None:
    deny = {"spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}}
    let: dict[str, Any] = {
        "spec": {
            "podSelector": {"matchLabels": {"app": "b"}},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "a"}}}], "ports": [{"port": 80}]}],
        }
    }  # fmt: skip
    a, b, c = (Peer({"app": name}) for name in "abc")

    assert allowed([], a, b, 80)
    assert allowed([let], a, b, 80)
    assert not allowed([let], c, b, 80)
    assert not allowed([let], a, b, 81)
    assert not allowed([let], a, b, 80, protocol="UDP")
    assert not allowed([deny, let], a, b, 80), "the way out is shut"
    assert not allowed([let], Peer({"app": "a"}, "elsewhere"), b, 80)
