"""Ends a process whose loops turn no more, so that whoever keeps it running starts it again.

Kubernetes would find it by asking `/livez`; compose and the local supervisor only see a process that ended. A thread,
for the event loop itself may be what stands.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence

import structlog

log = structlog.get_logger(__name__)

LOOK_SECONDS = 5.0
LOOKS = 3
"""So many looks in a row must find it: a machine that was paused needs a moment."""
EXIT_CODE = 1


class Watchdog(threading.Thread):
    """Looks at a process's loops until it is told to stop.

    Args:
        stuck: the loops that stand.
        end: asks the event loop to end the process in good order.
        patience: seconds for that, before the process ends without it.
    """

    def __init__(
        self,
        stuck: Callable[[], Sequence[str]],
        end: Callable[[], object],
        *,
        patience: float,
        exit_now: Callable[[int], object] = os._exit,
    ) -> None:
        super().__init__(name="watchdog", daemon=True)
        self.barked = False
        """Whether it asked for the end."""
        self._stuck = stuck
        self._end = end
        self._patience = patience
        self._exit_now = exit_now
        self._over = threading.Event()

    def run(self) -> None:
        """Look until told to stop, or until something stands."""
        found = 0
        while not self._over.wait(LOOK_SECONDS):
            names = self._stuck()
            found = found + 1 if names else 0
            if found == LOOKS:
                log.critical("the process ends: loops turn no more", loops=list(names))
                self.barked = True
                self._end()
                if not self._over.wait(self._patience):
                    self._exit_now(EXIT_CODE)
                return

    def stop(self) -> None:
        """The process ends, or has ended its loops."""
        self._over.set()
