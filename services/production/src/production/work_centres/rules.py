"""Work centres and calendars: shifts by weekday, days off, and what an hour costs. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise

from chassis.errors import ValidationFailed

CENT = Decimal("0.01")
MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Shift:
    """Working hours on one weekday (0 = Monday); an end before the start is on the next day."""

    weekday: int
    start: time
    end: time

    @property
    def minutes(self) -> int:
        """How long it is."""
        begin = self.start.hour * 60 + self.start.minute
        finish = self.end.hour * 60 + self.end.minute
        return (finish - begin) % MINUTES_A_DAY or MINUTES_A_DAY


@dataclass(frozen=True, slots=True)
class Calendar:
    """When work is done."""

    shifts: tuple[Shift, ...]
    days_off: frozenset[date] = frozenset()

    def minutes_on(self, day: date) -> int:
        """How long is worked on a day."""
        if day in self.days_off:
            return 0
        return sum(shift.minutes for shift in self.shifts if shift.weekday == day.weekday())


USUAL = Calendar(tuple(Shift(weekday, time(8), time(16)) for weekday in range(5)))
"""Monday to Friday, eight hours."""


@dataclass(frozen=True, slots=True)
class Rates:
    """What an hour at a work centre costs."""

    labour: Decimal
    overhead: Decimal

    def labour_of(self, hours: Decimal) -> Decimal:
        """Labour of some hours, to the cent."""
        return (hours * self.labour).quantize(CENT, rounding=ROUND_HALF_UP)

    def overhead_of(self, hours: Decimal) -> Decimal:
        """Overhead of some hours, to the cent."""
        return (hours * self.overhead).quantize(CENT, rounding=ROUND_HALF_UP)


def check_shifts(shifts: Sequence[Shift]) -> None:
    """Refuse shifts of one weekday that overlap."""
    for weekday in range(7):
        ordered = sorted((s for s in shifts if s.weekday == weekday), key=lambda s: s.start)
        for first, second in pairwise(ordered):
            if first.end > second.start or first.end <= first.start:
                raise ValidationFailed(
                    en="Two shifts of one day overlap.", zh="同一天的班次重叠。", field="/shifts"
                )
