"""The addresses a browser comes to: authorize, sign-in, sign-out; and userinfo for whoever holds a token."""

import secrets
import time
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from chassis.context import system_context
from chassis.errors import BusinessError, Unauthenticated
from chassis.http import Transactions, principal_of
from chassis.problems import MEDIA_TYPE, answer, language_of, refusal_of, trace_id_of, unforeseen
from identity.authorize import pages, rules
from identity.authorize.rules import InvalidAuthorization, Stage, Transaction
from identity.authorize.service import Ask, SentBack, SignIn
from identity.tokens.api import FORM, note_refusal, origin_of, read_body_form
from identity.tokens.rules import InvalidGrant
from identity.users import service as users

_PAGE: dict[int | str, dict[str, Any]] = {
    200: {"description": "A page.", "content": {"text/html": {}}},
    303: {"description": "Back to the application."},
    "default": {
        "description": "A page that says what is wrong; what never came to it, the gateway says.",
        "content": {"text/html": {}, MEDIA_TYPE: {"schema": {"type": "object"}}},
    },
}
_TOLD: dict[int | str, dict[str, Any]] = {
    200: {"description": "What is known of him.", "content": {"application/json": {}}},
    "default": {
        "description": "A problem document.",
        "content": {MEDIA_TYPE: {"schema": {"type": "object"}}},
    },
}
_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            FORM: {
                "schema": {
                    "type": "object",
                    "required": ["transaction"],
                    "properties": {
                        "transaction": {
                            "type": "string",
                            "description": "What the page was given; good only in the browser where it began.",
                        },
                        "username": {"type": "string"},
                        "password": {"type": "string", "format": "password"},
                        "otp": {"type": "string"},
                    },
                }
            }
        },
    }
}
_WRONG = {
    Stage.PASSWORD: ("用户名或密码错误。", "The name or the password is wrong."),
    Stage.CODE: ("验证码错误或已使用。", "The code is wrong, or was used already."),
    Stage.ENROL: ("验证码错误，请等待下一个。", "The code is not right; wait for the next one."),
}


def authorize_router(sign_in: SignIn) -> APIRouter:
    """The routes that a browser visits."""
    router = APIRouter(prefix="/api/v1/auth", tags=["auth"])
    cookies = _Cookies(secure=sign_in.base.startswith("https:"))

    @router.get(
        "/authorize", operation_id="auth_authorize", response_class=Response, responses=_PAGE
    )
    async def authorize(request: Request) -> Response:
        """Sign a person in for an application: authorization code with PKCE (S256)."""
        language = _language(request)
        try:
            query = rules.read_query(request.scope.get("query_string", b""))
            language = rules.language_of_request(query, language)
            browser = cookies.browser(request)
            outcome = await sign_in.begin(
                _database(request), query, cookie=cookies.session(request), browser=browser
            )
        except Exception as error:
            return _refuse(request, error, language)
        response = _shown(outcome, _key(request), language)
        cookies.keep_browser(response, browser)
        return response

    @router.post(
        "/sign-in", operation_id="auth_sign_in", response_class=Response, responses=_PAGE, openapi_extra=_FORM
    )  # fmt: skip
    async def sign_in_form(request: Request) -> Response:
        """What the sign-in page sends; nothing for programs."""
        language = _language(request)
        try:
            _check_same_site(request)
            form = await read_body_form(request)
            at = _transaction(request, form, cookies)
            outcome = await _step(sign_in, request, at, form, cookies)
        except Exception as error:
            await note_refusal(request, error)
            return _refuse(request, error, language)
        response = _shown(outcome, _key(request), language)
        if isinstance(outcome, SentBack) and outcome.cookie is not None:
            cookies.keep_session(response, outcome.cookie)
        return response

    @router.get("/userinfo", operation_id="auth_userinfo", response_class=Response, responses=_TOLD)
    @router.post(
        "/userinfo", operation_id="auth_userinfo_post", response_class=Response, responses=_TOLD
    )
    async def userinfo(request: Request) -> Response:
        """Who holds this access token (OpenID Connect Core, 5.3)."""
        try:
            caller = await principal_of(request)
            async with _database(request).read(system_context("identity.userinfo")) as session:
                user = await users.find(session, caller.subject)
            if user is None:
                raise Unauthenticated
        except BusinessError as error:
            return answer(request, error)
        said = {"sub": str(user.id), "name": user.name, "preferred_username": user.username}
        return JSONResponse(said, headers={"Cache-Control": "no-store"})

    return router


