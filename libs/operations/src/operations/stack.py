"""The whole system on one machine: PostgreSQL, Kafka and the services, started in order and kept running."""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO
from urllib.parse import urlencode

from aiokafka.errors import KafkaError

from operations import console, postgres, roles
from operations.backup import refilling, wal
from operations.errors import OperationsError
from operations.kafka.broker import Broker
from operations.kafka.topics import create_all
from operations.migrating import heads
from operations.ports import LOOPBACK, Ports, answers, default_ports, require_free
from operations.process import (
    Command,
    Report,
    Snapshot,
    State,
    Supervised,
    last_line,
    remember_self,
    rotate,
    stop_all,
    stop_orphans,
)
from operations.secrets import Secrets, load_or_create, write_private
from operations.services import DATABASE_ROLES, SERVICES, Release, Service, this_release

FREE_MIN = 1024**3
LOG_BYTES_MAX = 20 * 1024 * 1024
LOGS_KEPT = 3
PATIENCE = 30.0
SETTLE_SECONDS = 20.0
SERVICE_TRIES = 4
"""A service that ended so often while it was waited for will not come up."""
INFRASTRUCTURE = ("kafka", "postgres", "archive")
"""In the order in which they are stopped: the log is received until the database has written its last."""
SIGNALS = {"postgres": postgres.STOP_SIGNAL, "archive": signal.SIGINT}
_PENDING = ("outbox_pending", "lag", "parked", "writing")
_CALM_LOOKS = 3
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "USER", "LOGNAME", "VIRTUAL_ENV",
              "SSL_CERT_FILE", "SSL_CERT_DIR")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Options:
    """What differs from `make up`, for tests and benches."""

    services: Sequence[Service] = SERVICES
    environment: Mapping[str, str] | None = None
    """Added to every service's environment."""
    postgres_settings: Mapping[str, str] | None = None
    kafka_settings: Mapping[str, str] | None = None
    create_topics: Callable[[str], object] = create_all
    elsewhere: frozenset[str] = frozenset[str]()
    """`postgres`, `kafka`: run by somebody else on these ports, in containers for instance; not started here."""
    archive: wal.Archive | None = None
    """Where the database's log is received while it is written; None: it is not."""
    release: Release | None = None
    """What is run; None: the checkout that this code is of."""
    sign_in: bool = True
    """Whether the stack counts as ready only once the administrator can sign in."""


@dataclass(frozen=True, slots=True)
class Rolled:
    """How one service went from one release to another."""

    ready_seconds: float
    """From the start of the new process until it took requests."""
    held_up_seconds: float
    """For how long of that it could run and had no core, for others had them; 0 where the system does not say."""
    ended_seconds: float
    """From the request to end until the old process had ended."""
    exit_code: int | None
    """Of the old process: 0 where it ended by itself in good order."""


