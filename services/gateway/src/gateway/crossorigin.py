"""Which other origins' pages may call the API from a browser (CORS, as the Fetch standard has it); by default none.

Only with a token in a header: cookies are never sent along (no `Access-Control-Allow-Credentials`), and the pages where
a person signs in are no part of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gateway.routes import API

METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE"
HEADERS = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Accept-Language, Last-Event-ID, Traceparent"
EXPOSED = (
    "ETag, Location, Retry-After, RateLimit, RateLimit-Policy, Idempotency-Replayed, X-Request-Id, Content-Language,"
    " Content-Disposition"
)
PREFLIGHT_SECONDS = 600
_PAGES = tuple(f"{API}auth/{each}" for each in ("authorize", "sign-in", "sign-out"))

Fields = list[tuple[bytes, bytes]]


class CrossOrigin:
    """The origins that are allowed."""

    def __init__(self, origins: Iterable[str]) -> None:
        self._origins = frozenset(each.encode("ascii") for each in origins)

    def fields(self, path: str, origin: bytes) -> Fields:
        """What every answer at this address says to a page of this origin (empty: the request names none)."""
        if not self._origins or not path.startswith((API, "/.well-known/")) or path in _PAGES:
            return []
        varies = (b"vary", b"Origin")
        if origin not in self._origins:
            return [varies]
        return [
            varies,
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", EXPOSED.encode()),
        ]

    def preflight(self, path: str, headers: Mapping[bytes, bytes]) -> Fields | None:
        """The answer to a browser that asks first; None where it is no such question, or the origin is not allowed."""
        if b"access-control-request-method" not in headers:
            return None
        fields = self.fields(path, headers.get(b"origin", b""))
        if len(fields) < 2:
            return None
        return [
            (b"access-control-allow-methods", METHODS.encode()),
            (b"access-control-allow-headers", HEADERS.encode()),
            (b"access-control-max-age", str(PREFLIGHT_SECONDS).encode()),
        ]
