"""Refusals with a stable code, in English and Chinese. No framework here: rules raise these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, cast

Language = str
"""`en` or `zh`."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field of the request, by its JSON pointer."""

    pointer: str
    code: str
    detail_en: str
    detail_zh: str

    def detail(self, language: Language) -> str:
        """The sentence in the reader's language."""
        return self.detail_zh if language == "zh" else self.detail_en


class BusinessError(Exception):
    """A refusal that the caller can understand and act upon.

    `en` and `zh` are `str.format` templates filled from the keywords given; a value may be a pair (English, Chinese).
    An instance may bring its own sentences with `en=` and `zh=`.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409
    en: ClassVar[str] = "This is not possible."
    zh: ClassVar[str] = "无法执行此操作。"
    defaults: ClassVar[Mapping[str, object]] = {}
    standing_headers: ClassVar[Mapping[str, str]] = {}

    def __init__(
        self,
        message: str | None = None,
        *,
        field: str | None = None,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        retry_after: int | None = None,
        **values: object,
    ) -> None:
        self.values: dict[str, object] = {**self.defaults, **values}
        self.field = field
        self.headers: dict[str, str] = {**self.standing_headers, **(headers or {})}
        if retry_after is not None:
            self.headers["Retry-After"] = str(retry_after)
        own_en, own_zh = self.values.pop("en", None), self.values.pop("zh", None)
        self._en = str(own_en) if own_en is not None else message or self.en
        self._zh = str(own_zh) if own_zh is not None else self.zh
        self._literal = message is not None and own_en is None
        self.errors: tuple[FieldError, ...] = tuple(errors)
        super().__init__(self.detail("en"))
        if field is not None and not errors:
            self.errors = (FieldError(field, self.code, self.detail("en"), self.detail("zh")),)

    def detail(self, language: Language) -> str:
        """The sentence for the reader, in `en` or `zh`."""
        chinese = language == "zh"
        if self._literal and not chinese:
            return self._en
        values = _Values({name: _text(value, chinese) for name, value in self.values.items()})
        return (self._zh if chinese else self._en).format_map(values)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), dict(self.__dict__)))


class TransientError(Exception):
    """Something outside is not there for the moment: the batch is tried again as it is."""


class ValidationFailed(BusinessError):
    """The content was understood but does not conform."""

    code = "validation-failed"
    status = 422
    en = "The request has values that are not allowed."
    zh = "请求中有不符合要求的值。"


class UnknownReference(BusinessError):
    """A code or id that names nothing known here."""

    code = "unknown-reference"
    status = 422
    en = "There is no {what} {reference}."
    zh = "{what}“{reference}”不存在。"
    defaults: ClassVar[Mapping[str, object]] = {"what": ("such object", "对象"), "reference": ""}


class NotFound(BusinessError):
    """Nothing at this address, or nothing within the caller's scope."""

    code = "not-found"
    status = 404
    en = "There is no such {what}."
    zh = "没有这个{what}。"
    defaults: ClassVar[Mapping[str, object]] = {"what": ("object", "对象")}


class InvalidState(BusinessError):
    """The document is in a state that does not allow this step."""

    code = "invalid-state"
    status = 409
    en = "This is not possible: the document is {now}{to_en}."
    zh = "无法执行：单据状态为 {now}{to_zh}。"
    defaults: ClassVar[Mapping[str, object]] = {
        "now": ("in another state", "其他状态"),
        "to_en": "",
        "to_zh": "",
    }


class Duplicate(BusinessError):
    """Something with the same code or number exists."""

    code = "duplicate"
    status = 409
    en = "{what} with these values exists already."
    zh = "已存在相同的{what}。"
    defaults: ClassVar[Mapping[str, object]] = {"what": ("A record", "记录")}


class Forbidden(BusinessError):
    """The caller has no such permission."""

    code = "forbidden"
    status = 403
    en = "This needs a permission that you do not have: {permission}."
    zh = "您没有所需的权限：{permission}。"
    defaults: ClassVar[Mapping[str, object]] = {"permission": ("the one asked for", "所需权限")}


class SelfApproval(Forbidden):
    """Duties are separated: somebody else looks at it."""

    code = "self-approval"
    en = "You made this yourself; somebody else has to approve it."
    zh = "单据由您本人创建，须由他人审批。"


class OutOfScope(BusinessError):
    """A company or warehouse outside the caller's data scope was named."""

    code = "out-of-scope"
    status = 403
    en = "{what} is outside your data scope."
    zh = "{what}不在您的数据范围内。"
    defaults: ClassVar[Mapping[str, object]] = {"what": ("What you named", "所指定的对象")}


class PreconditionFailed(BusinessError):
    """The document has changed since the caller read it."""

    code = "precondition-failed"
    status = 412
    en = "The document has changed meanwhile: its version is {current}."
    zh = "单据已被修改，当前版本为 {current}。"
    defaults: ClassVar[Mapping[str, object]] = {"current": ("another", "其他版本")}


class PreconditionRequired(BusinessError):
    """A change must say which version it changes."""

    code = "precondition-required"
    status = 428
    en = "Say in If-Match which version you are changing."
    zh = "请在 If-Match 中注明要修改的版本。"


class PayloadTooLarge(BusinessError):
    """More than one request may carry."""

    code = "payload-too-large"
    status = 413
    en = "The request is too large; the limit is {limit}."
    zh = "请求过大，上限为 {limit}。"
    defaults: ClassVar[Mapping[str, object]] = {
        "limit": ("stated in the documentation", "文档所述限制")
    }


