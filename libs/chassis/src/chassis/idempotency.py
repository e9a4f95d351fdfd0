"""The first answer to each Idempotency-Key, kept in the transaction of the effect."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from sqlalchemy import (
    Column,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    and_,
    bindparam,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from .errors import (
    IdempotencyInProgress,
    IdempotencyKeyMalformed,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
)

_KEPT_HEADERS = ("content-type", "location", "etag", "content-language")
_KEY = re.compile(r"[\x20-\x7e]{1,255}")

_metadata = MetaData()

keys = Table(
    "idempotency_keys",
    _metadata,
    Column("client", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("method", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("body_hash", LargeBinary, nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("recorded_at", DateTime(timezone=True), server_default=func.now()),
)

# One statement takes the lock and reads the row. Its snapshot may be older than the lock: the holder may have
# committed in between. Then the row is missed here, and `store` finds it and has the command start again.
_one = select(literal(1).label("one")).subquery("one")
_CLAIM = select(
    func.pg_try_advisory_xact_lock(func.hashtextextended(bindparam("lock", type_=Text), 0)).label("locked"),
    keys.c.method,
    keys.c.path,
    keys.c.body_hash,
    keys.c.status,
    keys.c.headers,
    keys.c.body,
).select_from(
    _one.outerjoin(
        keys,
        and_(keys.c.client == bindparam("client", type_=Text), keys.c.key == bindparam("key", type_=Text)),
    )
)
_STORE = insert(keys).on_conflict_do_nothing()


@dataclass(frozen=True, slots=True)
class Claim:
    """One command, by its key and what it asks for."""

    client: str
    key: str
    method: str
    path: str
    body_hash: bytes


class ClaimedMeanwhile(Exception):
    """Another request with this key committed after our snapshot: start again, and replay its answer."""


def claim_of(*, client: str, key: str | None, method: str, path: str, body: bytes, required: bool) -> Claim | None:
    """The claim that a request makes; None where a key is not needed and not given."""
    if key is None:
        if required:
            raise IdempotencyKeyMissing()
        return None
    if _KEY.fullmatch(key) is None or key != key.strip():
        raise IdempotencyKeyMalformed()
    return Claim(client=client, key=key, method=method, path=path, body_hash=hashlib.sha256(body).digest())


async def claim(session: AsyncSession, wanted: Claim) -> Response | None:
    """None if the command is to be run now; the first answer if it was given before."""
    row = (
        await session.execute(
            _CLAIM,
            {"lock": f"{wanted.client}\x1f{wanted.key}", "client": wanted.client, "key": wanted.key},
        )
    ).one()
    if row.body_hash is None:
        if not row.locked:
            raise IdempotencyInProgress(headers={"Retry-After": "1"})
        return None
    if (row.method, row.path, bytes(row.body_hash)) != (wanted.method, wanted.path, wanted.body_hash):
        raise IdempotencyKeyReused()
    return Response(
        content=bytes(row.body),
        status_code=row.status,
        headers={**row.headers, "Idempotency-Replayed": "true"},
    )


async def store(session: AsyncSession, wanted: Claim, response: Response) -> None:
    """Keep the answer with the effect."""
    result = await session.execute(
        _STORE,
        {
            "client": wanted.client,
            "key": wanted.key,
            "method": wanted.method,
            "path": wanted.path,
            "body_hash": wanted.body_hash,
            "status": response.status_code,
            "headers": {name: value for name in _KEPT_HEADERS if (value := response.headers.get(name)) is not None},
            "body": bytes(response.body),
        },
    )
    if getattr(result, "rowcount", 1) == 0:
        raise ClaimedMeanwhile
