"""What can be done with API clients."""

from __future__ import annotations

import hashlib
import hmac
import secrets as random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

import jwt
from jwt.types import Options
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import access
from chassis.audit import AuditEntry, record
from chassis.auth import Principal
from chassis.errors import Duplicate, NotFound
from chassis.http import check_version
from chassis.ids import uuid7
from chassis.outbox import emit
from identity.clients import rules, store
from identity.clients.rules import ClientKey, ClientRow, SecretRow
from identity.roles import service as roles
from identity.users.service import check_companies, check_scope
from tongheng_contracts.identity import Client, ClientChanged

_CHECKED_BY_OUR_RULES: Options = {
    "verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False,
}  # fmt: skip
list_secrets = store.secrets
list_keys = store.keys
active = store.active
remove_old_assertions = store.remove_old_assertions


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret in the only moment when it is known."""

    id: UUID
    secret: str


async def create_client(
    session: AsyncSession,
    caller: Principal,
    *,
    client_id: str | None,
    name: str,
    role_codes: Sequence[str],
    companies: Sequence[str],
    warehouses: Sequence[str] = ("*",),
    partners: Sequence[str] = ("*",),
    own: bool = False,
    requests_per_second: int = 0,
) -> tuple[ClientRow, NewSecret]:
    """Let a program in, with its first secret."""
    wanted = client_id if client_id is not None else f"client-{random.token_hex(8)}"
    rules.check_client_id(wanted)
    check_companies(caller, companies)
    check_scope(caller, warehouses=warehouses, partners=partners, own=own)
    await roles.check_assignment(session, caller, role_codes)
    client = ClientRow(
        id=uuid7(), client_id=wanted, name=name, active=True, roles=sorted(set(role_codes)),
        companies=sorted(set(companies)), version=1, recorded_at=datetime.now(UTC),
        warehouses=sorted(set(warehouses)), partners=sorted(set(partners)), own=own,
        requests_per_second=requests_per_second,
    )  # fmt: skip

    try:
        await store.add(session, client)
    except IntegrityError:
        raise Duplicate(what=("A client", "客户端"), field="/client_id") from None
    secret = await _add_secret(session, client)

    await _tell(session, client)
    await _record(session, "create", None, client)
    return await get_client(session, str(client.id)), secret


async def change_client(
    session: AsyncSession,
    caller: Principal,
    reference: str,
    *,
    version: int | None,
    name: str | None,
    role_codes: Sequence[str] | None,
    companies: Sequence[str] | None,
    warehouses: Sequence[str] | None = None,
    partners: Sequence[str] | None = None,
    own: bool | None = None,
    requests_per_second: int | None = None,
) -> ClientRow:
    """Change a client's name, roles, scope or limit; the limit holds from its next token on."""
    before = await _managed(session, caller, reference, version)
    after = replace(
        before,
        name=before.name if name is None else name,
        roles=before.roles if role_codes is None else sorted(set(role_codes)),
        companies=before.companies if companies is None else sorted(set(companies)),
        warehouses=before.warehouses if warehouses is None else sorted(set(warehouses)),
        partners=before.partners if partners is None else sorted(set(partners)),
        own=before.own if own is None else own,
        requests_per_second=before.requests_per_second
        if requests_per_second is None
        else requests_per_second,
        version=before.version + 1,
    )
    if companies is not None:
        check_companies(caller, companies)
    check_scope(caller, warehouses=after.warehouses, partners=after.partners, own=after.own)
    if role_codes is not None:
        await roles.check_assignment(session, caller, role_codes, before=before.roles)

    await store.change(
        session,
        before.id,
        {
            "name": after.name,
            "roles": after.roles,
            "companies": after.companies,
            "warehouses": after.warehouses,
            "partners": after.partners,
            "own": after.own,
            "requests_per_second": after.requests_per_second,
            "version": after.version,
        },
    )

    await _tell(session, after)
    await _record(session, "change", before, after)
    return after


async def set_active(
    session: AsyncSession, caller: Principal, reference: str, *, version: int | None, active: bool
) -> ClientRow:
    """Shut a program out, or let it in again."""
    before = await _managed(session, caller, reference, version)
    if before.active == active:
        return before
    after = replace(before, active=active, version=before.version + 1)

    await store.change(session, before.id, {"active": active, "version": after.version})

    await _tell(session, after)
    await _record(session, "enable" if active else "disable", before, after)
    return after


async def add_secret(
    session: AsyncSession, caller: Principal, reference: str
) -> tuple[ClientRow, NewSecret]:
    """Give a client a second secret, so that it can change over without a gap."""
    client = await _managed(session, caller, reference, None)
    if len(await store.secrets(session, client.id)) >= rules.SECRETS_MAX:
        raise rules.TooManySecrets(limit=rules.SECRETS_MAX)

    secret = await _add_secret(session, client)

    await _record(session, "secret.add", None, client)
    return client, secret


async def remove_secret(
    session: AsyncSession, caller: Principal, reference: str, secret: UUID, *, version: int | None
) -> ClientRow:
    """Take a secret away; who uses it is refused from now on."""
    client = await _managed(session, caller, reference, version)

    if not await store.remove_secret(session, client=client.id, secret=secret):
        raise NotFound(what=("secret", "密钥"))

    await _record(session, "secret.remove", None, client)
    return client


async def get_client(session: AsyncSession, reference: str) -> ClientRow:
    """The client with this id or client_id, within the caller's scope."""
    client = await store.find(session, reference)
    if client is None:
        raise NotFound(what=("client", "客户端"))
    return client


