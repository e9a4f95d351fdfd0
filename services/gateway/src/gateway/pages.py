"""The pages that the gateway itself shows: a landing page and the API's documentation, without anything from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from importlib.resources import files

from starlette.responses import HTMLResponse, JSONResponse, Response

LINKS = {
    "api": "/api/v1/openapi.json",
    "documentation": "/docs",
    "token": "/api/v1/auth/token",
    "status": "/api/v1/status",
    "ready": "/readyz",
    "version": "/version",
}

_LANDING = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Tongheng 通衡</title><style>:root{{color-scheme:light dark}}body{{font:17px/1.6 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem}}</style>
<h1>Tongheng 通衡</h1><p>Goods and facts flow; the books balance. 货畅其流，账平其衡。</p><ul>{links}</ul></html>"""


def _policy(page: str) -> str:
    """Scripts and styles of this page only, by their hashes."""

    def hashes(tag: str) -> str:
        found = [str(text) for text in re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)]
        digests = [
            base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in found
        ]
        return " ".join(f"'sha256-{digest}'" for digest in digests) or "'none'"

    return (
        f"default-src 'none'; script-src {hashes('script')}; style-src {hashes('style')}; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


class Pages:
    """Read once, sent as they are."""

    def __init__(self) -> None:
        self._docs = files("gateway").joinpath("docs.html").read_text("utf-8")
        self._landing = _LANDING.format(
            links="".join(
                f'<li><a href="{path}">{name}</a> <code>{path}</code>'
                for name, path in LINKS.items()
            )
        )
        self._policies = {page: _policy(page) for page in (self._docs, self._landing)}

    def docs(self) -> Response:
        """The documentation of the API."""
        return self._page(self._docs)

    def landing(self, accept: str) -> Response:
        """Where to go from here: for a browser a page, for a program an object."""
        if "text/html" in accept:
            return self._page(self._landing)
        return JSONResponse(json.loads(json.dumps({"name": "Tongheng 通衡", "links": LINKS})))

    def _page(self, page: str) -> Response:
        return HTMLResponse(
            page,
            headers={"Content-Security-Policy": self._policies[page], "Cache-Control": "no-cache"},
        )
