"""What the hot paths rest on: the driver's own statements, models of trusted values, raw errors told apart."""

from decimal import Decimal

import asyncpg
import pytest

from chassis.consuming import is_transient
from chassis.models import trusted
from chassis.statements import Statement
from tongheng_contracts.sales import SalesOrderLine


def test_names_become_places_each_once_and_casts_stay() -> None:
    statement = Statement("SELECT :b::text, CAST(:a AS int[]), :b WHERE x > :a")

    assert statement.sql == "SELECT $1::text, CAST($2 AS int[]), $1 WHERE x > $2"
    assert statement.names == ["b", "a"]


@pytest.mark.parametrize(
    ("error", "transient"),
    [
        (asyncpg.DeadlockDetectedError("x"), True),
        (asyncpg.SerializationError("x"), True),
        (asyncpg.LockNotAvailableError("x"), True),
        (asyncpg.ConnectionDoesNotExistError("x"), True),
        (asyncpg.InterfaceError("connection is closed"), True),
        (asyncpg.UniqueViolationError("x"), False),
        (asyncpg.CheckViolationError("x"), False),
        (asyncpg.DataError("x"), False),
    ],
)
def test_what_the_driver_raises_is_tried_again_or_parked(error: Exception, transient: bool) -> None:
    assert is_transient(error) is transient


def test_trusted_model_is_told_as_a_validated_one() -> None:
    values = {
        "line": 1, "item": "A", "quantity": Decimal("8E+1"), "unit": "PCS", "warehouse": None,
        "unit_price": Decimal("12.500000"), "amount_net": Decimal(1000), "amount_tax": Decimal("130.00"),
        "amount_gross": Decimal("1130.00"), "tax_code": "VAT13", "tax_rate": Decimal("0.130000"),
        "quantity_cancelled": Decimal(0),
    }  # fmt: skip
    validated = SalesOrderLine(**values)  # pyright: ignore[reportArgumentType]
    made = trusted(SalesOrderLine, values)

    assert made == validated
    assert made.model_dump_json() == validated.model_dump_json()
    assert made.model_dump_json(exclude_unset=True) == validated.model_dump_json()
