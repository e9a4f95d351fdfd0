"""Figures of the scheduling engine: `python -m production.scheduling.bench 2000`."""

from __future__ import annotations

import json
import random
import sys
import time

from production.scheduling.engine import reschedule, schedule
from production.scheduling.shop import Downtime, Operation, Problem, WorkCentre

DAY = 1440
WORK_CENTRES = 50
STEPS = 5


def shop(count: int, *, seed: int = 2) -> Problem:
    """Orders of five operations each, on fifty work centres with a shift a day and four setup families."""
    chance = random.Random(seed)
    shifts = tuple((day * DAY + 480, day * DAY + 960) for day in range(120 + count // 20))
    centres = tuple(
        WorkCentre(shifts, chance.choice([1, 1, 2]), {}, 20, (0, 0)) for _ in range(WORK_CENTRES)
    )
    operations = tuple(
        Operation(
            work_centre=chance.randrange(WORK_CENTRES),
            minutes=chance.randint(15, 180),
            due=(3 + number // STEPS * 20 // max(count // STEPS, 1)) * DAY,
            after=() if number % STEPS == 0 else (number - 1,),
            family=chance.randrange(4),
        )
        for number in range(count)
    )
    return Problem(centres, operations)


def measure(count: int) -> dict[str, object]:
    """CPU seconds of a schedule, and of another one after a breakdown of two days."""
    problem = shop(count)
    begun = time.process_time()
    found = schedule(problem)
    scheduled = time.process_time()
    down = Downtime(0, 2 * DAY, 4 * DAY)
    after = reschedule(problem, found, now=2 * DAY, freeze_until=3 * DAY, downtimes=[down])
    return {
        "operations": count,
        "work_centres": WORK_CENTRES,
        "schedule_cpu_s": round(scheduled - begun, 2),
        "reschedule_cpu_s": round(time.process_time() - scheduled, 2),
        "late_minutes": found.tardiness,
        "late_minutes_after_breakdown": after.tardiness,
        "frozen": sum(slot.frozen for slot in after.slots),
    }


if __name__ == "__main__":
    for size in sys.argv[1:] or ["2000"]:
        print(json.dumps(measure(int(size))))
