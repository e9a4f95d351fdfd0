"""Armed points end the process at once, once; nothing armed costs nothing."""

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from chassis import failpoints, numbers, outbox
from chassis.consuming import Worker
from chassis.context import Context
from chassis.failpoints import Failpoints
from chassis.outbox import Relay, emit
from chassis.service import Service
from chassis.testing import Harness, message_of

from .toy import main as toy
from .toy.main import order

PROGRAM = """
import atexit
from chassis import failpoints
failpoints.named("toy")
atexit.register(lambda: print("closed in order"))
for turn in range(3):
    failpoints.reach("F2")
    print(turn, flush=True)
"""


def ran(setting: str) -> tuple[int, list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={"TONGHENG_FAILPOINTS": setting},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.splitlines()


@pytest.mark.parametrize(
    ("setting", "code", "said"),
    [
        ("", 0, ["0", "1", "2", "closed in order"]),
        ("F3", 0, ["0", "1", "2", "closed in order"]),
        ("F2", failpoints.EXIT_CODE, []),
        ("F2:3, F9", failpoints.EXIT_CODE, ["0", "1"]),
    ],
)
def test_a_list_ends_the_process_at_the_point_without_a_word(
    setting: str, code: int, said: list[str]
) -> None:
    assert ran(setting) == (code, said)


@pytest.mark.parametrize("armed", ["F2", "F2.toy"])
def test_a_file_arms_a_point_for_one_process_and_tells_who_hit_it(
    tmp_path: Path, armed: str
) -> None:
    (tmp_path / armed).touch()
    (tmp_path / "F2.other").touch()

    assert ran(str(tmp_path)) == (failpoints.EXIT_CODE, [])
    assert ran(str(tmp_path)) == (0, ["0", "1", "2", "closed in order"])

    hits = sorted(path.name for path in tmp_path.iterdir())
    assert hits[0] == "F2.other"
    assert re.fullmatch(r"hit-F2\.toy-\d+-\d+", hits[1])
    assert len(hits) == 2


def test_a_point_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="F13"):
        Failpoints("F1,F13")


class Recorder(Failpoints):
    """Writes down what is reached instead of ending."""

    def __init__(self) -> None:
        super().__init__("F1:1000000")
        self.reached: list[str] = []

    def reach(self, name: str) -> None:
        assert name in failpoints.POINTS
        self.reached.append(name)


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    made = Recorder()
    monkeypatch.setattr(failpoints, "_armed", made)
    return made


@pytest.fixture(scope="session")
def service() -> Service:
    return toy.build()


async def test_a_batch_passes_its_points_in_order(harness: Harness, recorder: Recorder) -> None:
    await harness.inbox.apply([message_of(order(uuid4(), 1))])

    assert recorder.reached == ["F7", "F8", "F6"]


async def test_halving_and_parking_pass_theirs(harness: Harness, recorder: Recorder) -> None:
    poison = message_of(order(uuid4(), 1, customer="POISON"))

    await harness.inbox.apply([poison, message_of(order(uuid4(), 1))])

    assert [point for point in recorder.reached if point not in ("F7", "F8")] == [
        "F10",
        "F11",
        "F6",
    ]


async def test_the_relay_the_worker_and_numbering_pass_theirs(
    harness: Harness, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def sent(*_: Any, **__: Any) -> dict[Any, int]:
        return {}

    monkeypatch.setattr(outbox, "send", sent)
    relay = Relay(harness.worker, kafka="127.0.0.1:1", service="toy")
    async with harness.worker.transaction(Context(actor="test")) as session:
        await emit(session, order(uuid4(), 1))
        connection = await session.connection()
        await relay._publish_batch(connection, None)  # pyright: ignore[reportArgumentType]
        await session.execute(text("CREATE TEMP SEQUENCE series"))
        await numbers.draw(session, "series", "N", 2026)
    assert recorder.reached == ["F4", "F5", "F12"]

    worker = Worker(
        harness.inbox, harness.service.all_consumers(), kafka="127.0.0.1:1", service="toy"
    )
    message = message_of(order(uuid4(), 1))
    record = SimpleNamespace(
        topic=message.topic, partition=0, offset=0, key=message.key.encode(), value=message.value,
        headers=[(name, value.encode()) for name, value in message.headers.items()],
    )  # fmt: skip
    await worker._handle(SimpleNamespace(raw_message=(record,)))  # pyright: ignore[reportArgumentType]
    assert recorder.reached[3:] == ["F7", "F8", "F6", "F9"]
