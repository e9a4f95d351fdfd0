"""The sets of schemas that were released: what readers out there were built on."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def sets(folder: Path) -> list[Path]:
    """Every released set, oldest first: v0, v1, …"""
    numbered = [path for path in folder.glob("v*") if re.fullmatch(r"v\d+", path.name)]
    return sorted(numbered, key=lambda path: int(path.name[1:]))


def last(folder: Path) -> dict[str, dict[str, Any]]:
    """The schemas of the last released set by topic; empty before the first release."""
    found = sets(folder)
    if not found:
        return {}
    return {
        path.stem: json.loads(path.read_text("utf-8")) for path in sorted(found[-1].glob("*.json"))
    }


def add(folder: Path, texts: Mapping[str, str]) -> Path:
    """Release a set: the texts of the schemas by topic. A released set is never changed."""
    found = sets(folder)
    place = folder / f"v{int(found[-1].name[1:]) + 1 if found else 0}"
    place.mkdir(parents=True)
    for topic, text in texts.items():
        (place / f"{topic}.json").write_text(text, "utf-8")
    return place
