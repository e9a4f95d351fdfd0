"""The pages of docs/: every link between them, and to files of the repository, leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from operations.services import repository

LINK = re.compile(r"\]\((?!https?://|mailto:)([^)#\s]+)(?:#[^)\s]*)?\)")


def pages() -> list[Path]:
    return [*sorted((repository() / "docs").rglob("*.md")), repository() / "README.md"]


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_link_of_a_page_leads_to_a_file(page: Path) -> None:
    linked = LINK.findall(page.read_text("utf-8"))

    assert [each for each in linked if not (page.parent / each).exists()] == []
