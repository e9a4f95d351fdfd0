"""Signing keys over HTTP: published for everybody, rotated by few."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from chassis.http import Principal, Session, Transactions, commands, requires
from chassis.values import Input
from identity.keys import service
from identity.keys.rules import KeyLife
from identity.keys.service import KeyRing, Sealing
from identity.settings import Settings


class Rotate(Input):
    """`revoke`: the tokens signed so far are worthless at once, because a key was stolen."""

    revoke: bool = False


class KeyView(BaseModel):
    """A signing key; the one without `honoured_until` signs."""

    kid: str
    created_at: datetime
    honoured_until: datetime | None


class Keys(BaseModel):
    """The keys whose signatures are honoured."""

    items: list[KeyView]


def _view(lives: tuple[KeyLife, ...]) -> Keys:
    return Keys(
        items=[
            KeyView(kid=k.kid, created_at=k.created_at, honoured_until=k.honoured_until)
            for k in lives
        ]
    )


def keys_router(sealing: Sealing, ring: KeyRing) -> APIRouter:
    """The routes of whoever looks after the keys."""
    router = commands("identity")

    @router.get("/keys", response_model=Keys)
    async def list_keys(
        session: Session, caller: Annotated[Principal, requires("identity.key.read")]
    ) -> Keys:
        """The signing keys whose signatures are honoured."""
        return _view(await service.list_keys(session))

    @router.post("/keys:rotate", response_model=Keys)
    async def rotate_keys(
        session: Session,
        caller: Annotated[Principal, requires("identity.key.rotate")],
        body: Rotate | None = None,
    ) -> Keys:
        """Sign with a new key from now on; the one so far is honoured until its tokens have ended."""
        lives = await service.rotate(session, sealing, revoke=body is not None and body.revoke)
        ring.read_again()
        return _view(lives)

    return router


def public_router(settings: Settings, ring: KeyRing) -> APIRouter:
    """What verifiers of tokens read; outside of the API, without a token."""
    router = APIRouter(tags=["discovery"], include_in_schema=False)
    base = (settings.public_url or settings.issuer).rstrip("/")

    @router.get("/.well-known/jwks.json")
    async def jwks(request: Request) -> JSONResponse:
        database: Transactions = request.app.state.database
        return JSONResponse(
            await ring.published(database), headers={"Cache-Control": "public, max-age=5"}
        )

    @router.get("/.well-known/openid-configuration")
    async def openid_configuration() -> JSONResponse:
        document = {
            "issuer": settings.issuer,
            "jwks_uri": f"{base}/.well-known/jwks.json",
            "authorization_endpoint": f"{base}/api/v1/auth/authorize",
            "token_endpoint": f"{base}/api/v1/auth/token",
            "revocation_endpoint": f"{base}/api/v1/auth/revoke",
            "userinfo_endpoint": f"{base}/api/v1/auth/userinfo",
            "end_session_endpoint": f"{base}/api/v1/auth/sign-out",
            "scopes_supported": ["openid", "profile", "offline_access"],
            "claims_supported": [
                "sub",
                "name",
                "preferred_username",
                "auth_time",
                "amr",
                "sid",
                "nonce",
            ],
            "grant_types_supported": [
                "authorization_code",
                "password",
                "client_credentials",
                "refresh_token",
            ],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            "prompt_values_supported": ["none", "login", "select_account"],
            "ui_locales_supported": ["zh", "en"],
            "token_endpoint_auth_methods_supported": [
                "client_secret_basic",
                "client_secret_post",
                "private_key_jwt",
                "none",
            ],
            "token_endpoint_auth_signing_alg_values_supported": ["EdDSA", "ES256"],
            "revocation_endpoint_auth_methods_supported": ["none"],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["EdDSA"],
        }
        return JSONResponse(document, headers={"Cache-Control": "public, max-age=300"})

    return router
