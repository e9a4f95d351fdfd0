"""How ageing is shown, of customers and of suppliers alike."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pydantic import BaseModel

from tongheng_contracts.values import Amount

from .rules import Ageing


class AgeingView(BaseModel):
    """What is open with a partner, by how long it is overdue."""

    partner: str
    not_due: Amount
    days_1_30: Amount
    days_31_60: Amount
    days_61_90: Amount
    over_90: Amount
    total: Amount


class Ageings(BaseModel):
    """Ageing of all partners of a company."""

    company: str
    as_of: date
    items: list[AgeingView]

    @classmethod
    def of(cls, company: str, as_of: date, found: Mapping[str, Ageing]) -> Ageings:
        """The answer to a question for it."""
        return cls(
            company=company,
            as_of=as_of,
            items=[
                AgeingView(
                    partner=partner, not_due=one.not_due, days_1_30=one.days_1_30, days_31_60=one.days_31_60,
                    days_61_90=one.days_61_90, over_90=one.over_90, total=one.total,
                )
                for partner, one in found.items()
            ],
        )  # fmt: skip
