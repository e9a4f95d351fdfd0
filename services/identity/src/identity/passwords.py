"""Hashes passwords with argon2id in a few threads of their own, so that sign-ins never take memory or the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from chassis.errors import DependencyUnavailable
from identity.settings import Settings
from identity.users.rules import normalised

ResultT = TypeVar("ResultT")


class Passwords:
    """The one place that sees passwords."""

    def __init__(self, settings: Settings) -> None:
        self._hasher = PasswordHasher(
            time_cost=settings.password_rounds,
            memory_cost=settings.password_memory_kib,
            parallelism=1,
        )
        self._threads = ThreadPoolExecutor(
            settings.password_threads, thread_name_prefix="passwords"
        )
        self._free = asyncio.Semaphore(settings.password_threads)
        self._waiting = 0
        self._waiting_max = settings.password_queue
        # made with the same parameters as all others, so that an unknown name takes the same time
        self._nobody = self._hasher.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        """The hash to keep."""
        return await self._in_thread(lambda: self._hasher.hash(normalised(password)))

    async def verify(
        self,
        kept: str | None,
        password: str,
        *,
        at_turn: Callable[[], None] = lambda: None,
        if_wrong: Callable[[], None] = lambda: None,
    ) -> bool:
        """Whether it is the password; for somebody without one it takes as long and is never so.

        `at_turn` may refuse when the turn has come; `if_wrong` is called before the turn passes on, so that the next
        one's refusal knows of it.
        """

        def note(right: bool) -> None:
            if not right or kept is None:
                if_wrong()

        right = await self._in_thread(
            lambda: self._verify(kept or self._nobody, normalised(password)), at_turn, note
        )
        return right and kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)

    def _verify(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_thread(
        self,
        work: Callable[[], ResultT],
        at_turn: Callable[[], None] = lambda: None,
        note: Callable[[ResultT], None] = lambda _: None,
    ) -> ResultT:
        if self._waiting >= self._waiting_max:
            raise DependencyUnavailable(retry_after=2)
        self._waiting += 1
        try:
            await self._free.acquire()
        finally:
            self._waiting -= 1
        try:
            at_turn()
            future = asyncio.get_running_loop().run_in_executor(self._threads, work)
        except BaseException:
            self._free.release()
            raise

        def pass_on(done: asyncio.Future[ResultT]) -> None:
            if not done.cancelled() and done.exception() is None:
                note(done.result())
            self._free.release()

        # the place is taken until the thread is done, also when the caller went away
        future.add_done_callback(pass_on)
        return await asyncio.shield(future)
