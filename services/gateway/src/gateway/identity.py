"""Who calls: the signed token, and the address he calls from."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from chassis.auth import Claims, TokenVerifier, bearer_token
from chassis.errors import InvalidHeader
from gateway.errors import HeadersTooLarge
from gateway.settings import Settings

HEADERS_MAX = 32 * 1024
"""Bytes of all header fields together."""
_ONCE = frozenset(
    (
        b"authorization", b"content-length", b"content-type", b"host", b"idempotency-key", b"if-match",
        b"traceparent", b"transfer-encoding",
    )
)  # fmt: skip

Headers = Sequence[tuple[bytes, bytes]]


class Callers:
    """Tells callers apart."""

    def __init__(self, settings: Settings, verifier: TokenVerifier | None = None) -> None:
        self._networks: tuple[IPv4Network | IPv6Network, ...] = settings.proxy_networks()
        self._verifier = verifier or TokenVerifier(
            issuer=settings.issuer, audience=settings.audience, jwks_url=settings.keys_address()
        )

    async def claims(self, headers: dict[bytes, bytes]) -> Claims:
        """What the token says, or Unauthenticated."""
        authorization = headers.get(b"authorization")
        token = bearer_token(authorization.decode("latin-1") if authorization is not None else None)
        return await self._verifier.verify(token)

    def address(self, peer: str, headers: dict[bytes, bytes]) -> str:
        """The caller's address: the peer's, or the nearest one that no trusted load balancer has."""
        address = peer
        for hop in reversed(headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")):
            if not self._is_trusted(address):
                return address
            given = _address_of(hop.strip())
            if given is None:
                return address
            address = str(given)
        return address

    async def close(self) -> None:
        """Give back the connection to the issuer."""
        await self._verifier.close()

    def _is_trusted(self, address: str) -> bool:
        if not self._networks:
            return False
        known = _address_of(address)
        return known is not None and any(known in network for network in self._networks)


def caller_key(claims: Claims) -> str:
    """Whose requests are counted together: a person's in one program."""
    return f"{claims.client}/{claims.subject}"


def single_headers(headers: Headers) -> dict[bytes, bytes]:
    """The headers by name; one that decides something and comes twice is refused, for two readers may read two."""
    found: dict[bytes, bytes] = {}
    if sum(len(name) + len(value) for name, value in headers) > HEADERS_MAX:
        raise HeadersTooLarge
    for name, value in headers:
        if name in found:
            if name in _ONCE:
                raise InvalidHeader(header=name.decode("latin-1"))
            found[name] += b"," + value
        else:
            found[name] = value
    return found


def _address_of(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
