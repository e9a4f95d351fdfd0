"""The door itself: other origins, headers of every answer, TLS and its certificate."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import ssl
from pathlib import Path

import aiohttp
import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pydantic import ValidationError

from gateway.main import tls_configuration
from gateway.settings import Settings
from gateway.tls import Certificate

from .conftest import Upstream, running

SHOP = "https://shop.example"
ASKS = {"origin": SHOP, "access_control_request_method": "POST"}


async def test_no_other_origin_is_told_that_it_may(upstream: Upstream) -> None:
    async with running({"sales": upstream.address, "identity": upstream.address}) as client:
        preflight = await client.ask("OPTIONS", "/api/v1/sales/orders", **ASKS)
        answer = await client.as_("li.na").ask("GET", "/api/v1/sales/orders", origin=SHOP)

    assert preflight.status == 401
    for each in (preflight, answer):
        assert not [name for name in each.headers if name.lower().startswith("access-control-")]


async def test_an_allowed_origins_page_may_call_with_a_token(upstream: Upstream) -> None:
    async with running(
        {"sales": upstream.address, "identity": upstream.address}, cors_origins=(SHOP,)
    ) as client:
        preflight = await client.ask("OPTIONS", "/api/v1/sales/orders", **ASKS)
        answer = await client.as_("li.na").ask("GET", "/api/v1/sales/orders", origin=SHOP)
        refused = await client.ask("GET", "/api/v1/sales/orders", origin=SHOP)
        asked = len(upstream.asked)

    assert (preflight.status, asked) == (204, 1)
    assert "POST" in preflight.header("access-control-allow-methods")
    assert "Idempotency-Key" in preflight.header("access-control-allow-headers")
    assert (answer.status, refused.status) == (200, 401)
    for each in (preflight, answer, refused):
        assert each.header("access-control-allow-origin") == SHOP
        assert each.header("vary") == "Origin"
        assert not each.header("access-control-allow-credentials")
    assert "RateLimit" in answer.header("access-control-expose-headers")


@pytest.mark.parametrize(
    "origin",
    ["https://shop.example.evil", "http://shop.example", "https://shop.example:8443", "null"],
)
async def test_a_like_origin_is_another_one(upstream: Upstream, origin: str) -> None:
    async with running(
        {"sales": upstream.address, "identity": upstream.address}, cors_origins=(SHOP,)
    ) as client:
        answer = await client.as_("li.na").ask("GET", "/api/v1/sales/orders", origin=origin)

    assert not answer.header("access-control-allow-origin")
    assert answer.header("vary") == "Origin"


async def test_the_sign_in_page_is_no_api(upstream: Upstream) -> None:
    async with running({"identity": upstream.address}, cors_origins=(SHOP,)) as client:
        answer = await client.ask("GET", "/api/v1/auth/authorize", origin=SHOP)

    assert not answer.header("access-control-allow-origin")


@pytest.mark.parametrize("origin", ["*", "shop.example", "https://shop.example/", "https://a/b"])
def test_an_origin_is_a_scheme_and_a_host(origin: str) -> None:
    with pytest.raises(ValidationError):
        Settings(cors_origins=(origin,))


async def test_asking_for_the_methods_is_answered_by_who_knows_them(upstream: Upstream) -> None:
    async with running({"sales": upstream.address, "identity": upstream.address}) as client:
        await client.as_("li.na").ask("OPTIONS", "/api/v1/sales/orders")

    assert upstream.asked[-1].method == "OPTIONS"


async def test_every_answer_has_the_headers_of_the_edge(upstream: Upstream) -> None:
    async with running({"sales": upstream.address, "identity": upstream.address}) as client:
        for answer in (
            await client.as_("li.na").ask("GET", "/api/v1/sales/orders"),
            await client.ask("GET", "/api/v1/sales/orders"),
            await client.ask("GET", "/readyz"),
        ):
            assert answer.header("content-security-policy").startswith("default-src 'none'")
            assert answer.header("x-content-type-options") == "nosniff"
            assert answer.header("x-frame-options") == "DENY"
            assert answer.header("cross-origin-resource-policy") == "same-origin"
            assert not answer.header("strict-transport-security")  # plain: a browser ignores it


def certify(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate of its own for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    chain, private = folder / "tls.crt", folder / "tls.key"
    chain.write_bytes(certificate.public_bytes(Encoding.PEM))
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return chain, private


async def presented(port: int) -> bytes:
    """The certificate that the gateway shows."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    shown: bytes = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return shown


async def test_tls_is_served_and_the_certificate_renewed(
    upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain, key = certify(tmp_path, "first")
    async with running(
        {"sales": upstream.address, "identity": upstream.address},
        tls_port=1,
        tls_certificate=str(chain),
        tls_key=str(key),
    ) as client:
        certificate = Certificate(chain, key)
        config = tls_configuration(client.gateway, certificate)
        config.port = 0
        server = uvicorn.Server(config)
        monkeypatch.setattr(server, "capture_signals", contextlib.nullcontext)
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.005)
            assert not serving.done()
        port = server.servers[0].sockets[0].getsockname()[1]
        async with aiohttp.ClientSession() as session:
            headers = {"authorization": f"Bearer {client.as_('li.na').token}"}
            url = f"https://127.0.0.1:{port}/api/v1/sales/orders"
            async with session.get(url, ssl=False, headers=headers) as answer:
                status, told = answer.status, answer.headers
        first = await presented(port)
        unchanged = certificate.renew()
        key.write_text("half of a file")
        half = certificate.renew()
        still = await presented(port)
        certify(tmp_path, "second")
        renewed = certificate.renew()
        second = await presented(port)
        server.should_exit = True
        await serving

    assert status == 200
    assert told["Strict-Transport-Security"] == "max-age=31536000"
    assert upstream.header("X-Forwarded-Proto") == "https"
    assert (unchanged, half, renewed) == (False, False, True)
    assert first == still != second


def test_tls_needs_a_certificate() -> None:
    with pytest.raises(ValidationError):
        Settings(tls_port=8443)
