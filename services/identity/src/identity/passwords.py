"""Hashes passwords with argon2id in a few threads of their own, so that sign-ins never take memory or the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

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
        self._running: set[asyncio.Task[Any]] = set()
        self._waiting = 0
        self._waiting_max = settings.password_queue
        # made with the same parameters as all others, so that an unknown name takes the same time
        self._nobody = self._hasher.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        """The hash to keep."""
        return await self._in_turn(
            lambda: self._in_thread(lambda: self._hasher.hash(normalised(password)))
        )

    async def verify(
        self,
        kept: str | None,
        password: str,
        *,
        at_turn: Callable[[], Awaitable[None]] | None = None,
        if_right: Callable[[], Awaitable[None]] | None = None,
    ) -> bool:
        """Whether it is the password; for somebody without one it takes as long and is never so.

        `at_turn` may refuse when the turn has come; `if_right` is done before the turn passes on, so that the next
        one finds what it left.
        """

        async def work() -> bool:
            if at_turn is not None:
                await at_turn()
            right = await self._in_thread(
                lambda: self._verify(kept or self._nobody, normalised(password))
            )
            right = right and kept is not None
            if right and if_right is not None:
                await if_right()
            return right

        return await self._in_turn(work)

    def is_outdated(self, kept: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)

    def _verify(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_thread(self, work: Callable[[], ResultT]) -> ResultT:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def _in_turn(self, work: Callable[[], Coroutine[Any, Any, ResultT]]) -> ResultT:
        if self._waiting >= self._waiting_max:
            raise DependencyUnavailable(retry_after=2)
        self._waiting += 1
        try:
            await self._free.acquire()
        finally:
            self._waiting -= 1

        async def to_its_end() -> ResultT:
            try:
                return await work()
            finally:
                self._free.release()

        # the place is taken until the thread is done, also when the caller went away
        task = asyncio.create_task(to_its_end())
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)
