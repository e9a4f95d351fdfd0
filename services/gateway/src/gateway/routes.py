"""Which path goes where. Paths are passed on as they came; one that could be read in two ways goes nowhere."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import unquote

from chassis.errors import NotFound
from gateway.upstreams import Replicas

API = "/api/v1/"

_PLAIN = re.compile(r"/[A-Za-z0-9\-._~!$&'()*+,;=:@%/]*")
_AMBIGUOUS = re.compile(
    r"//|/\.{1,2}(?:/|$)|%(?:2[eEfF]|5[cC]|0[0-9a-fA-F]|1[0-9a-fA-F]|7[fF])|%(?![0-9a-fA-F]{2})"
)

_AUTH = frozenset({"token", "revoke", "authorize", "sign-in", "sign-out", "userinfo"})
_BROWSER = frozenset({"authorize", "sign-in", "sign-out"})
_WELL_KNOWN = frozenset({"/.well-known/jwks.json", "/.well-known/openid-configuration"})


class Access(StrEnum):
    """Who may pass."""

    SIGN_IN = "sign-in"
    """Anybody, seldom."""
    PUBLIC = "public"
    """Anybody."""
    TOKEN = "token"
    """Who has a valid token."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where a request goes, and what it needs."""

    service: str
    replicas: Replicas
    access: Access
    is_batch: bool
    is_heavy: bool = False
    """A batch or a report: one costs as much as many other requests, and is counted apart too."""
    takes_cookies: bool = False
    """A person's browser comes here itself, and is known again by its cookie; nowhere else does one mean anything."""


class Routes:
    """The services' parts of the API."""

    def __init__(self, addresses: Mapping[str, Sequence[str]]) -> None:
        self.services = {name: Replicas(each) for name, each in addresses.items()}

    @property
    def addresses(self) -> Mapping[str, str]:
        """Service → the address of a replica that is ready, as far as is known."""
        return {name: replicas.order()[0] for name, replicas in self.services.items()}

    def find(self, path: str) -> Route:
        """The route of a raw (percent-encoded) path, or NotFound."""
        if _PLAIN.fullmatch(path) is None or _AMBIGUOUS.search(path) is not None:
            raise NotFound
        if path in _WELL_KNOWN:
            return self._to("identity", Access.PUBLIC, path)
        if not path.startswith(API):
            raise NotFound
        service, _, rest = path[len(API) :].partition("/")
        if service == "auth":
            if rest not in _AUTH:
                raise NotFound
            route = self._to("identity", Access.SIGN_IN, path)
            return replace(route, takes_cookies=rest in _BROWSER)
        # a collection of a service's own, like identity/keys:rotate, is below it; the service itself answers nothing
        if not rest:
            raise NotFound
        return self._to(service, Access.TOKEN, path)

    def _to(self, service: str, access: Access, path: str) -> Route:
        replicas = self.services.get(service)
        if replicas is None:
            raise NotFound
        named = unquote(path)  # as the service will read it
        is_batch = named.endswith(":batch")
        return Route(service, replicas, access, is_batch, is_batch or "/reports/" in named)
