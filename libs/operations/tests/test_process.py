"""A supervised process: restarted after a crash, left dead when asked, stopped with patience."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from operations.process import (
    Command,
    State,
    Supervised,
    last_line,
    remembered,
    rotate,
    stop_orphans,
)

PATIENT = "import time; print('up', flush=True); time.sleep(600)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not happen within 20 s"
        time.sleep(0.02)


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Callable[..., Supervised]]:
    made: list[Supervised] = []

    def make(code: str, *, patience: float = 10) -> Supervised:
        argv = (sys.executable, "-c", code)
        command = Command("worker", argv, dict(os.environ), tmp_path, patience=patience)
        made.append(Supervised(command, var_dir=tmp_path))
        return made[-1]

    yield make
    for part in made:
        part.kill(restart=False)


def test_a_crashed_process_is_started_again(supervised: Callable[..., Supervised]) -> None:
    part = supervised(PATIENT)
    part.start()
    first = part.snapshot().pid

    part.kill(restart=True)

    until(lambda: part.snapshot().state is State.RUNNING and part.snapshot().pid != first)
    assert part.snapshot().restarts == 1


def test_a_killed_process_stays_dead_until_it_is_started(
    supervised: Callable[..., Supervised],
) -> None:
    part = supervised(PATIENT)
    part.start()

    part.kill(restart=False)
    time.sleep(0.8)  # longer than the first delay of a restart

    assert part.snapshot().state is State.STOPPED
    part.start()
    assert part.snapshot().state is State.RUNNING


def test_restarts_come_slower_each_time(supervised: Callable[..., Supervised]) -> None:
    part = supervised("raise SystemExit(3)")
    part.start()

    until(lambda: part.snapshot().restarts == 2)

    assert part.snapshot().exit_code == 3
    assert part.snapshot().state is State.WAITING
    part.stop()
    assert part.snapshot().state is State.STOPPED


def test_a_process_that_ignores_the_request_is_killed_after_the_patience(
    supervised: Callable[..., Supervised],
) -> None:
    part = supervised(STUBBORN, patience=0.3)
    part.start()
    until(lambda: last_line(part.log) == "up")

    part.stop()

    assert part.snapshot().state is State.STOPPED
    assert part.snapshot().exit_code == -signal.SIGKILL


def test_what_a_dead_supervisor_left_is_stopped_and_nothing_else(tmp_path: Path) -> None:
    left = Supervised(
        Command("worker", (sys.executable, "-c", PATIENT), dict(os.environ), tmp_path),
        var_dir=tmp_path,
    )
    left.start()
    process = left.process
    assert process is not None
    bystander = subprocess.Popen([sys.executable, "-c", PATIENT])
    try:
        record = tmp_path / "run" / "worker.json"
        # A record whose number now belongs to another process, as after a reboot.
        (tmp_path / "run" / "other.json").write_text(
            f'{{"pid": {bystander.pid}, "created": 1.0}}', encoding="utf-8"
        )
        assert remembered(record) is not None

        stopped = stop_orphans(tmp_path / "run", signals={}, last=(), patience=5)

        assert stopped == ["worker"]
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()
        left.kill(restart=False)


def test_a_long_log_is_set_aside_while_its_process_writes_on(tmp_path: Path) -> None:
    log = tmp_path / "sales.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"x" * 1000)

        assert rotate(log, bytes_max=999, kept=2)
        writer.write(b"next\n")
        assert not rotate(log, bytes_max=999, kept=2)

    assert log.read_bytes() == b"next\n"
    assert (tmp_path / "sales.log.1").stat().st_size == 1000


def test_old_logs_are_forgotten(tmp_path: Path) -> None:
    log = tmp_path / "sales.log"
    for number in range(4):
        log.write_text(str(number) * 10, encoding="utf-8")
        rotate(log, bytes_max=5, kept=2)

    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "sales.log",
        "sales.log.1",
        "sales.log.2",
    ]
    assert (tmp_path / "sales.log.1").read_text() == "3" * 10
    assert (tmp_path / "sales.log.2").read_text() == "2" * 10
