"""Which rates a tax code may have."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from chassis.errors import ValidationFailed

TaxKind = Literal["vat", "exempt"]


class ImpossibleRate(ValidationFailed):
    """A rate that no tax of this kind has."""

    en = "A tax rate lies between 0 and 1 (0.13 for 13 %), and what is exempt has 0."
    zh = "税率应在 0 与 1 之间（13% 写作 0.13），免税的税率为 0。"


def check_rate(rate: Decimal, *, kind: str) -> None:
    """Refuse 13 where 0.13 is meant."""
    if not 0 <= rate <= 1 or (kind == "exempt" and rate != 0):
        raise ImpossibleRate(field="/rate")
