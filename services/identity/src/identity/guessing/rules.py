"""How many wrong passwords a minute are looked at, and for what they are counted."""

from __future__ import annotations

import hashlib
from typing import ClassVar

from chassis.errors import TooManyRequests
from identity.users.rules import folded

WINDOW_SECONDS = 60


class TooManyWrongPasswords(TooManyRequests):
    """Somebody is guessing."""

    code = "too-many-wrong-passwords"
    en = "Too many wrong passwords; wait a little."
    zh = "密码错误次数过多，请稍后再试。"
    error: ClassVar[str] = "temporarily_unavailable"


def limits(username: str, address: str, *, narrow: int, wide: int) -> dict[bytes, int]:
    """What an attempt is counted for, as hashes, and how many wrong ones each allows within `WINDOW_SECONDS`.

    The name from this address; the name from everywhere; this address for all names.
    """
    name = folded(username)
    return {
        _key("both", name, address): narrow,
        _key("name", name): wide,
        _key("address", address): wide,
    }


def _key(*parts: str) -> bytes:
    # hashed: what is typed as a name may be a password, and is as long as somebody likes
    return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).digest()
