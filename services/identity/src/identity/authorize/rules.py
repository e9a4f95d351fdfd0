"""What an application must ask for to have a person sent to it, and what a form carries from page to page."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import ClassVar, cast
from urllib.parse import parse_qsl, urlencode, urlsplit

from chassis.errors import BusinessError
from identity.sessions.rules import is_challenge

SCOPES = frozenset({"openid", "profile", "offline_access"})
TRANSACTION_SECONDS = 15 * 60
PROVED_SECONDS = 5 * 60
"""How long a right password waits for its second factor."""
TEXT_LONGEST = 512

_PROMPTS = frozenset({"none", "login", "consent", "select_account"})
_PRINTABLE = re.compile(r"[\x20-\x7e]*")
_KNOWN_ONCE = frozenset(
    (
        "response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge",
        "code_challenge_method", "prompt", "max_age", "ui_locales", "response_mode", "request", "request_uri",
    )
)  # fmt: skip


class InvalidAuthorization(BusinessError):
    """A request that cannot be answered to where it says: nobody is sent anywhere."""

    code = "invalid-request"
    status = 400
    en = "This sign-in link is not valid: {reason}."
    zh = "此登录链接无效：{reason}。"
    error: ClassVar[str] = "invalid_request"


class Refusal(Exception):
    """What the application is told, in OAuth's words."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


class Stage(StrEnum):
    """What a form asks for next."""

    PASSWORD = "password"
    CODE = "code"
    ENROL = "enrol"
    RECOVERY = "recovery"
    SIGN_OUT = "sign-out"


@dataclass(frozen=True, slots=True)
class Authorization:
    """What an application asks for."""

    client_id: str
    redirect_uri: str
    scope: str
    code_challenge: str
    state: str | None = None
    nonce: str | None = None
    prompt: tuple[str, ...] = ()
    max_age: int | None = None


@dataclass(frozen=True, slots=True)
class Transaction:
    """A sign-in on its way through our pages. It is signed, and good only in the browser where it began."""

    stage: Stage
    browser: str
    """The hash of the browser's own cookie."""
    made_at: float
    request: Authorization | None = None
    user: str = ""
    """Whose password was right."""
    methods: tuple[str, ...] = ()
    session: str = ""
    """For signing out: which session."""
    target: str = ""
    """For signing out: where to afterwards."""


def read_query(raw: bytes) -> dict[str, str]:
    """The parameters of an authorization request; one that decides something comes once."""
    try:
        pairs = parse_qsl(raw.decode("ascii"), max_num_fields=40, errors="strict")
    except ValueError:
        raise InvalidAuthorization(reason=("it cannot be read", "无法解析")) from None
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found and name in _KNOWN_ONCE:
            raise InvalidAuthorization(reason=(f"{name} is given twice", f"{name} 重复"))
        found[name] = value
    return found


def read_target(query: Mapping[str, str]) -> tuple[str, str]:
    """Who asks, and where he wants the answer; both are checked before anything is answered there."""
    client_id, redirect_uri = query.get("client_id", ""), query.get("redirect_uri", "")
    if not client_id or not redirect_uri or len(redirect_uri) > 2048 or "#" in redirect_uri:
        raise InvalidAuthorization(
            reason=("client_id and redirect_uri are needed", "须提供 client_id 与 redirect_uri")
        )
    return client_id, redirect_uri


