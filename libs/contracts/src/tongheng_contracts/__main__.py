"""`python -m tongheng_contracts write|check|release`: what is generated from the contracts, and whether they may change so."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from . import catalogue, compatibility, released
from .examples import examples
from .publishing import asyncapi, page, yaml

ROOT = Path(__file__).resolve().parents[4]
USAGE = """\
usage: python -m tongheng_contracts write|check|release

  write    write the schemas, the examples, the AsyncAPI document, the pages and the topics' settings
  check    fail where one of them is stale, or where a change would break a reader of the last release
  release  take the schemas as they are into a new released set"""


def folders(root: Path) -> tuple[Path, Path, Path]:
    """Where the schemas, the examples and the released sets are: in the repository, beside the package."""
    contracts = root / "libs/contracts"
    return contracts / "schemas", contracts / "examples", contracts / "released"


def schemas(root: Path = ROOT) -> dict[str, dict[str, Any]]:
    """The schemas as they are to be published, each at its version: one more than released if it has grown."""
    before = released.last(folders(root)[2])
    found: dict[str, dict[str, Any]] = {}
    for topic, event in catalogue.event_types().items():
        schema = catalogue.schema(event)
        version = compatibility.next_version(before.get(topic), schema, event.contract.major)
        found[topic] = {**schema, "x-version": version}
    return found


def generated(root: Path = ROOT) -> dict[Path, str]:
    """Every generated file with its text."""
    published = schemas(root)
    schema_folder, example_folder, _ = folders(root)
    files = {
        schema_folder / f"{topic}.json": catalogue.text_of(schema)
        for topic, schema in published.items()
    }
    for topic, example in examples().items():
        text = json.dumps(example.as_json(), ensure_ascii=False, indent=2) + "\n"
        files[example_folder / f"{topic}.json"] = text
    files[root / "deploy/kafka/topics.yaml"] = _topics()
    files[root / "docs/events/README.md"] = _index(published)
    files[root / "docs/events/asyncapi.yaml"] = (
        "# Generated from libs/contracts by `make contracts`.\n"
        + yaml.dump(asyncapi.document(published))
    )
    files[root / "docs/events/index.html"] = page.page(published)
    return files


def _topics() -> str:
    lines = [
        "# Generated from libs/contracts by `make contracts`.",
        f"partitions: {{production: {asyncapi.PARTITIONS}, local: 3}}",
        "topics:",
    ]
    for topic, settings in catalogue.topic_settings().items():
        lines.append(f"  {topic}:")
        lines += [f'    {name}: "{value}"' for name, value in settings.items()]
    return "\n".join(lines) + "\n"


def _index(published: dict[str, dict[str, Any]]) -> str:
    rows = [
        "# Events",
        "",
        "Generated from `libs/contracts` by `make contracts`. A topic per event type; CloudEvents 1.0 in Kafka's binary mode.",
        "Browse [index.html](index.html) (fields, data classes, examples; 中文 and English), or feed [asyncapi.yaml](asyncapi.yaml)",
        "to a tool. [Subscribe](../guides/subscribe.md) says how to read your first event.",
        "",
        "| topic | version | kind | owner | readers | says | 含义 |",
        "|---|---|---|---|---|---|---|",
    ]
    rows += [
        f"| [`{c.topic}`](../../libs/contracts/schemas/{c.topic}.json) | {published[c.topic]['x-version']} | {c.kind} | {c.owner}"
        f" | {', '.join(c.consumers) or '–'} | {c.en} | {c.zh} |"
        for c in catalogue.contracts()
    ]
    return "\n".join(rows) + "\n"


def _stale(files: dict[Path, str], root: Path) -> tuple[list[Path], list[Path]]:
    """The files that differ from what the contracts say, and those that no contract makes any more."""
    stale = [p for p, text in files.items() if not p.exists() or p.read_text("utf-8") != text]
    there = {path for folder in folders(root)[:2] for path in folder.glob("*.json")}
    return sorted(stale), sorted(there - set(files))


def write(root: Path) -> int:
    """Write what is stale, remove what is left over; 1 when what is written breaks a reader of the last release."""
    files = generated(root)
    stale, left = _stale(files, root)
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[path], "utf-8")
    for path in left:
        path.unlink()
    return int(refusals(root))


def check(root: Path) -> int:
    """1 when a generated file differs, or when a contract breaks a reader of the last release."""
    stale, left = _stale(generated(root), root)
    for path in sorted({*stale, *left}):
        print(
            f"{path.relative_to(root)} is not what the contracts say: run `make contracts`",
            file=sys.stderr,
        )
    broken = refusals(root)
    return 1 if stale or left or broken else 0


def refusals(root: Path) -> bool:
    """Whether the contracts break a reader of the last release; each way is named on standard error."""
    found = compatibility.breaks(released.last(folders(root)[2]), schemas(root))
    for one in found:
        print(f"breaks its readers: {one}", file=sys.stderr)
    if found:
        print(
            "Grow instead (a new field with a default), or publish `service.Event.v2` beside it: docs/guides/subscribe.md",
            file=sys.stderr,
        )
    return bool(found)


def release(root: Path) -> int:
    """A new released set, if anything has grown since the last; never one that breaks a reader."""
    if refusals(root):
        return 1
    folder = folders(root)[2]
    now, before = schemas(root), released.last(folder)
    if before.keys() == now.keys() and all(
        compatibility.same(before[topic], now[topic]) for topic in now
    ):
        print("nothing has changed since the last release")
        return 0
    texts = {topic: catalogue.text_of(schema) for topic, schema in now.items()}
    print(f"released as {released.add(folder, texts).relative_to(root)}")
    return 0


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Write, check or release; 1 when the check or the release is refused."""
    commands = {"write": write, "check": check, "release": release}
    if len(arguments) != 1 or arguments[0] not in commands:
        print(USAGE, file=sys.stderr)
        return 2
    if not (root / "libs/contracts").is_dir():
        print("this is for Tongheng's repository, not for an installed package", file=sys.stderr)
        return 2
    return commands[arguments[0]](root)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
