"""Which names programs get, and how many secrets they may have."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NoReturn, TypeGuard, cast
from uuid import UUID

from chassis.errors import FieldError, InvalidState, ValidationFailed

SECRETS_MAX = 2
REQUESTS_PER_SECOND_MAX = 10_000
CONSOLE = "console"
FIRST_PARTY = "tongheng"
"""The program of a person who signs in and names no other."""

_CLIENT_ID = re.compile(r"[a-z][a-z0-9_-]{2,63}")


class TooManySecrets(InvalidState):
    """One secret is in use, one takes its place; a third has no purpose."""

    en = "This client has {limit} secrets already; remove one first."
    zh = "该客户端已有 {limit} 个密钥，请先删除一个。"


def check_client_id(client_id: str) -> None:
    """Refuse an id that could be taken for something else: a user's id, or our own name."""
    if (
        _CLIENT_ID.fullmatch(client_id) is not None
        and client_id not in (FIRST_PARTY, CONSOLE)
        and not _is_uuid(client_id)
    ):
        return
    raise ValidationFailed(
        errors=[
            FieldError(
                "/client_id", "client-id",
                "3 to 64 lowercase letters, digits, _ and -, beginning with a letter.",
                "3 至 64 个小写字母、数字、_ 和 -，且以字母开头。",
            )
        ]
    )  # fmt: skip


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class ClientRow:
    """A client as it is kept, without its secrets."""

    id: UUID
    client_id: str
    name: str
    active: bool
    roles: list[str]
    companies: list[str]
    version: int
    recorded_at: datetime
    warehouses: list[str] = field(default_factory=lambda: ["*"])
    partners: list[str] = field(default_factory=lambda: ["*"])
    own: bool = False
    requests_per_second: int = 0
    """Of its own limit at the gateway; 0: the one that holds for all."""


@dataclass(frozen=True, slots=True)
class SecretRow:
    """A secret, of which only the hash is kept."""

    id: UUID
    recorded_at: datetime


KEYS_MAX = 2
ASSERTION_SECONDS_MAX = 300
ASSERTION_LEEWAY = 10
CURVES = {("OKP", "Ed25519"): "EdDSA", ("EC", "P-256"): "ES256"}


class TooManyKeys(InvalidState):
    """One key is in use, one takes its place; a third has no purpose."""

    en = "This client has {limit} keys already; remove one first."
    zh = "该客户端已有 {limit} 个公钥，请先删除一个。"


@dataclass(frozen=True, slots=True)
class ClientKey:
    """A public key with which a client proves itself."""

    id: UUID
    kid: str
    jwk: dict[str, str]
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Assertion:
    """What a client's signed statement must say to be taken: once, for us, and not for long."""

    client_id: str
    token_id: str
    expires_at: float


def key_to_keep(given: Mapping[str, str]) -> dict[str, str]:
    """The public half of a key that we can check signatures with, or a refusal."""
    algorithm = CURVES.get((given.get("kty", ""), given.get("crv", "")))
    names = ("kty", "crv", "x", "y") if algorithm == "ES256" else ("kty", "crv", "x")
    whole = algorithm is not None and all(given.get(name) for name in names)
    if not whole or given.get("alg", algorithm) != algorithm or given.get("use", "sig") != "sig":
        _refuse_key(
            "A public JWK is needed: EC P-256 or OKP Ed25519.",
            "须为公钥 JWK：EC P-256 或 OKP Ed25519。",
        )
    if given.keys() & {"d", "p", "q", "k"}:
        _refuse_key(
            "A private key stays with its owner; give the public half.",
            "私钥应由持有者保管，请仅提供公钥。",
        )
    return {name: given[name] for name in names}


def _refuse_key(en: str, zh: str) -> NoReturn:
    raise ValidationFailed(errors=[FieldError("/jwk", "jwk", en, zh)])


def check_assertion(
    claims: Mapping[str, object], *, audiences: Collection[str], now: float
) -> Assertion | None:
    """What a statement with a good signature says (RFC 7523, 3), or None if it is not to be taken."""
    subject, token_id, audience = claims.get("sub"), claims.get("jti"), claims.get("aud")
    expires, issued, begins = (claims.get(name) for name in ("exp", "iat", "nbf"))
    if not isinstance(subject, str) or claims.get("iss") != subject:
        return None
    if not isinstance(token_id, str) or not 1 <= len(token_id) <= 255 or "\x00" in token_id:
        return None
    # exactly one: a statement that is made out to others as well could have been taken from one of them
    named = cast("list[object]", audience) if isinstance(audience, list) else [audience]
    only = named[0] if len(named) == 1 else None
    if not isinstance(only, str) or only not in audiences:
        return None
    if (
        not _is_time(expires)
        or not now - ASSERTION_LEEWAY < expires <= now + ASSERTION_SECONDS_MAX + ASSERTION_LEEWAY
    ):
        return None
    for begin in (issued, begins):
        if begin is not None and (not _is_time(begin) or begin > now + ASSERTION_LEEWAY):
            return None
    return Assertion(subject, token_id, float(expires))


def _is_time(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12
