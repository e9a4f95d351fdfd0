"""The real control plane on this machine: etcd, API server, controllers and scheduler, on 127.0.0.1 alone.

The three binaries are built from Kubernetes' Go modules where no folder with them is named; etcd is the system's.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, cast

from operations.errors import OperationsError

VERSION = "1.34.4"
PARTS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
READY_SECONDS = 180
_STAGING = VERSION.replace("1.", "0.", 1)
_MODULE = "k8s.io/kubernetes"


def binaries(build_in: Path) -> Path:
    """The folder with the binaries: TONGHENG_KUBE_BIN, or built once (minutes, some 6 GB of caches)."""
    given = os.environ.get("TONGHENG_KUBE_BIN", "")
    folder = Path(given) if given else build_in / "bin"
    if all((folder / part).exists() for part in PARTS):
        return folder
    if given:
        raise OperationsError(f"{folder} does not hold {', '.join(PARTS)}")
    if shutil.which("go") is None:
        raise OperationsError(
            "the control plane is built with Go, which is not here: install it, or name a folder with "
            f"{', '.join(PARTS)} in TONGHENG_KUBE_BIN"
        )
    _build(build_in, folder)
    return folder


def _build(build_in: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)

    def go(*command: str, **more: str) -> str:
        done = subprocess.run(
            ["go", *command], cwd=build_in, env={**os.environ, "CGO_ENABLED": "0", **more},
            stdout=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            raise OperationsError(f"go {command[0]} ended with {done.returncode}")
        return done.stdout

    imports = "\n".join(f' _ "{_MODULE}/cmd/{part}"' for part in PARTS)
    (build_in / "go.mod").unlink(missing_ok=True)
    (build_in / "tools.go").write_text(
        f"//go:build tools\npackage tools\nimport (\n{imports}\n)\n", "utf-8"
    )
    go("mod", "init", "local/kube")
    go("mod", "edit", "-go=1.24.0", f"-require={_MODULE}@v{VERSION}")
    found = json.loads(go("mod", "download", "-json", f"{_MODULE}@v{VERSION}"))
    staging = json.loads(go("mod", "edit", "-json", str(found["GoMod"])))["Replace"]
    for each in staging:
        name = str(each["Old"]["Path"])
        go("mod", "edit", f"-replace={name}={name}@v{_STAGING}")
    go("mod", "tidy", "-e")
    stamp = "k8s.io/component-base/version"
    major, minor, _ = VERSION.split(".")
    flags = f"-s -w -X {stamp}.gitVersion=v{VERSION} -X {stamp}.gitMajor={major} -X {stamp}.gitMinor={minor}"
    for part in PARTS:
        go("build", "-trimpath", "-ldflags", flags, "-o", str(folder / part), f"{_MODULE}/cmd/{part}")  # fmt: skip


def free_port() -> int:
    """A port that nobody has, now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class ControlPlane:
    """Started by `with`, ended with it; everything it writes is in its folder."""

    def __init__(self, folder: Path, binaries: Path) -> None:
        self.folder = folder
        self.token = secrets.token_urlsafe(24)
        self.port = free_port()
        self.server = f"https://127.0.0.1:{self.port}"
        self.kubeconfig = folder / "kubeconfig"
        self._binaries = binaries
        self._processes: list[subprocess.Popen[bytes]] = []
        self._logs: list[IO[bytes]] = []
        self._trust = ssl.create_default_context()
        # Its certificate is its own, made at this start, and it listens on this machine alone.
        self._trust.check_hostname = False
        self._trust.verify_mode = ssl.CERT_NONE

    def __enter__(self) -> ControlPlane:
        """Start it, and wait until it answers."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self.close()

    def close(self) -> None:
        """End every process that was started here, the last one first."""
        for process in reversed(self._processes):
            process.terminate()
        for process in reversed(self._processes):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for log in self._logs:
            log.close()
        self._processes.clear()

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        kind: str = "application/json",
    ) -> tuple[int, dict[str, Any]]:
        """The API server's answer: status and body."""
        request = urllib.request.Request(  # noqa: S310 - our own server's address
            self.server + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": kind},
        )
        try:
            with urllib.request.urlopen(request, context=self._trust, timeout=60) as answer:  # noqa: S310
                return int(answer.status), _object(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, _object(error.read())

    def kubectl(self, *arguments: str, given: str | None = None) -> tuple[int, str]:
        """Run kubectl against it: exit code, and all that it said."""
        done = subprocess.run(
            ["kubectl", "--kubeconfig", str(self.kubeconfig), *arguments],
            input=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout

    def _start(self) -> None:
        for command in ("etcd", "kubectl", "openssl"):
            if shutil.which(command) is None:
                raise OperationsError(f"{command} is not here: the control plane needs it")
        store, peers = free_port(), free_port()
        self._run(
            "etcd", "etcd", f"--data-dir={self.folder / 'etcd'}",
            f"--listen-client-urls=http://127.0.0.1:{store}", f"--advertise-client-urls=http://127.0.0.1:{store}",
            f"--listen-peer-urls=http://127.0.0.1:{peers}", f"--initial-advertise-peer-urls=http://127.0.0.1:{peers}",
            f"--initial-cluster=default=http://127.0.0.1:{peers}", "--unsafe-no-fsync",
        )  # fmt: skip
        key, public = self.folder / "sa.key", self.folder / "sa.pub"
        for command in (["genrsa", "-out", str(key), "2048"], ["rsa", "-in", str(key), "-pubout", "-out", str(public)]):  # fmt: skip
            subprocess.run(["openssl", *command], check=True, capture_output=True)
        tokens = self.folder / "tokens.csv"
        tokens.touch(mode=0o600)
        tokens.write_text(f'{self.token},admin,1,"system:masters"\n', "utf-8")
        self._run(
            "apiserver", str(self._binaries / "kube-apiserver"), f"--etcd-servers=http://127.0.0.1:{store}",
            f"--secure-port={self.port}", "--bind-address=127.0.0.1", f"--cert-dir={self.folder / 'certificates'}",
            f"--token-auth-file={tokens}", "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc", f"--service-account-key-file={public}",
            f"--service-account-signing-key-file={key}", "--service-cluster-ip-range=10.96.0.0/16",
            "--endpoint-reconciler-type=none",
        )  # fmt: skip
        self._write_kubeconfig()
        self.until("the API server is ready", lambda: self._answers("/readyz"))
        for name, more in (
            ("controller-manager", [f"--service-account-private-key-file={key}", "--horizontal-pod-autoscaler-sync-period=2s",
                                    "--horizontal-pod-autoscaler-initial-readiness-delay=0s", "--horizontal-pod-autoscaler-cpu-initialization-period=0s"]),
            ("scheduler", []),
        ):  # fmt: skip
            self._run(
                name,
                str(self._binaries / f"kube-{name}"),
                f"--kubeconfig={self.kubeconfig}",
                "--leader-elect=false",
                f"--secure-port={free_port()}",
                "--bind-address=127.0.0.1",
                f"--cert-dir={self.folder / name}",
                *more,
            )

    def until(self, what: str, good: Any, seconds: float = READY_SECONDS) -> None:
        """Wait until something is so.

        Raises:
            OperationsError: it is not so in time, or a process of the control plane has ended.
        """
        deadline = time.monotonic() + seconds
        while not good():
            for process in self._processes:
                if process.poll() is not None:
                    raise OperationsError(f"a part of the control plane ended: see {self.folder}")
            if time.monotonic() > deadline:
                raise OperationsError(f"not in {seconds:.0f} s: {what}")
            time.sleep(0.2)

    def _answers(self, path: str) -> bool:
        with suppress(OSError):
            return self.ask("GET", path)[0] == 200
        return False

    def _run(self, name: str, *command: str) -> None:
        log = (self.folder / f"{name}.log").open("wb")
        self._logs.append(log)
        self._processes.append(
            subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
            )
        )

    def _write_kubeconfig(self) -> None:
        content: Mapping[str, object] = {
            "apiVersion": "v1", "kind": "Config", "current-context": "here",
            "clusters": [{"name": "here", "cluster": {"server": self.server, "insecure-skip-tls-verify": True}}],
            "users": [{"name": "admin", "user": {"token": self.token}}],
            "contexts": [{"name": "here", "context": {"cluster": "here", "user": "admin"}}],
        }  # fmt: skip
        self.kubeconfig.touch(mode=0o600)
        self.kubeconfig.write_text(json.dumps(content), "utf-8")


def _object(content: bytes) -> dict[str, Any]:
    try:
        found: object = json.loads(content)
    except ValueError:
        return {"text": content.decode(errors="replace")}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {"items": found}
