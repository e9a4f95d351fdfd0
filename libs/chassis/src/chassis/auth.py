"""Who calls: verifies access tokens (RFC 9068) against the configured issuer's keys, and nothing else."""

from __future__ import annotations

import asyncio
import json
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import aiohttp
import jwt
from jwt import PyJWK

from .errors import DependencyUnavailable, Forbidden, OutOfScope, Unauthenticated

ALGORITHMS = ("EdDSA", "ES256")
LIFE_MAX = 15 * 60
LEEWAY = 10
REFRESH_SECONDS = 5.0
AGAIN_SECONDS = 1.0
"""When the issuer did not answer."""
KEYS_MAX_AGE = 3600.0
CACHE_MAX = 10_000
TOKEN_LENGTH_MAX = 8192
_DECISIONS_MAX = 1_000
COSTS = "data.cost.read"
"""The class of data that says what things cost us: who may see it is a permission of its own, whatever shows it."""


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller: what he may do, and in which companies."""

    subject: str
    name: str = ""
    permissions: frozenset[str] = frozenset[str]()
    """Exact (`sales.order.place`), by prefix (`sales.order.*`), or `*`."""
    companies: frozenset[str] | None = frozenset[str]()
    """None for all."""
    client: str = ""
    roles: frozenset[str] = frozenset[str]()
    warehouses: frozenset[str] | None = None
    """None for all."""
    partners: frozenset[str] | None = None
    """The customers and suppliers whose documents he sees; None for all."""
    own: bool = False
    """He sees only what he made himself."""
    session: str = ""
    """The sign-in that the token belongs to."""
    _decisions: dict[str, bool] = field(default_factory=dict[str, bool], repr=False, compare=False)

    def may(self, permission: str) -> bool:
        """Whether the caller has this permission."""
        known = self._decisions.get(permission)
        if known is None:
            known = any(pattern in self.permissions for pattern in _patterns(permission))
            if len(self._decisions) < _DECISIONS_MAX:
                self._decisions[permission] = known
        return known

    def check(self, permission: str) -> None:
        """Refuse a caller without this permission."""
        if not self.may(permission):
            raise Forbidden(permission=permission)

    @property
    def sees_costs(self) -> bool:
        """Whether standard costs and stock values are shown to the caller; else they are withheld (null)."""
        return self.may(COSTS)

    def sees(self, company: str) -> bool:
        """Whether this company is within the scope."""
        return self.companies is None or company in self.companies

    def check_company(self, code: str) -> None:
        """Refuse a company that the caller names but does not serve."""
        if not self.sees(code):
            raise OutOfScope(what=(f"Company {code}", f"公司“{code}”"), field="/company")

    def check_warehouse(self, code: str, *, field: str = "/warehouse") -> None:
        """Refuse a warehouse that the caller names but does not serve."""
        if self.warehouses is not None and code not in self.warehouses:
            raise OutOfScope(what=(f"Warehouse {code}", f"仓库“{code}”"), field=field)

    def check_partner(self, code: str, *, field: str = "/partner") -> None:
        """Refuse a customer or supplier that the caller names but does not act for."""
        if self.partners is not None and code not in self.partners:
            raise OutOfScope(what=(f"Partner {code}", f"往来单位“{code}”"), field=field)


def _patterns(permission: str) -> list[str]:
    parts = permission.split(".")
    return [permission, "*", *(".".join(parts[:end]) + ".*" for end in range(1, len(parts)))]


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says."""

    subject: str
    name: str
    client: str
    roles: tuple[str, ...]
    companies: frozenset[str] | None
    permissions: frozenset[str]
    expires_at: float
    token_id: str
    warehouses: frozenset[str] | None = None
    partners: frozenset[str] | None = None
    own: bool = False
    session: str = ""
    account: tuple[str, ...] = ()
    """The names under which another provider knows the caller; our record of him has one of them."""
    requests_per_second: int = 0
    """Of the program's own limit at the gateway; 0: the one that holds for all."""


