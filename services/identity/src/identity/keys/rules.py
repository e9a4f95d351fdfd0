"""Which signing key is used, and how long an old one is still shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.errors import InvalidState

HONOURED = timedelta(minutes=16)
"""The longest life of a token, and the time that the key still signs."""
SHOWN_FIRST = timedelta(seconds=10)
"""A key is published for so long before it signs: whoever verifies tokens asks for unknown keys at most every five
seconds, so a token of a key that is younger could be refused."""
LIVE_MAX = 2


class RotationTooSoon(InvalidState):
    """The key before the last one still has tokens out in the world."""

    en = "The last rotation is less than {minutes} minutes ago, and tokens of the key before it may still be in use."
    zh = "距上次轮换不足 {minutes} 分钟，之前密钥签发的令牌可能仍在使用。"


@dataclass(frozen=True, slots=True)
class KeyLife:
    """When a key began to sign, and until when its signatures are honoured; None while it signs."""

    kid: str
    created_at: datetime
    honoured_until: datetime | None


def live(keys: Sequence[KeyLife], now: datetime) -> tuple[KeyLife, ...]:
    """The keys to publish, the signing one first."""
    shown = [key for key in keys if key.honoured_until is None or key.honoured_until > now]
    return tuple(
        sorted(shown, key=lambda key: (key.honoured_until is None, key.created_at), reverse=True)
    )


def signing(keys: Sequence[KeyLife], now: datetime) -> KeyLife | None:
    """The key to sign with: the newest that everybody may know by now, else the oldest that is honoured."""
    honoured = sorted(live(keys, now), key=lambda key: key.created_at)
    known = [key for key in honoured if key.created_at <= now - SHOWN_FIRST]
    return known[-1] if known else honoured[0] if honoured else None


def honoured_until(keys: Sequence[KeyLife], now: datetime, *, revoke: bool) -> datetime:
    """Until when the keys so far are honoured after a rotation; at most two keys are ever live."""
    if revoke:
        return now
    if len(live(keys, now)) >= LIVE_MAX:
        raise RotationTooSoon(minutes=int(HONOURED.total_seconds() // 60))
    return now + HONOURED


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A signing key as it is kept."""

    life: KeyLife
    private_key: bytes
    sealed: bool
    public_key: bytes
