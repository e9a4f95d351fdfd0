"""Rows of lists, by their columns' names."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, RowMapping


def by_name(row: Row[Any]) -> RowMapping:
    """A listed row's columns by name."""
    # SQLAlchemy's public name for it begins with an underscore, so that no column is hidden.
    return row._mapping  # pyright: ignore[reportPrivateUsage]
