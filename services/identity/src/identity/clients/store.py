"""How clients and their secrets are read, locked and written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from identity.clients.rules import Assertion, ClientKey, ClientRow, SecretRow
from identity.clients.tables import client_assertions, client_keys, client_secrets, clients


def query() -> Select[
    tuple[
        UUID, str, str, bool, list[str], list[str], int, datetime, list[str], list[str], bool, int
    ]
]:
    """All clients within the scope, for a list."""
    return select(
        clients.c.id, clients.c.client_id, clients.c.name, clients.c.active,
        clients.c.roles, clients.c.companies, clients.c.version, clients.c.recorded_at,
        clients.c.warehouses, clients.c.partners, clients.c.own,
        clients.c.requests_per_second,
    )  # fmt: skip


async def find(session: AsyncSession, reference: str, *, lock: bool = False) -> ClientRow | None:
    """The client with this id or client_id."""
    try:
        condition = clients.c.id == UUID(reference)
    except ValueError:
        condition = clients.c.client_id == reference
    statement = query().where(condition)
    row = (
        (await session.execute(statement.with_for_update() if lock else statement))
        .tuples()
        .one_or_none()
    )
    return ClientRow(*row) if row is not None else None


async def add(session: AsyncSession, client: ClientRow) -> None:
    """Keep a new client."""
    await session.execute(
        insert(clients).values(
            id=client.id, client_id=client.client_id, name=client.name, active=client.active,
            roles=client.roles, companies=client.companies, version=client.version,
            warehouses=client.warehouses, partners=client.partners, own=client.own,
            requests_per_second=client.requests_per_second,
        )
    )  # fmt: skip


async def change(session: AsyncSession, client: UUID, values: Mapping[str, object]) -> None:
    """Write the new values of a client that is locked."""
    await session.execute(update(clients).where(clients.c.id == client).values(**values))


async def secrets(session: AsyncSession, client: UUID) -> list[SecretRow]:
    """Its secrets, oldest first."""
    rows = await session.execute(
        select(client_secrets.c.id, client_secrets.c.recorded_at)
        .where(client_secrets.c.client == client)
        .order_by(client_secrets.c.id)
    )
    return [SecretRow(*row) for row in rows.tuples()]


async def secret_hashes(session: AsyncSession, client: UUID) -> list[bytes]:
    """The hashes of its secrets."""
    return list(
        await session.scalars(
            select(client_secrets.c.hash).where(client_secrets.c.client == client)
        )
    )


async def add_secret(session: AsyncSession, *, id: UUID, client: UUID, hashed: bytes) -> None:
    """Keep the hash of a new secret."""
    await session.execute(insert(client_secrets).values(id=id, client=client, hash=hashed))


async def remove_secret(session: AsyncSession, *, client: UUID, secret: UUID) -> bool:
    """Forget a secret; False if the client has no such one."""
    removed = await session.execute(
        delete(client_secrets)
        .where(client_secrets.c.client == client, client_secrets.c.id == secret)
        .returning(client_secrets.c.id)
    )
    return removed.first() is not None


async def keys(session: AsyncSession, client: UUID) -> list[ClientKey]:
    """Its public keys, oldest first."""
    columns = client_keys.c
    rows = await session.execute(
        select(columns.id, columns.kid, columns.jwk, columns.recorded_at)
        .where(columns.client == client)
        .order_by(columns.id)
    )
    return [ClientKey(*row) for row in rows.tuples()]


async def add_key(
    session: AsyncSession, *, id: UUID, client: UUID, kid: str, jwk: Mapping[str, str]
) -> None:
    """Keep a new public key."""
    await session.execute(insert(client_keys).values(id=id, client=client, kid=kid, jwk=dict(jwk)))


async def remove_key(session: AsyncSession, *, client: UUID, key: UUID) -> bool:
    """Forget a public key; False if the client has no such one."""
    removed = await session.execute(
        delete(client_keys)
        .where(client_keys.c.client == client, client_keys.c.id == key)
        .returning(client_keys.c.id)
    )
    return removed.first() is not None


async def take_assertion(session: AsyncSession, client: UUID, assertion: Assertion) -> bool:
    """Note that a statement was taken; False if it was before."""
    taken = await session.execute(
        upsert(client_assertions)
        .values(
            client=client,
            jti=assertion.token_id,
            expires_at=func.to_timestamp(assertion.expires_at),
        )
        .on_conflict_do_nothing()
        .returning(client_assertions.c.jti)
    )
    return taken.first() is not None


async def remove_old_assertions(session: AsyncSession) -> None:
    """Forget statements that have expired: they are refused by their own words."""
    await session.execute(
        delete(client_assertions).where(
            client_assertions.c.expires_at < func.now() - timedelta(minutes=10)
        )
    )


async def active(session: AsyncSession) -> list[ClientRow]:
    """Those that are let in, within the scope."""
    rows = await session.execute(
        query().where(clients.c.active, clients.c.roles != []).order_by(clients.c.client_id)
    )
    return [ClientRow(*row) for row in rows.tuples()]
