"""Time-based codes, as the standard's own examples have them."""

import base64

import pytest

from identity.factors import rules

SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("now", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_are_those_of_rfc_6238(now: int, code: str) -> None:
    assert rules.code_at(SECRET, rules.step_of(now)) == code


def test_a_clock_may_be_off_by_one_step_and_no_more() -> None:
    step = 1000
    now = step * 30 + 15

    taken = [
        rules.matching_step(SECRET, rules.code_at(SECRET, step + off), now=now, after=0)
        for off in (-2, -1, 0, 1, 2)
    ]

    assert taken == [None, 999, 1000, 1001, None]


def test_a_step_that_was_used_or_passed_is_refused() -> None:
    code = rules.code_at(SECRET, 1000)

    assert rules.matching_step(SECRET, code, now=30_010, after=999) == 1000
    assert rules.matching_step(SECRET, code, now=30_010, after=1000) is None


@pytest.mark.parametrize("given", ["", "12345", "1234567", "１２３４５６", "abcdef", "-12345"])
def test_what_is_no_code_is_refused(given: str) -> None:
    assert rules.matching_step(SECRET, given, now=59, after=0) is None


def test_recovery_codes_are_many_bits_and_forgive_how_they_are_typed() -> None:
    codes = rules.new_recovery_codes()

    assert len(set(codes)) == 10
    assert rules.recovery_hash(codes[0]) == rules.recovery_hash(codes[0].lower().replace("-", " "))
    assert rules.recovery_hash("123456") is None


def test_a_device_reads_the_key_from_the_address() -> None:
    uri = rules.otpauth_uri(SECRET, account="li.na@示例")

    assert uri.startswith("otpauth://totp/Tongheng:li.na%40")
    assert f"secret={base64.b32encode(SECRET).decode()}" in uri
