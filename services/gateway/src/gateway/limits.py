"""How often and how much: a sliding window per caller, in memory, and the size of bodies."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass

from chassis.errors import TooManyRequests

KEYS_MAX = 50_000
RATES_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left to a caller after this request."""

    allowed: bool
    remaining: int
    reset: int
    """Seconds until more is allowed than now."""


@dataclass(slots=True)
class _Count:
    window: int
    now: int
    before: int


class SlidingWindow:
    """At most `limit` requests in any `seconds`, near enough: the window before counts by its share still in view."""

    def __init__(self, name: str, *, limit: int, seconds: float) -> None:
        self._limit = limit
        self._seconds = seconds
        self._counts: OrderedDict[str, _Count] = OrderedDict()
        self.policy = f'"{name}";q={limit};w={math.ceil(seconds)}'
        """The `RateLimit-Policy` field."""
        self._name = name

    def hit(self, key: str, now: float) -> Allowance:
        """Count a request, unless it is one too many; those are not counted."""
        window, into = divmod(now, self._seconds)
        count = self._counts.get(key)
        if count is None:
            count = self._counts[key] = _Count(int(window), 0, 0)
            if len(self._counts) > KEYS_MAX:
                self._counts.popitem(last=False)
        else:
            self._counts.move_to_end(key)
            if count.window != int(window):
                count.before = count.now if int(window) == count.window + 1 else 0
                count.window, count.now = int(window), 0
        seen = count.before * (1 - into / self._seconds) + count.now
        reset = max(1, math.ceil(self._seconds - into))
        if seen + 1 > self._limit:
            return Allowance(False, 0, reset)
        count.now += 1
        return Allowance(True, int(self._limit - seen - 1), reset)

    def state(self, allowance: Allowance) -> str:
        """The `RateLimit` field."""
        return f'"{self._name}";r={allowance.remaining};t={allowance.reset}'

    def fields(self, allowance: Allowance) -> list[tuple[bytes, bytes]]:
        """The header fields of an answer."""
        return [
            (b"ratelimit-policy", self.policy.encode()),
            (b"ratelimit", self.state(allowance).encode()),
        ]

    def refusal(self, allowance: Allowance) -> TooManyRequests:
        """What somebody is told who asks too often."""
        refusal = TooManyRequests(retry_after=allowance.reset)
        refusal.headers |= {"RateLimit-Policy": self.policy, "RateLimit": self.state(allowance)}
        return refusal


class CallersWindows:
    """The window of callers with a token: one for all who have no limit of their own, one for each other limit."""

    def __init__(self, *, limit: int, seconds: float) -> None:
        self._seconds = seconds
        self._all = SlidingWindow("default", limit=limit, seconds=seconds)
        self._own: OrderedDict[int, SlidingWindow] = OrderedDict()

    def of(self, requests_per_second: int) -> SlidingWindow:
        """The window of a caller whose token says so many requests a second; 0 says nothing."""
        if requests_per_second <= 0:
            return self._all
        window = self._own.get(requests_per_second)
        if window is None:
            limit = max(1, math.ceil(requests_per_second * self._seconds))
            window = SlidingWindow("client", limit=limit, seconds=self._seconds)
            self._own[requests_per_second] = window
            if len(self._own) > RATES_MAX:
                self._own.popitem(last=False)
        self._own.move_to_end(requests_per_second)
        return window
