"""Rotation."""

from datetime import UTC, datetime, timedelta

import pytest

from identity.keys.rules import KeyLife, RotationTooSoon, honoured_until, live, signing

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_the_old_key_is_honoured_until_its_tokens_have_ended() -> None:
    signing = KeyLife("a", NOW - timedelta(days=30), None)

    assert honoured_until([signing], NOW, revoke=False) == NOW + timedelta(minutes=16)


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


def test_a_new_key_is_shown_before_it_signs() -> None:
    old = KeyLife("a", NOW - timedelta(days=1), NOW + timedelta(minutes=16))
    new = KeyLife("b", NOW, None)

    assert signing([old, new], NOW + timedelta(seconds=9)) == old
    assert signing([old, new], NOW + timedelta(seconds=10)) == new


def test_the_only_key_signs_at_once() -> None:
    revoked = KeyLife("a", NOW - timedelta(days=1), NOW)
    new = KeyLife("b", NOW, None)

    assert signing([revoked, new], NOW) == new
    assert signing([], NOW) is None
