"""Only the configured issuer's fresh access tokens let anybody in."""

import base64
import json
import time
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt import algorithms

from chassis.auth import Principal, TokenVerifier, bearer_token
from chassis.errors import DependencyUnavailable, Forbidden, OutOfScope, Unauthenticated

ISSUER = "https://tongheng.local"
AUDIENCE = "tongheng"


def verifier_of(issuer, **options) -> TokenVerifier:
    async def fetch():
        return issuer.keys()

    return TokenVerifier(issuer=ISSUER, audience=AUDIENCE, fetch=fetch, **options)


def public_pem(issuer) -> bytes:
    return issuer.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def by_hand(header: dict, payload: dict, signature: bytes = b"") -> str:
    parts = [json.dumps(header).encode(), json.dumps(payload).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def hs256_with_public_key(issuer) -> str:
    import hashlib
    import hmac

    now = int(time.time())
    payload = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "ada",
        "iat": now,
        "exp": now + 60,
        "jti": "1",
    }
    signed = by_hand({"alg": "HS256", "typ": "at+jwt", "kid": issuer.kid}, payload).rpartition(".")[
        0
    ]
    signature = hmac.new(public_pem(issuer), signed.encode(), hashlib.sha256).digest()
    return signed + "." + base64.urlsafe_b64encode(signature).rstrip(b"=").decode()


NOW = int(time.time())

FORGED = {
    "HS256 with the public key": hs256_with_public_key,
    "alg none": lambda issuer: by_hand(
        {"alg": "none", "typ": "at+jwt", "kid": issuer.kid},
        {"iss": ISSUER, "aud": AUDIENCE, "sub": "a", "iat": NOW, "exp": NOW + 60, "jti": "1"},
    ),
    "expired": lambda issuer: issuer.token(iat=NOW - 700, exp=NOW - 60),
    "no exp": lambda issuer: issuer.token(without="exp"),
    "no iat": lambda issuer: issuer.token(without="iat"),
    "no jti": lambda issuer: issuer.token(without="jti"),
    "no sub": lambda issuer: issuer.token(without="sub"),
    "no aud": lambda issuer: issuer.token(without="aud"),
    "no iss": lambda issuer: issuer.token(without="iss"),
    "empty sub": lambda issuer: issuer.token(subject=""),
    "ten years": lambda issuer: issuer.token(exp=NOW + 10 * 365 * 86400),
    "an hour": lambda issuer: issuer.token(exp=NOW + 3600),
    "from the future": lambda issuer: issuer.token(iat=NOW + 300, exp=NOW + 600),
    "not yet": lambda issuer: issuer.token(nbf=NOW + 300),
    "times as text": lambda issuer: issuer.token(exp=str(NOW + 60)),
    "wrong audience": lambda issuer: issuer.token(aud="elsewhere"),
    "wrong issuer": lambda issuer: issuer.token(iss="https://elsewhere.example"),
    "unknown kid": lambda issuer: issuer.token(headers={"kid": "other"}),
    "kid like a path": lambda issuer: issuer.token(headers={"kid": "../../etc/passwd"}),
    "no kid": lambda issuer: jwt.encode(
        {"sub": "a"}, issuer.key, algorithm="EdDSA", headers={"typ": "at+jwt"}
    ),
    "own jku": lambda issuer: issuer.token(headers={"jku": "https://evil.example/jwks"}),
    "own jwk": lambda issuer: issuer.token(
        key=(other := Ed25519PrivateKey.generate()),
        headers={"jwk": algorithms.OKPAlgorithm.to_jwk(other.public_key(), as_dict=True)},
    ),
    "unknown crit": lambda issuer: issuer.token(headers={"crit": ["x"], "x": 1}),
    "ID token": lambda issuer: issuer.token(headers={"typ": "JWT"}),
    "refresh token": lambda issuer: issuer.token(headers={"typ": "rt+jwt"}),
    "another's key": lambda issuer: issuer.token(key=Ed25519PrivateKey.generate()),
    "another algorithm": lambda issuer: issuer.token(
        key=ec.generate_private_key(ec.SECP256R1()), algorithm="ES256"
    ),
    "changed": lambda issuer: issuer.token()[:-8] + "AAAAAAAA",
    "no token": lambda issuer: "abc",
    "huge": lambda issuer: "a" * 100_000,
    "nested": lambda issuer: by_hand({"alg": "EdDSA", "typ": "at+jwt", "kid": ["x"]}, {}),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
async def test_a_token_of_another_kind_is_refused(issuer, forge):
    with pytest.raises(Unauthenticated):
        await verifier_of(issuer).verify(forge(issuer))


async def test_a_good_token_says_who_calls(issuer):
    claims = await verifier_of(issuer).verify(
        issuer.token(client_id="console", companies=["CN01", "CN02"])
    )

    assert (claims.subject, claims.client, claims.roles) == ("ada", "console", ("clerk",))
    assert claims.companies == {"CN01", "CN02"}
    everything = await verifier_of(issuer).verify(issuer.token(companies=["*"]))
    assert everything.companies is None


async def test_an_es256_issuer_is_understood():
    key = ec.generate_private_key(ec.SECP256R1())
    member = algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    now = int(time.time())
    payload = {
        "iss": ISSUER,
        "aud": [AUDIENCE, "x"],
        "sub": "ada",
        "iat": now,
        "exp": now + 900,
        "jti": uuid4().hex,
    }
    token = jwt.encode(payload, key, algorithm="ES256", headers={"kid": "ec", "typ": "at+jwt"})

    async def fetch():
        return {
            "keys": [{**member, "kid": "ec"}, {"kty": "oct", "k": "eA", "kid": "x"}, "nonsense"]
        }

    claims = await TokenVerifier(issuer=ISSUER, audience=AUDIENCE, fetch=fetch).verify(token)
    assert claims.subject == "ada"


async def test_a_remembered_token_ends_when_it_ends(issuer):
    times = [float(NOW)]
    verifier = verifier_of(issuer, clock=lambda: times[0])
    token = issuer.token(iat=NOW, exp=NOW + 60)

    assert await verifier.verify(token) is await verifier.verify(token)
    times[0] = NOW + 80.0
    with pytest.raises(Unauthenticated):
        await verifier.verify(token)
    with pytest.raises(Unauthenticated):
        await verifier.verify(token)


async def test_unknown_keys_are_asked_for_once_in_five_seconds(issuer, monkeypatch):
    asked = []

    async def fetch():
        asked.append(1)
        return issuer.keys()

    verifier = TokenVerifier(issuer=ISSUER, audience=AUDIENCE, fetch=fetch)
    for n in range(20):
        with pytest.raises(Unauthenticated):
            await verifier.verify(issuer.token(headers={"kid": f"k{n}"}))
    assert len(asked) == 1

    real = time.monotonic
    monkeypatch.setattr("chassis.auth.time.monotonic", lambda: real() + 6)
    issuer.kid, issuer.key = "2026-2", Ed25519PrivateKey.generate()
    assert (await verifier.verify(issuer.token())).subject == "ada"
    assert len(asked) == 2


async def test_keys_stay_known_while_the_issuer_is_away(issuer, monkeypatch):
    away = []

    async def fetch():
        if away:
            raise OSError
        return issuer.keys()

    verifier = TokenVerifier(issuer=ISSUER, audience=AUDIENCE, fetch=fetch)
    await verifier.verify(issuer.token())
    away.append(True)
    real = time.monotonic
    monkeypatch.setattr("chassis.auth.time.monotonic", lambda: real() + 7200)

    assert (await verifier.verify(issuer.token())).subject == "ada"


async def test_keys_are_fetched_over_http_without_redirects(issuer):
    from aiohttp import web
    from aiohttp.test_utils import TestServer

    async def keys(_):
        return web.json_response(issuer.keys())

    async def elsewhere(_):
        raise web.HTTPFound("/keys")

    server = web.Application()
    server.router.add_get("/keys", keys)
    server.router.add_get("/moved", elsewhere)
    async with TestServer(server) as running:
        good = TokenVerifier(
            issuer=ISSUER, audience=AUDIENCE, jwks_url=str(running.make_url("/keys"))
        )
        moved = TokenVerifier(
            issuer=ISSUER, audience=AUDIENCE, jwks_url=str(running.make_url("/moved"))
        )

        assert (await good.verify(issuer.token())).subject == "ada"
        with pytest.raises(DependencyUnavailable):
            await moved.verify(issuer.token())
        await good.close()
        await moved.close()


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Basic YTpi", "Bearer a b", "Token x"]
)
def test_only_a_bearer_token_is_read(header):
    with pytest.raises(Unauthenticated):
        bearer_token(header)


