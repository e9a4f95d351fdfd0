"""The token endpoint: OAuth 2.0 forms, whose refusals are problem documents that also speak OAuth."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from chassis.context import Context
from chassis.errors import BusinessError, PayloadTooLarge, UnsupportedMediaType
from chassis.http import Transactions, address_of
from chassis.problems import (
    MEDIA_TYPE,
    language_of,
    problem_of,
    refusal_of,
    trace_id_of,
    unforeseen,
)
from chassis.refusals import Refusals
from identity.guessing.rules import TooManyWrongPasswords
from identity.sessions.rules import Origin
from identity.tokens.rules import (
    ASSERTION_TYPE,
    InvalidClient,
    InvalidRequest,
    read_form,
    read_token_request,
)
from identity.tokens.service import Issued, Issuer

FORM = "application/x-www-form-urlencoded"
FORM_MAX = 16 * 1024

_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["grant_type"],
    "properties": {
        "grant_type": {
            "type": "string",
            "enum": ["authorization_code", "password", "client_credentials", "refresh_token"],
        },
        "username": {"type": "string"},
        "password": {"type": "string", "format": "password"},
        "otp": {
            "type": "string",
            "description": "A code of the second factor, or a recovery code.",
        },
        "refresh_token": {"type": "string"},
        "code": {"type": "string"},
        "redirect_uri": {"type": "string", "format": "uri"},
        "code_verifier": {"type": "string"},
        "client_assertion_type": {"type": "string", "enum": [ASSERTION_TYPE]},
        "client_assertion": {"type": "string"},
        "client_id": {"type": "string"},
        "client_secret": {"type": "string", "format": "password"},
    },
}
_ANSWER: dict[str, Any] = {
    "type": "object",
    "required": ["access_token", "token_type", "expires_in"],
    "properties": {
        "access_token": {"type": "string"},
        "token_type": {"type": "string", "enum": ["Bearer"]},
        "expires_in": {"type": "integer"},
        "refresh_token": {"type": "string"},
        "id_token": {"type": "string"},
        "scope": {"type": "string"},
    },
}
_PROBLEM: dict[str, Any] = {
    "description": "A refusal: a problem document (RFC 9457) with OAuth's `error` (RFC 6749, 5.2).",
    "content": {MEDIA_TYPE: {"schema": {"type": "object"}}},
}


def tokens_router(issuer: Issuer) -> APIRouter:
    """The routes without a token."""
    router = APIRouter(prefix="/api/v1/auth", tags=["auth"])

    @router.post(
        "/token",
        operation_id="auth_token",
        response_class=Response,
        responses={
            200: {"description": "Tokens.", "content": {"application/json": {"schema": _ANSWER}}},
            "default": _PROBLEM,
        },
        openapi_extra={"requestBody": {"required": True, "content": {FORM: {"schema": _SCHEMA}}}},
    )
    async def token(request: Request) -> Response:
        """Sign in, as a person or as a program, or go on with a refresh token."""
        try:
            asked = read_token_request(await _form(request), request.headers.get("authorization"))
            issued = await issuer.issue(_database(request), asked, origin=origin_of(request))
        except Exception as error:
            await note_refusal(request, error)
            return _refuse(request, error)
        return JSONResponse(_shown(issued), headers=_NOT_KEPT)

    @router.post(
        "/revoke",
        operation_id="auth_revoke",
        response_class=Response,
        responses={200: {"description": "Signed out."}, "default": _PROBLEM},
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {
                    FORM: {
                        "schema": {
                            "type": "object", "required": ["token"], "properties": {"token": {"type": "string"}},
                        }
                    }
                },
            }
        },
    )  # fmt: skip
    async def revoke(request: Request) -> Response:
        """Sign out: the refresh token and its session end (RFC 7009)."""
        try:
            form = await _form(request)
            if "token" not in form:
                raise InvalidRequest(reason=("token is missing", "缺少 token"))
            await issuer.revoke(_database(request), form["token"])
        except Exception as error:
            return _refuse(request, error)
        return Response(status_code=200, headers=_NOT_KEPT)

    return router


_NOT_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def _database(request: Request) -> Transactions:
    return request.app.state.database


async def note_refusal(request: Request, error: Exception) -> None:
    """Leave an audit entry of who guesses, as a person or as a program; a wrong password has its own already."""
    if isinstance(error, TooManyWrongPasswords | InvalidClient):
        action = f"{request.method} {request.scope['path']}"
        refusals: Refusals = request.app.state.refusals
        await refusals.note(
            Context(actor="anonymous"), action=action, route=action, code=error.code, status=error.status,
            address=address_of(request),
        )  # fmt: skip


def origin_of(request: Request) -> Origin:
    """Where the caller is, as the gateway says; counts wrong passwords, is shown to the user, and decides nothing else."""
    agent = request.headers.get("user-agent", "")
    return Origin(address_of(request), "".join(each for each in agent if each.isprintable()))


async def _form(request: Request) -> dict[str, str]:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != FORM:
        raise UnsupportedMediaType(expected=FORM)
    if request.scope.get("query_string"):
        raise InvalidRequest(reason=("nothing belongs into the address", "参数不得放在地址中"))
    return read_form(await _counted(request))


async def read_body_form(request: Request) -> dict[str, str]:
    """The form that a page of ours sends."""
    return await _form(request)


async def _counted(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_MAX:
            raise PayloadTooLarge(limit=f"{FORM_MAX // 1024} KiB", headers={"Connection": "close"})
    return body


def _shown(issued: Issued) -> dict[str, object]:
    answer: dict[str, object] = {
        "access_token": issued.access_token, "token_type": "Bearer", "expires_in": issued.expires_in,
    }  # fmt: skip
    if issued.refresh_token is not None:
        answer["refresh_token"] = issued.refresh_token
    if issued.id_token is not None:
        answer["id_token"] = issued.id_token
    if issued.scope:
        answer["scope"] = issued.scope
    return answer


def _refuse(request: Request, error: Exception) -> Response:
    trace_id = trace_id_of(request)
    refusal: BusinessError = refusal_of(error) or unforeseen(
        error, what=str(request.scope["path"]), trace_id=trace_id
    )
    language = language_of(request.headers.get("accept-language"))
    problem = problem_of(refusal, language=language, trace_id=trace_id)
    problem["error"] = getattr(
        refusal, "error", "invalid_request" if refusal.status < 500 else "temporarily_unavailable"
    )
    problem["error_description"] = refusal.detail("en")
    headers = {"Content-Language": language, **_NOT_KEPT, **refusal.headers}
    return JSONResponse(problem, status_code=refusal.status, media_type=MEDIA_TYPE, headers=headers)
