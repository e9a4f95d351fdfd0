"""What stands in for nodes and for the metrics server while the control plane is tried: no container runs."""

from __future__ import annotations

import datetime as dt
import json
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from operations.kube.control_plane import ControlPlane

_MERGE = "application/strategic-merge-patch+json"
_ROOM = {"cpu": "64", "memory": "256Gi", "pods": "500"}


def _now() -> str:
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Nodes:
    """Nodes that say of every pod bound to them that it runs and is ready, and of a Job's pod that it is done."""

    def __init__(self, plane: ControlPlane, *, count: int = 3) -> None:
        self._plane = plane
        self._names = [f"stand-in-{index}" for index in range(count)]
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._addresses = 1
        self.halted = False
        """While it is, no pod gets ready."""

    def __enter__(self) -> Nodes:
        """Register them, and begin."""
        for index, name in enumerate(self._names):
            labels = {"kubernetes.io/hostname": name, "topology.kubernetes.io/zone": f"zone-{index}"}  # fmt: skip
            self._plane.ask("POST", "/api/v1/nodes", {"metadata": {"name": name, "labels": labels}})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._stopping.set()
        self._thread.join(30)

    def _run(self) -> None:
        turn = 0
        while not self._stopping.wait(0.3):
            try:
                if turn % 15 == 0:
                    self._beat()
                self._look()
            except OSError:
                continue  # the API server is busy; it is asked again
            turn += 1

    def _beat(self) -> None:
        ready = {
            "type": "Ready", "status": "True", "reason": "StandIn", "lastHeartbeatTime": _now(), "lastTransitionTime": _now(),
        }  # fmt: skip
        for name in self._names:
            status = {"capacity": _ROOM, "allocatable": _ROOM, "conditions": [ready]}
            self._plane.ask("PATCH", f"/api/v1/nodes/{name}/status", {"status": status}, kind=_MERGE)  # fmt: skip

    def _look(self) -> None:
        for pod in self._plane.ask("GET", "/api/v1/pods")[1].get("items", []):
            meta = pod["metadata"]
            path = f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}"
            if "nodeName" not in pod["spec"]:
                continue
            if meta.get("deletionTimestamp"):
                self._plane.ask("DELETE", path, {"gracePeriodSeconds": 0})
            elif pod.get("status", {}).get("phase") == "Pending" and not self.halted:
                self._plane.ask("PATCH", path + "/status", {"status": self._running(pod)}, kind=_MERGE)  # fmt: skip

    def _running(self, pod: dict[str, Any]) -> dict[str, object]:
        done = any(owner["kind"] == "Job" for owner in pod["metadata"].get("ownerReferences", ()))
        now = _now()
        self._addresses += 1
        state = {"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": now, "finishedAt": now}} if done else {"running": {"startedAt": now}}  # fmt: skip
        return {
            "phase": "Succeeded" if done else "Running",
            "podIP": f"10.244.{self._addresses // 250 % 250}.{self._addresses % 250 + 1}",
            "startTime": now,
            "containerStatuses": [
                {"name": each["name"], "image": each["image"], "imageID": "none", "ready": not done, "restartCount": 0, "state": state}
                for each in pod["spec"]["containers"]
            ],
            "conditions": [
                {"type": kind, "status": "False" if done and kind != "Initialized" else "True", "lastTransitionTime": now}
                for kind in ("Initialized", "ContainersReady", "Ready")
            ],
        }  # fmt: skip


class Metrics:
    """metrics.k8s.io: every running pod of one namespace takes `cpu`."""

    def __init__(self, plane: ControlPlane, namespace: str, folder: Path) -> None:
        self.cpu = "0m"
        self._plane = plane
        self._namespace = namespace
        certificate, key = folder / "metrics.crt", folder / "metrics.key"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
             "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True,
        )  # fmt: skip
        outer = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = json.dumps(outer._answer(self.path)).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = int(self._server.server_address[1])

    def __enter__(self) -> Metrics:
        """Begin, and tell the API server."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        metadata = {"name": "metrics", "namespace": "kube-system"}
        self._plane.ask("POST", "/api/v1/namespaces/kube-system/services", {
            "metadata": metadata, "spec": {"type": "ExternalName", "externalName": "localhost", "ports": [{"port": self.port}]},
        })  # fmt: skip
        self._plane.ask("POST", "/apis/apiregistration.k8s.io/v1/apiservices", {
            "metadata": {"name": "v1beta1.metrics.k8s.io"},
            "spec": {"group": "metrics.k8s.io", "version": "v1beta1", "insecureSkipTLSVerify": True, "groupPriorityMinimum": 100,
                     "versionPriority": 100, "service": {**metadata, "port": self.port}},
        })  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, asked: str) -> dict[str, object]:
        path, _, query = asked.partition("?")
        version = "metrics.k8s.io/v1beta1"
        if path.endswith("/pods"):
            wanted = f"/api/v1/namespaces/{self._namespace}/pods" + (f"?{query}" if query else "")
            pods = self._plane.ask("GET", wanted)[1].get("items", [])
            return {"kind": "PodMetricsList", "apiVersion": version, "metadata": {}, "items": [self._of(pod) for pod in pods if pod["status"].get("phase") == "Running"]}  # fmt: skip
        if path.rstrip("/").endswith("v1beta1"):
            one = {"name": "pods", "singularName": "", "namespaced": True, "kind": "PodMetrics", "verbs": ["get", "list"]}  # fmt: skip
            return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": [one]}  # fmt: skip
        named = {"groupVersion": version, "version": "v1beta1"}
        return {"kind": "APIGroup", "apiVersion": "v1", "name": "metrics.k8s.io", "versions": [named], "preferredVersion": named}  # fmt: skip

    def _of(self, pod: dict[str, Any]) -> dict[str, object]:
        meta = {key: pod["metadata"].get(key, {}) for key in ("name", "namespace", "labels")}
        used = {"cpu": self.cpu, "memory": "64Mi"}
        return {
            "metadata": meta, "timestamp": _now(), "window": "30s",
            "containers": [{"name": each["name"], "usage": used} for each in pod["spec"]["containers"]],
        }  # fmt: skip
