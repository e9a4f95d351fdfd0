"""A command passes the fault campaign's points in their order."""

from chassis import failpoints
from chassis.failpoints import Failpoints

NOTE = {"code": "A-1", "quantity": "3"}


class Recorder(Failpoints):
    """Writes down what is reached instead of ending."""

    def __init__(self) -> None:
        super().__init__("F1:1000000")
        self.reached: list[str] = []

    def reach(self, name: str) -> None:
        self.reached.append(name)


async def test_a_command_passes_before_its_commit_after_it_and_after_its_reply(api, monkeypatch):
    recorder = Recorder()
    monkeypatch.setattr(failpoints, "_armed", recorder)

    answer = await api.post(json=NOTE, key="k1")
    again = await api.post(json=NOTE, key="k1")

    assert (answer.status_code, again.status_code) == (201, 201)
    assert recorder.reached[:3] == ["F1", "F2", "F3"]
    assert recorder.reached[3:] == []