def waited_for_a_core(pid: int | None) -> float:
    """Seconds for which a process's first thread could run and others had the cores; 0 where the system does not say."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text("ascii").split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


def _nothing(_part: str, _doing: str) -> None:
    return None


class Stack:
    """One stack with its own folder and ports. A running one belongs to the process that started it."""

    def __init__(
        self, var_dir: Path, *, ports: Ports | None = None, options: Options | None = None
    ) -> None:
        self.var_dir = var_dir.resolve()
        self.ports = ports or default_ports()
        self.options = options or Options()
        self._lock_file: IO[str] | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._parts: dict[str, Supervised] = {}
        self._at = dict(self.ports.services)
        self._release = self.options.release or this_release()
        self._secrets: Secrets | None = None
        self._phase = "stopped"
        self._message = ""
        self._receiver: wal.Receiver | None = None
        self._housekeeping: threading.Thread | None = None
        self._finished = threading.Event()
        self._gave_up = False
        self._steps: dict[str, str] = {}
        self._is_new = False
        self._status_lock = threading.Lock()

    # -- what it consists of -------------------------------------------------------------------------------

    @property
    def secrets(self) -> Secrets:
        """The stack's passwords."""
        if self._secrets is None:
            self._secrets = load_or_create(self.var_dir)
        return self._secrets

    @property
    def gateway(self) -> str:
        """The address that everybody uses."""
        return (
            f"http://{LOOPBACK}:{self.ports.door}" if self.ports.door else self.address("gateway")
        )

    def address(self, service: str) -> str:
        """A service's own address; only the gateway's is meant for users."""
        return f"http://{LOOPBACK}:{self._at[service]}"

    def port(self, service: str) -> int:
        """Where the service's process listens now."""
        return self._at[service]

    def _addresses(self, service: str) -> str:
        """Of every replica that may come, for who chooses between them."""
        ports = [self.ports.services[service], self.ports.standby[service]]
        return " ".join(f"http://{LOOPBACK}:{port}" for port in ports)

    @property
    def broker(self) -> Broker:
        """The Kafka broker."""
        return Broker(
            self.var_dir / "kafka",
            self.ports.kafka,
            self.ports.kafka_controller,
            dict(self.options.kafka_settings or {}),
        )

    @property
    def server(self) -> postgres.Postgres:
        """The PostgreSQL server."""
        return postgres.Postgres(
            self.var_dir / "postgres",
            self.ports.postgres,
            self.secrets.postgres,
            {
                **(self.options.archive.settings() if self.options.archive else {}),
                **(self.options.postgres_settings or {}),
            },
        )

    def database_url(self, service: str, role: str, *, driver: str = "+asyncpg") -> str:
        """The address of a service's database for one of its roles (owner, api, worker)."""
        assert role in DATABASE_ROLES, role
        name = f"{service}_{role}"
        password = self.secrets.roles[name]
        return f"postgresql{driver}://{name}:{password}@{LOOPBACK}:{self.ports.postgres}/{service}"

    def env_of(
        self, service: str, *, port: int | None = None, replicas: bool = False
    ) -> dict[str, str]:
        """The whole environment that a service is started with; with `replicas` the gateway is told of the standby ports."""
        row = self._row(service)
        environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        # Settings such as TONGHENG_LOG_LEVEL or TONGHENG_OTLP_ENDPOINT reach the services as they are given to us.
        environment |= {
            k: v
            for k, v in os.environ.items()
            # What opens the backups is no service's business.
            if k.startswith(("TONGHENG_", "OTEL_")) and not k.startswith("TONGHENG_BACKUP_")
        }
        environment |= {
            "PYTHONUNBUFFERED": "1",
            # Nothing here routes by readiness.
            "TONGHENG_DRAIN_SECONDS": os.environ.get("TONGHENG_DRAIN_SECONDS", "0"),
            "TONGHENG_SERVICE": service,
            "TONGHENG_HOST": LOOPBACK,
            "TONGHENG_PORT": str(port or self._at[service]),
            "TONGHENG_KAFKA": self.broker.bootstrap,
            # Discovery wants the issuer to be where its document is: at the gateway.
            "TONGHENG_ISSUER": os.environ.get("TONGHENG_ISSUER", self.gateway),
            "TONGHENG_GATEWAY_URL": self.gateway,
        }
        for other in self.options.services:
            environment[f"TONGHENG_{other.name.upper()}_URL"] = (
                self._addresses(other.name) if replicas else self.address(other.name)
            )
        if "identity" in self.ports.services:
            # Replicas of identity come and go; the way through the gateway leads to one that is there.
            keys_at = self.gateway if self.ports.standby else self.address("identity")
            keys = f"{keys_at}/.well-known/jwks.json"
            environment["TONGHENG_JWKS_URL"] = os.environ.get("TONGHENG_JWKS_URL", keys)
        if row.database:
            environment |= {
                "TONGHENG_DATABASE_URL": self.database_url(service, "api"),
                "TONGHENG_WORKER_DATABASE_URL": self.database_url(service, "worker"),
                "TONGHENG_OWNER_DATABASE_URL": self.database_url(service, "owner"),
            }
        if service == "gateway":
            environment["TONGHENG_CONSOLE_DIRECTORY"] = str(console.directory() / "dist")
        if service == "identity":
            environment |= {
                "TONGHENG_PUBLIC_URL": os.environ.get("TONGHENG_PUBLIC_URL", self.gateway),
                "TONGHENG_ADMIN_USERNAME": self.secrets.admin_username,
                "TONGHENG_ADMIN_PASSWORD": self.secrets.admin_password,
                "TONGHENG_KEY_ENCRYPTION_KEY": self.secrets.identity_key,
            }
        if service == "workflow":
            environment["TONGHENG_KEY_ENCRYPTION_KEY"] = self.secrets.webhook_key
        return environment | dict(self.options.environment or {})

    def _row(self, service: str) -> Service:
        for row in self.options.services:
            if row.name == service:
                return row
        known = ", ".join(row.name for row in self.options.services)
        raise OperationsError(f"there is no service {service}: the stack has {known}")

    # -- up ------------------------------------------------------------------------------------------------

    def up(self, *, report: Report = _nothing, seconds: float = 180) -> None:
        """Start everything and return when it can be used; on failure stop what was started."""
        self._claim()
        self._steps = {}
        self._is_new = False

        def noted(part: str, doing: str) -> None:
            self._steps[part] = doing
            self._write_status()
            report(part, doing)

        try:
            self._set_phase("starting")
            self._prepare()
            self._start(noted, deadline=time.monotonic() + seconds)
            self._set_phase("ready")
        except BaseException as error:
            reason = str(error) if isinstance(error, OperationsError) else repr(error)
            self._stop_everything(report)
            self._set_phase("failed", reason)
            self._let_go()
            raise

    def _claim(self) -> None:
        run_dir = self.var_dir / "run"
        run_dir.mkdir(parents=True, exist_ok=True)
        self._lock_file = claim(self.var_dir)
        remember_self(run_dir / "supervisor.json")

    def _prepare(self) -> None:
        require_space(self.var_dir)
        stop_orphans(self.var_dir / "run", signals=SIGNALS, last=INFRASTRUCTURE, patience=PATIENCE)
        elsewhere = {"postgres": self.ports.postgres, "kafka": self.ports.kafka}
        require_free(self.ports, taken=[elsewhere[each] for each in self.options.elsewhere])
        self._finished.clear()
        self._parts = {}
        self._write_description()
        self._watch_over()
        self._housekeeping = threading.Thread(target=self._keep_house, daemon=True)
        self._housekeeping.start()

    def _write_description(self) -> None:
        with_database = [row.name for row in self.options.services if row.database]
        write_private(
            self.var_dir / "stack.json",
            {
                "gateway": self.gateway,
                "kafka": self.broker.bootstrap,
                "databases": {
                    name: self.database_url(name, "owner", driver="") for name in with_database
                },
                "admin": {
                    "username": self.secrets.admin_username,
                    "password": self.secrets.admin_password,
                },
                "ports": self.ports.as_dict(),
                "services": {row.name: self.address(row.name) for row in self.options.services},
                "postgres": self.server.url(),
            },
        )

    def _watch_over(self) -> None:
        # If we are killed, its pipe closes and it stops what we started.
        self._watchdog = subprocess.Popen(
            [sys.executable, "-m", "operations.watchdog", str(self.var_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _start(self, report: Report, *, deadline: float) -> None:
        with ThreadPoolExecutor(max_workers=2, thread_name_prefix="up") as pool:
            kafka = pool.submit(self._start_kafka, report, deadline=deadline)
            data = pool.submit(self._start_postgres, report, deadline=deadline)
            # Services that need no Kafka to answer come up while it still starts.
            self._result(data, other=kafka)
            if refilling.is_due(self.var_dir):
                self._result(kafka, other=data)
                began = time.monotonic()
                self._refill(report)
                # It takes as long as there are events; the rest has its usual time.
                deadline += time.monotonic() - began
            for row in self.options.services:
                report(row.name, "starting")
                self._add(self._service_command(row))
            self._result(kafka, other=data)
        for row in self.options.services:
            self.wait_ready(row.name, deadline=deadline)
            report(row.name, "ready")
        if self.options.sign_in:
            report("sign-in", "waiting")
            self._until(
                self._can_sign_in,
                deadline=deadline,
                failure=lambda: (
                    "the administrator cannot sign in through the gateway: "
                    f"see {self.var_dir}/log/identity.log and gateway.log"
                ),
            )
            report("sign-in", "ready")
        if self._is_new and self.options.sign_in:
            report("news", "spreading")
            settled = self._settle(deadline=min(deadline, time.monotonic() + SETTLE_SECONDS))
            report("news", "ready" if settled else "still spreading")

    def _result(self, wanted: Future[None], *, other: Future[None]) -> None:
        while not wanted.done():
            if other.done() and other.exception() is not None:
                other.result()
            time.sleep(0.02)
        wanted.result()

    def _add(self, command: Command) -> Supervised:
        part = Supervised(command, var_dir=self.var_dir)
        self._parts[command.name] = part
        part.start()
        return part

    def _start_kafka(self, report: Report, *, deadline: float) -> None:
        if "kafka" in self.options.elsewhere:
            report("kafka", "topics")
            # An engine takes connections for a container that is not ready yet.
            self._until(
                self._topics_are_made,
                deadline=deadline,
                failure=lambda: f"no Kafka answers on port {self.ports.kafka}",
            )
            report("kafka", "ready")
            return
        report("kafka", "fetching" if not self.broker.data_dir.exists() else "starting")
        self.broker.prepare()
        report("kafka", "starting")
        part = self._add(
            Command(
                "kafka",
                tuple(self.broker.command()),
                {name: os.environ[name] for name in _INHERITED if name in os.environ},
                self.var_dir,
                patience=PATIENCE,
            )
        )
        self._until(
            lambda: answers(self.ports.kafka),
            deadline=deadline,
            failure=lambda: f"Kafka did not start: {last_line(part.log)} (see {part.log})",
            gone=part,
        )
        report("kafka", "topics")
        self.options.create_topics(self.broker.bootstrap)
        report("kafka", "ready")

    def _refill(self, report: Report) -> None:
        """Fill an empty Kafka from the outboxes, after a restore and before any service runs."""
        report("refill", "starting")
        given = {
            "kafka": self.broker.bootstrap,
            "databases": {
                row.name: self.database_url(row.name, "owner", driver="")
                for row in self.options.services
                if row.database
            },
        }
        log = self.var_dir / "log" / "refill.log"
        with (
            log.open("a", encoding="utf-8") as output,
            subprocess.Popen(
                [sys.executable, "-m", "operations.backup.refilling"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
            ) as running,
        ):
            assert running.stdin is not None
            assert running.stdout is not None
            json.dump(given, running.stdin)
            running.stdin.close()
            for line in running.stdout:
                report("refill", line.strip())
                if self._gave_up:
                    running.terminate()
        if running.returncode != 0:
            raise OperationsError(f"Kafka could not be filled again: {last_line(log)} (see {log})")
        refilling.note_done(self.var_dir)
        report("refill", "ready")

    def _topics_are_made(self) -> bool:
        if not answers(self.ports.kafka):
            return False
        try:
            self.options.create_topics(self.broker.bootstrap)
        except (KafkaError, OSError, TimeoutError):
            return False
        return True

    def _run_postgres(self, server: postgres.Postgres, report: Report, *, deadline: float) -> None:
        report("postgres", "starting")
        server.initialise()
        part = self._add(
            Command(
                "postgres",
                tuple(server.command()),
                {**{n: os.environ[n] for n in _INHERITED if n in os.environ}, "LC_ALL": "C"},
                Path("/"),
                stop_signal=postgres.STOP_SIGNAL,
                patience=PATIENCE,
                user=server.popen_user(),
            )
        )
        self._until(
            server.is_ready,
            deadline=deadline,
            failure=lambda: f"PostgreSQL did not start: {last_line(part.log)} (see {part.log})",
            gone=part,
        )

    def _start_postgres(self, report: Report, *, deadline: float) -> None:
        server = self.server
        if "postgres" in self.options.elsewhere:
            self._until(
                server.is_ready,
                deadline=deadline,
                failure=lambda: f"no PostgreSQL answers on port {self.ports.postgres}",
            )
        else:
            self._run_postgres(server, report, deadline=deadline)
            self._receive_log(server, report, deadline=deadline)
        report("postgres", "roles")
        names = [row.name for row in self.options.services if row.database]
        server.psql(roles.script(names), environment=roles.environment(self.secrets.roles))
        report("postgres", "ready")
        self._migrate(server, names, report)

    def _receive_log(self, server: postgres.Postgres, report: Report, *, deadline: float) -> None:
        archive = self.options.archive
        if archive is None:
            wal.forget(server)
            return
        report("archive", "starting")
        receiver = wal.Receiver(archive, server)
        receiver.prepare()
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        part = self._add(
            Command(
                "archive",
                tuple(receiver.command()),
                {**inherited, "LC_ALL": "C", "PGPASSWORD": server.password},
                self.var_dir,
                stop_signal=signal.SIGINT,
                patience=PATIENCE,
            )
        )
        self._until(
            receiver.is_streaming,
            deadline=deadline,
            failure=lambda: f"the log is not received: {last_line(part.log)} (see {part.log})",
            gone=part,
            tries=SERVICE_TRIES,
        )
        self._receiver = receiver
        report("archive", "ready")

    def _migrate(self, server: postgres.Postgres, services: Sequence[str], report: Report) -> None:
        release = self._release
        behind = [name for name in services if not _at_head(server, name, release.folder(name))]
        if not behind:
            report("migrations", "at head")
            return
        report("migrations", f"{len(behind)} databases")
        self._is_new = True
        log = self.var_dir / "log" / "migrate.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        urls = {name: self.database_url(name, "owner") for name in behind}
        with log.open("ab") as output:
            ran = subprocess.run(
                [release.python, "-m", "operations.migrating"],
                cwd=release.root,
                input=json.dumps(urls).encode(),
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=300,
            )
        if ran.returncode != 0:
            raise OperationsError(f"a migration failed: {last_line(log)} (see {log})")
        report("migrations", "ready")

    def _service_command(
        self, row: Service, *, name: str = "", port: int | None = None, replicas: bool = False
    ) -> Command:
        directory = self._release.folder(row.name)
        return Command(
            name or row.name,
            (self._release.python, "-m", row.name),
            self.env_of(row.name, port=port, replicas=replicas),
            directory if directory.is_dir() else self._release.root,
            patience=PATIENCE,
        )

    def _until(
        self,
        condition: Callable[[], bool],
        *,
        deadline: float,
        failure: Callable[[], str],
        gone: Supervised | None = None,
        tries: int = 1,
    ) -> None:
        before = gone.snapshot().restarts if gone is not None else 0
        while not condition():
            # PostgreSQL and Kafka either start or say why not; a second try would say it again.
            ended = gone is not None and gone.snapshot().restarts - before >= tries
            if ended or time.monotonic() > deadline:
                raise OperationsError(failure())
            if self._gave_up:
                raise OperationsError("told to stop before everything was ready")
            time.sleep(0.1)

    # -- asking --------------------------------------------------------------------------------------------

    def wait_ready(self, service: str, *, deadline: float | None = None) -> None:
        """Wait until a service answers that it is ready; by default at most 60 s."""
        part = self._parts[service]
        port = self._at[service]
        self._until(
            lambda: get(port, "/readyz")[0] == 200,
            deadline=time.monotonic() + 60 if deadline is None else deadline,
            failure=lambda: f"{service} is not ready: {last_line(part.log)} (see {part.log})",
            gone=part,
            tries=SERVICE_TRIES,
        )

    def _can_sign_in(self) -> bool:
        form = {
            "grant_type": "password",
            "username": self.secrets.admin_username,
            "password": self.secrets.admin_password,
        }
        gateway = self._at["gateway"]
        status, text = post_form(gateway, "/api/v1/auth/token", form)
        if status != 200:
            return False
        bearer = {"Authorization": f"Bearer {json.loads(text)['access_token']}"}
        # A service can serve the administrator once identity's roles have reached its replica.
        asked = [
            get(gateway, f"/api/v1/{row.name}/me", headers=bearer)
            for row in self.options.services
            if row.database
        ]
        return all(code == 200 and json.loads(told)["permissions"] for code, told in asked)

    def _settle(self, *, deadline: float) -> bool:
        """Wait for what new services tell each other (the first company, units, terms) to have arrived."""
        while time.monotonic() < deadline and not self._gave_up:
            under_way = self.pending()
            if not any({"lag", "outbox_pending"} & counts.keys() for counts in under_way.values()):
                return True
            time.sleep(0.2)
        return False

    def pending(self) -> dict[str, dict[str, int]]:
        """What each service still has to publish, to read, or has parked; -1 where it does not say."""
        found: dict[str, dict[str, int]] = {}
        for row in self.options.services:
            if not row.database:
                continue
            status, text = get(self._at[row.name], "/status")
            told: dict[str, object] = json.loads(text) if status == 200 else {}
            counts = {name: int(str(told.get(name, -1))) for name in _PENDING}
            if any(counts.values()):
                found[row.name] = {name: count for name, count in counts.items() if count}
        return found

    def wait_quiet(self, *, seconds: float = 60) -> None:
        """Wait until nothing is on its way: outboxes published, topics read, nothing parked or being written."""
        deadline = time.monotonic() + seconds
        calm = 0
        while calm < _CALM_LOOKS:
            pending = self.pending()
            # An event may be between one service's look and the next, so that once is not enough.
            calm = 0 if pending else calm + 1
            if pending and time.monotonic() > deadline:
                raise OperationsError(f"not quiet after {seconds:.0f} s: {pending}")
            time.sleep(0.25)

    def snapshots(self) -> list[Snapshot]:
        """The state of every process."""
        return [part.snapshot() for part in list(self._parts.values())]

    def part(self, name: str) -> Supervised:
        """One process of the stack: a service, `kafka` or `postgres`."""
        if name not in self._parts:
            raise OperationsError(f"the stack runs no {name}: it has {', '.join(self._parts)}")
        return self._parts[name]

    # -- changing a running stack --------------------------------------------------------------------------

    def kill(self, name: str, *, restart: bool = False) -> None:
        """SIGKILL a process as a crash would; with `restart` the supervisor starts it again."""
        self.part(name).kill(restart=restart)

    def start(self, name: str, *, wait: bool = True) -> None:
        """Start a process that was killed or stopped, and wait until it can be used."""
        if name not in INFRASTRUCTURE and name not in self._parts:
            self._add(self._service_command(self._row(name)))
        else:
            self.part(name).start()
        if not wait:
            return
        if name == "kafka":
            self._wait_for("kafka", lambda: answers(self.ports.kafka))
        elif name == "postgres":
            self._wait_for("postgres", self.server.is_ready)
        else:
            self.wait_ready(name)

    def _wait_for(self, name: str, condition: Callable[[], bool]) -> None:
        log = self.part(name).log
        self._until(
            condition,
            deadline=time.monotonic() + 60,
            failure=lambda: f"{name} did not start: {last_line(log)} (see {log})",
        )

    def stop(self, name: str) -> None:
        """Stop one process with patience; it stays stopped until it is started again."""
        self.part(name).stop()

    def advance(self, release: Release, *, report: Report = _nothing) -> None:
        """Make another release's topics and data model while the services of the one before run on; they are expanded only."""
        self._release = release
        self.options.create_topics(self.broker.bootstrap)
        names = [row.name for row in self.options.services if row.database]
        self._migrate(self.server, names, report)

    def roll(self, service: str, *, seconds: float = 60) -> Rolled:
        """Start the service's next replica from the release that was advanced to; once it is ready the one before ends.

        Raises:
            OperationsError: the new one does not become ready; the one before then stays.
        """
        row, before = self._row(service), self.part(service)
        here, standby = self.ports.services[service], self.ports.standby[service]
        port = standby if self._at[service] == here else here
        name = f"{service}-next" if before.command.name == service else service
        command = self._service_command(row, name=name, port=port, replicas=service == "gateway")
        part = Supervised(command, var_dir=self.var_dir)
        taking_over = f"{service} (taking over)"
        self._parts[taking_over] = part
        began = time.monotonic()
        part.start()
        try:
            self._until(
                lambda: get(port, "/readyz")[0] == 200,
                deadline=began + seconds,
                failure=lambda: f"{service} is not ready: {last_line(part.log)} (see {part.log})",
                gone=part,
                tries=SERVICE_TRIES,
            )
        except OperationsError:
            part.stop()
            del self._parts[taking_over]
            raise
        ready, held_up = time.monotonic(), waited_for_a_core(part.snapshot().pid)
        self._parts[service], self._at[service] = part, port
        self._parts[taking_over] = before
        before.stop()
        del self._parts[taking_over]
        self._write_description()
        ended = time.monotonic() - ready
        return Rolled(ready - began, held_up, ended, before.snapshot().exit_code)

    # -- down ----------------------------------------------------------------------------------------------

    def give_up(self) -> None:
        """End an `up` that is still waiting, from a signal handler or another thread."""
        self._gave_up = True

    def down(self, *, report: Report = _nothing) -> None:
        """Stop the services, then Kafka, then PostgreSQL; the data stay."""
        if self._lock_file is None:
            return
        self._set_phase("stopping")
        self._stop_everything(report)
        self._set_phase("stopped")
        self._let_go()

    def _stop_everything(self, report: Report) -> None:
        services = [part for name, part in self._parts.items() if name not in INFRASTRUCTURE]
        if services:
            report("services", "stopping")
        stop_all(services)
        for name in INFRASTRUCTURE:
            if name in self._parts:
                report(name, "stopping")
                self._parts[name].stop()
        self._seal_log()
        self._receiver = None

    def _let_go(self) -> None:
        self._finished.set()
        if self._housekeeping is not None:
            self._housekeeping.join(timeout=10)
        self._write_status()
        (self.var_dir / "run" / "supervisor.json").unlink(missing_ok=True)
        if self._lock_file is not None:
            self._lock_file.close()
            self._lock_file = None
        if self._watchdog is not None and self._watchdog.stdin is not None:
            self._watchdog.stdin.close()
            self._watchdog.wait(timeout=PATIENCE)
            self._watchdog = None

    @contextmanager
    def running(self) -> Generator[Stack]:
        """The stack, up within the block."""
        self.up()
        try:
            yield self
        finally:
            self.down()

    # -- telling others ------------------------------------------------------------------------------------

    def _set_phase(self, phase: str, message: str = "") -> None:
        self._phase, self._message = phase, message
        self._write_status()

    def _write_status(self) -> None:
        with self._status_lock:
            self._write_status_now()

    def _write_status_now(self) -> None:
        parts = {
            shot.name: {"state": shot.state.value, "pid": shot.pid, "restarts": shot.restarts}
            for shot in self.snapshots()
        }
        write_private(
            self.var_dir / "status.json",
            {
                "phase": self._phase,
                "message": self._message,
                "steps": dict(self._steps),
                "parts": parts,
            },
        )

    def _keep_house(self) -> None:
        before: list[Snapshot] = []
        while not self._finished.wait(1.0):
            now = self.snapshots()
            if now != before:
                self._write_status()
                self._note_crashes(before, now)
                before = now
            self._seal_log()
            for part in list(self._parts.values()):
                rotate(part.log, bytes_max=LOG_BYTES_MAX, kept=LOGS_KEPT)

    def _seal_log(self) -> None:
        if self._receiver is None:
            return
        try:
            self._receiver.seal_finished()
        except OSError as error:
            # A full disk is told each second until it is not; what is not sealed stays where it is.
            self._log(f"the log cannot be sealed: {error.strerror}")

    def _log(self, said: str) -> None:
        at = datetime.now(UTC).isoformat(timespec="seconds")
        with (self.var_dir / "log" / "supervisor.log").open("a", encoding="utf-8") as log:
            log.write(f"{at} {said}\n")

    def _note_crashes(self, before: Sequence[Snapshot], now: Sequence[Snapshot]) -> None:
        restarts = {shot.name: shot.restarts for shot in before}
        for shot in now:
            if shot.restarts > restarts.get(shot.name, 0):
                code = "" if shot.exit_code is None else f" with code {shot.exit_code}"
                self._log(f"{shot.name} ended{code}; started again ({shot.restarts})")


def _at_head(server: postgres.Postgres, service: str, folder: Path) -> bool:
    wanted = heads(folder)
    if not wanted:
        return True
    has_table = server.psql("SELECT to_regclass('public.alembic_version')", database=service)
    if not has_table:
        return False
    there = server.psql("SELECT version_num FROM alembic_version", database=service)
    return set(there.split()) == wanted


def require_space(directory: Path) -> None:
    """Refuse to start on a disk that is nearly full: PostgreSQL and Kafka would stop in the middle."""
    free = shutil.disk_usage(directory).free
    if free < FREE_MIN:
        raise OperationsError(
            f"only {free // 1024**2} MiB are free where {directory} is: make room for at least 1 GiB"
        )


def claim(var_dir: Path, *, who: str = "supervisor", seconds: float = 45) -> IO[str]:
    """Become the one that runs the stack of this folder; the kernel gives the claim back when we end."""
    path = var_dir / "run" / "lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    while True:
        file = path.open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = file.read().strip()
            file.close()
            # Who only asks whether the stack runs holds the lock for a moment; a watchdog that tidies up is soon done.
            patience = max(seconds, 1.0) if holder == "watchdog" else 1.0
            if time.monotonic() - begun > patience:
                raise OperationsError(
                    "the stack is already running: see `make status`, or stop it with `make down`"
                ) from None
            time.sleep(0.1)
            continue
        file.truncate(0)
        file.write(who)
        file.flush()
        return file


def holder(var_dir: Path) -> str:
    """Who holds the stack of this folder: `supervisor`, `watchdog` while it tidies up, or nobody (empty)."""
    path = var_dir / "run" / "lock"
    if not path.exists():
        return ""
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            return file.read().strip() or "supervisor"
        return ""


def is_running(var_dir: Path) -> bool:
    """Whether processes of this folder's stack run, or are just being stopped."""
    return bool(holder(var_dir))


def get(
    port: int, path: str, *, seconds: float = 5, headers: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Status and text of a GET on this machine; status 0 where nobody answers."""
    return _ask(port, "GET", path, seconds=seconds, headers=headers)


def post_form(
    port: int, path: str, form: Mapping[str, str], *, seconds: float = 15
) -> tuple[int, str]:
    """Status and text of a form sent to this machine; status 0 where nobody answers."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return _ask(port, "POST", path, seconds=seconds, body=urlencode(form), headers=headers)


def _ask(
    port: int,
    method: str,
    path: str,
    *,
    seconds: float,
    body: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> tuple[int, str]:
    # Not by a client that honours proxies of the environment: these addresses are our own machine.
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=seconds)
    try:
        connection.request(method, path, body=body, headers=dict(headers or {}))
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", errors="replace")
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


__all__ = [
    "INFRASTRUCTURE",
    "Options",
    "Rolled",
    "Stack",
    "State",
    "claim",
    "get",
    "is_running",
    "post_form",
    "require_space",
]
