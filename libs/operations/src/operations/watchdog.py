"""Waits for the supervisor's end; if it was killed, stops in order what it had started."""

from __future__ import annotations

import sys
from pathlib import Path

from operations.errors import OperationsError
from operations.process import stop_orphans
from operations.stack import INFRASTRUCTURE, PATIENCE, SIGNALS, claim


def main(var_dir: Path) -> None:
    """Read until the pipe closes, then tidy up unless a new supervisor already does."""
    sys.stdin.buffer.read()
    try:
        held = claim(var_dir, who="watchdog", seconds=0)
    except OperationsError:
        return
    with held:
        stop_orphans(var_dir / "run", signals=SIGNALS, last=INFRASTRUCTURE, patience=PATIENCE)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
