"""Links of the pages to files outside docs/: the file must be there; on the site it is named, for it is not part of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import mkdocs.plugins

log = mkdocs.plugins.get_plugin_logger("links")
ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
_LINK = re.compile(r"\[((?:[^\[\]]|`[^`]*`)*)\]\(((?:\.\./)+[^)#\s]+)(?:#[^)\s]*)?\)")


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Name what lies outside; a warning, which is an error here, where nothing lies there."""
    here = (DOCS / page.file.src_uri).parent

    def named(found: re.Match[str]) -> str:
        target = (here / found[2]).resolve()
        if target == DOCS / "events" / "README.md":
            # On the site the catalogue is its own page.
            return f"[{found[1]}]({found[2].removesuffix('README.md')}index.html)"
        if target.is_relative_to(DOCS):
            return found[0]
        if not target.exists():
            log.warning("%s links to %s, which is not there", page.file.src_uri, found[2])
        return f"{found[1]} (`{target.relative_to(ROOT)}`)"

    return _LINK.sub(named, markdown)
