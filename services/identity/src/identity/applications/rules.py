"""Where an application may be sent back to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

CONSOLE = "console"


@dataclass(frozen=True, slots=True)
class Application:
    """A registered public client. An address that begins with a slash is at our own origin."""

    client_id: str
    name: str
    name_en: str
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]


_DEVELOPMENT = ("http://127.0.0.1:5173", "http://localhost:5173")

READY_MADE: tuple[Application, ...] = (
    Application(
        CONSOLE, "控制台", "Console",
        ("/console/callback", *(f"{origin}/console/callback" for origin in _DEVELOPMENT)),
        ("/console/", *(f"{origin}/console/" for origin in _DEVELOPMENT)),
    ),
)  # fmt: skip


def allows(registered: Sequence[str], given: str, *, base: str) -> bool:
    """Whether an address is one of those registered, to the letter.

    An address without encryption counts only while our own has none: in production, nobody on a person's machine gets
    his code.
    """
    if urlsplit(given).scheme != "https" and base.startswith("https:"):
        return False
    return given in {f"{base}{each}" if each.startswith("/") else each for each in registered}