KeyFetcher = Callable[[], Awaitable[Mapping[str, object]]]


class TokenVerifier:
    """Checks signature, type, issuer, audience and life of access tokens; remembers the good ones until they end."""

    def __init__(
        self,
        *,
        issuer: str,
        audience: str,
        jwks_url: str = "",
        fetch: KeyFetcher | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._issuer = issuer
        self._audience = audience
        self._jwks_url = jwks_url
        self._fetch = fetch or self._fetch_by_http
        self._clock = clock
        self._keys: dict[str, PyJWK] = {}
        self._listed: object = None
        self._asked_at = float("-inf")
        self._answered_at = float("-inf")
        self._unanswered = False
        self._lock = asyncio.Lock()
        self._verified: OrderedDict[str, Claims] = OrderedDict()
        self._http: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Give back the connection to the issuer."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def verify(self, token: str) -> Claims:
        """The claims of a valid token, or Unauthenticated."""
        now = self._clock()
        known = self._verified.get(token)
        if known is not None:
            if now < known.expires_at:
                self._verified.move_to_end(token)
                return known
            del self._verified[token]
            raise _refused("the token has expired")
        claims = await self._verify(token, now)
        self._verified[token] = claims
        while len(self._verified) > CACHE_MAX:
            self._verified.popitem(last=False)
        return claims

    async def _verify(self, token: str, now: float) -> Claims:
        if len(token) > TOKEN_LENGTH_MAX:
            raise _refused("the token is too long")
        try:
            header = jwt.get_unverified_header(token)
        except jwt.InvalidTokenError:
            raise _refused("the token cannot be read") from None
        kid = header.get("kid")
        if header.get("alg") not in ALGORITHMS or str(header.get("typ", "")).lower() not in (
            "at+jwt",
            "application/at+jwt",
        ):
            raise _refused("the token is of another kind")
        if not isinstance(kid, str) or header.keys() & {"jwk", "jku", "x5u", "x5c", "crit", "b64"}:
            raise _refused("the token's header is not allowed")
        key = await self._key(kid)
        if key is None and self._unanswered:
            raise DependencyUnavailable  # whether the key is good cannot be said now
        if key is None or key.algorithm_name != header["alg"]:
            raise _refused("the token is signed with an unknown key")
        try:
            payload: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                audience=self._audience,
                issuer=self._issuer,
                options={
                    "require": ["exp", "iat", "iss", "aud", "sub", "jti"],
                    "verify_exp": False,  # by our clock, below
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
        except (jwt.InvalidTokenError, ValueError, TypeError):
            raise _refused("the token is not valid here") from None
        return _claims(payload, now)

    async def _key(self, kid: str) -> PyJWK | None:
        if self._has_fresh(kid):
            return self._keys[kid]
        async with self._lock:
            pause = AGAIN_SECONDS if self._unanswered else REFRESH_SECONDS
            may_ask = time.monotonic() - self._asked_at >= pause
            if may_ask and not self._has_fresh(kid):
                await self._refresh()
        return self._keys.get(kid)

    def _has_fresh(self, kid: str) -> bool:
        return kid in self._keys and time.monotonic() - self._answered_at < KEYS_MAX_AGE

    async def _refresh(self) -> None:
        """Ask the issuer; when it does not answer, the keys known so far stay."""
        self._asked_at = time.monotonic()
        try:
            document = await self._fetch()
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            self._unanswered = True
            return
        self._unanswered = False
        keys: dict[str, PyJWK] = {}
        listed = document.get("keys")
        for entry in cast("list[object]", listed) if isinstance(listed, list) else []:
            if not isinstance(entry, dict):
                continue
            member = cast("dict[str, Any]", entry)
            kid = member.get("kid")
            if not isinstance(kid, str) or member.get("use", "sig") != "sig":
                continue
            algorithm = {("OKP", "Ed25519"): "EdDSA", ("EC", "P-256"): "ES256"}.get(
                (str(member.get("kty")), str(member.get("crv")))
            )
            if algorithm is None or member.get("alg", algorithm) not in (algorithm, "Ed25519"):
                continue
            try:
                keys[kid] = PyJWK({**member, "alg": algorithm}, algorithm=algorithm)
            except (jwt.PyJWTError, ValueError):
                continue
        if keys:
            if listed != self._listed:
                # a key that the issuer took back must not live on in remembered tokens
                self._verified.clear()
                self._listed = listed
            self._keys = keys
            self._answered_at = time.monotonic()

    async def _fetch_by_http(self) -> Mapping[str, object]:
        if not self._jwks_url:
            return {}
        if self._http is None:
            self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3))
        async with self._http.get(self._jwks_url, allow_redirects=False) as answer:
            answer.raise_for_status()
            body = await answer.content.read(256 * 1024)
            value: object = json.loads(body)
            return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


