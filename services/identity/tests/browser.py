"""A browser of the tests: keeps cookies, fills in forms, follows nobody by itself."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from chassis.testing import Api

CALLBACK = "https://test/console/callback"
_FORM = re.compile(r'name="transaction" value="([^"]+)"')


def pkce() -> tuple[str, str]:
    """A verifier and its challenge."""
    verifier = secrets.token_urlsafe(48)
    made = hashlib.sha256(verifier.encode()).digest()
    return verifier, base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def answered(response: httpx.Response) -> dict[str, str]:
    """What the application is told by the address that the browser is sent to."""
    assert response.status_code == 303, response.text
    query = parse_qs(urlsplit(response.headers["location"]).query)
    return {name: values[0] for name, values in query.items()}


@dataclass
class Browser:
    """One person's browser."""

    api: Api
    cookies: dict[str, str] = field(default_factory=dict)
    address: str = "192.0.2.1"
    page: str = ""

    async def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """One request with our cookies."""
        headers = {"x-forwarded-for": self.address, **options.pop("headers", {})}
        if self.cookies:
            headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        response = await replace(self.api, token="").request(
            method, path, headers=headers, **options
        )
        for each in response.headers.get_list("set-cookie"):
            name, _, value = each.partition(";")[0].partition("=")
            if value in ("", '""'):
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        self.page = response.text
        return response

    async def authorize(self, challenge: str, **changes: str | None) -> httpx.Response:
        """An application sends us to sign in."""
        asked: dict[str, str | None] = {
            "response_type": "code", "client_id": "console", "redirect_uri": CALLBACK, "scope": "openid profile",
            "state": "st-1", "nonce": "no-1", "code_challenge": challenge, "code_challenge_method": "S256", **changes,
        }  # fmt: skip
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        return await self.send("GET", f"/auth/authorize?{query}")

    async def submit(
        self, path: str = "/auth/sign-in", *, headers: dict[str, str] | None = None, **fields: str
    ) -> httpx.Response:
        """Send the form of the page in front of us."""
        found = _FORM.search(self.page)
        filled = {"transaction": found[1] if found else "", **fields}
        return await self.send(
            "POST", path, content=urlencode(filled).encode(),
            headers={"content-type": "application/x-www-form-urlencoded", **(headers or {})},
        )  # fmt: skip
