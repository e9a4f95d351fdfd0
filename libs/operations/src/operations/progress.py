"""What the user sees while the stack starts: a line per part, on a terminal in place."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import cast

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table

from operations.errors import OperationsError
from operations.secrets import read_json

_DONE = {"ready", "at head"}


def follow(directory: Path, supervisor: subprocess.Popen[bytes], console: Console) -> None:
    """Show the steps until the stack is ready; raise with the supervisor's reason if it fails."""
    seen: dict[str, str] = {}
    spinner = Spinner("dots")
    with Live(console=console, refresh_per_second=8, transient=True) as live:
        while True:
            known = read_json(directory / "status.json") or {}
            phase = str(known.get("phase", ""))
            steps = cast("dict[str, str]", known.get("steps", {}))
            if console.is_terminal:
                live.update(_picture(steps, spinner))
            else:
                _print_changes(steps, seen, console)
            if phase == "ready":
                return
            if phase == "failed" or supervisor.poll() is not None:
                # The supervisor first stops what it had started, so that a second try finds free ports.
                supervisor.wait(timeout=120)
                known = read_json(directory / "status.json") or {}
                reason = str(known.get("message") or "see var/log/supervisor.log")
                raise OperationsError(f"the stack did not start: {reason}")
            time.sleep(0.15)


def _picture(steps: dict[str, str], spinner: Spinner) -> Table:
    table = Table.grid(padding=(0, 2))
    for part, doing in steps.items():
        mark = "[green]✓[/green]" if doing in _DONE else spinner
        table.add_row(mark, part, doing)
    return table


def _print_changes(steps: dict[str, str], seen: dict[str, str], console: Console) -> None:
    for part, doing in steps.items():
        if seen.get(part) != doing:
            console.print(f"{part}: {doing}", highlight=False)
            seen[part] = doing
