"""How much one command may carry."""

from __future__ import annotations

from pydantic import BeforeValidator

from chassis.errors import PayloadTooLarge

LINES_MAX = 5_000


def _within(most: int, en: str, zh: str) -> BeforeValidator:
    def check(value: object) -> object:
        if isinstance(value, list) and len(value) > most:  # pyright: ignore[reportUnknownArgumentType]
            raise PayloadTooLarge(limit=(f"{most} {en}", f"{most} {zh}"))
        return value  # pyright: ignore[reportUnknownVariableType]

    return BeforeValidator(check)


FEW_LINES = _within(LINES_MAX, "lines", "行")
"""Marks the lines of a document: more are refused before they are looked at."""
