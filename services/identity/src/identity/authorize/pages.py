"""The pages of signing in and out: one small document each, in both languages, without a script or a foreign file."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from html import escape

from starlette.responses import HTMLResponse

SIGN_IN = "/api/v1/auth/sign-in"
SIGN_OUT = "/api/v1/auth/sign-out"

_STYLE = """
:root{color-scheme:light dark;--b:#f4f6f8;--c:#fff;--t:#1b2733;--m:#5b6b7b;--l:#c9d3dc;--a:#0b5cad;--e:#b3261e}
@media(prefers-color-scheme:dark){:root{--b:#10161c;--c:#1a222b;--t:#e6edf3;--m:#9fb0c0;--l:#3a4855;--a:#6cb2ff;--e:#ff8a80}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--b);color:var(--t);
font:16px/1.5 system-ui,"Segoe UI","PingFang SC","Microsoft YaHei",sans-serif}
main{width:min(26rem,92vw);margin:2rem 0;padding:2rem;background:var(--c);border:1px solid var(--l);border-radius:.75rem}
h1{margin:0 0 .25rem;font-size:1.4rem}p{margin:.25rem 0 1rem;color:var(--m)}
label{display:block;margin:1rem 0 .25rem;font-weight:600}
input{width:100%;padding:.6rem .7rem;font:inherit;color:inherit;background:transparent;border:1px solid var(--l);border-radius:.4rem}
button{width:100%;margin-top:1.5rem;padding:.7rem;font:inherit;font-weight:600;color:#fff;background:#0b5cad;border:0;border-radius:.4rem;
cursor:pointer}
input:focus-visible,button:focus-visible{outline:3px solid var(--a);outline-offset:2px}
.e{padding:.6rem .8rem;color:var(--e);border:1px solid var(--e);border-radius:.4rem}
.q{display:block;margin:1rem auto;background:#fff;width:fit-content;line-height:0}
code{display:block;overflow-wrap:anywhere;font-size:.95rem}ul{padding-left:1.2rem}
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()


def sign_in_page(*, transaction: str, goes_to: str, language: str, error: str = "") -> HTMLResponse:
    """Name and password."""
    body = (
        _hidden(transaction)
        + _field("username", "用户名", "Username", "text", "username", focus=True)
        + _field("password", "密码", "Password", "password", "current-password")
    )
    return _form(
        "登录", "Sign in", body, "登录 · Sign in",
        action=SIGN_IN, goes_to=goes_to, language=language, error=error,
    )  # fmt: skip


def code_page(*, transaction: str, goes_to: str, language: str, error: str = "") -> HTMLResponse:
    """The code of the second factor."""
    body = (
        _lead("请输入身份验证器中的验证码，或一个恢复码。", "Enter the code of your authenticator, or a recovery code.")
        + _hidden(transaction)
        + _field("otp", "验证码", "Code", "text", "one-time-code", focus=True)
    )  # fmt: skip
    return _form(
        "第二因素", "Second factor", body, "继续 · Continue",
        action=SIGN_IN, goes_to=goes_to, language=language, error=error,
    )  # fmt: skip


def enrol_page(
    *, transaction: str, qr_svg: str, secret: str, goes_to: str, language: str, error: str = ""
) -> HTMLResponse:
    """A second factor is set up: scan, then show that it works."""
    body = (
        _lead("您的角色要求第二因素。请用身份验证器扫描二维码，再输入验证码。",
              "Your role needs a second factor. Scan this with your authenticator, then enter its code.")
        + f'<span class="q">{qr_svg}</span><code>{escape(secret)}</code>'
        + _hidden(transaction)
        + _field("otp", "验证码", "Code", "text", "one-time-code", focus=True)
    )  # fmt: skip
    return _form(
        "设置第二因素", "Set up a second factor", body, "确认 · Confirm",
        action=SIGN_IN, goes_to=goes_to, language=language, error=error,
    )  # fmt: skip


def recovery_page(
    *, transaction: str, codes: Sequence[str], goes_to: str, language: str
) -> HTMLResponse:
    """The recovery codes, this once."""
    listed = "".join(f"<li><code>{escape(code)}</code></li>" for code in codes)
    body = (
        _lead("请妥善保存这些恢复码：每个只能使用一次，且不会再次显示。",
              "Keep these recovery codes: each is good once, and they are not shown again.")
        + f"<ul>{listed}</ul>" + _hidden(transaction)
    )  # fmt: skip
    return _form(
        "恢复码", "Recovery codes", body, "我已保存 · I have kept them",
        action=SIGN_IN, goes_to=goes_to, language=language,
    )  # fmt: skip


def sign_out_page(*, transaction: str, goes_to: str, language: str) -> HTMLResponse:
    """Whether to sign out: no other site does it for the person."""
    body = _lead("要退出登录吗？", "Do you want to sign out?") + _hidden(transaction)
    return _form(
        "退出登录", "Sign out", body, "退出 · Sign out", action=SIGN_OUT, goes_to=goes_to, language=language
    )  # fmt: skip


def message_page(
    zh: str, en: str, *, language: str, status: int = 200, detail: tuple[str, str] | None = None
) -> HTMLResponse:
    """A page that only says something."""
    body = _lead(detail[0], detail[1]) if detail is not None else ""
    return _page(zh, en, body, language=language, goes_to="'none'", status=status)


def _form(
    zh: str, en: str, body: str, button: str, *, action: str, goes_to: str, language: str, error: str = ""
) -> HTMLResponse:  # fmt: skip
    alert = f'<p class="e" role="alert">{escape(error)}</p>' if error else ""
    form = f'{alert}<form method="post" action="{action}">{body}<button>{button}</button></form>'
    return _page(
        zh, en, form, language=language, goes_to=f"'self' {goes_to}".strip(), status=400 if error else 200
    )  # fmt: skip


def _page(zh: str, en: str, body: str, *, language: str, goes_to: str, status: int) -> HTMLResponse:
    tag = "zh-CN" if language == "zh" else "en"
    first, second = (zh, en) if language == "zh" else (en, zh)
    document = (
        f'<!doctype html><html lang="{tag}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{first} · Tongheng 通衡</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{first}</h1><p>{second} · Tongheng 通衡</p>{body}</main></body></html>"
    )
    policy = (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action {goes_to}; frame-ancestors 'none';"
        " base-uri 'none'"
    )
    headers = {
        "Cache-Control": "no-store",
        "Content-Security-Policy": policy,
        "Content-Language": tag,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return HTMLResponse(document, status_code=status, headers=headers)


def _lead(zh: str, en: str) -> str:
    return f"<p>{escape(zh)}<br>{escape(en)}</p>"


def _hidden(transaction: str) -> str:
    return f'<input type="hidden" name="transaction" value="{escape(transaction)}">'


def _field(name: str, zh: str, en: str, kind: str, complete: str, *, focus: bool = False) -> str:
    return (
        f'<label for="{name}">{zh} · {en}</label><input id="{name}" name="{name}" type="{kind}"'
        f' autocomplete="{complete}" autocapitalize="none" spellcheck="false" required{" autofocus" if focus else ""}>'
    )