def sign_out_router(sign_in: SignIn) -> APIRouter:
    """The routes of signing out."""
    router = APIRouter(prefix="/api/v1/auth", tags=["auth"])
    cookies = _Cookies(secure=sign_in.base.startswith("https:"))

    @router.get("/sign-out", operation_id="auth_sign_out", response_class=Response, responses=_PAGE)
    async def sign_out(request: Request) -> Response:
        """End the session of this browser (OpenID Connect RP-Initiated Logout)."""
        language = _language(request)
        try:
            query = rules.read_query(request.scope.get("query_string", b""))
            language = rules.language_of_request(query, language)
            browser = cookies.browser(request)
            outcome = await sign_in.ask_to_sign_out(
                _database(request), query, cookie=cookies.session(request), browser=browser
            )
        except Exception as error:
            return _refuse(request, error, language)
        response = _shown(outcome, _key(request), language)
        if isinstance(outcome, SentBack):
            cookies.forget_session(response)
        cookies.keep_browser(response, browser)
        return response

    @router.post(
        "/sign-out", operation_id="auth_sign_out_form", response_class=Response, responses=_PAGE,
        openapi_extra=_FORM,
    )  # fmt: skip
    async def sign_out_form(request: Request) -> Response:
        """What the sign-out page sends."""
        language = _language(request)
        try:
            _check_same_site(request)
            form = await read_body_form(request)
            at = _transaction(request, form, cookies)
            if at.stage is not Stage.SIGN_OUT:
                raise InvalidAuthorization(reason=_STALE)
            outcome = await sign_in.sign_out(
                _database(request), at, cookie=cookies.session(request)
            )
        except Exception as error:
            return _refuse(request, error, language)
        response = _shown(outcome, _key(request), language)
        cookies.forget_session(response)
        return response

    return router


_STALE = (
    "it is too old, or belongs to another browser; begin anew",
    "已过期或来自其他浏览器，请重新开始",
)


async def _step(
    sign_in: SignIn, request: Request, at: Transaction, form: dict[str, str], cookies: "_Cookies"
) -> Ask | SentBack:
    database, origin, cookie = _database(request), origin_of(request), cookies.session(request)
    match at.stage:
        case Stage.PASSWORD:
            return await sign_in.password(
                database, at, username=form.get("username", ""), password=form.get("password", ""), origin=origin,
                cookie=cookie,
            )  # fmt: skip
        case Stage.CODE:
            otp = form.get("otp", "")
            return await sign_in.code(database, at, otp=otp, origin=origin, cookie=cookie)
        case Stage.ENROL:
            return await sign_in.enrol(database, at, otp=form.get("otp", ""))
        case Stage.RECOVERY:
            return await sign_in.recovered(database, at, origin=origin, cookie=cookie)
        case Stage.SIGN_OUT:
            raise InvalidAuthorization(reason=_STALE)


