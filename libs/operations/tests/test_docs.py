"""The pages of docs/: every link between them, and to files of the repository, leads somewhere."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest

from operations.services import repository

LINK = re.compile(r"\]\((?!https?://|mailto:)([^)#\s]+)(?:#[^)\s]*)?\)")


ANCHORED = re.compile(r"\]\((?!https?://|mailto:)([^)#\s]*)#([^)\s]+)\)")


def anchor(heading: str) -> str:
    """What the site names a heading; it keeps ASCII only."""
    plain = unicodedata.normalize("NFKD", re.sub(r"[`*]|\]\([^)]*\)|\[", "", heading))
    words = re.sub(r"[^\w\s-]", "", plain.encode("ascii", "ignore").decode()).strip().lower()
    return re.sub(r"[-\s]+", "-", words)


def pages() -> list[Path]:
    return [*sorted((repository() / "docs").rglob("*.md")), repository() / "README.md"]


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_link_of_a_page_leads_to_a_file(page: Path) -> None:
    linked = LINK.findall(page.read_text("utf-8"))

    assert [each for each in linked if not (page.parent / each).exists()] == []


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_link_to_a_heading_leads_to_one(page: Path) -> None:
    for file, wanted in ANCHORED.findall(page.read_text("utf-8")):
        there = page.parent / file if file else page
        headings = re.findall(r"^#+ (.+)$", there.read_text("utf-8"), re.MULTILINE)
        assert wanted in map(anchor, headings), f"{file}#{wanted}"
