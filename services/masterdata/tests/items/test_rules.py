"""What an item must fulfil."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import ValidationFailed
from masterdata.items.rules import (
    IN_STORE_MAX,
    BaseUnitConverted,
    SerialNeedsPieces,
    UnitTwice,
    WrongBarcode,
    check_barcode,
    check_digit,
    check_quantities,
    check_tracking,
    check_units,
    in_store_barcode,
)


@pytest.mark.parametrize("barcode", ["4006381333931", "9780201379624", "6901234567892"])
def test_check_digit_is_that_of_known_barcodes(barcode: str) -> None:
    assert check_digit(barcode[:12]) == int(barcode[12])
    check_barcode(barcode)


@given(st.integers(0, IN_STORE_MAX))
def test_generated_barcode_is_a_valid_in_store_ean13(number: int) -> None:
    barcode = in_store_barcode(number)

    check_barcode(barcode)
    assert (len(barcode), barcode[:2], int(barcode[2:12])) == (13, "20", number)


@given(st.integers(0, 10**12 - 1), st.integers(0, 12), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(number: int, place: int, shift: int) -> None:
    digits = f"{number:012d}"
    barcode = f"{digits}{check_digit(digits)}"
    wrong = barcode[:place] + str((int(barcode[place]) + shift) % 10) + barcode[place + 1 :]

    with pytest.raises(WrongBarcode):
        check_barcode(wrong)


def test_other_barcodes_are_free() -> None:
    check_barcode("")
    check_barcode("AB-12")
    check_barcode("12345678")


def test_base_unit_and_repeated_units_need_no_conversion() -> None:
    check_units("PCS", ["BOX", "CTN"])

    with pytest.raises(BaseUnitConverted):
        check_units("PCS", ["BOX", "PCS"])
    with pytest.raises(UnitTwice):
        check_units("PCS", ["BOX", "BOX"])


def test_half_a_piece_is_refused_and_named() -> None:
    check_quantities(0, {"safety_stock": Decimal("2.000"), "reorder_point": None})
    check_quantities(3, {"safety_stock": Decimal("0.125")})

    with pytest.raises(ValidationFailed) as refusal:
        check_quantities(0, {"safety_stock": Decimal("0.5"), "reorder_point": Decimal(3)})
    assert [error.pointer for error in refusal.value.errors] == ["/safety_stock"]


def test_serial_numbers_need_whole_pieces() -> None:
    check_tracking("serial", 0)
    check_tracking("lot", 3)

    with pytest.raises(SerialNeedsPieces):
        check_tracking("serial", 1)
