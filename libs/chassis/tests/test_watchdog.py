"""A process whose loops stand ends by itself, and is started again by whoever keeps it."""

from __future__ import annotations

import threading

import pytest

from chassis import watchdog
from chassis.watchdog import EXIT_CODE, LOOKS, Watchdog


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "LOOK_SECONDS", 0.001)


class Process:
    """What the watchdog asks and does."""

    def __init__(self, looks: list[list[str]], patience: float = 60.0) -> None:
        self.looks = looks
        self.looked = 0
        self.asked = threading.Event()
        self.codes: list[int] = []
        self.watchdog = Watchdog(
            self._stuck, self.asked.set, patience=patience, exit_now=self.codes.append
        )

    def _stuck(self) -> list[str]:
        self.looked += 1
        return self.looks[min(self.looked, len(self.looks)) - 1]


def test_a_loop_that_stands_ends_the_process_in_good_order() -> None:
    process = Process([[], ["worker"]])
    process.watchdog.start()

    assert process.asked.wait(60)
    process.watchdog.stop()
    process.watchdog.join(60)

    assert process.watchdog.barked
    assert process.looked == 1 + LOOKS
    assert process.codes == []


def test_a_process_that_does_not_end_is_ended() -> None:
    process = Process([["worker"]], patience=0.001)
    process.watchdog.start()
    process.watchdog.join(60)

    assert process.codes == [EXIT_CODE]


def test_who_was_only_paused_goes_on() -> None:
    process = Process([["worker", "relay"]] * (LOOKS - 1) + [[]])
    process.watchdog.start()
    while process.looked < 2 * LOOKS:
        process.watchdog.join(0.01)
    process.watchdog.stop()
    process.watchdog.join(60)

    assert not process.watchdog.barked
    assert not process.asked.is_set()
