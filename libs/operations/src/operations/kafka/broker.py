"""One broker that is its own controller: its settings, its storage and how it is started."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from operations.errors import OperationsError
from operations.kafka.jars import ensure_jars
from operations.kafka.java import find_java
from operations.ports import LOOPBACK

_LOG4J = Path(__file__).parent / "log4j2.properties"
_HEAP = ("-Xms256m", "-Xmx512m")
_JVM = ("-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError", "-Djava.awt.headless=true")


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker: its folder, its ports, and what differs from our settings."""

    directory: Path
    port: int
    controller_port: int
    settings: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def bootstrap(self) -> str:
        """The address that clients are given."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def data_dir(self) -> Path:
        """Where the topics' logs are."""
        return self.directory / "data"

    def properties(self) -> dict[str, str]:
        """The broker's settings: nothing is forgotten, nothing listens outside the machine."""
        return {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@{LOOPBACK}:{self.controller_port}",
            "listeners": (
                f"PLAINTEXT://{LOOPBACK}:{self.port},CONTROLLER://{LOOPBACK}:{self.controller_port}"
            ),
            "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{self.port}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAINTEXT",
            "log.dirs": str(self.data_dir),
            "auto.create.topics.enable": "false",
            "num.partitions": "3",
            "log.retention.ms": "-1",
            "log.retention.bytes": "-1",
            "message.max.bytes": str(4 * 1024 * 1024),
            "replica.fetch.max.bytes": str(4 * 1024 * 1024),
            # A stack that was down for weeks goes on where it was, instead of reading everything again.
            "offsets.retention.minutes": str(10 * 365 * 24 * 60),
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "6",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "transaction.state.log.num.partitions": "1",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
            "share.coordinator.state.topic.num.partitions": "1",
            "group.initial.rebalance.delay.ms": "500",
            # Hundreds of small partitions on a laptop: small index files, few threads, a small cleaner.
            "log.index.size.max.bytes": str(1024 * 1024),
            "log.cleaner.dedupe.buffer.size": str(16 * 1024 * 1024),
            "num.network.threads": "2",
            "num.io.threads": "4",
            "num.recovery.threads.per.data.dir": "2",
            "background.threads": "2",
            **self.settings,
        }

    def prepare(self) -> None:
        """Write the settings, and format the storage the first time."""
        self.directory.mkdir(parents=True, exist_ok=True)
        lines = [f"{name}={value}\n" for name, value in self.properties().items()]
        self._properties_file.write_text("".join(lines), encoding="utf-8")
        if (self.data_dir / "meta.properties").exists():
            return
        # Without its top bit an id never begins with a dash, which the tool would read as an option.
        raw = bytearray(uuid4().bytes)
        raw[0] &= 0x7F
        cluster = base64.urlsafe_b64encode(raw).decode().rstrip("=")
        made = subprocess.run(
            self._java(
                "kafka.tools.StorageTool",
                *("format", "--cluster-id", cluster, "--config", str(self._properties_file)),
            ),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        if made.returncode != 0:
            said = (made.stdout + made.stderr).strip().splitlines() or ["no reason given"]
            raise OperationsError(f"Kafka could not format {self.data_dir}: {said[-1]}")

    @property
    def _properties_file(self) -> Path:
        return self.directory / "server.properties"

    def _java(self, main: str, *arguments: str) -> list[str]:
        return [
            str(find_java()),
            *_HEAP,
            *_JVM,
            f"-Dlog4j2.configurationFile={_LOG4J}",
            "-cp",
            f"{ensure_jars()}/*",
            main,
            *arguments,
        ]

    def command(self) -> list[str]:
        """What starts the broker in the foreground."""
        return self._java("kafka.Kafka", str(self._properties_file))
