"""What a token request must say, and what is refused in OAuth's words."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar
from urllib.parse import parse_qsl, unquote_plus

from chassis.errors import BusinessError

VALUE_LENGTH_MAX = 1024
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LENGTHS = {
    "client_assertion": 4096,
    "transaction": 8192,
    "id_token_hint": 4096,
    "redirect_uri": 2048,
}


class Grant(StrEnum):
    """What a token is asked with."""

    PASSWORD = "password"
    CLIENT_CREDENTIALS = "client_credentials"
    REFRESH_TOKEN = "refresh_token"
    AUTHORIZATION_CODE = "authorization_code"


class InvalidRequest(BusinessError):
    """The form lacks something, or says it twice."""

    code = "invalid-request"
    status = 400
    en = "The token request is not well formed: {reason}."
    zh = "令牌请求不合规：{reason}。"
    error: ClassVar[str] = "invalid_request"


class UnsupportedGrantType(BusinessError):
    """A grant that is not given here."""

    code = "unsupported-grant-type"
    status = 400
    en = "grant_type is authorization_code, password, client_credentials or refresh_token."
    zh = "grant_type 须为 authorization_code、password、client_credentials 或 refresh_token。"
    error: ClassVar[str] = "unsupported_grant_type"


class InvalidGrant(BusinessError):
    """The password or the refresh token is no good; which of name and password was wrong is not told."""

    code = "invalid-grant"
    status = 400
    en = "These credentials are not valid."
    zh = "凭据无效。"
    error: ClassVar[str] = "invalid_grant"


class InvalidClient(BusinessError):
    """The program did not prove who it is."""

    code = "invalid-client"
    status = 401
    en = "The client is unknown or its secret is wrong."
    zh = "客户端未知或密钥错误。"
    error: ClassVar[str] = "invalid_client"

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": 'Basic realm="tongheng"'})


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """What was asked, by whom."""

    grant: Grant
    client_id: str = ""
    client_secret: str | None = None
    username: str = ""
    password: str = ""
    otp: str = ""
    refresh_token: str = ""
    code: str = ""
    redirect_uri: str = ""
    code_verifier: str = ""
    client_assertion: str | None = None

    @property
    def is_public(self) -> bool:
        """Whether the program did not prove itself."""
        return self.client_secret is None and self.client_assertion is None


def read_form(body: bytes) -> dict[str, str]:
    """The fields of a form, each given once; an empty one counts as not given (RFC 6749, 3.2)."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, max_num_fields=20, errors="strict"
        )
    except ValueError:
        raise InvalidRequest(reason=("the form cannot be read", "表单无法解析")) from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise InvalidRequest(reason=("a field is given twice", "有字段重复"))
    for name, value in form.items():
        if len(value) > _LENGTHS.get(name, VALUE_LENGTH_MAX) or "\x00" in value:
            raise InvalidRequest(
                reason=(f"the value of {name} is not allowed", f"{name} 的值不合规")
            )
    return {name: value for name, value in form.items() if value}


def read_token_request(form: Mapping[str, str], authorization: str | None) -> TokenRequest:
    """What the form and the header ask for."""
    client_id, client_secret = read_client(form, authorization)
    grant = _required(form, "grant_type")
    if grant not in list(Grant):
        raise UnsupportedGrantType
    asked = TokenRequest(
        Grant(grant),
        client_id,
        client_secret,
        client_assertion=_read_assertion(form, client_secret),
    )
    match asked.grant:
        case Grant.PASSWORD:
            return replace(
                asked, username=_required(form, "username"), password=_required(form, "password"),
                otp=form.get("otp", ""),
            )  # fmt: skip
        case Grant.REFRESH_TOKEN:
            return replace(asked, refresh_token=_required(form, "refresh_token"))
        case Grant.AUTHORIZATION_CODE:
            return replace(
                asked, code=_required(form, "code"), redirect_uri=_required(form, "redirect_uri"),
                code_verifier=_required(form, "code_verifier"),
            )  # fmt: skip
        case Grant.CLIENT_CREDENTIALS:
            if asked.is_public or (asked.client_secret is not None and not client_id):
                raise InvalidClient
            return asked


def _read_assertion(form: Mapping[str, str], client_secret: str | None) -> str | None:
    """The program's signed statement about itself, if it makes one; nobody proves himself in two ways."""
    assertion = form.get("client_assertion")
    if assertion is None:
        return None
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise InvalidRequest(
            reason=("client_assertion_type is unknown", "client_assertion_type 未知")
        )
    if client_secret is not None:
        raise InvalidRequest(reason=("the client proves itself twice", "客户端凭据重复"))
    return assertion


def read_client(form: Mapping[str, str], authorization: str | None) -> tuple[str, str | None]:
    """The program's id and secret, from the header (Basic) or the form, not both."""
    if authorization is None:
        return form.get("client_id", ""), form.get("client_secret")
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise InvalidClient
    if "client_secret" in form:
        raise InvalidRequest(reason=("the client proves itself twice", "客户端凭据重复"))
    try:
        name, colon, secret = (
            base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
        )
    except (binascii.Error, UnicodeDecodeError):
        raise InvalidClient from None
    client_id = unquote_plus(name)
    if not colon or not client_id or form.get("client_id", client_id) != client_id:
        raise InvalidClient
    return client_id, unquote_plus(secret)


def _required(form: Mapping[str, str], name: str) -> str:
    value = form.get(name)
    if value is None:
        raise InvalidRequest(reason=(f"{name} is missing", f"缺少 {name}"))
    return value
