"""A TCP proxy before PostgreSQL and Kafka that resets, stalls, slows and cuts what passes through it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import time
from dataclasses import dataclass, field

LOOPBACK = "127.0.0.1"
CHUNK = 64 * 1024
_COMMIT = (b"COMMIT;", b"COMMIT\x00")


@dataclass(slots=True)
class Weather:
    """What happens to what passes; times are of the monotonic clock."""

    answers_held_until: float = 0.0
    """Nothing comes back from the server until then; what was sent goes on, and comes later, as after lost packets."""
    delay: float = 0.0
    bytes_per_second: float = 0.0
    calm_at: float = 0.0
    """When delay and rate end."""
    cut_after_commit: int = 0
    """So many COMMITs are passed on, and their connection is cut before the answer."""

    def pause(self, size: int, now: float) -> float:
        """Seconds that a piece of this size waits."""
        if now >= self.calm_at:
            return 0.0
        return self.delay + (size / self.bytes_per_second if self.bytes_per_second else 0.0)


@dataclass(slots=True, eq=False)
class _Pair:
    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    cutting: bool = False

    def abort(self) -> None:
        for writer in (self.client, self.server):
            sock = writer.get_extra_info("socket")
            with contextlib.suppress(OSError, AttributeError):
                # RST instead of FIN: as a firewall or a crash ends a connection.
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()


@dataclass(slots=True)
class Proxy:
    """One listening port and the real one behind it."""

    port: int
    behind: int
    weather: Weather = field(default_factory=Weather)
    cut: int = 0
    """Connections that were cut after their COMMIT."""
    reset_: int = 0
    _pairs: set[_Pair] = field(default_factory=set[_Pair])
    _server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._accept, LOOPBACK, self.port)

    async def stop(self) -> None:
        """Listen no more, and end what is open."""
        if self._server is not None:
            self._server.close()
        self.reset()

    def reset(self) -> int:
        """Reset every connection; how many there were."""
        pairs = list(self._pairs)
        for pair in pairs:
            pair.abort()
        self.reset_ += len(pairs)
        return len(pairs)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            from_server, to_server = await asyncio.open_connection(LOOPBACK, self.behind)
        except OSError:
            writer.transport.abort()
            return
        pair = _Pair(writer, to_server)
        self._pairs.add(pair)
        ways = (
            asyncio.ensure_future(self._up(reader, to_server, pair)),
            asyncio.ensure_future(self._down(from_server, writer, pair)),
        )
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            # The other way may still have an answer under way.
            await asyncio.wait(ways, timeout=1.0)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self._pairs.discard(pair)
            for each in (writer, to_server):
                with contextlib.suppress(Exception):
                    each.close()

    async def _up(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pair: _Pair
    ) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(CHUNK):
                await self._wait(len(piece))
                if self.weather.cut_after_commit > 0 and any(word in piece for word in _COMMIT):
                    self.weather.cut_after_commit -= 1
                    pair.cutting = True
                writer.write(piece)
                await writer.drain()

    async def _down(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pair: _Pair
    ) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(CHUNK):
                if pair.cutting:
                    # The server has answered, so it has committed; the client never hears of it.
                    self.cut += 1
                    pair.abort()
                    return
                while (left := self.weather.answers_held_until - time.monotonic()) > 0:
                    await asyncio.sleep(min(left, 0.5))
                await self._wait(len(piece))
                writer.write(piece)
                await writer.drain()

    async def _wait(self, size: int) -> None:
        pause = self.weather.pause(size, time.monotonic())
        if pause:
            await asyncio.sleep(pause)
