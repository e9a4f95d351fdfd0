"""Commands and queries over HTTP: one transaction each, committed before the answer leaves, answered once per key."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Annotated, Any, NoReturn, Protocol, TypeVar, cast, get_args, get_origin
from urllib.parse import unquote_plus

from fastapi import APIRouter, Depends, FastAPI, Header, Request, Response
from fastapi.datastructures import DefaultPlaceholder
from fastapi.dependencies.models import Dependant
from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.params import Form
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.routing import _effective_route_context_var as effective_route  # pyright: ignore[reportPrivateUsage]
from fastapi.security.base import SecurityBase
from pydantic import BaseModel, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.background import BackgroundTask

from . import failpoints, idempotency
from .access import AccessDirectory, Authenticator
from .auth import Principal, TokenVerifier, bearer_token
from .batches import Batch
from .context import Context
from .edge import EdgeMiddleware
from .errors import (
    BusinessError,
    DependencyUnavailable,
    IdempotencyInProgress,
    IdempotencyKeyReused,
    InternalError,
    InvalidHeader,
    InvalidQuery,
    MalformedJson,
    NotAcceptable,
    NotFound,
    OutcomeUnknown,
    PayloadTooLarge,
    PreconditionFailed,
    PreconditionRequired,
    UnsupportedMediaType,
    ValidationFailed,
)
from .jsonreader import Json, read_json
from .paging import cursor_key_of
from .problems import MEDIA_TYPE as PROBLEM
from .problems import (
    answer,
    field_error,
    install_problems,
    language_of,
    refusal_of,
    trace_id_of,
    unforeseen,
)
from .refusals import Refusals
from .settings import ServiceSettings
from .sqlstates import is_outcome_unknown, is_retryable
from .telemetry import current_traceparent, logger
from .values import Input

MIB = 1024 * 1024
BODY_MAX = 1 * MIB
BATCH_BODY_MAX = 16 * MIB
ATTEMPTS = 5
ADDRESS_LONGEST = 300

__all__ = [
    "CommandRoute",
    "IfMatch",
    "Principal",
    "Session",
    "accepts",
    "address_of",
    "check_version",
    "commands",
    "context_for",
    "equip",
    "etag",
    "finish_commands",
    "install_problems",
    "permissions_of",
    "principal_of",
    "requires",
]

_log = logger("chassis.http")
_running: set[asyncio.Task[Response]] = set()
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_VERSION = re.compile(r'(?:W/)?"([0-9]{1,9})"|([0-9]{1,9})')
_RECORDED_REFUSALS = frozenset({403, 404, 409, 422})

FunctionT = TypeVar("FunctionT", bound=Callable[..., object])
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Transactions(Protocol):
    """What the edge needs of a database: `chassis.database.Database`."""

    def transaction(self, context: Context) -> AbstractAsyncContextManager[AsyncSession]:
        """A session that commits at the end of the block."""
        ...

    def read(self, context: Context) -> AbstractAsyncContextManager[AsyncSession]:
        """A session for reading."""
        ...


class Authenticating(Protocol):
    """What the edge needs to know the caller: `chassis.access.Authenticator`."""

    async def principal(self, token: str) -> Principal:
        """The caller behind an access token, or Unauthenticated."""
        ...


# --- building --------------------------------------------------------------------------------------------------


def equip(
    app: FastAPI,
    *,
    database: Transactions,
    access: AccessDirectory,
    verifier: TokenVerifier,
    settings: ServiceSettings,
    service: str,
    refusals: Refusals | None = None,
    draining: Callable[[], bool] = lambda: False,
) -> None:
    """Give an application what our routes need: the database, the caller's identity, our refusals, our edge."""
    app.state.database = database
    app.state.refusals = refusals or Refusals(database)
    app.state.authenticator = Authenticator(verifier, access)
    app.state.cursor_key = cursor_key_of(
        settings.cursor_key, f"{service}:{settings.database_url.get_secret_value()}"
    )
    app.router.redirect_slashes = False
    install_problems(app)
    app.add_middleware(EdgeMiddleware, draining=draining)


def commands(service: str, *parts: str) -> APIRouter:
    """A router under /api/v1/<service>/<parts…> whose routes are commands and queries."""
    path = "/".join((service, *parts))

    def operation_id(route: APIRoute) -> str:
        return "_".join((*parts, route.name)).replace("-", "_").replace("/", "_")

    return APIRouter(
        prefix=f"/api/v1/{path}",
        route_class=CommandRoute,
        tags=["/".join(parts) or service],
        generate_unique_id_function=operation_id,
        redirect_slashes=False,
        responses={"default": _PROBLEM_RESPONSE},
    )


