"""The first answer to each Idempotency-Key, kept in the transaction of the effect."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

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

# One statement takes the lock and reads the row. Its snapshot may be older than the lock: the holder may have
# committed in between. Then the row is missed here. A run that ends well finds it in `store` and starts again; one
# that is refused, perhaps by what the holder did, looks for it with `answered`.
_CLAIM = """
SELECT pg_try_advisory_xact_lock(hashtextextended($1::text || chr(31) || $2::text, 0)) AS locked,
       k.method, k.path, k.body_hash, k.status, k.headers::text AS headers, k.body
FROM (SELECT 1) AS one LEFT JOIN idempotency_keys AS k ON k.client = $1 AND k.key = $2
"""

_ANSWERED = """
SELECT method, path, body_hash, status, headers::text AS headers, body
FROM idempotency_keys WHERE client = $1 AND key = $2
"""

_STORE = """
INSERT INTO idempotency_keys (client, key, method, path, body_hash, status, headers, body)
VALUES ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8)
ON CONFLICT DO NOTHING
"""


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


def claim_of(
    *,
    client: str,
    key: str | None,
    method: str,
    path: str,
    body: bytes,
    required: bool,
    secret: bytes,
) -> Claim | None:
    """The claim that a request makes; None where a key is not needed and not given."""
    if key is None:
        if required:
            raise IdempotencyKeyMissing
        return None
    if _KEY.fullmatch(key) is None or key != key.strip():
        raise IdempotencyKeyMalformed
    # Keyed: a body may hold a password, and a plain hash of one could be guessed from a copy of the table.
    body_hash = hmac.digest(secret, body, "sha256")
    return Claim(client=client, key=key, method=method, path=path, body_hash=body_hash)


async def claim(session: AsyncSession, wanted: Claim) -> Response | None:
    """None if the command is to be run now; the first answer if it was given before."""
    row = await _driver(session).fetchrow(_CLAIM, wanted.client, wanted.key)
    assert row is not None
    if row["body_hash"] is not None:
        return _replay(row, wanted)
    if not row["locked"]:
        raise IdempotencyInProgress(headers={"Retry-After": "1"})
    return None


async def answered(session: AsyncSession, wanted: Claim) -> Response | None:
    """The first answer, if there is one by now; takes no lock."""
    row = await _driver(session).fetchrow(_ANSWERED, wanted.client, wanted.key)
    return _replay(row, wanted) if row is not None else None


def _replay(row: Mapping[str, Any], wanted: Claim) -> Response:
    if (row["method"], row["path"], row["body_hash"]) != (
        wanted.method,
        wanted.path,
        wanted.body_hash,
    ):
        raise IdempotencyKeyReused
    return Response(
        content=bytes(row["body"]),
        status_code=int(row["status"]),
        headers={**json.loads(row["headers"]), "Idempotency-Replayed": "true"},
    )


async def store(session: AsyncSession, wanted: Claim, response: Response) -> None:
    """Keep the answer with the effect."""
    headers = {
        name: value for name in _KEPT_HEADERS if (value := response.headers.get(name)) is not None
    }
    done = await _driver(session).execute(
        _STORE,
        wanted.client,
        wanted.key,
        wanted.method,
        wanted.path,
        wanted.body_hash,
        response.status_code,
        json.dumps(headers),
        bytes(response.body),
    )
    if done == "INSERT 0 0":
        raise ClaimedMeanwhile


class _Driver(Protocol):
    """What is used of asyncpg's connection."""

    async def fetchrow(self, query: str, *args: object) -> Mapping[str, Any] | None: ...

    async def execute(self, query: str, *args: object) -> str: ...


def _driver(session: AsyncSession) -> _Driver:
    """The driver's connection in the session's transaction, which has begun; twice as fast for what every POST does."""
    driver = session.sync_session.connection().connection.driver_connection
    return cast("_Driver", driver)
