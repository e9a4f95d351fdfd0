"""Too much, too slowly, and in two ways at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from ..attack import Answer, Case
from ..world import World

ORDERS = "/api/v1/sales/orders"


def limits(w: World) -> Iterator[Case]:
    """Rates, and bytes on the wire that two readers read in two ways."""
    host, _, port = w.erp.address.removeprefix("http://").partition(":")

    async def raw(sent: bytes, *, seconds: float = 40) -> Answer:
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            writer.write(sent)
            await writer.drain()
            async with asyncio.timeout(seconds):
                line = await reader.readline()
                rest = await reader.read(65536)
        finally:
            writer.close()
        status = int(line.split()[1]) if line.startswith(b"HTTP/") else 0
        return Answer(
            status, "", rest.partition(b"\r\n\r\n")[2], {"Content-Type": "application/problem+json"}
        )

    token = f"Authorization: Bearer {w.by_role['seller'].token}\r\n".encode()
    head = (
        b"POST /api/v1/sales/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nIdempotency-Key: k\r\n"
        + token
    )
    smuggled = {
        "two lengths": head + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        "length and chunks": head
        + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "a chunk size that is none": head
        + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        "a space before the colon": head + b"Content-Length : 2\r\n\r\n{}",
        "two authorizations": head + token + b"Content-Length: 2\r\nConnection: close\r\n\r\n{}",
        "a header of 100 kB": head + b"X: " + b"a" * 100_000 + b"\r\nContent-Length: 2\r\n\r\n{}",
        "no HTTP at all": b"\x16\x03\x01\x02\x00\r\n\r\n",
    }
    for name, sent in smuggled.items():
        yield Case(
            "limits", f"smuggling: {name}", lambda s=sent: raw(s), ("400", "431", "413", "0")
        )
    yield Case("limits", "a body that never comes", lambda: raw(head + b"Content-Length: 100\r\nConnection: close\r\n\r\n{", seconds=50), ("408", "400", "0"))  # fmt: skip

    async def flood() -> Answer:
        async def sign_in() -> Answer:
            form = {"grant_type": "refresh_token", "refresh_token": "none"}
            async with w.http.post(f"{w.erp.address}/api/v1/auth/token", data=form) as answer:
                return Answer(answer.status, "", await answer.read(), dict(answer.headers))

        answers = await asyncio.gather(*(sign_in() for _ in range(200)))
        refused = [each for each in answers if each.status == 429]
        wrong = {each.status for each in answers} - {400, 401, 429}
        names = {name.lower() for name in refused[0].headers} if refused else set[str]()
        if wrong or not {"retry-after", "ratelimit", "ratelimit-policy"} <= names:
            return Answer(500, f"{len(refused)} refused, {wrong}", b"", {})
        return refused[0]

    async def others_unhurt() -> Answer:
        task = asyncio.create_task(flood())
        await asyncio.sleep(0.1)
        answer = await w.by_role["buyer"].ask("GET", "/api/v1/masterdata/units?limit=1")
        await task
        return answer

    yield Case("limits", "200 sign-ins at once", flood, ("429",))
    yield Case("limits", "others meanwhile", others_unhurt, ("200",))
