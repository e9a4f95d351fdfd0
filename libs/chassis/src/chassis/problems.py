"""Refusals as problem documents (RFC 9457), in the language asked for, without anything inner."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from .errors import (
    BusinessError,
    FieldError,
    Forbidden,
    InternalError,
    InvalidHeader,
    InvalidQuery,
    Language,
    MethodNotAllowed,
    NotAcceptable,
    NotFound,
    PayloadTooLarge,
    TooManyRequests,
    Unauthenticated,
    UnsupportedMediaType,
    ValidationFailed,
)
from .jsonreader import escaped
from .sqlstates import business_error_of
from .telemetry import current_trace_id, logger

TYPE_BASE = "https://tongheng.dev/problems/"
MEDIA_TYPE = "application/problem+json"
ERRORS_MAX = 100

_log = logger("chassis.problems")

_TITLES: dict[int, tuple[str, str]] = {
    400: ("The request cannot be read", "请求无法识别"),
    401: ("Not signed in", "未登录"),
    403: ("Not permitted", "无权限"),
    404: ("Not found", "未找到"),
    405: ("Method not allowed", "不支持该方法"),
    406: ("Not acceptable", "无法提供所需格式"),
    409: ("In conflict with the present state", "与当前状态冲突"),
    412: ("Changed meanwhile", "已被修改"),
    413: ("Too large", "请求过大"),
    415: ("Unsupported media type", "不支持的格式"),
    422: ("Not valid", "内容不符合要求"),
    428: ("Version required", "须注明版本"),
    429: ("Too many requests", "请求过于频繁"),
    500: ("Internal error", "内部错误"),
    503: ("Not available for the moment", "暂时不可用"),
}

_FIELDS: dict[str, tuple[str, str, str]] = {
    # pydantic's error type → our code, English, Chinese; never the input
    "missing": ("required", "This is required.", "必填。"),
    "extra_forbidden": ("unknown-field", "There is no such field.", "没有这个字段。"),
    "string_type": ("string", "Give a text.", "须为文本。"),
    "string_too_short": (
        "too-short",
        "At least {min_length} characters are needed.",
        "至少 {min_length} 个字符。",
    ),
    "string_too_long": (
        "too-long",
        "At most {max_length} characters are allowed.",
        "最多 {max_length} 个字符。",
    ),
    "string_pattern_mismatch": ("pattern", "This does not have the form expected.", "格式不符。"),
    "int_type": ("integer", "Give a whole number.", "须为整数。"),
    "int_parsing": ("integer", "Give a whole number.", "须为整数。"),
    "int_from_float": ("integer", "Give a whole number.", "须为整数。"),
    "bool_type": ("boolean", "Give true or false.", "须为 true 或 false。"),
    "bool_parsing": ("boolean", "Give true or false.", "须为 true 或 false。"),
    "list_type": ("list", "Give a list.", "须为列表。"),
    "tuple_type": ("list", "Give a list.", "须为列表。"),
    "set_type": ("list", "Give a list.", "须为列表。"),
    "frozen_set_type": ("list", "Give a list.", "须为列表。"),
    "dict_type": ("object", "Give an object.", "须为对象。"),
    "model_type": ("object", "Give an object.", "须为对象。"),
    "model_attributes_type": ("object", "Give an object.", "须为对象。"),
    "too_short": ("too-few", "At least {min_length} are needed.", "至少 {min_length} 项。"),
    "too_long": ("too-many", "At most {max_length} are allowed.", "最多 {max_length} 项。"),
    "enum": ("choice", "This is none of the values allowed.", "不在允许的取值之内。"),
    "literal_error": ("choice", "This is none of the values allowed.", "不在允许的取值之内。"),
    "union_tag_invalid": ("choice", "This is none of the values allowed.", "不在允许的取值之内。"),
    "union_tag_not_found": ("required", "This is required.", "必填。"),
    "uuid_type": ("uuid", "Give a UUID.", "须为 UUID。"),
    "uuid_parsing": ("uuid", "Give a UUID.", "须为 UUID。"),
    "greater_than": ("too-small", "This must be above {gt}.", "须大于 {gt}。"),
    "greater_than_equal": ("too-small", "This must be at least {ge}.", "不得小于 {ge}。"),
    "less_than": ("too-large", "This must be below {lt}.", "须小于 {lt}。"),
    "less_than_equal": ("too-large", "This must be at most {le}.", "不得大于 {le}。"),
    "multiple_of": (
        "multiple",
        "This must be a multiple of {multiple_of}.",
        "须为 {multiple_of} 的倍数。",
    ),
    "timezone_aware": (
        "time-offset",
        "Give the offset of this time, like +08:00.",
        "时间须带时区，如 +08:00。",
    ),
    "datetime_type": ("time", "Give a time as RFC 3339.", "须为 RFC 3339 时间。"),
    "datetime_parsing": ("time", "Give a time as RFC 3339.", "须为 RFC 3339 时间。"),
    "datetime_from_date_parsing": ("time", "Give a time as RFC 3339.", "须为 RFC 3339 时间。"),
    "date_type": ("date", "Give a day as YYYY-MM-DD.", "须为 YYYY-MM-DD 日期。"),
    "date_parsing": ("date", "Give a day as YYYY-MM-DD.", "须为 YYYY-MM-DD 日期。"),
    "date_from_datetime_parsing": ("date", "Give a day as YYYY-MM-DD.", "须为 YYYY-MM-DD 日期。"),
    # ours, of chassis.values
    "time": ("time", "Give a time as RFC 3339.", "须为 RFC 3339 时间。"),
    "decimal": (
        "decimal",
        'Give a decimal as a string, like "12.5": at most 15 digits, then at most 6 decimals.',
        '须为字符串形式的小数，如 "12.5"：整数至多 15 位，小数至多 6 位。',
    ),
    "decimal_places": (
        "decimal-places",
        "At most {places} decimals are allowed.",
        "小数至多 {places} 位。",
    ),
    "above_zero": ("above-zero", "This must be above zero.", "须大于零。"),
    "not_zero": ("not-zero", "This must not be zero.", "不得为零。"),
    "not_negative": ("not-negative", "This must not be negative.", "不得为负。"),
    "code": (
        "code",
        "A code has no control characters and no space at its ends.",
        "编码不得含控制字符，首尾不得有空格。",
    ),
    "code_length": (
        "code-length",
        "A code has 1 to {longest} characters.",
        "编码为 1 至 {longest} 个字符。",
    ),
    "text": (
        "text",
        "Control characters and half characters are not allowed.",
        "不允许控制字符或不完整的字符。",
    ),
    "text_length": (
        "too-long",
        "At most {longest} characters are allowed.",
        "最多 {longest} 个字符。",
    ),
    "text_empty": ("required", "This must not be empty.", "不得为空。"),
    "date": ("date", "Give a day as YYYY-MM-DD.", "须为 YYYY-MM-DD 日期。"),
    "date_range": (
        "date-range",
        "A day lies between 1900 and 2999.",
        "日期须在 1900 至 2999 年之间。",
    ),
}
_OTHER = ("value", "This is not allowed.", "不允许的值。")
_LIMITS = ("min_length", "max_length", "gt", "ge", "lt", "le", "multiple_of", "places", "longest")


def language_of(accept_language: str | None) -> Language:
    """English, unless Chinese is preferred."""
    if not accept_language:
        return "en"
    best, best_quality = "en", 0.0
    for part in accept_language[:500].split(","):
        tag, _, parameter = part.strip().partition(";")
        try:
            quality = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            quality = 0.0
        language = tag.strip().lower().partition("-")[0]
        if language in ("en", "zh") and quality > best_quality:
            best, best_quality = language, quality
    return best


def problem_of(error: BusinessError, *, language: Language, trace_id: str) -> dict[str, object]:
    """The members of the problem document."""
    titles = _TITLES.get(error.status, ("Refused", "已拒绝"))
    problem: dict[str, object] = {
        "type": TYPE_BASE + error.code,
        "title": titles[1 if language == "zh" else 0],
        "status": error.status,
        "detail": error.detail(language),
        "code": error.code,
        "trace_id": trace_id,
    }
    if error.errors:
        problem["errors"] = [
            {"pointer": each.pointer, "code": each.code, "detail": each.detail(language)}
            for each in error.errors[:ERRORS_MAX]
        ]
    return problem


def problem_response(
    error: BusinessError,
    *,
    language: Language = "en",
    trace_id: str = "",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer that states the refusal."""
    body = json.dumps(problem_of(error, language=language, trace_id=trace_id), ensure_ascii=False)
    return Response(
        body.encode("utf-8", "replace"),
        status_code=error.status,
        media_type=MEDIA_TYPE,
        headers={"Content-Language": language, **error.headers, **(headers or {})},
    )


