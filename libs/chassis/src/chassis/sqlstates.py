"""What PostgreSQL's refusals mean to a caller: the one table from SQLSTATE to answer."""

from __future__ import annotations

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from .errors import (
    BusinessError,
    DependencyUnavailable,
    Duplicate,
    OutOfScope,
    UnknownReference,
    ValidationFailed,
)

_ANSWERS: dict[str, type[BusinessError]] = {
    "22021": ValidationFailed,  # character not in repertoire
    "22P05": ValidationFailed,  # untranslatable character
    "22003": ValidationFailed,  # numeric value out of range
    "22001": ValidationFailed,  # string too long
    "22007": ValidationFailed,  # invalid datetime
    "22008": ValidationFailed,  # datetime out of range
    "22P02": ValidationFailed,  # invalid text representation
    "22000": ValidationFailed,  # a value that the driver cannot encode
    "23514": ValidationFailed,  # check constraint
    "23503": UnknownReference,
    "23505": Duplicate,
    "23P01": Duplicate,  # exclusion constraint
    "40001": DependencyUnavailable,  # after the retries
    "40P01": DependencyUnavailable,
    "55P03": DependencyUnavailable,  # lock timeout
    "57014": DependencyUnavailable,  # statement timeout
    "25P03": DependencyUnavailable,  # idle in transaction
    "25006": DependencyUnavailable,  # read-only: a standby after failover
    "53100": DependencyUnavailable,  # disk full
    "53200": DependencyUnavailable,
    "53300": DependencyUnavailable,  # too many connections
    "53400": DependencyUnavailable,
}


def sqlstate_of(error: BaseException) -> str | None:
    """PostgreSQL's five characters, whichever layer wrapped them."""
    seen: BaseException | None = error
    for _ in range(6):
        if seen is None:
            return None
        state = getattr(seen, "sqlstate", None) or getattr(seen, "pgcode", None)
        if isinstance(state, str) and len(state) == 5:
            return state
        seen = getattr(seen, "orig", None) or seen.__cause__
    return None


def constraint_of(error: BaseException) -> str | None:
    """The name of the constraint that refused, if one did."""
    seen: BaseException | None = error
    for _ in range(6):
        if seen is None:
            return None
        name = getattr(seen, "constraint_name", None)
        if isinstance(name, str) and name:
            return name
        seen = getattr(seen, "orig", None) or seen.__cause__
    return None


def is_retryable(error: BaseException) -> bool:
    """Whether the same work may well succeed right now: serialization failure or deadlock."""
    return sqlstate_of(error) in ("40001", "40P01")


def is_connection_error(error: BaseException) -> bool:
    """Whether the connection, not the statement, was the trouble."""
    state = sqlstate_of(error)
    if state is not None:
        return state.startswith("08") or state in ("57P01", "57P02", "57P03")
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or isinstance(error, InterfaceError)
    return isinstance(error, (OSError, TimeoutError, PoolTimeout, asyncpg.InterfaceError))


def is_outcome_unknown(error: BaseException) -> bool:
    """Whether an error at COMMIT leaves open what happened: all that PostgreSQL did not answer itself."""
    return sqlstate_of(error) is None or is_connection_error(error)


def business_error_of(error: BaseException) -> BusinessError | None:
    """The answer to a database error that reached the edge; None for what is our mistake."""
    state = sqlstate_of(error)
    if is_connection_error(error):
        return DependencyUnavailable()
    if state == "42501":
        return OutOfScope() if "row-level security" in str(error) else None
    kind = _ANSWERS.get(state) if state is not None else None
    return kind() if kind is not None else None
