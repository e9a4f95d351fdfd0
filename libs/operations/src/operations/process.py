"""One supervised process: started, watched, started again after a crash, stopped with patience."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import psutil

from operations.postgres import PopenUser
from operations.secrets import read_json, write_private

BACKOFF_FIRST = 0.5
BACKOFF_MAX = 15.0
STEADY_AFTER = 30.0
"""A process that ran this long before it ended is started again without delay."""


class State(StrEnum):
    """What a supervised process is doing."""

    STOPPED = "stopped"
    RUNNING = "running"
    WAITING = "waiting to restart"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True)
class Command:
    """What to start, and how to stop it."""

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str]
    directory: Path
    stop_signal: signal.Signals = signal.SIGTERM
    patience: float = 30.0
    """Seconds between the request to stop and SIGKILL."""
    user: PopenUser = field(default_factory=PopenUser)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What can be said of a process now."""

    name: str
    state: State
    pid: int | None
    restarts: int
    exit_code: int | None


class Supervised:
    """A command kept running until it is told to stop."""

    def __init__(self, command: Command, *, var_dir: Path) -> None:
        self.command = command
        self.log = var_dir / "log" / f"{command.name}.log"
        self._record = var_dir / "run" / f"{command.name}.json"
        self._lock = threading.RLock()
        self._wanted = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper: threading.Thread | None = None
        self._stop_keeping = threading.Event()
        self._state = State.STOPPED
        self._restart = True
        self._restarts = 0
        self._exit_code: int | None = None

    def snapshot(self) -> Snapshot:
        """Its state, for people and for `status.json`."""
        with self._lock:
            process = self._process
            pid = process.pid if process is not None and process.returncode is None else None
            return Snapshot(self.command.name, self._state, pid, self._restarts, self._exit_code)

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The process itself, of its last start."""
        with self._lock:
            return self._process

    def start(self) -> None:
        """Start it and keep it running; nothing happens if it is kept running already."""
        with self._lock:
            if self._keeper is not None and self._keeper.is_alive():
                return
            self._stop_keeping.clear()
            self._restart = True
            self._spawn()
            self._keeper = threading.Thread(
                target=self._keep, name=f"keep-{self.command.name}", daemon=True
            )
            self._keeper.start()

    def _spawn(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command.argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.command.directory,
                env=dict(self.command.environment),
                # Its own session: Ctrl-C in the terminal reaches the supervisor alone, which stops in order.
                start_new_session=True,
                **self.command.user,
            )
        self._state = State.RUNNING
        self._exit_code = None
        _remember(self._record, self._process.pid)

    def _keep(self) -> None:
        delay = BACKOFF_FIRST
        while True:
            process = self._process
            assert process is not None
            started = time.monotonic()
            code = process.wait()
            with self._lock:
                self._exit_code = code
                self._record.unlink(missing_ok=True)
                if self._stop_keeping.is_set() or not self._restart:
                    self._state = State.STOPPED
                    return
                self._state = State.WAITING
                self._restarts += 1
            if time.monotonic() - started > STEADY_AFTER:
                delay = BACKOFF_FIRST
            if self._stop_keeping.wait(delay):
                with self._lock:
                    self._state = State.STOPPED
                return
            delay = min(delay * 2, BACKOFF_MAX)
            with self._lock:
                if self._stop_keeping.is_set():
                    self._state = State.STOPPED
                    return
                self._spawn()

    def kill(self, *, restart: bool = True) -> None:
        """SIGKILL, as a crash would; it is started again unless told otherwise."""
        with self._lock:
            self._restart = restart
            process = self._process
            if not restart:
                self._stop_keeping.set()
            if process is None or process.poll() is not None:
                return
            process.kill()
        process.wait(timeout=30)
        if not restart and self._keeper is not None:
            self._keeper.join(timeout=30)

    def ask_to_stop(self) -> None:
        """Ask it to end, and do not start it again."""
        with self._lock:
            self._stop_keeping.set()
            process = self._process
            if process is not None and process.poll() is None:
                self._state = State.STOPPING
                process.send_signal(self.command.stop_signal)

    def wait_stopped(self, *, deadline: float) -> None:
        """Wait until it has ended; at the deadline (of the monotonic clock) it is killed."""
        process = self.process
        if process is None:
            return
        try:
            process.wait(timeout=max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=30)
        if self._keeper is not None:
            self._keeper.join(timeout=30)

    def stop(self) -> None:
        """Stop it with patience."""
        self.ask_to_stop()
        self.wait_stopped(deadline=time.monotonic() + self.command.patience)


def stop_all(parts: list[Supervised]) -> None:
    """Stop these together: all are asked first, then waited for."""
    for part in parts:
        part.ask_to_stop()
    asked = time.monotonic()
    for part in parts:
        part.wait_stopped(deadline=asked + part.command.patience)


def _remember(path: Path, pid: int) -> None:
    try:
        created = psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return
    write_private(path, {"pid": pid, "created": created})


def remember_self(path: Path) -> None:
    """Write down who the supervisor is."""
    _remember(path, os.getpid())


def remembered(path: Path) -> psutil.Process | None:
    """The process that was written down, if it still is the same one: numbers are used again."""
    kept = read_json(path)
    if kept is None:
        return None
    try:
        process = psutil.Process(int(str(kept.get("pid"))))
        same = abs(process.create_time() - float(str(kept.get("created")))) < 1.0
    except (psutil.NoSuchProcess, ValueError):
        return None
    return process if same and process.status() != psutil.STATUS_ZOMBIE else None


def stop_orphans(
    run_dir: Path, *, signals: Mapping[str, signal.Signals], last: tuple[str, ...], patience: float
) -> list[str]:
    """Stop what a supervisor that died left behind, those named in `last` after all others; their names."""
    found = {
        path.stem: path for path in sorted(run_dir.glob("*.json")) if path.stem != "supervisor"
    }
    waves = [[name for name in found if name not in last]]
    waves += [[name] for name in last if name in found]
    stopped: list[str] = []
    for wave in waves:
        processes: dict[str, psutil.Process] = {}
        for name in wave:
            process = remembered(found[name])
            if process is not None:
                _tell(process, signals.get(name, signal.SIGTERM))
                processes[name] = process
        _, alive = psutil.wait_procs(list(processes.values()), timeout=patience)
        for process in alive:
            _tell(process, signal.SIGKILL)
        psutil.wait_procs(alive, timeout=10)
        stopped += processes
        for name in wave:
            found[name].unlink(missing_ok=True)
    return stopped


def _tell(process: psutil.Process, what: signal.Signals) -> None:
    try:
        process.send_signal(what)
    except psutil.NoSuchProcess:
        return


def rotate(log: Path, *, bytes_max: int, kept: int) -> bool:
    """Copy a log that has grown too long aside and empty it; its process keeps writing to the same file."""
    try:
        size = log.stat().st_size
    except FileNotFoundError:
        return False
    if size <= bytes_max:
        return False
    for number in range(kept, 1, -1):
        older = log.with_name(f"{log.name}.{number - 1}")
        if older.exists():
            older.replace(log.with_name(f"{log.name}.{number}"))
    aside = log.with_name(f"{log.name}.1")
    aside.write_bytes(b"")
    with log.open("rb") as source, aside.open("wb") as target:
        while block := source.read(1 << 20):
            target.write(block)
    # The processes append, so that a file cut short is written from its new end.
    os.truncate(log, 0)
    return True


def last_line(log: Path) -> str:
    """The last line of a log that says something, shortened."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 8192))
            lines = file.read().decode(errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    return next((line.strip()[:200] for line in reversed(lines) if line.strip()), "")


Report = Callable[[str, str], None]
"""Told of each step: the part's name, and what it is doing."""
