"""`make k8s-test`: the overlays on a real control plane. No container runs: stand-ins say that pods do."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from operations.errors import OperationsError
from operations.kube import check, schemas
from operations.kube.control_plane import ControlPlane, binaries
from operations.kube.report import Report
from operations.kube.stand_ins import Metrics, Nodes
from operations.services import repository, with_database

NAMESPACE = "tongheng"
SECONDS = 300


class Trial:
    """The steps, on one control plane."""

    def __init__(self, plane: ControlPlane, nodes: Nodes) -> None:
        self.plane = plane
        self.nodes = nodes

    def definitions(self) -> list[str]:
        """The custom kinds are taken."""
        files = [argument for file in schemas.custom_definitions() for argument in ("-f", str(file))]  # fmt: skip
        wrong = self._said("apply", "--server-side", *files)
        if not wrong:
            # Not by `kubectl wait`: it ends with an error at a definition that has no conditions yet.
            self.plane.until("custom kinds are established", self._established)
        return wrong

    def dry_run(self, overlay: Path) -> list[str]:
        """The API server would take every object."""
        manifests = check.rendered(overlay)
        namespace = next(one for one in manifests if one["kind"] == "Namespace")
        wrong = self._said("apply", "--server-side", "-f", "-", given=json.dumps(namespace))
        return wrong or self._said("apply", "--server-side", "--dry-run=server", "-k", str(overlay))

    def refuses_mistakes(self) -> list[str]:
        """A misspelt field, a wrong type and a rule of a custom kind are refused: the dry run is no formality."""
        wrong: list[str] = []
        for kind, name, path, value in (
            ("Deployment", "sales-api", ("spec", "replica"), 3),
            ("Cluster", "sales-db", ("spec", "instances"), "three"),
            ("KafkaUser", "tongheng-sales", ("spec", "authentication", "type"), "password"),
            ("ScaledObject", "sales-worker", ("spec", "maxReplicaCounts"), 3),
        ):
            one = self._manifest(kind, name)
            place: dict[str, Any] = one
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = value
            code, said = self.plane.kubectl("apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", "-", given=json.dumps(one))  # fmt: skip
            if code == 0:
                wrong.append(f"{kind} with {path[-1]}: {value!r} was taken: {said.strip()}")
        return wrong

    def apply(self) -> list[str]:
        """The production overlay is applied as the guide says: migrations are done, then everything rolls out."""
        overlay = repository() / "k8s" / "overlays" / "production"
        wrong = self._said("apply", "--server-side", "-k", str(overlay))
        wrong = wrong or self._said("-n", NAMESPACE, "wait", "--for=condition=complete", f"--timeout={SECONDS}s", "job", "-l", "app.kubernetes.io/component=migration")  # fmt: skip
        return wrong or self._rolled_out()

    def is_spread(self) -> list[str]:
        """The pods of one Deployment are on several nodes, and Services lead to them."""
        wrong: list[str] = []
        for service in ("gateway", "sales"):
            pods = self._pods(f"app.kubernetes.io/name={service},app.kubernetes.io/component=api")
            if len({pod["spec"]["nodeName"] for pod in pods}) < 2:
                wrong.append(f"the {len(pods)} pods of {service} are on one node")
            path = f"/apis/discovery.k8s.io/v1/namespaces/{NAMESPACE}/endpointslices?labelSelector=kubernetes.io/service-name%3D{service}"
            ends = [end for one in self.plane.ask("GET", path)[1]["items"] for end in one["endpoints"] or ()]  # fmt: skip
            if len(ends) != len(pods):
                wrong.append(f"{service} leads to {len(ends)} of {len(pods)} pods")
        return wrong

    def update_and_undo(self) -> list[str]:
        """A new image rolls out beside the old one, and back."""
        target = "deployment/sales-api"
        before = self._image("sales-api")
        wrong = self._said("-n", NAMESPACE, "set", "image", target, "sales=tongheng/sales:0.2.0")
        wrong = wrong or self._said("-n", NAMESPACE, "rollout", "status", target, f"--timeout={SECONDS}s")  # fmt: skip
        if self._image("sales-api") != "tongheng/sales:0.2.0":
            wrong.append("the new image did not roll out")
        wrong = wrong or self._said("-n", NAMESPACE, "rollout", "undo", target)
        wrong = wrong or self._said("-n", NAMESPACE, "rollout", "status", target, f"--timeout={SECONDS}s")  # fmt: skip
        if self._image("sales-api") != before:
            wrong.append("the old image did not come back")
        return wrong

    def holds_to_the_budget(self) -> list[str]:
        """While no pod gets ready, one may be evicted, and the second is refused."""
        selector = "app.kubernetes.io/name=inventory,app.kubernetes.io/component=api"
        budget = f"/apis/policy/v1/namespaces/{NAMESPACE}/poddisruptionbudgets/inventory-api"
        self.plane.until(
            "the budget allows one",
            lambda: self.plane.ask("GET", budget)[1].get("status", {}).get("disruptionsAllowed") == 1,
        )  # fmt: skip
        pods = [pod["metadata"]["name"] for pod in self._pods(selector)]
        self.nodes.halted = True
        try:
            answers = [self._evict(name) for name in pods[:2]]
        finally:
            self.nodes.halted = False
        wrong = self._said("-n", NAMESPACE, "rollout", "status", "deployment/inventory-api", f"--timeout={SECONDS}s")  # fmt: skip
        return wrong if answers == [201, 429] else [*wrong, f"the evictions were answered {answers}, not 201 and 429"]  # fmt: skip

    def scales_by_load(self) -> list[str]:
        """The autoscaler reads the pods' processor time, and adds some."""
        with Metrics(self.plane, NAMESPACE, self.plane.folder) as metrics:
            scaler = f"/apis/autoscaling/v2/namespaces/{NAMESPACE}/horizontalpodautoscalers/gateway"
            # Asked for 250m each: 400m are 160 % of it.
            metrics.cpu = "400m"
            self.plane.until(
                "the autoscaler wants more than two",
                lambda: self.plane.ask("GET", scaler)[1].get("status", {}).get("desiredReplicas", 0) > 2,
            )  # fmt: skip
            self.plane.until(
                "there are more than two pods",
                lambda: len(self._pods("app.kubernetes.io/name=gateway")) > 2,
            )
        return []

    def refuses_what_is_not_restricted(self) -> list[str]:
        """A pod with more rights than it needs is refused in the namespace."""
        # As most are written: it says nothing of its rights, and so has many.
        container = {"name": "x", "image": "x:1"}
        pod = {"metadata": {"name": "intruder"}, "spec": {"containers": [container]}}
        code, answer = self.plane.ask("POST", f"/api/v1/namespaces/{NAMESPACE}/pods", pod)
        if code != 403 or "restricted" not in str(answer.get("message")):
            return [f"a pod with rights was answered {code}"]
        return []

    def _established(self) -> bool:
        path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        found = self.plane.ask("GET", path)[1].get("items", [])
        return len(found) == len(schemas.custom_definitions()) and all(
            any(
                each["type"] == "Established" and each["status"] == "True"
                for each in one.get("status", {}).get("conditions") or ()
            )
            for one in found
        )

    def _evict(self, pod: str) -> int:
        body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod}}
        path = f"/api/v1/namespaces/{NAMESPACE}/pods/{pod}/eviction"
        return self.plane.ask("POST", path, body)[0]

    def _image(self, deployment: str) -> str:
        pods = self._pods(f"app.kubernetes.io/name={deployment.partition('-')[0]},app.kubernetes.io/component=api")  # fmt: skip
        images = {str(pod["spec"]["containers"][0]["image"]) for pod in pods}
        return images.pop() if len(images) == 1 else ""

    def _manifest(self, kind: str, name: str) -> dict[str, Any]:
        overlay = repository() / "k8s" / "overlays" / "production"
        return next(
            one
            for one in check.rendered(overlay)
            if (one["kind"], one["metadata"]["name"]) == (kind, name)
        )

    def _pods(self, selector: str) -> list[dict[str, Any]]:
        wanted = selector.replace("=", "%3D").replace(",", "%2C").replace("/", "%2F")
        path = f"/api/v1/namespaces/{NAMESPACE}/pods?labelSelector={wanted}"
        return [pod for pod in self.plane.ask("GET", path)[1]["items"] if not pod["metadata"].get("deletionTimestamp")]  # fmt: skip

    def _rolled_out(self) -> list[str]:
        names = [f"deployment/{name}-{role}" for name in with_database() for role in ("api", "worker", "relay")]  # fmt: skip
        for name in (*names, "deployment/gateway"):
            wrong = self._said("-n", NAMESPACE, "rollout", "status", name, f"--timeout={SECONDS}s")
            if wrong:
                return wrong
        return []

    def _said(self, *arguments: str, given: str | None = None) -> list[str]:
        code, said = self.plane.kubectl(*arguments, given=given)
        return [] if code == 0 else [f"kubectl {' '.join(arguments[:4])}: {said.strip()[-400:]}"]


