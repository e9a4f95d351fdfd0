"""One way to compile: machine code kept on disk, no lock of the interpreter while it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile on first use and keep the result; numba's own types say nothing, so the plain ones stay."""
    compile_ = numba.njit(cache=True, nogil=True, error_model="numpy")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return cast("Function", compile_(function))


def inlined(function: Function) -> Function:
    """Compile into its callers: passing a state of sixteen arrays costs more than the work of one order."""
    compile_ = numba.njit(cache=True, nogil=True, error_model="numpy", forceinline=True)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return cast("Function", compile_(function))
