"""Engines, sessions and their limits. A transaction belongs to the edge: a request or a batch."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine

from chassis import telemetry
from chassis.context import Context
from chassis.errors import OutcomeUnknown

NAMING = {
    "ix": "%(table_name)s_%(column_0_N_name)s",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}

PING_AFTER_SECONDS = 20.0

SCOPE = text(
    "SELECT set_config('tongheng.companies', :companies, true), set_config('tongheng.warehouses', :warehouses, true),"
    " set_config('tongheng.partners', :partners, true), set_config('tongheng.owner', :owner, true),"
    " set_config('tongheng.subject', :subject, true), set_config('tongheng.access', :access, true)"
)
"""What row-level security asks for, in one round trip."""


def service_metadata() -> MetaData:
    """A service's own metadata: two services in one process share nothing."""
    return MetaData(naming_convention=NAMING)


def _scope_of(context: Context, *, access: str) -> dict[str, str]:
    return {
        "companies": _listed(context.companies),
        "warehouses": _listed(context.warehouses),
        "partners": _listed(context.partners),
        "owner": context.actor if context.own else "*",
        "subject": context.actor,
        "access": access,
    }


def _listed(codes: frozenset[str] | None) -> str:
    return "*" if codes is None else ",".join(sorted(codes))


class Database:
    """One role's way into the service's database.

    `on_emit` is called after a commit that put events into the outbox, so that the relay need not wait for its next look.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 10,
        pool_overflow: int = 5,
        statement_timeout_ms: int = 15_000,
        lock_timeout_ms: int = 2_000,
        application: str = "tongheng",
    ) -> None:
        self.on_emit: Callable[[], None] = lambda: None
        self._connection: AsyncConnection | None = None
        self._role = ""
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_overflow,
            pool_timeout=3,
            pool_pre_ping=True,
            pool_recycle=1800,
            hide_parameters=True,
            connect_args={
                "timeout": 5,
                "server_settings": {
                    "application_name": application,
                    "statement_timeout": str(statement_timeout_ms),
                    "lock_timeout": str(lock_timeout_ms),
                    "idle_in_transaction_session_timeout": "30000",
                    # A client that vanished gives its locks back – the relay's for one – in a minute, not in two hours.
                    "tcp_keepalives_idle": "30",
                    "tcp_keepalives_interval": "10",
                    "tcp_keepalives_count": "3",
                    "jit": "off",
                    "timezone": "UTC",
                },
            },
        )
        telemetry.instrument_database(self.engine)
        dialect: Any = self.engine.sync_engine.dialect
        dialect.do_ping = _ping(dialect.do_ping)

    @classmethod
    def on_connection(cls, connection: AsyncConnection, role: str) -> Database:
        """A database for tests: every transaction is a savepoint of the connection's own, under `role`."""
        database = cls.__new__(cls)
        database.on_emit = lambda: None
        database.engine = connection.engine
        database._connection = connection
        database._role = role
        return database

    def session(self) -> AsyncSession:
        """A session that nobody has begun yet."""
        if self._connection is not None:
            return AsyncSession(
                self._connection, join_transaction_mode="create_savepoint", expire_on_commit=False
            )
        return AsyncSession(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self, context: Context) -> AsyncGenerator[AsyncSession]:
        """A read-write transaction in a caller's scope; commits when the block ends well.

        Raises:
            OutcomeUnknown: the connection broke while committing: it may or may not be done.
        """
        async with self.session() as session:
            session.info["context"] = context
            before = await self._role_of_connection()
            await self._begin(session, context, access="write")
            yield session
            try:
                await session.commit()
            except Exception as error:
                if _connection_lost(error):
                    raise OutcomeUnknown from error
                raise
            if self._connection is not None:
                # A released savepoint leaves its role to the transaction around it, another's in a test.
                await self._connection.execute(text(f"SET LOCAL ROLE {before}"))
            if session.info.get("emitted"):
                self.on_emit()

    async def _role_of_connection(self) -> str:
        if self._connection is None:
            return ""
        return str(
            (await self._connection.execute(text("SELECT quote_ident(current_user)"))).scalar_one()
        )

    @asynccontextmanager
    async def read(self, context: Context) -> AsyncGenerator[AsyncSession]:
        """A transaction for reading; never commits."""
        async with self.session() as session:
            session.info["context"] = context
            await self._begin(session, context, access="read")
            yield session
            await session.rollback()

    async def _begin(self, session: AsyncSession, context: Context, *, access: str) -> None:
        if self._connection is not None:
            await session.execute(text(f"SET LOCAL ROLE {self._role}"))
        await session.execute(SCOPE, _scope_of(context, access=access))

    async def close(self) -> None:
        """End all connections."""
        if self._connection is None:
            await self.engine.dispose()


def _ping(real: Callable[[Any], bool]) -> Callable[[Any], bool]:
    # asyncpg's ping is three round trips; one that was used a moment ago is asked only whether it is open.
    used: WeakKeyDictionary[Any, float] = WeakKeyDictionary()

    def ping(connection: Any) -> bool:
        driver = connection.driver_connection
        now = time.monotonic()
        fresh = now - used.get(driver, 0.0) < PING_AFTER_SECONDS
        used[driver] = now
        return not driver.is_closed() if fresh else real(connection)

    return ping


def _connection_lost(error: BaseException) -> bool:
    from sqlalchemy.exc import DBAPIError

    return (isinstance(error, DBAPIError) and error.connection_invalidated) or isinstance(
        error, ConnectionError | OSError
    )