def accepts(*media_types: str, limit: int) -> Callable[[FunctionT], FunctionT]:
    """Mark a handler that reads another body than JSON itself, with `await request.body()`."""

    def mark(function: FunctionT) -> FunctionT:
        function.__dict__["chassis_accepts"] = (frozenset(media_types), limit)
        return function

    return mark


# --- what handlers ask for -------------------------------------------------------------------------------------


async def request_session(request: Request) -> AsyncSession:
    """The request's transaction."""
    session = getattr(request.state, "session", None)
    assert isinstance(session, AsyncSession), (
        "this route is no command: build its router with commands()"
    )
    return session


Session = Annotated[AsyncSession, Depends(request_session)]
"""The request's transaction; handlers never commit."""


async def principal_of(request: Request) -> Principal:
    """The caller, from the signed token only."""
    known = getattr(request.state, "principal", None)
    if isinstance(known, Principal):
        return known
    authenticator = cast(Authenticating, request.app.state.authenticator)
    principal = await authenticator.principal(bearer_token(request.headers.get("authorization")))
    request.state.principal = principal
    return principal


class _Requires(SecurityBase):
    """A permission that a route needs; the caller is its value."""

    def __init__(self, permission: str) -> None:
        self.permission = permission
        self.model = HTTPBearerModel(bearerFormat="JWT")
        self.scheme_name = "accessToken"

    async def __call__(self, request: Request) -> Principal:
        principal = await principal_of(request)
        principal.check(self.permission)
        return principal


def requires(permission: str) -> Any:  # FastAPI's marker has no type of its own
    """Use as `Annotated[Principal, requires("sales.order.place")]`."""
    return Depends(_Requires(permission))


async def _if_match(
    request: Request,
    if_match: Annotated[
        str | None,
        Header(
            alias="If-Match",
            description="The version that you change.",
            json_schema_extra={"pattern": f"^(?:{_VERSION.pattern})$"},
        ),
    ] = None,
) -> int | None:
    if if_match is None:
        if request.method in ("PUT", "PATCH", "DELETE"):
            raise PreconditionRequired
        return None
    match = _VERSION.fullmatch(if_match.strip())
    if match is None:
        raise InvalidHeader(header="If-Match")
    return int(match[1] or match[2])


IfMatch = Annotated[int | None, Depends(_if_match)]
"""The version that the caller read; required on PUT, PATCH and DELETE."""


def check_version(expected: int | None, current: int) -> None:
    """Refuse a change of a version that is not the current one."""
    if expected is not None and expected != current:
        raise PreconditionFailed(current=current)


def etag(response: Response, version: int) -> None:
    """State the document's version in the answer."""
    response.headers["ETag"] = f'"{version}"'


def permissions_of(app: FastAPI) -> list[tuple[str, str, str]]:
    """Every operation with each permission it needs: (method, path, permission)."""
    listed: list[tuple[str, str, str]] = []
    for context in iter_route_contexts(app.routes):
        dependant = getattr(context, "dependant", None)
        if isinstance(dependant, Dependant):
            for method in sorted(context.methods or ()):
                listed.extend(
                    (method, context.path or "", each) for each in _permissions(dependant)
                )
    return listed


async def context_for(request: Request) -> Context:
    """On whose behalf this request acts."""
    principal = await principal_of(request)
    request_id = str(request.scope.get("request_id", ""))
    return Context(
        actor=principal.subject,
        companies=principal.companies,
        warehouses=principal.warehouses,
        partners=principal.partners,
        own=principal.own,
        correlation_id=request_id,
        causation_id=request_id,
        traceparent=current_traceparent(),
        client=principal.client,
        request_id=request_id,
        address=address_of(request),
        language=language_of(request.headers.get("accept-language")),
    )


async def finish_commands(seconds: float) -> int:
    """Wait for the commands that are running; the number that did not finish."""
    if not _running:
        return 0
    _, pending = await asyncio.wait(set(_running), timeout=seconds)
    return len(pending)


# --- the route -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a route was declared to take."""

    permissions: tuple[str, ...]
    parameters: frozenset[str]
    lists: frozenset[str]
    has_body: bool
    body_required: bool
    accepted: frozenset[str]
    """Media types that the handler reads itself; empty for JSON."""
    limit: int
    answers_json: bool


class _RawJson:
    """A body that was read strictly, on its way to its model."""

    __slots__ = ("raw", "value")

    def __init__(self, raw: bytes, value: Json) -> None:
        self.raw = raw
        self.value = value


