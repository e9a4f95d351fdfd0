"""Names and passwords."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.users.rules import WeakPassword, check_password, folded


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "1234567",
        "aaaaaaaaaaaa",
        "12345678",
        "PASSWORD",
        "x" * 300,
        "abababababab",
        "Tongheng",
    ],
)
def test_weak_passwords_are_refused(password: str) -> None:
    with pytest.raises(WeakPassword) as refused:
        check_password(password, username="li.na")

    assert password not in refused.value.detail("en") + refused.value.detail("zh")


def test_the_username_is_no_password() -> None:
    with pytest.raises(WeakPassword):
        check_password("LI.NA.SHANGHAI", username="li.na.shanghai")


def test_a_phrase_is_taken_in_any_language() -> None:
    assert check_password("今天天气非常不错", username="li.na") == "今天天气非常不错"


@given(st.text(max_size=20))
def test_folding_is_final(name: str) -> None:
    assert folded(folded(name)) == folded(name)


def test_width_and_case_do_not_matter() -> None:
    assert folded("ＬＩ.na") == folded("li.NA")
