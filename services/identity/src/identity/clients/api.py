"""API clients over HTTP. A secret is in one answer, once; a repetition of the command shows it no more."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.types import Receive, Scope, Send

from chassis.http import IfMatch, Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging, page
from chassis.values import CodeIn, Input, NameIn, TextIn
from identity.clients import service, store
from identity.clients.rules import REQUESTS_PER_SECOND_MAX, ClientRow
from identity.clients.service import NewSecret
from identity.clients.tables import clients as table
from identity.values import CompaniesIn, RolesIn, ScopeIn

RateIn = Annotated[
    int,
    Field(
        ge=0,
        le=REQUESTS_PER_SECOND_MAX,
        strict=True,
        description="Requests a second that the gateway lets through; 0: as many as of every caller. Holds from the next token on.",
    ),
]

router = commands("identity", "clients")


class CreateClient(Input):
    """A new client; without a `client_id` it gets one."""

    client_id: CodeIn | None = None
    name: NameIn
    roles: RolesIn = []
    companies: CompaniesIn = []
    warehouses: ScopeIn = ["*"]
    partners: ScopeIn = ["*"]
    own: bool = False
    requests_per_second: RateIn = 0


class ChangeClient(Input):
    """What is to be different; what is not named stays."""

    name: NameIn | None = None
    roles: RolesIn | None = None
    companies: CompaniesIn | None = None
    warehouses: ScopeIn | None = None
    partners: ScopeIn | None = None
    own: bool | None = None
    requests_per_second: RateIn | None = None


class ClientView(BaseModel):
    """A client."""

    id: UUID
    client_id: str
    name: str
    active: bool
    roles: list[str]
    companies: list[str]
    warehouses: list[str]
    partners: list[str]
    own: bool
    requests_per_second: int
    version: int
    recorded_at: datetime


class SecretView(BaseModel):
    """A secret that exists; what it is nobody knows but the client."""

    id: UUID
    recorded_at: datetime


class AddKey(Input):
    """A public key as a JWK (RFC 7517): EC P-256 or OKP Ed25519. Without a `kid` it gets one."""

    kid: CodeIn | None = None
    jwk: dict[CodeIn, TextIn]


class KeyView(BaseModel):
    """A public key with which the client proves itself."""

    id: UUID
    kid: str
    jwk: dict[str, str]
    recorded_at: datetime


class ClientWithSecret(ClientView):
    """A client with its new secret, which is null when the answer is repeated."""

    secret_id: UUID
    secret: str | None


class _ShownOnce(JSONResponse):
    """An answer with a secret. What is kept of it for repetitions (`body`) has none."""

    def __init__(self, shown: ClientWithSecret, *, status_code: int) -> None:
        kept = shown.model_copy(update={"secret": None})
        super().__init__(kept.model_dump(mode="json"), status_code=status_code)
        self._whole = JSONResponse(shown.model_dump(mode="json"), status_code=status_code)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        for name, value in self.headers.items():
            if name not in ("content-length", "content-type"):
                self._whole.headers[name] = value
        await self._whole(scope, receive, send)


def view(client: ClientRow) -> ClientView:
    """The client as it is shown."""
    return ClientView(
        id=client.id, client_id=client.client_id, name=client.name, active=client.active, roles=client.roles,
        companies=client.companies, version=client.version, recorded_at=client.recorded_at,
        warehouses=client.warehouses, partners=client.partners, own=client.own,
        requests_per_second=client.requests_per_second,
    )  # fmt: skip


def _of_row(row: Any) -> ClientView:
    return view(ClientRow(*row[:12]))


def _shown_once(client: ClientRow, secret: NewSecret) -> Response:
    shown = ClientWithSecret(**view(client).model_dump(), secret_id=secret.id, secret=secret.secret)
    response = _ShownOnce(shown, status_code=201)
    etag(response, client.version)
    return response


@router.post("", status_code=201, response_model=ClientWithSecret)
async def create_client(
    body: CreateClient,
    session: Session,
    caller: Annotated[Principal, requires("identity.client.create")],
) -> Response:
    """Let a program in, with roles and companies that you have yourself. Its secret is shown this once."""
    client, secret = await service.create_client(
        session,
        caller,
        client_id=body.client_id,
        name=body.name,
        role_codes=body.roles,
        companies=body.companies,
        warehouses=body.warehouses,
        partners=body.partners,
        own=body.own,
        requests_per_second=body.requests_per_second,
    )
    return _shown_once(client, secret)


@router.get("", response_model=Page[ClientView])
async def list_clients(
    session: Session,
    paging: Paging,
    caller: Annotated[Principal, requires("identity.client.read")],
    client_id: str | None = None,
    active: bool | None = None,
) -> Page[ClientView]:
    """The clients all of whose companies are within your scope."""
    query = store.query()
    if client_id is not None:
        query = query.where(table.c.client_id == client_id)
    if active is not None:
        query = query.where(table.c.active.is_(active))
    return await page(
        session, query, paging, key=[table.c.id],
        allowed_sorts={"client_id": table.c.client_id, "recorded_at": table.c.recorded_at}, make=_of_row,
    )  # fmt: skip


@router.get("/{reference}", response_model=ClientView)
async def get_client(
    reference: str,
    session: Session,
    caller: Annotated[Principal, requires("identity.client.read")],
    response: Response,
) -> ClientView:
    """One client, by id or client_id."""
    client = await service.get_client(session, reference)
    etag(response, client.version)
    return view(client)


@router.patch("/{reference}", response_model=ClientView)
async def change_client(
    reference: str,
    body: ChangeClient,
    session: Session,
    caller: Annotated[Principal, requires("identity.client.change")],
    version: IfMatch,
    response: Response,
) -> ClientView:
    """Change a client's name, roles or companies; the services follow within seconds."""
    client = await service.change_client(
        session,
        caller,
        reference,
        version=version,
        name=body.name,
        role_codes=body.roles,
        companies=body.companies,
        warehouses=body.warehouses,
        partners=body.partners,
        own=body.own,
        requests_per_second=body.requests_per_second,
    )
    etag(response, client.version)
    return view(client)