class CommandRoute(APIRoute):
    """A route whose handler runs in one transaction, with the caller's scope, and once per Idempotency-Key."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        methods = {method.upper() for method in options.get("methods") or ("GET",)}
        if "POST" in methods:
            options["openapi_extra"] = {
                "parameters": [_KEY_PARAMETER],
                **(options.get("openapi_extra") or {}),
            }
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Handler:
        """FastAPI's handler, within ours."""
        inner = super().get_route_handler()
        included = effective_route.get()
        route = included if included is not None and included.original_route is self else self
        asked = _asked(
            self, cast(Dependant, route.dependant), is_batch=str(route.path).endswith(":batch")
        )
        for field in cast(Dependant, route.dependant).body_params:
            _validate_as_json(field)

        async def handle(request: Request) -> Response:
            try:
                principal = await principal_of(request)
                for permission in asked.permissions:
                    principal.check(permission)
                _check_address(request, asked)
                _check_accept(request, asked)
                if request.method in ("GET", "HEAD"):
                    return await _query(request, inner)
                body = await _read_body(request, asked)
                claim = idempotency.claim_of(
                    client=_client_of(principal),
                    key=request.headers.get("idempotency-key"),
                    method=request.method,
                    path=_full_path(request),
                    body=body,
                    required=request.method == "POST",
                    secret=request.app.state.cursor_key,
                )
            except BusinessError as error:
                if error.status == 403:
                    await _note_refusal(request, await context_for(request), error)
                return answer(request, error)
            return await _shielded(_command(request, inner, claim))

        return handle


def _database(request: Request) -> Transactions:
    own = getattr(request.state, "database", None)
    return cast(Transactions, own if own is not None else request.app.state.database)


async def _query(request: Request, inner: Handler) -> Response:
    """A read transaction around a GET."""
    database = _database(request)
    context = await context_for(request)
    for attempt in range(ATTEMPTS):
        try:
            async with database.read(context) as session:
                request.state.session = session
                return await inner(request)
        except Exception as error:
            if is_retryable(error) and attempt < ATTEMPTS - 1:
                await _pause(attempt)
                continue
            response = _refuse(request, error)
            if response.status_code == 403:
                await _note_refusal(request, context, error)
            return response
    return answer(request, DependencyUnavailable())


async def _command(request: Request, inner: Handler, claim: idempotency.Claim | None) -> Response:
    """Run a command to its end, again where PostgreSQL asks for it."""
    context = await context_for(request)
    for attempt in range(ATTEMPTS):
        try:
            response = await _attempt(request, inner, context, claim)
            for error in getattr(request.state, "refused_rows", ()):  # of a batch that was done
                await _note_refusal(request, context, error)
            return response
        except idempotency.ClaimedMeanwhile:
            continue
        except Exception as error:
            if is_retryable(error) and attempt < ATTEMPTS - 1:
                await _pause(attempt)
                continue
            first = await _first_answer(request, context, claim, error)
            if first is not None:
                return first
            response = _refuse(request, error)
            if response.status_code in _RECORDED_REFUSALS:
                await _note_refusal(request, context, error)
            return response
    return answer(request, DependencyUnavailable())


async def _attempt(
    request: Request, inner: Handler, context: Context, claim: idempotency.Claim | None
) -> Response:
    """One transaction: claim, run, keep the answer, commit."""
    database = _database(request)
    committing = False
    try:
        async with database.transaction(context) as session:
            request.state.session = session
            if claim is not None:
                replayed = await idempotency.claim(session, claim)
                if replayed is not None:
                    return replayed
            response = await inner(request)
            if response.status_code >= 400:
                raise _Refused(response)
            if claim is not None:
                await session.flush()
                await idempotency.store(session, claim, response)
            committing = True
            failpoints.reach("F1")
        failpoints.reach("F2")
        if failpoints.armed():
            response.background = BackgroundTask(failpoints.reach, "F3")
        return response
    except _Refused as refused:
        return refused.response
    except BaseException as error:
        if committing and is_outcome_unknown(error):
            _log.warning("outcome unknown", error=type(error).__name__)
            raise OutcomeUnknown from error
        raise


async def _first_answer(
    request: Request, context: Context, claim: idempotency.Claim | None, error: Exception
) -> Response | None:
    """The answer of another request with our key that committed just before us and is why we were refused."""
    if claim is None or isinstance(
        error, (IdempotencyInProgress, IdempotencyKeyReused, OutcomeUnknown)
    ):
        return None
    database = cast("Transactions", request.app.state.database)
    try:
        async with database.read(context) as session:
            return await idempotency.answered(session, claim)
    except Exception:  # what refused us is the better answer
        return None


