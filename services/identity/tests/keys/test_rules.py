"""Rotation."""

from datetime import UTC, datetime, timedelta

import pytest

from identity.keys.rules import KeyLife, RotationTooSoon, honoured_until, live

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_the_old_key_is_honoured_until_its_tokens_have_ended() -> None:
    signing = KeyLife("a", NOW - timedelta(days=30), None)

    assert honoured_until([signing], NOW, revoke=False) == NOW + timedelta(minutes=15)


def test_a_third_live_key_is_refused_unless_the_others_are_revoked() -> None:
    old = KeyLife("a", NOW - timedelta(days=30), NOW + timedelta(minutes=5))
    signing = KeyLife("b", NOW - timedelta(minutes=10), None)

    with pytest.raises(RotationTooSoon):
        honoured_until([old, signing], NOW, revoke=False)
    assert honoured_until([old, signing], NOW, revoke=True) == NOW
    assert honoured_until([old, signing], NOW + timedelta(minutes=6), revoke=False) > NOW


def test_the_signing_key_is_named_first_and_ended_ones_not_at_all() -> None:
    ended = KeyLife("a", NOW - timedelta(days=2), NOW - timedelta(days=1))
    old = KeyLife("b", NOW - timedelta(days=1), NOW + timedelta(minutes=5))
    signing = KeyLife("c", NOW, None)

    assert [key.kid for key in live([ended, old, signing], NOW)] == ["c", "b"]
