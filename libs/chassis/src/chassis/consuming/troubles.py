"""Errors sorted in one place: what passes by itself, and what a person has to look at."""

from __future__ import annotations

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from chassis.consuming.decoder import plain
from chassis.errors import OutcomeUnknown, TransientError
from chassis.sqlstates import sqlstate_of

TRANSIENT_SQLSTATES = ("08", "25P03", "25P04", "40", "53", "57", "55P03")


def is_transient(error: BaseException) -> bool:
    """Whether trying the same again may help: connections, deadlocks, serialisation, timeouts."""
    if isinstance(
        error,
        TransientError | OutcomeUnknown | ConnectionError | TimeoutError | PoolTimeout | OSError,
    ):
        return True
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    if isinstance(error, InterfaceError | asyncpg.InterfaceError):
        # The connection's trouble passes; too many arguments of a statement are so at every attempt.
        return "argument" not in str(error)
    if _plan_is_old(error):
        return True
    # Whoever ran the statement: SQLAlchemy wraps the driver's error, a `Statement` does not.
    return (sqlstate_of(error) or "").startswith(TRANSIENT_SQLSTATES)


def _plan_is_old(error: BaseException) -> bool:
    # After a migration beside the running worker: the next attempt prepares its statements anew.
    old = (asyncpg.InvalidCachedStatementError, asyncpg.OutdatedSchemaCacheError)
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, old):
            return True
        seen = getattr(seen, "orig", None) or seen.__cause__
    return False


def ran_out_of_time(error: BaseException) -> bool:
    return isinstance(error, TimeoutError) or sqlstate_of(error) == "57014"


def reason_of(error: BaseException) -> str:
    """What a person needs to know of an error: no statement, no parameters."""
    found = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return plain(str(found)).strip()[:2000] or name_of(error)


def name_of(error: BaseException) -> str:
    """The kind of an error, for logs."""
    return type(error).__name__
