"""Which addresses a webhook may have: public ones by https; others only where the installation says so."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from urllib.parse import urlsplit

from chassis.errors import BusinessError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

URL_MAX = 2000

_PLAIN = re.compile(r"[!-~]+")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBERLIKE = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")
_INWARD = (
    "local", "localhost", "localdomain", "internal", "intranet", "private", "lan", "home", "corp", "svc", "arpa",
    "onion", "test", "example", "invalid", "alt",
)  # fmt: skip
"""Last labels of names that no public server has; a cluster's names end in them."""
_CARRIERS = tuple(
    ip_network(each)
    for each in ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
)
"""IPv6 in which an IPv4 address travels: what is reached by it depends on the network."""


class UrlNotAllowed(BusinessError):
    """A place that webhooks are not sent to."""

    code = "url-not-allowed"
    status = 422
    en = "Webhooks cannot be sent there: {reason}."
    zh = "不能向该地址发送回调：{reason}。"


def _refused(en: str, zh: str) -> UrlNotAllowed:
    return UrlNotAllowed(reason=(en, zh), field="/url")


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart: its scheme, and its host as a name or as an address."""

    url: str
    scheme: str
    host: str
    port: int
    address: Address | None
    """The host, where it is no name."""


def read_url(url: str) -> Target:
    """Take a webhook's URL apart.

    Raises:
        UrlNotAllowed: it is none, can be read in two ways, or names a host in a way only insiders use.
    """
    if len(url) > URL_MAX or _PLAIN.fullmatch(url) is None or "\\" in url:
        raise _refused(
            "the URL is too long or has characters that must be encoded",
            "地址过长或含有未编码的字符",
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refused("the URL cannot be read", "无法解析该地址") from None
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise _refused("give a URL that begins with https://", "地址须以 https:// 开头")
    if "@" in parts.netloc or parts.fragment or port == 0:
        raise _refused(
            "no user, no fragment and no port 0 may be in it",
            "地址中不得含有用户信息、片段或端口 0",
        )
    host = parts.hostname.lower()
    return Target(
        url=url,
        scheme=parts.scheme,
        host=host,
        port=port or (443 if parts.scheme == "https" else 80),
        address=_literal(host, bracketed="[" in parts.netloc),
    )


def _literal(host: str, *, bracketed: bool) -> Address | None:
    """The address that a host is written as; None for a name."""
    if bracketed:
        try:
            address = ip_address(host)
        except ValueError:
            address = None
        if not isinstance(address, IPv6Address) or address.scope_id:
            raise _refused("the address cannot be read", "无法解析该 IP 地址")
        return address
    labels = host.removesuffix(".").split(".")
    if _NUMBERLIKE.fullmatch(labels[-1]) is not None:
        # 2130706433, 0x7f000001, 0177.0.0.1 and 127.1 are 127.0.0.1 to some programs.
        try:
            return IPv4Address(host)
        except ValueError:
            raise _refused(
                "write the address as four decimal numbers", "IP 地址须写成四段十进制数"
            ) from None
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise _refused("the host's name cannot be read", "无法解析主机名")
    return None


def check_target(target: Target, addresses: Sequence[Address], allowed: Sequence[Network]) -> None:
    """Refuse a target of which one address is not for webhooks.

    Raises:
        UrlNotAllowed: it is inside some network, or reached by plain http, and the installation does not allow that.
    """
    if not addresses:
        raise _refused("the host has no address", "该主机没有 IP 地址")
    if all(is_within(address, allowed) for address in addresses):
        return
    if target.scheme != "https":
        raise _refused("only https is allowed", "仅允许 https")
    labels = target.host.removesuffix(".").split(".")
    if target.address is None and (len(labels) < 2 or labels[-1] in _INWARD):
        raise _refused("the host's name is not public", "主机名不是公网域名")
    for address in addresses:
        if not is_within(address, allowed) and not is_public(address):
            raise _refused("the host's address is not public", "主机地址不是公网地址")


def is_within(address: Address, networks: Sequence[Network]) -> bool:
    """Whether the address is in one of the networks."""
    return any(address.version == network.version and address in network for network in networks)


def is_public(address: Address) -> bool:
    """Whether anybody on the internet reaches the same host by this address."""
    if isinstance(address, IPv6Address) and (
        address.ipv4_mapped is not None or is_within(address, _CARRIERS)
    ):
        return False
    return address.is_global and not (
        address.is_multicast
        or address.is_reserved
        or address.is_loopback
        or address.is_link_local
        or address.is_unspecified
    )