def answer(request: Request, error: BusinessError) -> Response:
    """The problem document for this request."""
    return problem_response(
        error,
        language=language_of(request.headers.get("accept-language")),
        trace_id=trace_id_of(request),
    )


def trace_id_of(request: Request) -> str:
    """What finds this request in logs and traces."""
    return current_trace_id() or str(request.scope.get("request_id", ""))


def refusal_of(error: BaseException) -> BusinessError | None:
    """Whatever was raised, as a refusal; None for what nobody foresaw."""
    if isinstance(error, BusinessError):
        return error
    if isinstance(error, RequestValidationError):
        return _of_validation(error)
    if isinstance(error, HTTPException):
        return _of_http(error)
    return business_error_of(error)


def unforeseen(error: BaseException, *, what: str, trace_id: str) -> InternalError:
    """Log our mistake with its stack; the caller gets the trace id only."""
    _log.error("unforeseen error", what=what, answered_as=trace_id, exc_info=error)
    return InternalError()


def field_error(pointer: str, kind: str, limits: Mapping[str, object] | None = None) -> FieldError:
    """One field's refusal from pydantic's error type, without the input."""
    code, en, zh = _FIELDS.get(kind, _OTHER)
    if limits:
        shown = {name: limits[name] for name in _LIMITS if name in limits}
        try:
            en, zh = en.format_map(shown), zh.format_map(shown)
        except (KeyError, ValueError):
            _, en, zh = _OTHER
    return FieldError(pointer, code, en, zh)


