"""Armed points end the process at once, once; nothing armed costs nothing."""

import re
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from chassis import failpoints
from chassis.failpoints import Failpoints
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
