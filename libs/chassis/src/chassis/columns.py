"""Columns for quantities, amounts and prices, with the bounds that also keep NaN out."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import CheckConstraint, Column, Numeric

QUANTITY = Numeric(21, 6)
AMOUNT = Numeric(18, 2)
PRICE = Numeric(21, 6)


def _column(
    name: str, kind: Numeric[Decimal], *, signed: bool, nullable: bool, default: str | None
) -> Column[Decimal]:
    # NaN sorts above all numbers in PostgreSQL, so the upper bound refuses it.
    low = "-1e15" if signed else "0"
    op = ">" if signed else ">="
    check = CheckConstraint(f"{name} {op} {low} AND {name} < 1e15", name=f"{name}_range")
    return Column(name, kind, check, nullable=nullable, server_default=default)


def quantity(
    name: str, *, signed: bool = False, nullable: bool = False, default: str | None = None
) -> Column[Decimal]:
    """A quantity with six decimals."""
    return _column(name, QUANTITY, signed=signed, nullable=nullable, default=default)


def amount(
    name: str, *, signed: bool = False, nullable: bool = False, default: str | None = None
) -> Column[Decimal]:
    """An amount in cents."""
    return _column(name, AMOUNT, signed=signed, nullable=nullable, default=default)


def price(
    name: str, *, signed: bool = False, nullable: bool = False, default: str | None = None
) -> Column[Decimal]:
    """A price or rate with six decimals."""
    return _column(name, PRICE, signed=signed, nullable=nullable, default=default)
