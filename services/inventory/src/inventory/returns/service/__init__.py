"""Goods come back from customers at their original cost, and go back to suppliers at the current average."""

from __future__ import annotations

from inventory.returns.service.authorising import keep_authorisations
from inventory.returns.service.inspecting import inspect_return
from inventory.returns.service.reading import find_view, list_returns
from inventory.returns.service.returning import return_goods

__all__ = [
    "find_view",
    "inspect_return",
    "keep_authorisations",
    "list_returns",
    "return_goods",
]