def field_errors(errors: Sequence[Mapping[str, Any]], *, skip: int = 0) -> list[FieldError]:
    """Pydantic's errors with JSON pointers; `skip` leaves out the first steps of each location."""
    return [
        field_error(pointer_of(each["loc"][skip:]), each["type"], each.get("ctx"))
        for each in errors[:ERRORS_MAX]
    ]


def pointer_of(location: Sequence[str | int]) -> str:
    """The JSON pointer of a location; the names of union branches are no part of it."""
    return "".join(
        f"/{escaped(str(step))}" for step in location if not (isinstance(step, str) and "[" in step)
    )


def install_problems(app: FastAPI) -> None:
    """Answer every refusal of this application with a problem document."""

    async def handle(request: Request, error: Exception) -> Response:
        refusal = refusal_of(error) or unforeseen(
            error, what=request.url.path, trace_id=trace_id_of(request)
        )
        if refusal.status == 405:
            refusal.headers = {"Allow": ", ".join(_methods_at(app, request.scope["path"]))}
        return answer(request, refusal)

    for kind in (BusinessError, RequestValidationError, HTTPException, SQLAlchemyError):
        app.add_exception_handler(kind, handle)


def _methods_at(app: FastAPI, path: str) -> list[str]:
    """All methods that an address takes; the router knows only those of the first route that fits.

    Where an address has a route of its own, one with a parameter in its place (`/boms/{ref}` at `/boms/explosion`) adds none.
    """
    found: dict[int, set[str]] = {}
    for route in iter_route_contexts(app.routes):
        pattern = cast("re.Pattern[str] | None", getattr(route, "path_regex", None))
        if pattern is not None and pattern.match(path) is not None:
            found.setdefault(pattern.groups, set()).update(route.methods or ())
    return sorted(found[min(found)]) if found else []


def _of_validation(error: RequestValidationError) -> BusinessError:
    errors = cast("Sequence[Mapping[str, Any]]", error.errors())
    places = {str(each["loc"][0]) for each in errors}
    if places & {"query", "path"}:
        wrong = [each for each in errors if each["loc"][0] in ("query", "path")]
        names = ", ".join(
            dict.fromkeys(str(each["loc"][1]) for each in wrong if len(each["loc"]) > 1)
        )
        return InvalidQuery(parameter=names or "?", errors=field_errors(wrong, skip=1))
    if places & {"header", "cookie"}:
        names = ", ".join(dict.fromkeys(str(each["loc"][-1]) for each in errors))
        return InvalidHeader(header=names)
    return ValidationFailed(errors=field_errors(errors, skip=1))


_HTTP: dict[int, type[BusinessError]] = {
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    405: MethodNotAllowed,
    406: NotAcceptable,
    413: PayloadTooLarge,
    415: UnsupportedMediaType,
    422: ValidationFailed,
    429: TooManyRequests,
}


def _of_http(error: HTTPException) -> BusinessError:
    kind = _HTTP.get(error.status_code)
    if kind is None:
        kind = InvalidQuery if error.status_code < 500 else InternalError
    refusal = kind()
    refusal.headers.update(error.headers or {})
    return refusal