def read_authorization(query: Mapping[str, str]) -> Authorization:
    """The rest of the request; a Refusal goes back to the application."""
    client_id, redirect_uri = read_target(query)
    for name in ("state", "nonce"):
        value = query.get(name, "")
        if len(value) > TEXT_LONGEST or _PRINTABLE.fullmatch(value) is None:
            raise Refusal("invalid_request")
    if "request" in query:
        raise Refusal("request_not_supported")
    if "request_uri" in query:
        raise Refusal("request_uri_not_supported")
    if query.get("response_type") != "code":
        raise Refusal("unsupported_response_type")
    if query.get("response_mode", "query") != "query":
        raise Refusal("invalid_request")
    challenge = query.get("code_challenge", "")
    if query.get("code_challenge_method") != "S256" or not is_challenge(challenge):
        raise Refusal("invalid_request")
    scope = tuple(dict.fromkeys(query.get("scope", "openid").split()))
    if not set(scope) <= SCOPES:
        raise Refusal("invalid_scope")
    prompt = tuple(query.get("prompt", "").split())
    if not set(prompt) <= _PROMPTS or ("none" in prompt and len(prompt) > 1):
        raise Refusal("invalid_request")
    max_age = query.get("max_age")
    if max_age is not None and re.fullmatch(r"[0-9]{1,9}", max_age) is None:
        raise Refusal("invalid_request")
    return Authorization(
        client_id=client_id, redirect_uri=redirect_uri, scope=" ".join(scope), code_challenge=challenge,
        state=query.get("state"), nonce=query.get("nonce"), prompt=prompt,
        max_age=int(max_age) if max_age is not None else None,
    )  # fmt: skip


def answer_address(redirect_uri: str, fields: Mapping[str, str | None]) -> str:
    """Where the browser is sent, with what the application is told."""
    query = urlencode({name: value for name, value in fields.items() if value is not None})
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{query}"


def origin_of_address(address: str) -> str:
    """Scheme, host and port of an address."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def language_of_request(query: Mapping[str, str], otherwise: str) -> str:
    """The language the application asks for, else the browser's."""
    for tag in query.get("ui_locales", "").split():
        language = tag.lower().partition("-")[0]
        if language in ("en", "zh"):
            return language
    return otherwise


def fingerprint(value: str) -> str:
    """What a form keeps of a cookie."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()


def sign(key: bytes, transaction: Transaction) -> str:
    """The transaction as a form carries it."""
    body = json.dumps(asdict(transaction), separators=(",", ":"), ensure_ascii=False).encode()
    return f"{_encoded(body)}.{_encoded(_mac(key, body))}"


def read(key: bytes, text: str, *, now: float) -> Transaction | None:
    """The transaction that a form brought back; None if it is not ours, or too old."""
    first, _, second = text.partition(".")
    try:
        body, mac = _decoded(first), _decoded(second)
    except (binascii.Error, ValueError):
        return None
    if not hmac.compare_digest(_mac(key, body), mac):
        return None
    said = cast("dict[str, object]", json.loads(body))
    request = cast("dict[str, object] | None", said["request"])
    transaction = Transaction(
        stage=Stage(str(said["stage"])), browser=str(said["browser"]), made_at=float(str(said["made_at"])),
        request=_authorization(request) if request is not None else None, user=str(said["user"]),
        methods=_texts(said["methods"]), session=str(said["session"]), target=str(said["target"]),
    )  # fmt: skip
    proved = transaction.stage in (Stage.CODE, Stage.ENROL, Stage.RECOVERY)
    life = PROVED_SECONDS if proved else TRANSACTION_SECONDS
    return transaction if 0 <= now - transaction.made_at < life else None


def _authorization(said: Mapping[str, object]) -> Authorization:
    state, nonce, max_age = said["state"], said["nonce"], said["max_age"]
    return Authorization(
        client_id=str(said["client_id"]), redirect_uri=str(said["redirect_uri"]), scope=str(said["scope"]),
        code_challenge=str(said["code_challenge"]), state=str(state) if state is not None else None,
        nonce=str(nonce) if nonce is not None else None, prompt=_texts(said["prompt"]),
        max_age=int(str(max_age)) if max_age is not None else None,
    )  # fmt: skip


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(each) for each in cast("list[object]", value))


def _mac(key: bytes, body: bytes) -> bytes:
    return hmac.new(key, b"identity.sign-in." + body, hashlib.sha256).digest()


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
