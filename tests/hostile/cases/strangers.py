"""Who has no token, a false one, or no business here."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from ..attack import Answer, Caller, Case
from ..world import PASSWORD, World, forged, sign_in

ORDERS = "/api/v1/sales/orders"


def _segments(*parts: dict[str, Any]) -> str:
    coded = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts
    )
    return ".".join(coded)


def _changed(token: str, **changes: Any) -> str:
    """A real token with other claims and its old signature."""
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return f"{head}.{_segments({**claims, **changes})}.{signature}"


def tokens(w: World, public_key: bytes) -> Iterator[Case]:
    """Every way to be somebody else."""
    now = int(time.time())
    real = w.by_role["partner"].token
    head = {"alg": "none", "typ": "at+jwt"}
    claims = {
        "iss": "https://tongheng.local",
        "aud": "tongheng",
        "sub": "x",
        "jti": "1",
        "iat": now,
        "exp": now + 600,
        "permissions": ["*"],
        "companies": ["*"],
    }
    signed = _segments({"alg": "HS256", "typ": "at+jwt", "kid": "k1"}, claims)
    mac = (
        base64.urlsafe_b64encode(hmac.new(public_key, signed.encode(), hashlib.sha256).digest())
        .rstrip(b"=")
        .decode()
    )
    attempts = {
        "none at all": "",
        "not a token": "Bearer abc",
        "Basic": "Basic YWRtaW46YWRtaW4=",
        "two tokens": f"Bearer {real} {real}",
        "algorithm none": f"Bearer {_segments(head, claims)}.",
        "HS256 with the public key": f"Bearer {signed}.{mac}",
        "signed by a stranger": f"Bearer {forged({})}",
        "an unknown key": f"Bearer {forged({}, kid='nobody')}",
        "a key like a path": f"Bearer {forged({}, kid='../../dev/null')}",
        "a key of its own": f"Bearer {forged({}, jwk={'kty': 'OKP', 'crv': 'Ed25519', 'x': 'AA'})}",
        "a key's address of its own": f"Bearer {forged({}, jku='http://127.0.0.1/keys')}",
        "an unknown crit": f"Bearer {forged({}, crit=['x'], x=1)}",
        "expired": f"Bearer {forged({'iat': now - 7200, 'exp': now - 3600})}",
        "without an end": f"Bearer {forged({'exp': None})}",
        "for ten years": f"Bearer {forged({'exp': now + 315360000})}",
        "of another issuer": f"Bearer {forged({'iss': 'https://evil.example'})}",
        "for another audience": f"Bearer {forged({'aud': 'other'})}",
        "another subject, the old signature": f"Bearer {_changed(real, sub='admin')}",
        "more rights, the old signature": f"Bearer {_changed(real, permissions=['*'], companies=['*'])}",
        "longer, the old signature": f"Bearer {_changed(real, exp=now + 86400)}",
        "a signature cut": f"Bearer {real[:-10]}",
    }
    for name, authorization in attempts.items():
        for path in (ORDERS, "/api/v1/finance/vouchers"):
            yield Case("tokens", f"{name}: {path}", lambda a=authorization, p=path: w.nobody.ask("GET", p, headers={"authorization": a}), ("401", "400"))  # fmt: skip
    yield Case(
        "tokens",
        "in the query",
        lambda: w.nobody.ask("GET", f"{ORDERS}?access_token={real}"),
        ("401",),
    )
    yield Case("tokens", "forged headers past the gateway", lambda: w.nobody.ask("GET", ORDERS, headers={"x-tongheng-subject": "admin", "x-forwarded-user": "admin", "x-user": "admin"}), ("401",))  # fmt: skip

    async def refresh_as_access() -> Answer:
        form = {"grant_type": "password", "username": w.usernames["seller"], "password": PASSWORD}
        async with w.http.post(f"{w.erp.address}/api/v1/auth/token", data=form) as answer:
            refresh = (await answer.json()).get("refresh_token", "none")
        return await Caller(w.erp.address, w.http, refresh).ask("GET", ORDERS)

    async def disabled() -> Answer:
        name = f"hostile.leaver.{uuid4().hex[:6]}"
        await w.erp.post(
            "/identity/users",
            {
                "username": name,
                "password": PASSWORD,
                "roles": ["seller"],
                "companies": [w.ours.code],
            },
        )
        await w.erp.quiet()
        leaver = Caller(w.erp.address, w.http, await sign_in(w.erp.address, w.http, name))
        before = await leaver.ask("GET", ORDERS)
        await w.erp.post(f"/identity/users/{name}/disable")
        deadline = time.monotonic() + 15
        while (
            answer := await leaver.ask("GET", ORDERS)
        ).status == 200 and time.monotonic() < deadline:
            pass
        return answer if before.status == 200 else before

    yield Case("tokens", "a refresh token", refresh_as_access, ("401",))
    yield Case("tokens", "of a disabled user", disabled, ("401",))


def guessing(w: World) -> Iterator[Case]:
    """Passwords tried one after the other."""

    async def wrong() -> Answer:
        last = Answer(0, "", b"", {})
        for _ in range(12):
            form = {
                "grant_type": "password",
                "username": w.usernames["auditor"],
                "password": "wrong",
            }
            async with w.http.post(f"{w.erp.address}/api/v1/auth/token", data=form) as answer:
                content = await answer.read()
                last = Answer(answer.status, "", content, dict(answer.headers))
        return last

    yield Case("tokens", "twelve wrong passwords", wrong, ("429", "400", "401"))


def scopes(w: World) -> Iterator[Case]:
    """Another company's documents, through every door."""
    seller, keeper, books = (
        w.by_role[role] for role in ("seller", "warehouse_keeper", "bookkeeper")
    )
    theirs = w.their_order["id"]
    for name, caller, method, path in (
        ("GET", seller, "GET", f"{ORDERS}/{theirs}"),
        ("GET by number", seller, "GET", f"{ORDERS}/{w.their_order['number']}"),
        ("cancel", seller, "POST", f"{ORDERS}/{theirs}/cancel"),
        ("close", seller, "POST", f"{ORDERS}/{theirs}/close"),
    ):
        yield Case("scopes", f"their order: {name}", lambda c=caller, m=method, p=path: c.ask(m, p, body={} if m == "POST" else None), ("404",))  # fmt: skip
    yield Case("scopes", "ordering for them", lambda: seller.ask("POST", ORDERS, body=w.order_body(company=w.theirs.code)), ("403 out-of-scope",))  # fmt: skip
    yield Case("scopes", "from their warehouse", lambda: seller.ask("POST", ORDERS, body=w.line_body(warehouse=w.theirs.of("SH"))), ("422", "403 out-of-scope"))  # fmt: skip
    yield Case("scopes", "issuing from their warehouse", lambda: keeper.ask("POST", "/api/v1/inventory/issues", body={"company": w.ours.code, "cost_collector": "W", "lines": [{"item": w.item, "warehouse": w.theirs.of("SH"), "quantity": "1"}]}), ("422", "403 out-of-scope", "404"))  # fmt: skip
    yield Case("scopes", "their report", lambda: books.ask("GET", f"/api/v1/finance/proof?company={w.theirs.code}"), ("403 out-of-scope", "404"))  # fmt: skip
    yield Case("scopes", "their trial balance", lambda: books.ask("GET", f"/api/v1/finance/reports/trial-balance?company={w.theirs.code}&period=2026-11"), ("403 out-of-scope", "404"))  # fmt: skip

    def own_rows_only(path: str, caller: Caller) -> Case:
        async def look() -> Answer:
            answer = await caller.ask("GET", path)
            rows = answer.json.get("items", []) if answer.status == 200 else []
            foreign = [row for row in rows if row.get("company") == w.theirs.code]
            return Answer(500, "leak", b"another company's rows", {}) if foreign else answer

        return Case("scopes", f"own rows only: {path}", look, ("200",))

    for path, caller in (
        (f"{ORDERS}?limit=1000", seller),
        (f"{ORDERS}?number={w.their_order['number']}", seller),
        ("/api/v1/inventory/stock?limit=1000", keeper),
        (f"/api/v1/inventory/deliveries?order={theirs}", keeper),
        ("/api/v1/inventory/moves?limit=1000", keeper),
        ("/api/v1/finance/vouchers?limit=1000", books),
        (f"/api/v1/finance/vouchers?company={w.theirs.code}", books),
    ):
        yield own_rows_only(path, caller)
    yield Case("scopes", "a right nobody gave: buyer posts a voucher", lambda: w.by_role["buyer"].ask("POST", "/api/v1/finance/vouchers", body={}), ("403 forbidden",))  # fmt: skip
    yield Case("scopes", "giving oneself a role", lambda: seller.ask("PATCH", f"/api/v1/identity/users/{w.usernames['seller']}", body={"roles": ["administrator"]}, headers={"if-match": '"1"'}), ("403 forbidden",))  # fmt: skip
