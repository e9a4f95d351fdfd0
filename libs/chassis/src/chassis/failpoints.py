"""Named points where a fault campaign ends a process as if by SIGKILL. In operation nothing is armed, and nothing is asked.

`TONGHENG_FAILPOINTS` names a directory: a file `F9`, or `F9.finance` for one service, arms that point, and whoever
reaches it first renames the file to `hit-F9.finance-<pid>-<time>` and is gone. Without a slash it is a list, such as
`F1,F9:3`: the first time F1 is reached, the third time F9 is.

F1 before a command's commit · F2 after it, before the reply · F3 after the reply · F4 relay after reading · F5 after
sending, before marking · F6 within a batch · F7 before the inbox · F8 after the inbox · F9 after the batch's commit,
before its offsets · F10 while halving · F11 while parking · F12 while numbering.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

POINTS: Final = frozenset(f"F{number}" for number in range(1, 13))
EXIT_CODE: Final = 137
"""What a shell says of a process that was killed."""


class Failpoints:
    """What is armed in this process."""

    def __init__(self, setting: str) -> None:
        self.service = ""
        self._directory = Path(setting) if "/" in setting else None
        self._left: dict[str, int] = {}
        if self._directory is None:
            for each in filter(None, (part.strip() for part in setting.split(","))):
                name, _, count = each.partition(":")
                self._left[name] = int(count or 1)
        unknown = set(self._left) - POINTS
        if unknown:
            raise ValueError(f"no such failpoint: {', '.join(sorted(unknown))}")

    def reach(self, name: str) -> None:
        """End here, if this point is armed: nothing is flushed, closed or told to anybody."""
        assert name in POINTS, name
        if self._directory is not None:
            for armed in (f"{name}.{self.service}", name):
                hit = f"hit-{name}.{self.service}-{os.getpid()}-{time.time_ns()}"
                try:
                    # Of several processes one gets it.
                    (self._directory / armed).rename(self._directory / hit)
                except OSError:
                    continue
                end()
        elif name in self._left:
            self._left[name] -= 1
            if self._left[name] <= 0:
                end()


def end() -> None:
    """Be gone at once."""
    os._exit(EXIT_CODE)


_setting = os.environ.get("TONGHENG_FAILPOINTS", "")
_armed = Failpoints(_setting) if _setting else None


def named(service: str) -> None:
    """Say which service this process is."""
    if _armed is not None:
        _armed.service = service


def armed() -> bool:
    """Whether a fault campaign runs here at all."""
    return _armed is not None


def reach(name: str) -> None:
    """A point is passed: the process ends here, if a fault campaign armed it."""
    if _armed is not None:
        _armed.reach(name)
