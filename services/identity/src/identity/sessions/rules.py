"""What a session is, and what a code from the sign-in page must be redeemed with."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

CODE_SECONDS = 60
AGENT_LONGEST = 200

_VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
_CHALLENGE = re.compile(r"[A-Za-z0-9\-_]{43}")


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session that goes on."""

    id: UUID
    user: UUID
    client_id: str
    ends_at: datetime
    began_at: datetime
    methods: tuple[str, ...]
    """How the person proved who he is: `pwd`, `otp`."""


@dataclass(frozen=True, slots=True)
class ShownSession:
    """A session as its owner sees it in a list."""

    id: UUID
    client_id: str
    began_at: datetime
    seen_at: datetime
    ends_at: datetime
    address: str
    agent: str
    methods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where somebody signed in: his address and the program that he used."""

    address: str = ""
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """What a code stands for until it is redeemed."""

    session: SessionRow
    client_id: str
    redirect_uri: str
    code_challenge: str
    nonce: str | None
    scope: str


def is_challenge(text: str) -> bool:
    """Whether it can be the SHA-256 of a verifier."""
    return _CHALLENGE.fullmatch(text) is not None


def answers(verifier: str, challenge: str) -> bool:
    """Whether the verifier is the one that the challenge was made of (RFC 7636, S256)."""
    if _VERIFIER.fullmatch(verifier) is None:
        return False
    made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    return hmac.compare_digest(made, challenge.encode())