def _shown(outcome: Ask | SentBack, key: bytes, language: str) -> Response:
    if isinstance(outcome, SentBack):
        if not outcome.address:
            return pages.message_page("已退出登录", "You are signed out", language=language)
        return RedirectResponse(
            outcome.address, status_code=303, headers={"Cache-Control": "no-store"}
        )
    at = outcome.transaction
    carried = rules.sign(key, at)
    goes_to = rules.origin_of_address(at.request.redirect_uri if at.request else at.target or "")
    goes_to = "" if goes_to == "://" else goes_to
    error = " ".join(_WRONG[at.stage]) if outcome.error else ""
    match at.stage:
        case Stage.PASSWORD:
            return pages.sign_in_page(
                transaction=carried, goes_to=goes_to, language=language, error=error
            )
        case Stage.CODE:
            return pages.code_page(
                transaction=carried, goes_to=goes_to, language=language, error=error
            )
        case Stage.ENROL:
            assert outcome.enrolment is not None, "a page that enrols shows a key"
            return pages.enrol_page(
                transaction=carried, qr_svg=outcome.enrolment.qr_svg, secret=outcome.enrolment.secret,
                goes_to=goes_to, language=language, error=error,
            )  # fmt: skip
        case Stage.RECOVERY:
            return pages.recovery_page(
                transaction=carried, codes=outcome.recovery_codes, goes_to=goes_to, language=language
            )  # fmt: skip
        case Stage.SIGN_OUT:
            return pages.sign_out_page(transaction=carried, goes_to=goes_to, language=language)


def _transaction(request: Request, form: dict[str, str], cookies: "_Cookies") -> Transaction:
    at = rules.read(_key(request), form.get("transaction", ""), now=time.time())
    browser = cookies.given_browser(request)
    if at is None or not browser or rules.fingerprint(browser) != at.browser:
        raise InvalidAuthorization(reason=_STALE)
    return at


def _check_same_site(request: Request) -> None:
    """A form of another site is not ours, whatever it knows; browsers that do not say are held to their cookie."""
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise InvalidAuthorization(reason=("it came from another site", "来自其他网站"))


def _refuse(request: Request, error: Exception, language: str) -> Response:
    refusal = refusal_of(error) or unforeseen(
        error, what=str(request.scope["path"]), trace_id=trace_id_of(request)
    )
    if isinstance(refusal, InvalidGrant):
        refusal = InvalidAuthorization(reason=_STALE)
    response = pages.message_page(
        "无法继续", "This cannot go on", language=language, status=refusal.status,
        detail=(refusal.detail("zh"), refusal.detail("en")),
    )  # fmt: skip
    response.headers.update(refusal.headers)
    return response


def _database(request: Request) -> Transactions:
    return request.app.state.database


def _key(request: Request) -> bytes:
    return request.app.state.cursor_key


def _language(request: Request) -> str:
    return language_of(request.headers.get("accept-language"))


class _Cookies:
    """Two cookies, unreadable for scripts and not sent along by other sites' forms: which browser, and which session."""

    def __init__(self, *, secure: bool) -> None:
        self._secure = secure
        # the prefix makes browsers refuse one that a neighbouring host, or a plain connection, would plant
        prefix = "__Host-" if secure else ""
        self._session = f"{prefix}tongheng-session"
        self._browser = f"{prefix}tongheng-browser"
        self._path = "/" if secure else "/api/v1/auth"

    def session(self, request: Request) -> str:
        """The session's cookie, or nothing."""
        return request.cookies.get(self._session, "")[:256]

    def given_browser(self, request: Request) -> str:
        """The browser's cookie as it came, or nothing."""
        return request.cookies.get(self._browser, "")[:256]

    def browser(self, request: Request) -> str:
        """The browser's cookie, or a new one."""
        return self.given_browser(request) or secrets.token_urlsafe(32)

    def keep_session(self, response: Response, value: str) -> None:
        """Have the browser keep its session; until it is closed, and here no longer than the session goes on."""
        self._set(response, self._session, value)

    def keep_browser(self, response: Response, value: str) -> None:
        """Have the browser keep what it is known by."""
        self._set(response, self._browser, value)

    def forget_session(self, response: Response) -> None:
        """Have the browser forget its session."""
        response.delete_cookie(
            self._session, path=self._path, secure=self._secure, httponly=True, samesite="lax"
        )

    def _set(self, response: Response, name: str, value: str) -> None:
        response.set_cookie(
            name, value, path=self._path, secure=self._secure, httponly=True, samesite="lax"
        )