def bearer_token(authorization: str | None) -> str:
    """The token of an Authorization header, or Unauthenticated."""
    if authorization is None:
        raise Unauthenticated
    scheme, _, token = authorization.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or " " in token:
        raise Unauthenticated
    return token


def _claims(payload: Mapping[str, Any], now: float) -> Claims:
    expires, issued = payload["exp"], payload["iat"]
    if not _is_number(expires) or not _is_number(issued):
        raise _refused("the token's times cannot be read")
    if now >= expires + LEEWAY:
        raise _refused("the token has expired")
    if issued > now + LEEWAY or (_is_number(payload.get("nbf")) and payload["nbf"] > now + LEEWAY):
        raise _refused("the token is not valid yet")
    if not 0 < expires - issued <= LIFE_MAX + LEEWAY:
        raise _refused("the token lives too long")
    subject, token_id = payload["sub"], payload["jti"]
    if (
        not isinstance(subject, str)
        or not 1 <= len(subject) <= 255
        or not isinstance(token_id, str)
        or not token_id
    ):
        raise _refused("the token names nobody")
    client = str(payload.get("client_id") or payload.get("azp") or "")[:255]
    account = _account(payload, client)
    return Claims(
        subject=subject,
        name=str(payload.get("preferred_username") or payload.get("name") or subject)[:200],
        client=client,
        roles=_names(payload.get("roles")) + _realm_roles(payload),
        companies=_limit(payload.get("companies", [])),
        permissions=frozenset() if account else frozenset(_names(payload.get("permissions"))),
        expires_at=float(expires) + LEEWAY,
        token_id=token_id,
        warehouses=_limit(payload.get("warehouses", ["*"])),
        partners=_limit(payload.get("partners", ["*"])),
        own=payload.get("own") is True,
        session=str(payload.get("sid") or "")[:255],
        account=account,
        requests_per_second=_count(payload.get("requests_per_second")),
    )


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _account(payload: Mapping[str, Any], client: str) -> tuple[str, ...]:
    """Another provider's names for the caller. Our own issuer gives none: its subject is our record's id."""
    name = payload.get("preferred_username")
    if not isinstance(name, str) or not name:
        return ()
    if client and name == f"service-account-{client}":
        return (client,)
    email = payload.get("email")
    verified = payload.get("email_verified") is True and isinstance(email, str) and email
    return (name, str(email)) if verified else (name,)


def _realm_roles(payload: Mapping[str, Any]) -> tuple[str, ...]:
    """The roles as Keycloak states them."""
    realm = payload.get("realm_access")
    if not isinstance(realm, dict):
        return ()
    return _names(cast("dict[str, object]", realm).get("roles"))


def _limit(value: object) -> frozenset[str] | None:
    names = _names(value)
    return None if "*" in names else frozenset(names)


def _names(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(name for name in cast("list[object]", value) if isinstance(name, str))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _refused(reason: str) -> Unauthenticated:
    return Unauthenticated(f"A valid access token is needed: {reason}.")
