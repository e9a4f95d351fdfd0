"""Refusals that only a gateway knows."""

from __future__ import annotations

from chassis.errors import BusinessError


class RequestTimeout(BusinessError):
    """The caller paused too long within his body."""

    code = "request-timeout"
    status = 408
    en = "The body did not arrive in time."
    zh = "请求内容未能及时送达。"

    def __init__(self) -> None:
        super().__init__(headers={"Connection": "close"})


class IncompleteBody(BusinessError):
    """The caller went away before his body was whole; nobody reads this, but the log may."""

    code = "incomplete-body"
    status = 400
    en = "The body ended too early."
    zh = "请求内容不完整。"


class HeadersTooLarge(BusinessError):
    """More header fields than any honest caller sends."""

    code = "headers-too-large"
    status = 431
    en = "The request's header fields are too large."
    zh = "请求头过大。"

    def __init__(self) -> None:
        super().__init__(headers={"Connection": "close"})
