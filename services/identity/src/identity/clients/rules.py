"""Which names programs get, and how many secrets they may have."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.errors import FieldError, InvalidState, ValidationFailed

SECRETS_MAX = 2
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
        and client_id != FIRST_PARTY
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


@dataclass(frozen=True, slots=True)
class SecretRow:
    """A secret, of which only the hash is kept."""

    id: UUID
    recorded_at: datetime