async def authenticate(session: AsyncSession, *, client_id: str, secret: str) -> ClientRow | None:
    """The active client that proves itself with this secret."""
    client = await store.find(session, client_id)
    known = await store.secret_hashes(session, client.id) if client is not None else []
    given = _hash(secret)
    right = [hmac.compare_digest(given, each) for each in known]
    if client is None or client.client_id != client_id or not client.active or not any(right):
        return None
    return client


async def add_key(
    session: AsyncSession,
    caller: Principal,
    reference: str,
    *,
    kid: str | None,
    jwk: Mapping[str, str],
) -> ClientKey:
    """Give a client a public key, with whose private half it signs statements that prove it."""
    client = await _managed(session, caller, reference, None)
    kept = rules.key_to_keep(jwk)
    try:
        jwt.PyJWK(dict(kept), algorithm=rules.CURVES[kept["kty"], kept["crv"]])
    except (jwt.PyJWTError, ValueError):
        rules.key_to_keep({})
    known = await store.keys(session, client.id)
    if len(known) >= rules.KEYS_MAX:
        raise rules.TooManyKeys(limit=rules.KEYS_MAX)
    wanted = kid or str(uuid7())
    if any(key.kid == wanted for key in known):
        raise Duplicate(what=("A key", "公钥"), field="/kid")

    key = ClientKey(uuid7(), wanted, kept, datetime.now(UTC))
    await store.add_key(session, id=key.id, client=client.id, kid=wanted, jwk=kept)

    await _record(session, "key.add", None, client)
    return key


async def remove_key(
    session: AsyncSession, caller: Principal, reference: str, key: UUID, *, version: int | None
) -> ClientRow:
    """Take a public key away; what is signed with it is refused from now on."""
    client = await _managed(session, caller, reference, version)

    if not await store.remove_key(session, client=client.id, key=key):
        raise NotFound(what=("key", "公钥"))

    await _record(session, "key.remove", None, client)
    return client


async def authenticate_by_assertion(
    session: AsyncSession, assertion: str, *, audiences: Collection[str], now: float
) -> ClientRow | None:
    """The active client that proves itself with a signed statement (RFC 7523), each good once."""
    try:
        header = jwt.get_unverified_header(assertion)
        said: object = jwt.decode(assertion, options={"verify_signature": False}).get("sub")
    except (jwt.InvalidTokenError, ValueError):
        return None
    if not isinstance(said, str) or header.keys() & {"jwk", "jku", "x5u", "x5c", "crit", "b64"}:
        return None
    client = await store.find(session, said)
    if client is None or client.client_id != said or not client.active:
        return None
    for key in await store.keys(session, client.id):
        algorithm = rules.CURVES[key.jwk["kty"], key.jwk["crv"]]
        if header.get("alg") != algorithm or header.get("kid", key.kid) != key.kid:
            continue
        try:
            claims: dict[str, object] = jwt.decode(
                assertion, jwt.PyJWK(dict(key.jwk), algorithm=algorithm), algorithms=[algorithm],
                options=_CHECKED_BY_OUR_RULES,
            )  # fmt: skip
        except (jwt.InvalidTokenError, ValueError):
            continue
        checked = rules.check_assertion(claims, audiences=audiences, now=now)
        if checked is None or checked.client_id != client.client_id:
            return None
        return client if await store.take_assertion(session, client.id, checked) else None
    return None


async def _add_secret(session: AsyncSession, client: ClientRow) -> NewSecret:
    secret = NewSecret(id=uuid7(), secret=random.token_urlsafe(32))
    await store.add_secret(session, id=secret.id, client=client.id, hashed=_hash(secret.secret))
    return secret


def _hash(secret: str) -> bytes:
    # 256 random bits need no slow hash
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


async def _managed(
    session: AsyncSession, caller: Principal, reference: str, version: int | None
) -> ClientRow:
    """The client, locked; only somebody with all its rights manages it."""
    client = await store.find(session, reference, lock=True)
    if client is None:
        raise NotFound(what=("client", "客户端"))
    check_version(version, client.version)
    await roles.check_assignment(session, caller, (), before=client.roles)
    check_scope(caller, warehouses=client.warehouses, partners=client.partners, own=client.own)
    return client


async def _tell(session: AsyncSession, client: ClientRow) -> None:
    event = ClientChanged(
        client=Client(
            id=client.id, client_id=client.client_id, name=client.name, active=client.active,
            roles=client.roles, companies=client.companies, version=client.version,
            warehouses=client.warehouses, partners=client.partners, own=client.own,
        )
    )  # fmt: skip
    await emit(session, event)
    # this service's own replica follows at once: whoever is shut out here is out here
    await access.on_users_changed(session, [event])


def _seen(client: ClientRow) -> dict[str, object]:
    return {
        "client_id": client.client_id, "name": client.name, "active": client.active,
        "roles": client.roles, "companies": client.companies,
        "warehouses": client.warehouses, "partners": client.partners, "own": client.own,
        "requests_per_second": client.requests_per_second,
    }  # fmt: skip


async def _record(
    session: AsyncSession, verb: str, before: ClientRow | None, after: ClientRow
) -> None:
    await record(
        session,
        AuditEntry(
            action=f"identity.client.{verb}", document_type="identity.client", document_id=after.id,
            number=after.client_id, company="", before=_seen(before) if before else None, after=_seen(after),
        ),
    )  # fmt: skip


__all__ = [
    "SecretRow",
    "active",
    "add_key",
    "add_secret",
    "authenticate",
    "authenticate_by_assertion",
    "change_client",
    "create_client",
    "get_client",
    "list_keys",
    "list_secrets",
    "remove_key",
    "remove_old_assertions",
    "remove_secret",
    "set_active",
]