class MalformedJson(BusinessError):
    """The body is not JSON as we read it."""

    code = "malformed-json"
    status = 400
    en = "The body is not well-formed JSON: {reason}."
    zh = "请求体不是合格的 JSON：{reason}。"
    defaults: ClassVar[Mapping[str, object]] = {"reason": ("it cannot be read", "无法解析")}


class InvalidQuery(BusinessError):
    """A query or path parameter that is unknown or not allowed."""

    code = "invalid-query"
    status = 400
    en = "A parameter of the address is not allowed: {parameter}."
    zh = "地址中的参数不合规：{parameter}。"
    defaults: ClassVar[Mapping[str, object]] = {"parameter": ("unknown", "未知参数")}


class InvalidHeader(BusinessError):
    """A request header that cannot be read."""

    code = "invalid-header"
    status = 400
    en = "The header {header} cannot be read."
    zh = "请求头 {header} 无法识别。"
    defaults: ClassVar[Mapping[str, object]] = {"header": ""}


class IdempotencyKeyMissing(BusinessError):
    """A POST must carry a key, so that a repetition is recognised."""

    code = "idempotency-key-missing"
    status = 400
    en = "Send an Idempotency-Key with every POST."
    zh = "每个 POST 请求都必须带 Idempotency-Key。"


class IdempotencyKeyMalformed(BusinessError):
    """A key that is empty, too long or not printable ASCII."""

    code = "idempotency-key-malformed"
    status = 400
    en = "An Idempotency-Key has 1 to 255 printable ASCII characters."
    zh = "Idempotency-Key 须为 1 至 255 个可打印 ASCII 字符。"


class IdempotencyKeyReused(BusinessError):
    """The key belongs to another command."""

    code = "idempotency-key-reused"
    status = 422
    en = "This Idempotency-Key was used for another request."
    zh = "此 Idempotency-Key 已用于另一个请求。"


class IdempotencyInProgress(BusinessError):
    """The first request with this key is not finished."""

    code = "idempotency-in-progress"
    status = 409
    en = "The first request with this Idempotency-Key is still running."
    zh = "使用此 Idempotency-Key 的首个请求仍在处理。"


class Unauthenticated(BusinessError):
    """No valid token came with the request."""

    code = "unauthenticated"
    status = 401
    en = "A valid access token is needed."
    zh = "需要有效的访问令牌。"
    standing_headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": 'Bearer realm="tongheng"'}


class MethodNotAllowed(BusinessError):
    """The address exists but not with this method."""

    code = "method-not-allowed"
    status = 405
    en = "This address does not take this method."
    zh = "此地址不支持该方法。"


class NotAcceptable(BusinessError):
    """The caller accepts no type that we can give."""

    code = "not-acceptable"
    status = 406
    en = "The answer is application/json."
    zh = "响应格式为 application/json。"


class UnsupportedMediaType(BusinessError):
    """The body is of a type that is not read here."""

    code = "unsupported-media-type"
    status = 415
    en = "Send {expected}."
    zh = "请发送 {expected}。"
    defaults: ClassVar[Mapping[str, object]] = {"expected": "application/json"}


class TooManyRequests(BusinessError):
    """The caller asks more often than agreed."""

    code = "too-many-requests"
    status = 429
    en = "Too many requests; wait a little."
    zh = "请求过于频繁，请稍后再试。"
    standing_headers: ClassVar[Mapping[str, str]] = {"Retry-After": "1"}


class Immutable(BusinessError):
    """What was posted never changes."""

    code = "immutable"
    status = 409
    en = "This never changes once recorded; enter a reversal instead."
    zh = "已记录的内容不可更改，请做冲销。"


class DependencyUnavailable(BusinessError):
    """Something that we need is not there for the moment."""

    code = "dependency-unavailable"
    status = 503
    en = "The service cannot do this for the moment; try again."
    zh = "服务暂时不可用，请重试。"
    standing_headers: ClassVar[Mapping[str, str]] = {"Retry-After": "1"}


class OutcomeUnknown(BusinessError):
    """The connection broke while committing: the same key settles what happened."""

    code = "outcome-unknown"
    status = 503
    en = "It is not known whether this took effect; repeat it with the same Idempotency-Key."
    zh = "无法确定是否已生效，请用相同的 Idempotency-Key 重试。"
    standing_headers: ClassVar[Mapping[str, str]] = {"Retry-After": "1"}


class InternalError(BusinessError):
    """Our mistake; the log has it under the trace id."""

    code = "internal-error"
    status = 500
    en = "Something went wrong on our side; the trace id finds it."
    zh = "系统内部错误，可用 trace_id 查询。"


class _Values(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"


def _text(value: object, chinese: bool) -> str:
    """One template value; what came from outside is cut, so that an answer stays short."""
    if isinstance(value, tuple):
        pair = cast("tuple[object, ...]", value)
        value = pair[-1 if chinese else 0]
    text = "".join(c if c.isprintable() else "�" for c in str(value))
    return text if len(text) <= 200 else text[:199] + "…"


def _rebuild(kind: type[BusinessError], state: dict[str, object]) -> BusinessError:
    error = kind.__new__(kind)
    error.__dict__.update(state)
    error.args = (error.detail("en"),)
    return error
