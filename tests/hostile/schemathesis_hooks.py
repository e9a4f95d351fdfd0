"""What Schemathesis is told in its own process: how to sign in, and that a key names one command.

It runs in an environment of its own, which has none of this repository's packages.
"""

import json
import os
import re
import urllib.parse
import urllib.request
from typing import Any
from uuid import uuid4

import schemathesis  # pyright: ignore[reportMissingImports]

ADDRESS = os.environ["HOSTILE_ADDRESS"]
FORM: dict[str, str] = json.loads(os.environ["HOSTILE_FORM"])
REFRESH_SECONDS = 240
_KEY = re.compile(r"[ -~]{1,200}")

if FORM:

    @schemathesis.auth(refresh_interval=REFRESH_SECONDS)
    class Token:
        """An access token, asked for again before it ends."""

        def get(self, case: Any, context: Any) -> str:
            """A new token."""
            body = urllib.parse.urlencode(FORM).encode()
            with urllib.request.urlopen(f"{ADDRESS}/api/v1/auth/token", data=body) as answer:
                return str(json.load(answer)["access_token"])

        def set(self, case: Any, data: str, context: Any) -> None:
            """Send it along."""
            case.headers = case.headers or {}
            case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Give each command a key of its own: the second one with a key would be refused for its key only."""
    headers = case.headers or {}
    for name in list(headers):
        if name.lower() == "idempotency-key" and _KEY.fullmatch(str(headers[name])):
            headers[name] = f"{headers[name]}{uuid4()}"
