"""Which faults come when: drawn from a seed, kept in a file, played again from it."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

SERVICES = (
    "gateway", "identity", "masterdata", "purchasing", "sales", "inventory", "production", "finance", "workflow",
)  # fmt: skip
BUSY = ("sales", "inventory", "finance", "purchasing")
"""Services that have something to do at every moment of the campaign."""
POISONS = ("bytes", "schema", "type", "dangling", "large", "future")

FAULTS: dict[str, int] = {
    "sigkill": 24,
    **{f"failpoint-F{n}": 2 for n in range(1, 13)},
    "sigterm": 8,
    "sigstop": 6,
    "database-sessions": 6,
    "database-crash": 3,
    "kafka-kill": 2,
    "kafka-stop": 1,
    "proxy-reset": 6,
    "proxy-cut-after-commit": 20,
    "proxy-answers-held": 3,
    "proxy-delay": 2,
    "proxy-slow": 1,
    "offsets-back": 4,
    "topic-again": 1,
    "shuffled": 2,
    **{f"poison-{kind}": 3 for kind in POISONS},
    "disk-full": 1,
    "clock": 2,
}
"""The table of RELIABILITY §3: faults in six minutes."""

_TARGETS: dict[str, tuple[str, ...]] = {
    "failpoint-F1": BUSY,
    "failpoint-F2": BUSY,
    "failpoint-F3": BUSY,
    "failpoint-F4": BUSY,
    "failpoint-F5": BUSY,
    "failpoint-F6": ("inventory", "sales", "finance"),
    "failpoint-F7": ("inventory", "sales", "finance"),
    "failpoint-F8": ("inventory", "sales", "finance"),
    "failpoint-F9": ("inventory", "sales", "finance"),
    "failpoint-F10": ("inventory", "finance"),
    "failpoint-F11": ("inventory", "finance"),
    "failpoint-F12": ("finance", "sales"),
    "sigstop": ("sales", "inventory", "finance", "purchasing", "workflow", "production"),
    "database-sessions": ("sales", "inventory", "finance", "identity", "purchasing", "masterdata"),
    "proxy-reset": ("kafka", "inventory", "sales", "finance", "kafka", "workflow"),
    "proxy-cut-after-commit": BUSY,
    "proxy-answers-held": ("inventory", "kafka", "finance"),
    "proxy-delay": ("sales", "kafka"),
    "proxy-slow": ("kafka",),
    "offsets-back": ("inventory", "finance", "sales", "workflow"),
    "topic-again": ("inventory.GoodsShipped",),
    "shuffled": ("sales.OrderPlaced", "inventory.StockReserved"),
    "disk-full": ("finance",),
    "clock": ("inventory", "purchasing"),
}
_ELSEWHERE = {"kafka-kill": "kafka", "kafka-stop": "kafka", "database-crash": "postgres"}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: seconds after the first, what, and to whom."""

    at: float
    kind: str
    target: str


def draw(seed: int, seconds: float, *, scale: float = 1.0) -> list[Fault]:
    """A schedule; `scale` 1 has all faults of the table, less has fewer of those that come several times."""
    chance = random.Random(seed)
    kinds: list[tuple[str, str]] = []
    for kind, number in FAULTS.items():
        wanted = max(1, round(number * scale))
        targets = _TARGETS.get(
            kind, (_ELSEWHERE.get(kind, ""),) if kind in _ELSEWHERE else SERVICES
        )
        kinds += [(kind, targets[n % len(targets)]) for n in range(wanted)]
    chance.shuffle(kinds)
    step = seconds / len(kinds)
    times = [step * (n + chance.uniform(0, 0.9)) for n in range(len(kinds))]
    return [
        Fault(round(at, 2), kind, target) for at, (kind, target) in zip(times, kinds, strict=True)
    ]


def counts(faults: list[Fault]) -> dict[str, int]:
    """How many of each kind."""
    return dict(sorted(Counter(fault.kind for fault in faults).items()))


def save(file: Path, seed: int, faults: list[Fault]) -> None:
    """Keep a schedule."""
    file.parent.mkdir(parents=True, exist_ok=True)
    kept = {"seed": seed, "faults": [asdict(fault) for fault in faults]}
    file.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def load(file: Path) -> tuple[int, list[Fault]]:
    """A schedule that was kept: its seed and its faults."""
    kept = json.loads(file.read_text("utf-8"))
    return int(kept["seed"]), [Fault(**fault) for fault in kept["faults"]]
