"""What can be done with signing keys; the ring of those in use."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.context import system_context
from chassis.errors import DependencyUnavailable
from chassis.http import Transactions
from identity.keys import rules, store
from identity.keys.rules import KeyLife, KeyRow

ALGORITHM = "EdDSA"
READ_AGAIN_SECONDS = 5.0
"""Another process may have rotated the keys."""


class Sealing:
    """Encrypts private keys for the database, if a key for that was given."""

    def __init__(self, key: str, *, purpose: str = "signing-keys") -> None:
        assert not key or len(key) >= 32, "a key that seals has 32 characters or more"
        info = f"tongheng.identity.{purpose}".encode()
        derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=info)
        self._cipher = AESGCM(derive.derive(key.encode())) if key else None

    def seal(self, kid: str, private_key: bytes) -> tuple[bytes, bool]:
        """What to keep, and whether it is sealed."""
        if self._cipher is None:
            return private_key, False
        nonce = os.urandom(12)
        return nonce + self._cipher.encrypt(nonce, private_key, kid.encode()), True

    def open(self, row: KeyRow) -> bytes:
        """The private key of a row."""
        return self.open_sealed(row.life.kid, row.private_key, sealed=row.sealed)

    def open_sealed(self, name: str, kept: bytes, *, sealed: bool) -> bytes:
        """What was sealed under this name."""
        if not sealed:
            return kept
        assert self._cipher is not None, "keys are sealed: TONGHENG_KEY_ENCRYPTION_KEY is needed"
        return self._cipher.decrypt(kept[:12], kept[12:], name.encode())


@dataclass(frozen=True, slots=True)
class _Loaded:
    database: Transactions
    kid: str
    private_key: Ed25519PrivateKey
    published: tuple[dict[str, str], ...]
    read_at: float


class KeyRing:
    """The keys in memory, read again every few seconds."""

    def __init__(self, sealing: Sealing) -> None:
        self._sealing = sealing
        self._loaded: _Loaded | None = None
        self._lock = asyncio.Lock()

    async def sign(
        self, database: Transactions, claims: Mapping[str, object], *, kind: str = "at+jwt"
    ) -> str:
        """A token that says these claims: an access token (RFC 9068), or of another kind."""
        loaded = await self._current(database)
        headers = {"typ": kind, "kid": loaded.kid}
        return jwt.encode(dict(claims), loaded.private_key, algorithm=ALGORITHM, headers=headers)

    async def published(self, database: Transactions) -> dict[str, object]:
        """The public keys, as a JWK set."""
        return {"keys": list((await self._current(database)).published)}

    def read_again(self) -> None:
        """Look at the database before the next use."""
        self._loaded = None

    async def _current(self, database: Transactions) -> _Loaded:
        if self._loaded is not None and _is_fresh(self._loaded, database):
            return self._loaded
        async with self._lock:
            loaded = self._loaded
            if loaded is None or not _is_fresh(loaded, database):
                loaded = self._loaded = await self._read(database)
            return loaded

    async def _read(self, database: Transactions) -> _Loaded:
        async with database.read(system_context("keys")) as session:
            rows = {row.life.kid: row for row in await store.unexpired(session)}
            now = await store.now(session)
        lives = [row.life for row in rows.values()]
        signing = rules.signing(lives, now)
        if signing is None:
            raise DependencyUnavailable(retry_after=2)  # the first start has not made it yet
        known = self._loaded
        private = (
            known.private_key
            if known is not None and known.kid == signing.kid and known.database is database
            else Ed25519PrivateKey.from_private_bytes(self._sealing.open(rows[signing.kid]))
        )
        published = tuple(_jwk(rows[life.kid]) for life in rules.live(lives, now))
        return _Loaded(database, signing.kid, private, published, time.monotonic())


def _is_fresh(loaded: _Loaded, database: Transactions) -> bool:
    return loaded.database is database and time.monotonic() - loaded.read_at < READ_AGAIN_SECONDS


async def rotate(session: AsyncSession, sealing: Sealing, *, revoke: bool) -> tuple[KeyLife, ...]:
    """Publish a new key and sign with it as soon as everybody may know it; `revoke` makes all tokens so far worthless
    and signs with it at once.
    """
    await store.lock(session)
    now = await store.now(session)
    before = [row.life for row in await store.unexpired(session)]
    until = rules.honoured_until(before, now, revoke=revoke)

    await store.honour_until(session, until)
    await store.forget_private_halves(
        session, before=until if not revoke else until + rules.SHOWN_FIRST
    )
    kid = await _add(session, sealing)

    after = [row.life for row in await store.unexpired(session)]
    await record(
        session,
        AuditEntry(
            action="identity.key.rotate", document_type="identity.key", document_id=kid, number=kid, company="",
            before={"keys": [key.kid for key in before]}, after={"keys": [key.kid for key in after], "revoke": revoke},
        ),
    )  # fmt: skip
    return rules.live(after, now)


async def forget_private_halves(session: AsyncSession) -> None:
    """Keys that sign no more need no private half."""
    now = await store.now(session)
    await store.forget_private_halves(session, before=now + rules.HONOURED - 6 * rules.SHOWN_FIRST)


async def list_keys(session: AsyncSession) -> tuple[KeyLife, ...]:
    """The keys whose signatures are honoured, the signing one first."""
    return rules.live([row.life for row in await store.unexpired(session)], datetime.now(UTC))


async def seed(session: AsyncSession, sealing: Sealing) -> None:
    """The first key."""
    await store.lock(session)
    if not any(row.life.honoured_until is None for row in await store.unexpired(session)):
        await _add(session, sealing)


async def _add(session: AsyncSession, sealing: Sealing) -> str:
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    kid = _thumbprint(public)
    raw = private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    kept, sealed = sealing.seal(kid, raw)
    await store.add(session, kid=kid, private_key=kept, sealed=sealed, public_key=public)
    return kid


def _jwk(row: KeyRow) -> dict[str, str]:
    return {
        "kty": "OKP", "crv": "Ed25519", "x": _base64(row.public_key),
        "kid": row.life.kid, "use": "sig", "alg": ALGORITHM,
    }  # fmt: skip


def _thumbprint(public: bytes) -> str:
    """RFC 7638: a key's name follows from the key."""
    return _base64(
        hashlib.sha256(f'{{"crv":"Ed25519","kty":"OKP","x":"{_base64(public)}"}}'.encode()).digest()
    )


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
