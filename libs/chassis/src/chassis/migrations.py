"""Migrations: one alembic tree per service; a revision's id is the number in its file's name."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from alembic import command, context
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.database import Database


def head(directory: Path) -> str:
    """The newest revision of a service: 0007 of `migrations/versions/0007_transfers.py`."""
    names = [path.name for path in (directory / "migrations" / "versions").glob("[0-9]*.py")]
    found = [match.group(1) for name in names if (match := re.match(r"(\d{4})_", name))]
    assert found, f"{directory} has no migrations"
    return max(found)


async def current(database: Database) -> str:
    """The revision that the database is at; empty when nothing was migrated yet."""
    async with database.engine.connect() as connection:
        if await connection.scalar(text("SELECT to_regclass('public.alembic_version')")) is None:
            return ""
        return str(await connection.scalar(text("SELECT version_num FROM alembic_version")) or "")


def upgrade(directory: Path, owner_url: str, revision: str = "head") -> None:
    """Bring a database to a revision, as its owner. Call it outside of an event loop."""
    config = Config()
    config.set_main_option("script_location", str(directory / "migrations"))
    config.attributes["url"] = owner_url
    command.upgrade(config, revision)


def run_env() -> None:
    """What each service's `migrations/env.py` calls."""
    url = context.config.attributes.get("url") or context.config.get_main_option("sqlalchemy.url")
    assert url, "which database? Give its owner's URL, as `python -m <service> migrate` does"
    asyncio.run(_migrate(str(url)))


def _run(connection: Connection) -> None:
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


async def _migrate(url: str) -> None:
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        await connection.execute(text("GRANT USAGE ON SCHEMA public TO CURRENT_USER"))
        await connection.commit()
        await connection.run_sync(_run)
        owner = str(await connection.scalar(text("SELECT current_user")))
        service = owner.removesuffix("_owner")
        # Readiness asks which revision the database is at.
        await connection.execute(
            text(f"GRANT SELECT ON alembic_version TO {service}_api, {service}_worker")
        )
        await connection.commit()
    await engine.dispose()
