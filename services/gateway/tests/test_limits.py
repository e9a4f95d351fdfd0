"""How often."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.limits import SlidingWindow


def test_what_is_left_is_told() -> None:
    window = SlidingWindow("default", limit=3, seconds=2.0)

    left = [window.hit("li.na", 100.0).remaining for _ in range(3)]
    refused = window.hit("li.na", 100.5)

    assert left == [2, 1, 0]
    assert not refused.allowed
    assert window.policy == '"default";q=3;w=2'
    assert window.refusal(refused).headers == {
        "Retry-After": "2", "RateLimit-Policy": '"default";q=3;w=2', "RateLimit": '"default";r=0;t=2',
    }  # fmt: skip


def test_others_are_not_hurt() -> None:
    window = SlidingWindow("default", limit=1, seconds=2.0)
    for _ in range(10):
        window.hit("greedy", 100.0)

    assert window.hit("modest", 100.0).allowed


def test_the_window_slides() -> None:
    window = SlidingWindow("default", limit=10, seconds=2.0)
    for _ in range(10):
        window.hit("li.na", 101.9)

    assert not window.hit("li.na", 102.1).allowed
    assert window.hit("li.na", 103.0).allowed
    assert window.hit("li.na", 106.0).remaining == 9


@given(st.lists(st.floats(min_value=0, max_value=20), max_size=200))
def test_no_two_windows_let_more_than_twice_the_limit_through(times: list[float]) -> None:
    window = SlidingWindow("default", limit=5, seconds=2.0)

    allowed = [now for now in sorted(times) if window.hit("key", now).allowed]

    for begin in range(0, 20, 2):
        assert sum(begin <= now < begin + 2 for now in allowed) <= 5
