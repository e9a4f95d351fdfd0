"""A door before the gateway's replicas, as a cluster's Service is: each new connection goes to one that is ready."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Sequence

from operations.ports import LOOPBACK
from operations.stack import get

LOOK_SECONDS = 0.2
BLOCK = 64 * 1024


class Door:
    """Passes connections on from one port to the first of others whose `/readyz` is good. Use it as a context."""

    def __init__(self, port: int, behind: Sequence[int]) -> None:
        self._port = port
        self._behind = tuple(behind)
        self._ready: tuple[int, ...] = ()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._opened = threading.Event()
        self._thread = threading.Thread(target=self._run, name="door", daemon=True)

    def __enter__(self) -> Door:
        self._thread.start()
        self._opened.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(timeout=30)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._opened.set()
            self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._pass, LOOPBACK, self._port)
        looking = asyncio.create_task(self._look())
        self._opened.set()
        await self._stop.wait()
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
        server.close()

    async def _look(self) -> None:
        while True:
            looks = (asyncio.to_thread(get, port, "/readyz") for port in self._behind)
            answers = await asyncio.gather(*looks)
            self._ready = tuple(
                port
                for port, (status, _) in zip(self._behind, answers, strict=True)
                if status == 200
            )
            await asyncio.sleep(LOOK_SECONDS)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Where none says that it is ready, one that serves all the same is better than a closed door.
        for port in (*self._ready, *self._behind):
            with contextlib.suppress(OSError):
                there = await asyncio.open_connection(LOOPBACK, port)
                break
        else:
            writer.close()
            return
        await asyncio.gather(_copy(reader, there[1]), _copy(there[0], writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while block := await reader.read(BLOCK):
            writer.write(block)
            await writer.drain()
    writer.close()