class _Refused(Exception):
    """A handler's own answer of refusal: nothing of its work is kept."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


async def _shielded(work: Coroutine[Any, Any, Response]) -> Response:
    """A command runs to its end though the client went away."""
    task = asyncio.create_task(work)
    _running.add(task)
    task.add_done_callback(_running.discard)
    return await asyncio.shield(task)


async def _pause(attempt: int) -> None:
    """A little and at random, so that those who collided do not meet again."""
    await asyncio.sleep(random.uniform(0.005, 0.02 * 2**attempt))


def _refuse(request: Request, error: Exception) -> Response:
    refusal = refusal_of(error)
    if refusal is None:
        refusal = unforeseen(
            error, what=f"{request.method} {request.url.path}", trace_id=trace_id_of(request)
        )
    return answer(request, refusal)


async def _note_refusal(request: Request, context: Context, error: Exception) -> None:
    """Somebody was refused: who, what, from where, and why."""
    refusal = refusal_of(error) or InternalError()
    route = getattr(request.scope.get("route"), "path_format", None) or "unknown"
    refusals = cast(Refusals, request.app.state.refusals)
    await refusals.note(
        context,
        action=f"{request.method} {request.scope['path']}",
        route=f"{request.method} {route}",
        code=refusal.code,
        status=refusal.status,
        address=address_of(request),
    )


def address_of(request: Request) -> str:
    """Where the caller is, as the gateway says; it is told and counted, and decides about nobody's rights."""
    told = request.headers.get("x-forwarded-for")
    said = told or (request.client.host if request.client else "")
    return "".join(each for each in said[:ADDRESS_LONGEST] if each.isprintable())


# --- reading the request ---------------------------------------------------------------------------------------


async def _read_body(request: Request, asked: _Asked) -> bytes:
    """The body, counted while it comes, and strictly read."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > asked.limit:
        _too_large(asked.limit)
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > asked.limit:
            _too_large(asked.limit)
        chunks.append(chunk)
    body = b"".join(chunks)
    request._body = body  # pyright: ignore[reportPrivateUsage]  # read once, here, so that it is counted
    if asked.accepted:
        _check_media_type(request, asked.accepted)
        return body
    if body:
        _check_media_type(request, _JSON)
        value = read_json(body)
        if not asked.has_body and value != {}:
            raise ValidationFailed(errors=[field_error("", "extra_forbidden")])
        request._json = _RawJson(body, value)  # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue]
        request.state.json = value
    elif asked.body_required:
        raise MalformedJson(reason=("it is empty", "内容为空"))
    return body


def json_of(request: Request) -> Json:
    """The request's body as read, for handlers that look at it themselves."""
    return cast(Json, getattr(request.state, "json", None))


_JSON = frozenset({"application/json"})


def _check_media_type(request: Request, accepted: frozenset[str]) -> None:
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower()
    if media_type.strip().lower() not in accepted or (
        charset.startswith("charset=") and charset[8:].strip('"') not in ("utf-8", "utf8")
    ):
        raise UnsupportedMediaType(expected=", ".join(sorted(accepted)))


def _check_accept(request: Request, asked: _Asked) -> None:
    accept = request.headers.get("accept")
    if accept is None or not asked.answers_json:
        return
    if not any(_takes_json(part) for part in accept.lower().split(",")):
        raise NotAcceptable


def _takes_json(part: str) -> bool:
    media_type, _, quality = part.strip().partition(";")
    ours = media_type.strip() in ("*/*", "application/*", "application/json", PROBLEM, "")
    return ours and re.fullmatch(r"\s*q=0(?:\.0*)?\s*", quality) is None


def _check_address(request: Request, asked: _Asked) -> None:
    """Every parameter is one that the route declares, given once; nothing unprintable anywhere."""
    if _CONTROL.search(request.scope["path"]) is not None:
        raise NotFound
    raw = cast(bytes, request.scope.get("query_string", b""))
    if not raw:
        return
    seen: set[str] = set()
    for part in raw.decode("latin-1").split("&"):
        if not part:
            continue
        name, _, value = part.partition("=")
        name = unquote_plus(name)
        if name not in asked.parameters:
            raise InvalidQuery(parameter=name)
        if name in seen and name not in asked.lists:
            raise InvalidQuery(parameter=name)
        seen.add(name)
        try:
            text = unquote_plus(value, errors="strict")
        except UnicodeDecodeError:
            raise InvalidQuery(parameter=name) from None
        if _CONTROL.search(text) is not None:
            raise InvalidQuery(parameter=name)


