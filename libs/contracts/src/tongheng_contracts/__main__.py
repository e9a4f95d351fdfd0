"""`python -m tongheng_contracts write|check`: the generated files, written or compared."""

from __future__ import annotations

import sys
from pathlib import Path

from . import catalogue

ROOT = Path(__file__).resolve().parents[4]


def generated() -> dict[Path, str]:
    """Every generated file with its text."""
    files = {
        ROOT / "libs/contracts/schemas" / f"{topic}.json": catalogue.schema_text(event)
        for topic, event in catalogue.event_types().items()
    }
    lines = [
        "# Generated from libs/contracts by `make contracts`.",
        "partitions: {production: 12, local: 3}",
        "topics:",
    ]
    for topic, settings in catalogue.topic_settings().items():
        lines.append(f"  {topic}:")
        lines += [f'    {name}: "{value}"' for name, value in settings.items()]
    files[ROOT / "deploy/kafka/topics.yaml"] = "\n".join(lines) + "\n"
    rows = ["# Events", "", "Generated from `libs/contracts` by `make contracts`. A topic per event type; CloudEvents 1.0 in Kafka's binary mode.", "",
            "| topic | kind | owner | says | 含义 |", "|---|---|---|---|---|"]  # fmt: skip
    rows += [
        f"| `{c.topic}` | {c.kind} | {c.owner} | {c.en} | {c.zh} |" for c in catalogue.contracts()
    ]
    files[ROOT / "docs/events/README.md"] = "\n".join(rows) + "\n"
    return files


def main(arguments: list[str]) -> int:
    """Write or check; 1 when a file differs."""
    if arguments not in (["write"], ["check"]):
        print("usage: python -m tongheng_contracts write|check", file=sys.stderr)
        return 2
    stale = [p for p, text in generated().items() if not p.exists() or p.read_text("utf-8") != text]
    left = set((ROOT / "libs/contracts/schemas").glob("*.json")) - set(generated())
    if arguments == ["check"]:
        for path in sorted({*stale, *left}):
            print(
                f"{path.relative_to(ROOT)} is not what the contracts say: run `make contracts`",
                file=sys.stderr,
            )
        return 1 if stale or left else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(generated()[path], "utf-8")
    for path in left:
        path.unlink()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
