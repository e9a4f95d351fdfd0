"""When two codes are the same."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import InvalidState
from masterdata.records.rules import (
    RECORD_LIFECYCLE,
    RecordStatus,
    UnusableCode,
    code_key,
    id_of,
    search_key,
)

TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30)


@pytest.mark.parametrize(
    "same", ["bolt-m8", "ＢＯＬＴ－Ｍ８", "Bolt-M8", "BOLT\u200b-M8", "BOLT-M\u00ad8"]
)
def test_width_case_and_invisible_characters_make_no_difference(same: str) -> None:
    assert code_key(same) == code_key("BOLT-M8")


def test_other_codes_are_other_codes() -> None:
    assert len({code_key(code) for code in ("BOLT-M8", "BOLT M8", "BOLTM8", "螺栓M8")}) == 4


@given(TEXT)
def test_key_of_a_key_is_the_key(code: str) -> None:
    assert search_key(search_key(code)) == search_key(code)


@given(TEXT)
def test_upper_and_compatible_forms_have_one_key(code: str) -> None:
    assert search_key(unicodedata.normalize("NFKC", code)) == search_key(code)
    assert search_key(code.casefold()) == search_key(code)


@pytest.mark.parametrize("code", ["\u200b", ".", "..", "0190a5d0-0000-7000-8000-000000000000"])
def test_codes_that_mean_something_else_are_refused(code: str) -> None:
    with pytest.raises(UnusableCode):
        code_key(code)


def test_id_is_known_by_its_form() -> None:
    assert id_of("0190a5d0-0000-7000-8000-000000000000") is not None
    assert id_of("0190a5d000007000800000000000000000") is None
    assert id_of("BOLT-M8") is None


def test_record_is_switched_off_once() -> None:
    off = RECORD_LIFECYCLE.advance(RecordStatus.ACTIVE, RecordStatus.INACTIVE)

    with pytest.raises(InvalidState):
        RECORD_LIFECYCLE.advance(off, RecordStatus.INACTIVE)