def _too_large(limit: int) -> NoReturn:
    raise PayloadTooLarge(limit=f"{limit // MIB} MiB", headers={"Connection": "close"})


def _full_path(request: Request) -> str:
    query = cast(bytes, request.scope.get("query_string", b"")).decode("latin-1")
    return f"{request.scope['path']}?{query}" if query else str(request.scope["path"])


def _client_of(principal: Principal) -> str:
    """Whose key it is: a person's, in the program he uses."""
    if principal.client and principal.client != principal.subject:
        return f"{principal.client}/{principal.subject}"
    return principal.subject


# --- reading the declaration -----------------------------------------------------------------------------------


def _asked(route: APIRoute, dependant: Dependant, *, is_batch: bool) -> _Asked:
    parameters: set[str] = set()
    lists: set[str] = set()
    for field in (field for each in _all(dependant) for field in each.query_params):
        annotation: object = field.field_info.annotation
        declared: dict[str, object] = {field.alias: annotation}
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            fields = annotation.model_fields.items()
            declared = {each.alias or name: each.annotation for name, each in fields}
        parameters.update(declared)
        lists.update(name for name, each in declared.items() if _is_list(each))
    bodies = [field for each in _all(dependant) for field in each.body_params]
    assert len(bodies) <= 1, f"{route.path}: a command has one body"
    assert not any(isinstance(body.field_info, Form) for body in bodies), (
        f"{route.path}: no forms here"
    )
    usual: tuple[frozenset[str], int] = (frozenset(), BATCH_BODY_MAX if is_batch else BODY_MAX)
    accepted, limit = cast(
        "tuple[frozenset[str], int]", getattr(route.endpoint, "chassis_accepts", usual)
    )
    return _Asked(
        permissions=tuple(dict.fromkeys(_permissions(dependant))),
        parameters=frozenset(parameters),
        lists=frozenset(lists),
        has_body=bool(bodies),
        body_required=any(body.field_info.is_required() for body in bodies),
        accepted=accepted,
        limit=limit,
        answers_json=isinstance(route.response_class, DefaultPlaceholder),
    )


def _all(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for each in dependant.dependencies:
        yield from _all(each)


def _permissions(dependant: Dependant) -> Iterator[str]:
    for each in _all(dependant):
        if isinstance(each.call, _Requires):
            yield each.call.permission


def _is_list(annotation: object) -> bool:
    origin = get_origin(annotation)
    if origin in (list, set, frozenset, tuple):
        return True
    return any(_is_list(each) for each in get_args(annotation)) if origin is not None else False


def _validate_as_json(field: Any) -> None:
    """Have FastAPI's body field read JSON in pydantic's JSON mode.

    In it `strict` takes what JSON can say (ids, days, choices as strings) and nothing else. The field's own
    method is replaced on the instance; FastAPI has no hook for it.
    """
    adapter = field._type_adapter
    plain = field.validate
    annotation = field.field_info.annotation
    is_batch = isinstance(annotation, type) and issubclass(annotation, Batch)
    batch = cast("type[Batch[Input]] | None", annotation if is_batch else None)

    def validate(
        value: object, values: dict[str, Any] | None = None, *, loc: tuple[int | str, ...] = ()
    ) -> tuple[object, list[dict[str, Any]]]:
        if not isinstance(value, _RawJson):
            return plain(value, values or {}, loc=loc)
        try:
            if batch is not None:
                return batch.of_json(value.raw, value.value), []
            return adapter.validate_json(value.raw), []
        except ValidationError as error:
            return None, [
                {**each, "loc": (*loc, *each["loc"])}
                for each in error.errors(include_url=False, include_input=False)
            ]

    field.validate = validate


_KEY_PARAMETER: dict[str, object] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "Settles what happened when an answer was lost: the same key gets the first answer again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
}

_PROBLEM_RESPONSE: dict[str, Any] = {
    "description": "A refusal, as a problem document (RFC 9457).",
    "content": {
        PROBLEM: {
            "schema": {
                "type": "object",
                "title": "Problem",
                "required": ["type", "title", "status", "detail", "code", "trace_id"],
                "properties": {
                    "type": {"type": "string", "format": "uri"},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "detail": {"type": "string"},
                    "code": {"type": "string"},
                    "trace_id": {"type": "string"},
                    "errors": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {
                                "pointer": {"type": "string"},
                                "code": {"type": "string"},
                                "detail": {"type": "string"},
                            },
                        },
                    },
                },
            }
        }
    },
}
