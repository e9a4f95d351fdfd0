"""The stack of a campaign: its services reach PostgreSQL and Kafka through our proxies only."""

from __future__ import annotations

import os
import socket
import subprocess
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from operations.ports import LOOPBACK, Ports
from operations.services import with_database
from operations.stack import Options, Stack

from .proxy import Proxy

HERE = Path(__file__).parent
SMALL_DISK = "48m"


def free(count: int) -> list[int]:
    """Ports that nobody uses now."""
    with ExitStack() as held:
        found: list[int] = []
        for _ in range(count):
            listener = held.enter_context(socket.socket())
            listener.bind((LOOPBACK, 0))
            found.append(int(listener.getsockname()[1]))
    return found


class ProxiedStack(Stack):
    """A stack whose services are told the proxies' ports. We ourselves go straight to the servers."""

    def __init__(self, var_dir: Path, *, ports: Ports, extra: dict[str, str] | None = None) -> None:
        names = with_database()
        kafka_front, kafka_back, *database_fronts = free(2 + len(names))
        self.failpoints = var_dir / "failpoints"
        self.failpoints.mkdir(parents=True, exist_ok=True)
        self.proxies: dict[str, Proxy] = {
            name: Proxy(front, ports.postgres)
            for name, front in zip(names, database_fronts, strict=True)
        }
        self.proxies["kafka"] = Proxy(kafka_front, kafka_back)
        self.one_life: dict[str, dict[str, str]] = {}
        self.small_disk: Path | None = None
        listeners = {
            "listeners": (
                f"PLAINTEXT://{LOOPBACK}:{ports.kafka},PROXIED://{LOOPBACK}:{kafka_back},"
                f"CONTROLLER://{LOOPBACK}:{ports.kafka_controller}"
            ),
            # Who comes through the proxy is sent on through the proxy.
            "advertised.listeners": (
                f"PLAINTEXT://{LOOPBACK}:{ports.kafka},PROXIED://{LOOPBACK}:{kafka_front}"
            ),
            "listener.security.protocol.map": (
                "PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT"
            ),
        }
        super().__init__(
            var_dir,
            ports=ports,
            options=Options(
                environment={"TONGHENG_FAILPOINTS": str(self.failpoints), **(extra or {})},
                postgres_settings={"fsync": "off"},
                kafka_settings=listeners,
            ),
        )

    def mount_small_disk(self) -> None:
        """A file system of its own that can be filled; only root may make one, elsewhere there is none."""
        place = self.var_dir / "small-disk"
        place.mkdir(parents=True, exist_ok=True)
        asked = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK},mode=755", "tmpfs", str(place)]
        if os.geteuid() == 0 and subprocess.run(asked, check=False, capture_output=True).returncode == 0:  # fmt: skip
            self.small_disk = place

    def unmount_small_disk(self) -> None:
        """Give it back, when nobody uses it any more."""
        if self.small_disk is not None:
            subprocess.run(["umount", str(self.small_disk)], check=False)
            self.small_disk = None

    def owner_of_data(self) -> tuple[int, int]:
        """The user and group that PostgreSQL's files belong to."""
        found = self.server.data_dir.stat()
        return found.st_uid, found.st_gid

    def env_of(
        self, service: str, *, port: int | None = None, replicas: bool = False
    ) -> dict[str, str]:
        """As of any stack, with the proxies in the servers' places."""
        environment = super().env_of(service, port=port, replicas=replicas)
        real = f":{self.ports.postgres}/"
        if service in self.proxies:
            for name in ("DATABASE_URL", "WORKER_DATABASE_URL"):
                setting = f"TONGHENG_{name}"
                environment[setting] = environment[setting].replace(
                    real, f":{self.proxies[service].port}/"
                )
        environment["TONGHENG_KAFKA"] = f"{LOOPBACK}:{self.proxies['kafka'].port}"
        return environment

    def give_one_life(self, service: str, environment: dict[str, str]) -> None:
        """Kill a service; the next process has this in its environment, those after it don't."""
        part = self.part(service)
        usual = part.command
        before = part.snapshot().pid
        part.command = replace(usual, environment={**usual.environment, **environment})
        try:
            part.kill()
            self._until_new(service, before)
        finally:
            part.command = usual

    def _until_new(self, service: str, before: int | None) -> None:
        import time

        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self.part(service).snapshot().pid not in (None, before):
                return
            time.sleep(0.1)


@dataclass(slots=True)
class Hits:
    """Which failpoints were reached, by what they left in their folder."""

    folder: Path
    seen: set[str] = field(default_factory=set[str])

    def arm(self, point: str, service: str) -> Path:
        """Lay a point for one service."""
        file = self.folder / f"{point}.{service}"
        file.touch()
        return file

    def count(self) -> dict[str, int]:
        """How often each point ended a process."""
        found: dict[str, int] = {}
        for file in self.folder.glob("hit-*"):
            point = file.name.removeprefix("hit-").partition(".")[0]
            found[point] = found.get(point, 0) + 1
        return dict(sorted(found.items()))
