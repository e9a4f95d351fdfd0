"""Names to addresses: asked once, checked, and connected to just those."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address

from workflow.addresses.rules import Address, Network, Target, UrlNotAllowed, check_target

RESOLVE_SECONDS = 5.0
ADDRESSES_MAX = 16

Lookup = Callable[[str, int], Awaitable[Sequence[Address]]]
"""The addresses of a host's name, for a port."""


async def look_up(host: str, port: int) -> Sequence[Address]:
    """Ask the system's resolver.

    Raises:
        OSError: there is no such name, or nobody answers.
    """
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(RESOLVE_SECONDS):
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = dict.fromkeys(ip_address(str(each[4][0]).partition("%")[0]) for each in found)
    return list(addresses)[:ADDRESSES_MAX]


async def addresses_of(
    target: Target, allowed: Sequence[Network], lookup: Lookup = look_up
) -> Sequence[Address]:
    """Where a target is; all of its addresses are checked.

    Raises:
        UrlNotAllowed: webhooks are not sent there, or the name is not known.
    """
    if target.address is not None:
        addresses: Sequence[Address] = [target.address]
    else:
        try:
            addresses = await lookup(target.host, target.port)
        except (OSError, TimeoutError, UnicodeError):
            raise UrlNotAllowed(
                reason=("the host's name is not known", "无法解析该主机名"), field="/url"
            ) from None
    check_target(target, addresses, allowed)
    return addresses