def main() -> None:
    """Run all steps; the report goes to var/reports/k8s.json."""
    folder = repository() / "var" / "kube"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        here = binaries(folder)
        with ControlPlane(folder / "run", here) as plane, Nodes(plane) as nodes:
            good = _steps(Trial(plane, nodes))
    except (OperationsError, subprocess.SubprocessError) as error:
        raise SystemExit(str(error)) from None
    if not good:
        raise SystemExit(1)


def _steps(trial: Trial) -> bool:
    report = Report("control plane")
    taken = report.step("custom kinds are established", trial.definitions)
    for overlay in check.overlays():
        taken &= report.step(
            f"the server takes every object of {overlay.name}",
            lambda overlay=overlay: trial.dry_run(overlay),
        )
    if taken:
        report.step("mistakes are refused", trial.refuses_mistakes)
        report.step("a pod with rights is refused", trial.refuses_what_is_not_restricted)
        if report.step("production is applied and rolls out", trial.apply):
            report.step("pods are spread, Services lead to them", trial.is_spread)
            report.step("a new image rolls out, and back", trial.update_and_undo)
            report.step("the second eviction is refused", trial.holds_to_the_budget)
            report.step("more load, more pods", trial.scales_by_load)
    return report.close()


if __name__ == "__main__":
    main()
