"""var/reports/k8s.json: what the static check found, and what the control plane did; each keeps the other's part."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import cast

from rich.console import Console

from operations.errors import OperationsError
from operations.services import repository


class Report:
    """Steps, each with its time and what was wrong."""

    def __init__(self, part: str) -> None:
        self.part = part
        self.steps: list[dict[str, object]] = []
        self._began = time.monotonic()
        self._screen = Console(stderr=True)

    def step(self, name: str, work: Callable[[], list[str]]) -> bool:
        """Do it; what it gives is wrong. Whether nothing was."""
        began = time.monotonic()
        try:
            wrong = work()
        except OperationsError as error:
            wrong = [str(error)]
        seconds = round(time.monotonic() - began, 2)
        self.steps.append({"step": name, "passed": not wrong, "seconds": seconds, "wrong": wrong})
        self._screen.print(f"  {'✗' if wrong else '✓'} {name}", highlight=False, markup=False)
        for each in wrong[:20]:
            self._screen.print(f"      {each}", highlight=False, markup=False)
        return not wrong

    def skip(self, name: str, why: str) -> None:
        """Say what was not looked at."""
        self.steps.append({"step": name, "skipped": why})
        self._screen.print(f"  – {name}: skipped, {why}", highlight=False, markup=False)

    def close(self, var_dir: Path | None = None) -> bool:
        """Write it; whether all went well."""
        failed = sum(each.get("passed") is False for each in self.steps)
        passed = sum(each.get("passed") is True for each in self.steps)
        mine: dict[str, object] = {
            "passed": passed,
            "failed": failed,
            "seconds": round(time.monotonic() - self._began, 1),
            "steps": self.steps,
        }
        file = (var_dir or repository() / "var") / "reports" / "k8s.json"
        parts: dict[str, dict[str, object]] = {}
        with suppress(OSError, ValueError, KeyError):
            parts = cast("dict[str, dict[str, object]]", json.loads(file.read_text("utf-8"))["parts"])  # fmt: skip
        parts[self.part] = mine
        whole: dict[str, object] = {
            name: round(sum(float(str(part[name])) for part in parts.values()), 1)
            for name in ("passed", "failed", "seconds")
        }
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({**whole, "parts": parts}, ensure_ascii=False, indent=2) + "\n", "utf-8")  # fmt: skip
        self._screen.print(f"{passed} passed, {failed} failed: {file}", highlight=False, markup=False)  # fmt: skip
        return not failed
