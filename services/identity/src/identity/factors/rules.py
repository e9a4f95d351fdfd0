"""How a time-based code is computed (RFC 6238), and what is refused about one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import struct
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import quote, urlencode
from uuid import UUID

from chassis.errors import BusinessError, InvalidState, TooManyRequests

STEP_SECONDS = 30
DIGITS = 6
SECRET_BYTES = 20
DRIFT = 1
"""Steps that a device's clock may be off, either way."""
RECOVERY_CODES = 10
FAILURES_MAX = 5
LOCKED = timedelta(minutes=15)
ISSUER_NAME = "Tongheng"

_CODE = re.compile(r"[0-9]{6}")
_RECOVERY = re.compile(r"[A-Z2-7]{16}")


class OtpRequired(BusinessError):
    """The password was right; a second proof is needed."""

    code = "otp-required"
    status = 400
    en = "A code of the second factor is needed."
    zh = "需要第二因素验证码。"
    error: ClassVar[str] = "invalid_grant"


class EnrolmentRequired(BusinessError):
    """A role of this person's asks for a second factor, and he has none yet."""

    code = "second-factor-enrolment-required"
    status = 400
    en = "Your role needs a second factor; sign in on the sign-in page to set one up."
    zh = "您的角色要求第二因素，请在登录页面完成设置。"
    error: ClassVar[str] = "invalid_grant"


class WrongCode(BusinessError):
    """The code is not the device's present one, or it was used already."""

    code = "wrong-otp"
    status = 422
    en = "This code is not valid now; wait for the next one."
    zh = "验证码无效，请等待下一个验证码。"


class FactorLocked(TooManyRequests):
    """Somebody is guessing codes."""

    code = "too-many-wrong-otps"
    en = "Too many wrong codes; wait a little."
    zh = "验证码错误次数过多，请稍后再试。"
    error: ClassVar[str] = "temporarily_unavailable"


class AlreadyEnrolled(InvalidState):
    """A second factor is replaced by removing it first, with its code."""

    en = "A second factor is set up already; remove it first."
    zh = "已设置第二因素，请先移除。"


class NotEnrolled(InvalidState):
    """There is none to confirm or remove."""

    en = "No second factor is set up."
    zh = "尚未设置第二因素。"


class FactorNeeded(InvalidState):
    """A role asks for the second factor that somebody would remove."""

    en = "Your role needs a second factor; it cannot be removed."
    zh = "您的角色要求第二因素，不能移除。"


@dataclass(frozen=True, slots=True)
class FactorRow:
    """A person's second factor as it is kept."""

    user: UUID
    secret: bytes
    sealed: bool
    confirmed: bool
    last_step: int
    locked_until: datetime | None


def new_secret() -> bytes:
    """A key for a device."""
    return secrets.token_bytes(SECRET_BYTES)


def code_at(secret: bytes, step: int) -> str:
    """The code of one step of time."""
    digest = hmac.new(secret, struct.pack(">Q", step), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    (number,) = struct.unpack(">I", digest[offset : offset + 4])
    return f"{(number & 0x7FFFFFFF) % 10**DIGITS:0{DIGITS}d}"


def step_of(now: float) -> int:
    """Which step of time this moment belongs to."""
    return int(now) // STEP_SECONDS


def matching_step(secret: bytes, code: str, *, now: float, after: int) -> int | None:
    """The step whose code this is, of those near now and later than the last one used; None if there is none."""
    given = code.replace(" ", "")
    if _CODE.fullmatch(given) is None:
        return None
    present = step_of(now)
    found: int | None = None
    for step in range(present - DRIFT, present + DRIFT + 1):
        if hmac.compare_digest(code_at(secret, step), given) and step > after:
            found = step
    return found


def shown_secret(secret: bytes) -> str:
    """The key as a person types it into a device."""
    return base64.b32encode(secret).decode().rstrip("=")


def otpauth_uri(secret: bytes, *, account: str, issuer: str = ISSUER_NAME) -> str:
    """What a device reads from the QR code."""
    query = urlencode(
        {"secret": shown_secret(secret), "issuer": issuer, "algorithm": "SHA1", "digits": DIGITS, "period": STEP_SECONDS},
        quote_via=quote,
    )  # fmt: skip
    return f"otpauth://totp/{quote(issuer)}:{quote(account)}?{query}"


def new_recovery_codes() -> tuple[str, ...]:
    """Codes of 80 bits, each good once."""
    raw = (base64.b32encode(secrets.token_bytes(10)).decode() for _ in range(RECOVERY_CODES))
    return tuple("-".join(code[at : at + 4] for at in range(0, 16, 4)) for code in raw)


def recovery_hash(code: str) -> bytes | None:
    """What is kept of a recovery code; None for what cannot be one."""
    plain = code.replace("-", "").replace(" ", "").upper()
    if _RECOVERY.fullmatch(plain) is None:
        return None
    return hashlib.sha256(plain.encode()).digest()