@router.post("/{reference}/disable", response_model=ClientView)
async def disable_client(
    reference: str,
    session: Session,
    caller: Annotated[Principal, requires("identity.client.disable")],
    version: IfMatch,
    response: Response,
) -> ClientView:
    """Shut a program out, everywhere within seconds."""
    client = await service.set_active(session, caller, reference, version=version, active=False)
    etag(response, client.version)
    return view(client)


@router.post("/{reference}/enable", response_model=ClientView)
async def enable_client(
    reference: str,
    session: Session,
    caller: Annotated[Principal, requires("identity.client.disable")],
    version: IfMatch,
    response: Response,
) -> ClientView:
    """Let a program in again."""
    client = await service.set_active(session, caller, reference, version=version, active=True)
    etag(response, client.version)
    return view(client)


@router.get("/{reference}/secrets", response_model=list[SecretView])
async def list_secrets(
    reference: str, session: Session, caller: Annotated[Principal, requires("identity.client.read")]
) -> list[SecretView]:
    """Which secrets a client has; not what they are."""
    client = await service.get_client(session, reference)
    return [
        SecretView(id=each.id, recorded_at=each.recorded_at)
        for each in await service.list_secrets(session, client.id)
    ]


@router.post("/{reference}/secrets", status_code=201, response_model=ClientWithSecret)
async def add_secret(
    reference: str,
    session: Session,
    caller: Annotated[Principal, requires("identity.client.change")],
) -> Response:
    """Give a client a second secret, to change over without a gap. It is shown this once."""
    client, secret = await service.add_secret(session, caller, reference)
    return _shown_once(client, secret)


@router.delete("/{reference}/secrets/{secret}", status_code=204, response_class=Response)
async def remove_secret(
    reference: str,
    secret: UUID,
    session: Session,
    caller: Annotated[Principal, requires("identity.client.change")],
    version: IfMatch,
) -> Response:
    """Take a secret away."""
    await service.remove_secret(session, caller, reference, secret, version=version)
    return Response(status_code=204)


@router.get("/{reference}/keys", response_model=list[KeyView])
async def list_keys(
    reference: str, session: Session, caller: Annotated[Principal, requires("identity.client.read")]
) -> list[KeyView]:
    """The public keys of a client."""
    client = await service.get_client(session, reference)
    return [
        KeyView(id=key.id, kid=key.kid, jwk=key.jwk, recorded_at=key.recorded_at)
        for key in await service.list_keys(session, client.id)
    ]


@router.post("/{reference}/keys", status_code=201, response_model=KeyView)
async def add_key(
    reference: str,
    body: AddKey,
    session: Session,
    caller: Annotated[Principal, requires("identity.client.change")],
) -> KeyView:
    """Give a client a public key; it then proves itself by signed statements (`private_key_jwt`), without a secret."""
    key = await service.add_key(session, caller, reference, kid=body.kid, jwk=body.jwk)
    return KeyView(id=key.id, kid=key.kid, jwk=key.jwk, recorded_at=key.recorded_at)


@router.delete("/{reference}/keys/{key}", status_code=204, response_class=Response)
async def remove_key(
    reference: str,
    key: UUID,
    session: Session,
    caller: Annotated[Principal, requires("identity.client.change")],
    version: IfMatch,
) -> Response:
    """Take a public key away."""
    await service.remove_key(session, caller, reference, key, version=version)
    return Response(status_code=204)
