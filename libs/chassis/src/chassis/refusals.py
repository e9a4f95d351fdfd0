"""Refused access leaves an audit entry: each one while they are seldom, a count a minute when they are not.

Whoever is refused could else write into the audit trail as fast as he can ask. So a caller's first refusals of a minute
are written as they are, before their answer leaves; what is more is counted in memory by what was asked and why it was
refused, and written as one entry for each when the minute is over. One process writes at most `ENTRIES_MAX` entries a
minute for one caller, however much he asks; a process that dies loses the counts of that minute, never the first ones.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from chassis import telemetry
from chassis.audit import Refusal, record_refusals
from chassis.context import Context, system_context

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from sqlalchemy.ext.asyncio import AsyncSession

AT_ONCE_MAX = 10
"""Entries of one caller that are written at once, a minute."""
KINDS_MAX = 20
"""What one caller was refused beyond these is counted by so many kinds; the rest as one."""
ENTRIES_MAX = AT_ONCE_MAX + KINDS_MAX + 1
CALLERS_MAX = 5_000
"""Callers who are counted apart; more of them in one minute are counted as one."""
MINUTE = 60.0
LOOK_SECONDS = 5.0
TEXT_LONGEST = 300

_EVERYBODY = ("*", "*")
_log = telemetry.logger("chassis.refusals")


class Writing(Protocol):
    """What is needed of a database: `chassis.database.Database`."""

    def transaction(self, context: Context) -> AbstractAsyncContextManager[AsyncSession]:
        """A session that commits at the end of the block."""
        ...


@dataclass(slots=True)
class _Tally:
    """One caller's minute."""

    began: float
    written: int = 0
    more: Counter[Refusal] = field(default_factory=Counter["Refusal"])


class Refusals:
    """Writes refusals for one process."""

    def __init__(self, database: Writing, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._tallies: dict[tuple[str, str], _Tally] = {}

    async def note(
        self, context: Context, *, action: str, route: str, code: str, status: int, address: str
    ) -> None:
        """Write or count one refusal; that it cannot be written does not change the answer.

        Args:
            action: what was asked, `POST /api/v1/sales/orders/42/cancel`.
            route: the same without what differs from document to document; counts are by it.
            address: from where, as the gateway says.
        """
        now = self._clock()
        caller = (context.actor, context.client)
        tally = self._tallies.get(caller)
        over: Sequence[Refusal] = ()
        if tally is None and len(self._tallies) >= CALLERS_MAX:
            caller = _EVERYBODY
            tally = self._tallies.get(caller)
        if tally is not None and now - tally.began >= MINUTE:
            over, tally = _told(tally), None
        if tally is None:
            tally = self._tallies[caller] = _Tally(now)
        entry = Refusal(
            action=_printable(action), code=code, status=status, address=_printable(address)
        )
        if tally.written < AT_ONCE_MAX and caller is not _EVERYBODY:
            tally.written += 1
            await self._write(context, [entry, *over])
            return
        kind = Refusal(_printable(route), code, status, entry.address)
        if kind not in tally.more and len(tally.more) >= KINDS_MAX:
            kind = Refusal("*", "", 403, "")
        tally.more[kind] += 1
        if over:
            await self._write(context, over)

    async def flush(self, *, all_: bool = False) -> None:
        """Write the counts whose minute is over; all of them before the process ends."""
        now = self._clock()
        for caller, tally in list(self._tallies.items()):
            if all_ or now - tally.began >= MINUTE:
                del self._tallies[caller]
                if tally.more:
                    actor, client = caller
                    await self._write(Context(actor=actor, client=client), _told(tally))

    async def run(self) -> None:
        """Write counts when their minute is over, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.flush()

    async def _write(self, context: Context, entries: Sequence[Refusal]) -> None:
        try:
            async with self._database.transaction(system_context("refusals")) as session:
                await record_refusals(session, context, entries)
        except Exception as error:
            _log.warning("refusals were not recorded", error=type(error).__name__, n=len(entries))


def _told(tally: _Tally) -> list[Refusal]:
    """What was counted, as entries."""
    return [
        Refusal(kind.action, kind.code, kind.status, kind.address, times=times)
        for kind, times in tally.more.items()
    ]


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() else "�" for each in text[:TEXT_LONGEST])
