"""The command: what it says and how it ends, asked as a user asks."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from operations.ports import LOOPBACK, free_ports


def tongheng(*arguments: str, var: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("TONGHENG_")}
    ports = free_ports()
    chosen = {
        "TONGHENG_VAR": str(var),
        "TONGHENG_POSTGRES_PORT": str(ports.postgres),
        "TONGHENG_KAFKA_PORT": str(ports.kafka),
        "TONGHENG_KAFKA_CONTROLLER_PORT": str(ports.kafka_controller),
        "TONGHENG_GATEWAY_PORT": str(ports.services["gateway"]),
        "TONGHENG_PORT_BASE": "28101",
    }
    return subprocess.run(
        [sys.executable, "-m", "operations.cli", *arguments],
        env={**inherited, **chosen, **environment},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )


def test_a_busy_port_is_one_line_and_nothing_is_started(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        listener.listen()
        busy = str(listener.getsockname()[1])

        ended = tongheng("up", var=tmp_path, TONGHENG_GATEWAY_PORT=busy)

    assert ended.returncode == 1
    assert ended.stdout == ""
    assert len(ended.stderr.splitlines()) == 1
    assert f"port {busy} of gateway is in use" in ended.stderr
    assert "TONGHENG_GATEWAY_PORT" in ended.stderr
    assert not (tmp_path / "postgres").exists()


def test_a_wrong_setting_is_one_line(tmp_path: Path) -> None:
    ended = tongheng("up", var=tmp_path, TONGHENG_POSTGRES_PORT="many")

    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1
    assert "TONGHENG_POSTGRES_PORT='many' is no port" in ended.stderr


def test_the_status_of_no_stack_has_its_own_exit_code(tmp_path: Path) -> None:
    ended = tongheng("status", "--output", "json", var=tmp_path)

    assert ended.returncode == 3
    assert json.loads(ended.stdout) == {"phase": "stopped", "parts": []}


def test_stopping_what_does_not_run_is_no_failure(tmp_path: Path) -> None:
    ended = tongheng("down", var=tmp_path)

    assert ended.returncode == 0
    assert "not running" in ended.stderr


def test_a_log_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "sales.log").write_text("one\ntwo\nthree\n", encoding="utf-8")

    missing = tongheng("logs", "payroll", var=tmp_path)
    shown = tongheng("logs", "sales", "--lines", "2", var=tmp_path)

    assert missing.returncode == 1
    assert "'payroll': sales" in missing.stderr
    assert shown.stdout == "two\nthree\n"


@pytest.mark.parametrize("name", ["postgres", "kafka", "log", "run"])
def test_cleaning_removes_what_the_stack_made_and_nothing_else(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / "secrets.json").write_text("{}", encoding="utf-8")
    (tmp_path / "reports").mkdir()

    ended = tongheng("clean", var=tmp_path)

    assert ended.returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["reports"]


def test_the_sandbox_has_a_folder_and_ports_of_its_own(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        listener.listen()
        busy = listener.getsockname()[1]

        ended = tongheng("up", "--sandbox", var=tmp_path, TONGHENG_GATEWAY_PORT=str(busy - 100))

    assert ended.returncode == 1
    assert f"port {busy} of gateway is in use" in ended.stderr
    assert (tmp_path / "sandbox" / "log").is_dir()
    assert not (tmp_path / "log").exists()
    stopped = tongheng("status", "--sandbox", var=tmp_path)
    assert (stopped.returncode, "not running" in stopped.stdout) == (3, True)
