"""The process behind `make up`: runs one stack until it is told to stop."""

from __future__ import annotations

import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from operations.backup import wal
from operations.errors import OperationsError
from operations.stack import Options, Stack


def _say(part: str, doing: str) -> None:
    print(f"{datetime.now(UTC).isoformat(timespec='milliseconds')} {part}: {doing}", flush=True)


def main(var_dir: Path, *, seconds: float) -> int:
    """Bring the stack up, wait for SIGTERM or SIGINT, bring it down."""
    asked = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        asked.set()
        stack.give_up()

    try:
        stack = Stack(var_dir, options=Options(archive=wal.configured(var_dir)))
    except OperationsError as error:
        _say("failed", str(error))
        return 1
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        stack.up(report=_say, seconds=seconds)
    except OperationsError as error:
        _say("failed", str(error))
        return 1
    _say("stack", f"ready at {stack.gateway}")
    asked.wait()
    stack.down(report=_say)
    _say("stack", "stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), seconds=float(sys.argv[2])))
