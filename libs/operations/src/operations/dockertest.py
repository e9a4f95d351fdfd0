"""`make docker-test`: our images built, the compose file brought up, a company's case played, the tests run in containers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console

from operations.errors import OperationsError
from operations.services import repository

STAND_INS = {
    "PYTHON_IMAGE": "tongheng-base/python:3.11",
    "POSTGRES_IMAGE": "tongheng-base/postgres:18",
    "KAFKA_IMAGE": "tongheng-base/kafka:4",
}
PROJECT = "tongheng-test"
MEMORY_MAX_MIB = 2560
"""What the idle core stack may take."""
PORTS = {"TONGHENG_GATEWAY_PORT": "18080", "TONGHENG_KAFKA_PORT": "19392"}

_messages = Console(stderr=True)


class _Run:
    """The steps, each with its time and whether it went well."""

    def __init__(self, var_dir: Path) -> None:
        self.root = repository()
        self.var_dir = var_dir
        self.environment = {
            **os.environ,
            **PORTS,
            "TONGHENG_VAR": str(var_dir),
            "COMPOSE_PARALLEL_LIMIT": "1",
        }
        self.steps: list[dict[str, object]] = []
        self.memory_mib: dict[str, float] = {}

    def step(self, name: str, work: Callable[[], None]) -> bool:
        began = time.monotonic()
        _messages.print(f"[bold]{name}[/bold] …")
        reason = ""
        try:
            work()
        except (OperationsError, OSError, subprocess.SubprocessError) as error:
            reason = str(error)
        seconds = round(time.monotonic() - began, 1)
        self.steps.append(
            {"step": name, "passed": not reason, "seconds": seconds, "reason": reason}
        )
        _messages.print(f"  {seconds} s" + (f", [red]failed[/red]: {reason}" if reason else ""))
        return not reason

    def run(self, *command: str, **changes: str) -> None:
        ended = subprocess.run(
            command, cwd=self.root, env={**self.environment, **changes}, check=False
        )
        if ended.returncode != 0:
            raise OperationsError(f"`{' '.join(command[:4])} …` ended with {ended.returncode}")

    def compose(self, *command: str) -> None:
        env_file = str(self.var_dir / "docker" / "stack.env")
        self.run("docker", "compose", "--project-name", PROJECT, "--env-file", env_file, *command)


def _images(run: _Run) -> None:
    """Which base images serve: those that were named, or stand-ins where no registry is wanted or there."""
    if shutil.which("mmdebstrap") and "PYTHON_IMAGE" not in run.environment:
        run.run(str(run.root / "deploy" / "images" / "stand-ins.sh"))
        run.environment |= STAND_INS
        run.environment["TESTCONTAINERS_RYUK_DISABLED"] = "true"


def _wheels(run: _Run) -> None:
    run.run(
        sys.executable, "-m", "pip", "download", "--quiet", "--only-binary", ":all:", "--require-hashes",
        "-d", str(run.root / "deploy" / "wheels"), "-r", str(run.root / "requirements.lock"),
    )  # fmt: skip


def mebibytes(told: str) -> float:
    """The engine's way to tell an amount of memory, `61.5MiB / 512MiB`, in MiB."""
    used = told.partition("/")[0].strip()
    units = {"GiB": 1024.0, "MiB": 1.0, "KiB": 1 / 1024, "kB": 1000 / 1024**2, "B": 1 / 1024**2}
    unit = next((each for each in units if used.endswith(each)), "")
    if not unit:
        raise OperationsError(f"the engine tells memory in another way: {told!r}")
    return float(used.removesuffix(unit)) * units[unit]


def _memory(run: _Run) -> None:
    """What the containers hold while nobody works; without the page cache that the kernel gives back."""
    ended = subprocess.run(
        ["docker", "stats", "--no-stream", "--format", "{{.Name}}\t{{.MemUsage}}"],
        env=run.environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for line in ended.stdout.splitlines():
        name, _, told = line.partition("\t")
        if name.startswith(f"{PROJECT}-"):
            part = name.removeprefix(f"{PROJECT}-").rpartition("-")[0]
            run.memory_mib[part] = round(mebibytes(told), 1)
    total = sum(run.memory_mib.values())
    if not 0 < total <= MEMORY_MAX_MIB:
        raise OperationsError(f"the idle stack takes {total:.0f} MiB, not up to {MEMORY_MAX_MIB}")


def _tests(run: _Run, *paths: str, **changes: str) -> None:
    run.run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *paths, **changes)


def main() -> None:
    """Run all steps; the report goes to var/reports/docker.json."""
    if (
        shutil.which("docker") is None
        or subprocess.run(["docker", "info"], capture_output=True, check=False).returncode
    ):
        raise SystemExit(
            "no container engine answers: start Docker, or set DOCKER_HOST, and try again"
        )
    began = time.monotonic()
    run = _Run(repository() / "var" / "docker-test")
    run.var_dir.mkdir(parents=True, exist_ok=True)
    good = run.step("base images", lambda: _images(run)) and run.step(
        "wheels", lambda: _wheels(run)
    )
    good = good and run.step(
        "passwords", lambda: run.run(sys.executable, "-m", "operations", "compose-env")
    )
    # What an interrupted run left has other passwords.
    good = good and run.step(
        "nothing left of an earlier run", lambda: run.compose("down", "--volumes", "--timeout", "5")
    )
    good = good and run.step("images of all services", lambda: run.compose("build", "--quiet"))
    if good:
        up = run.step(
            "compose up, all healthy",
            lambda: run.compose("up", "--detach", "--wait", "--wait-timeout", "900"),
        )
        if up:
            run.step("memory of the idle stack", lambda: _memory(run))
            where = str(run.var_dir / "docker")
            run.step(
                "E1 core through the gateway",
                lambda: _tests(
                    run, "tests/integration/scenarios/test_e1_core.py", TONGHENG_TEST_STACK=where
                ),
            )
        else:
            run.compose("ps", "--all")
            run.compose("logs", "--tail", "20")
        run.step("compose down", lambda: run.compose("down", "--volumes", "--timeout", "40"))
    run.step("tests/integration through testcontainers", lambda: _tests(run, "tests/integration"))
    failed = sum(not each["passed"] for each in run.steps)
    report = {
        "passed": len(run.steps) - failed,
        "failed": failed,
        "seconds": round(time.monotonic() - began, 1),
        "memory_mib": run.memory_mib,
        "steps": run.steps,
    }
    file = repository() / "var" / "reports" / "docker.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    _messages.print(f"{report['passed']} steps passed, {failed} failed: {file}")
    raise SystemExit(bool(failed))


if __name__ == "__main__":
    main()