async def test_without_a_token_nothing_is_told(api, issuer, count):
    for headers in (
        {},
        {"Authorization": "Basic YTpi"},
        {"Authorization": f"Bearer {issuer.token(aud='x')}"},
    ):
        answer = await api.get("/9", token=None, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    in_query = await api.get(f"?access_token={issuer.token()}", token=None)
    posted = await api.post(json={"code": "A", "quantity": "1"}, token=None)
    assert (in_query.status_code, posted.status_code) == (401, 401)


async def test_a_missing_permission_is_403_and_comes_before_the_content(api, issuer, count):
    reader = issuer.token(roles=["reader"])

    assert (await api.get(token=reader)).status_code == 200
    for body in ({"code": "A", "quantity": "1"}, {"nonsense": 1}):
        refused = await api.post(json=body, token=reader)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
        assert "toys.note.place" in refused.json()["detail"]
    assert await count("notes") == 0


async def test_the_scope_reaches_the_database(api, issuer):
    assert (await api.get("/scope?company=CN01")).json() == {"companies": "CN01", "actor": "ada"}
    refused = await api.get("/scope?company=US01")
    assert (refused.status_code, refused.json()["code"]) == (403, "out-of-scope")
    assert (await api.get("/scope?company=US01", token=issuer.token(companies=["*"]))).json()[
        "companies"
    ] == "*"


def test_permissions_are_exact_by_prefix_or_all():
    caller = Principal(
        subject="a",
        permissions=frozenset({"sales.order.*", "sales.price.read"}),
        companies=frozenset({"C"}),
    )

    assert (
        caller.may("sales.order.place")
        and caller.may("sales.order.line.add")
        and caller.may("sales.price.read")
    )
    assert not any(
        caller.may(p)
        for p in ("sales.price.write", "sales.orders.place", "sales", "sales.order", "*")
    )
    assert Principal(subject="a", permissions=frozenset({"*"})).may("anything.at.all")
    with pytest.raises(Forbidden):
        caller.check("finance.voucher.post")
    with pytest.raises(OutOfScope):
        caller.check_company("D")
    Principal(subject="a", companies=None).check_company("D")


def test_a_decision_takes_less_than_fifty_microseconds():
    caller = Principal(
        subject="a", permissions=frozenset(f"service{n}.document.*" for n in range(500))
    )
    names = [f"service{n}.document.verb{n}" for n in range(600)]

    fastest = min(_seconds_of(lambda: [caller.may(name) for name in names]) for _ in range(5))

    assert fastest / len(names) < 50e-6


def _seconds_of(work) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin
