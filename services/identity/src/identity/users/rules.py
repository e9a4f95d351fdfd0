"""Which names and passwords are taken, and who must remain."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from chassis.errors import BusinessError, InvalidState

PASSWORD_SHORTEST = 8
PASSWORD_LONGEST = 256

_COMMONPLACE = frozenset(
    (
        "password", "passw0rd", "12345678", "123456789", "1234567890", "11111111", "00000000", "88888888", "66666666",
        "qwertyui", "qwerty123", "qwer1234", "asdfghjkl", "abcd1234", "a1234567", "a12345678", "iloveyou", "woaini1314",
        "5201314520", "password1", "password123", "admin123", "administrator", "letmein1", "welcome1", "changeme",
        "tongheng", "tongheng123",
    )
)  # fmt: skip


class WeakPassword(BusinessError):
    """A password that is too short, too long, or the first one somebody would try."""

    code = "weak-password"
    status = 422
    en = "This password is not strong enough: {reason}."
    zh = "密码强度不足：{reason}。"


class LastAdministrator(InvalidState):
    """Somebody must be able to let others in."""

    en = "This is the last active administrator of all companies; make another one first."
    zh = "这是最后一个可用的全公司系统管理员，请先设立另一个。"


class WrongPassword(BusinessError):
    """The present password was not given rightly."""

    code = "wrong-password"
    status = 422
    en = "The present password is not right."
    zh = "当前密码不正确。"


def folded(name: str) -> str:
    """How names are compared: full-width and half-width, upper and lower case are one."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def normalised(password: str) -> str:
    """The same password however a keyboard composes its characters."""
    return unicodedata.normalize("NFC", password)


def check_password(password: str, *, username: str) -> str:
    """The password to hash, or a refusal that says what is wrong with it."""
    given = normalised(password)
    reason: tuple[str, str] | None = None
    if len(given) < PASSWORD_SHORTEST:
        reason = (
            f"it needs {PASSWORD_SHORTEST} characters or more",
            f"至少需要 {PASSWORD_SHORTEST} 个字符",
        )
    elif len(given) > PASSWORD_LONGEST:
        reason = (
            f"it may have {PASSWORD_LONGEST} characters at most",
            f"最多 {PASSWORD_LONGEST} 个字符",
        )
    elif len(set(given)) < 3 or folded(given) in _COMMONPLACE:
        reason = ("it is among the first that would be tried", "过于常见")
    elif folded(given) == folded(username):
        reason = ("it is the username", "与用户名相同")
    if reason is not None:
        raise WeakPassword(reason=reason, field="/password")
    return given


@dataclass(frozen=True, slots=True)
class UserRow:
    """A user as he is kept, without his password."""

    id: UUID
    username: str
    name: str
    active: bool
    roles: list[str]
    companies: list[str]
    version: int
    recorded_at: datetime
    warehouses: list[str] = field(default_factory=lambda: ["*"])
    partners: list[str] = field(default_factory=lambda: ["*"])
    own: bool = False
