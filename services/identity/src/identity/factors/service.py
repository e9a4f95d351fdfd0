"""What can be done with second factors."""

from __future__ import annotations

import io
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

import segno
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from identity.factors import rules, store
from identity.keys.service import Sealing
from identity.roles import service as roles
from identity.users.rules import UserRow


class Verdict(StrEnum):
    """What became of a code."""

    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a device needs to know, in the only moment when it is told."""

    secret: str
    otpauth_uri: str
    qr_svg: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether somebody has a second factor, and must have one."""

    enrolled: bool
    required: bool
    recovery_codes_left: int


class Factors:
    """Second factors, whose keys are sealed in the database."""

    def __init__(self, sealing: Sealing) -> None:
        self._sealing = sealing

    async def standing(self, session: AsyncSession, user: UserRow) -> Standing:
        """Whether the user has a second factor, and must have one."""
        factor = await store.find(session, user.id)
        return Standing(
            enrolled=factor is not None and factor.confirmed,
            required=await roles.need_second_factor(session, user.roles),
            recovery_codes_left=await store.recovery_codes_left(session, user.id),
        )

    async def begin(self, session: AsyncSession, user: UserRow) -> Enrolment:
        """Make a key for the user's device; it counts from its first right code on."""
        factor = await store.find(session, user.id, lock=True)
        if factor is not None and factor.confirmed:
            raise rules.AlreadyEnrolled
        secret = rules.new_secret()
        kept, sealed = self._sealing.seal(str(user.id), secret)
        await store.keep_unconfirmed(session, user.id, secret=kept, sealed=sealed)
        return self._shown(user, secret)

    async def shown_again(self, session: AsyncSession, user: UserRow) -> Enrolment:
        """The key that waits for its first code, for a page that is shown a second time."""
        factor = await store.find(session, user.id)
        if factor is None:
            return await self.begin(session, user)
        if factor.confirmed:
            raise rules.AlreadyEnrolled
        return self._shown(user, self._secret_of(factor))

    async def confirm(self, session: AsyncSession, user: UserRow, code: str) -> tuple[str, ...]:
        """The device shows that it has the key; the recovery codes, which are never shown again."""
        factor = await store.find(session, user.id, lock=True)
        if factor is None:
            raise rules.NotEnrolled
        if factor.confirmed:
            raise rules.AlreadyEnrolled
        step = rules.matching_step(
            self._secret_of(factor), code, now=time.time(), after=factor.last_step
        )
        if step is None or not await store.use_step(session, user.id, step, confirm=True):
            raise rules.WrongCode(field="/code")
        codes = rules.new_recovery_codes()
        hashes = [hashed for code in codes if (hashed := rules.recovery_hash(code)) is not None]
        await store.replace_recovery_codes(session, user.id, hashes)
        await _record(session, "enrol", user.id)
        return codes

    async def verify(self, session: AsyncSession, user: UUID, code: str) -> Verdict:
        """Whether it is a code of the user's device, or one of his recovery codes; good once.

        Commit also when it is wrong: wrong codes are counted.
        """
        factor = await store.find(session, user, lock=True)
        if factor is None or not factor.confirmed:
            return Verdict.WRONG
        if factor.locked_until is not None:
            return Verdict.LOCKED
        hashed = rules.recovery_hash(code)
        if hashed is not None and await store.use_recovery_code(session, user, hashed):
            await _record(session, "recover", user)
            return Verdict.RIGHT
        step = rules.matching_step(
            self._secret_of(factor), code, now=time.time(), after=factor.last_step
        )
        if step is not None and await store.use_step(session, user, step, confirm=False):
            return Verdict.RIGHT
        await store.count_failure(session, user, limit=rules.FAILURES_MAX, lock=rules.LOCKED)
        return Verdict.WRONG

    async def prove(self, session: AsyncSession, user: UserRow, code: str) -> None:
        """Refuse unless it is a code of the user's device, within a transaction that is lost when it is not.

        Wrong codes are not counted here: whoever asks has signed in with the second factor.
        """
        verdict = await self.verify(session, user.id, code)
        if verdict is Verdict.LOCKED:
            raise rules.FactorLocked(retry_after=await self.wait_seconds(session, user.id))
        if verdict is Verdict.WRONG:
            raise rules.WrongCode(field="/code")

    async def wait_seconds(self, session: AsyncSession, user: UUID) -> int:
        """How long no code is looked at."""
        factor = await store.find(session, user)
        if factor is None or factor.locked_until is None:
            return 0
        return max(1, int((factor.locked_until - datetime.now(UTC)).total_seconds()))

    async def remove(self, session: AsyncSession, user: UUID) -> bool:
        """Forget a second factor."""
        if not await store.remove(session, user):
            return False
        await _record(session, "remove", user)
        return True

    def _secret_of(self, factor: rules.FactorRow) -> bytes:
        return self._sealing.open_sealed(str(factor.user), factor.secret, sealed=factor.sealed)

    def _shown(self, user: UserRow, secret: bytes) -> Enrolment:
        uri = rules.otpauth_uri(secret, account=user.username)
        return Enrolment(rules.shown_secret(secret), uri, _qr(uri))


def _qr(text: str) -> str:
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", scale=4, border=4, xmldecl=False, svgclass=None, lineclass=None, omitsize=False,
        title="QR",
    )  # fmt: skip
    return out.getvalue().decode()


def methods_with(methods: Sequence[str]) -> tuple[str, ...]:
    """The ways of proof after a second one was given."""
    return (*methods, "otp", "mfa")


async def _record(session: AsyncSession, verb: str, user: UUID) -> None:
    await record(
        session,
        AuditEntry(
            action=f"identity.second_factor.{verb}", document_type="identity.user", document_id=user,
            number="", company="",
        ),
    )  # fmt: skip
