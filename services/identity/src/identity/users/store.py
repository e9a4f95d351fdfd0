"""How users are read, locked and written. What each caller may see is row-level security's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from identity.users.rules import UserRow, folded
from identity.users.tables import passwords, users

Query = Select[
    tuple[UUID, str, str, bool, list[str], list[str], int, datetime, list[str], list[str], bool]
]


def query() -> Query:
    """All users within the scope, for a list."""
    return select(
        users.c.id, users.c.username, users.c.name, users.c.active,
        users.c.roles, users.c.companies, users.c.version, users.c.recorded_at,
        users.c.warehouses, users.c.partners, users.c.own,
    )  # fmt: skip


def with_role(statement: Query, role: str) -> Query:
    """Those who have this role."""
    return statement.where(users.c.roles.contains([role]))


def with_company(statement: Query, company: str) -> Query:
    """Those who serve this company by name, or all."""
    return statement.where(users.c.companies.overlap([company, "*"]))


async def find(session: AsyncSession, reference: str, *, lock: bool = False) -> UserRow | None:
    """The user with this id or username."""
    try:
        condition = users.c.id == UUID(reference)
    except ValueError:
        condition = users.c.username_folded == folded(reference)
    statement = query().where(condition)
    row = (
        (await session.execute(statement.with_for_update() if lock else statement))
        .tuples()
        .one_or_none()
    )
    return UserRow(*row) if row is not None else None


async def with_password(session: AsyncSession, username: str) -> tuple[UserRow, str | None] | None:
    """The user of this name with the hash of his password; the name is not taken for an id here."""
    statement = (
        query().add_columns(passwords.c.hash)
        .join(passwords, passwords.c.user == users.c.id, isouter=True)
        .where(users.c.username_folded == folded(username))
    )  # fmt: skip
    row = (await session.execute(statement)).tuples().one_or_none()
    return (UserRow(*row[:11]), row[11]) if row is not None else None


async def password_hash(session: AsyncSession, user: UUID) -> str | None:
    """The hash of his password, if he has one."""
    return await session.scalar(select(passwords.c.hash).where(passwords.c.user == user))


async def add(session: AsyncSession, user: UserRow) -> None:
    """Keep a new user."""
    await session.execute(
        insert(users).values(
            id=user.id, username=user.username, username_folded=folded(user.username), name=user.name,
            active=user.active, roles=user.roles, companies=user.companies, version=user.version,
            warehouses=user.warehouses, partners=user.partners, own=user.own,
        )
    )  # fmt: skip


async def change(session: AsyncSession, user: UUID, values: Mapping[str, object]) -> None:
    """Write the new values of a user who is locked."""
    await session.execute(update(users).where(users.c.id == user).values(**values))


async def set_password(session: AsyncSession, user: UUID, hashed: str) -> None:
    """Keep the hash of his new password."""
    statement = upsert(passwords).values(user=user, hash=hashed)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[passwords.c.user],
            set_={"hash": statement.excluded.hash, "changed_at": func.now()},
        )
    )


async def administrators_left(session: AsyncSession, *, role: str, without: UUID) -> bool:
    """Whether somebody else administers all companies and can sign in."""
    statement = (
        select(users.c.id)
        .join(passwords, passwords.c.user == users.c.id)
        .where(
            users.c.active,
            users.c.roles.contains([role]),
            users.c.companies.contains(["*"]),
            users.c.id != without,
        )
        .limit(1)
    )
    return await session.scalar(statement) is not None


async def active(session: AsyncSession) -> list[UserRow]:
    """Those who are let in, within the scope."""
    rows = await session.execute(
        query().where(users.c.active, users.c.roles != []).order_by(users.c.username_folded)
    )
    return [UserRow(*row) for row in rows.tuples()]
