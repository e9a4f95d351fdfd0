"""Kafka over TLS: the brokers are checked, and know us by our certificate."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiokafka.conn import AIOKafkaConnection
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chassis import brokers
from chassis.consuming import Inbox, Worker

from .toy import main as toy


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _issue(folder: Path) -> None:
    now = dt.datetime.now(dt.UTC)
    ca_key = ec.generate_private_key(ec.SECP256R1())

    def made(common: str, key: ec.EllipticCurvePrivateKey, *, ca: bool = False) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(common))
            .issuer_name(_name("ca"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]),
                critical=False,
            )
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(ca_key.public_key()),
                critical=False,
            )
        )
        if ca:
            usage = x509.KeyUsage(
                digital_signature=True, content_commitment=False, key_encipherment=False,
                data_encipherment=False, key_agreement=False, key_cert_sign=True, crl_sign=True,
                encipher_only=False, decipher_only=False,
            )  # fmt: skip
            builder = builder.add_extension(usage, critical=True)
        return builder.sign(ca_key, hashes.SHA256())

    pem = serialization.Encoding.PEM
    (folder / "ca.crt").write_bytes(made("ca", ca_key, ca=True).public_bytes(pem))
    for name in ("broker", "user"):
        key = ec.generate_private_key(ec.SECP256R1())
        (folder / f"{name}.crt").write_bytes(made(name, key).public_bytes(pem))
        (folder / f"{name}.key").write_bytes(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    _issue(tmp_path)
    monkeypatch.setenv("TONGHENG_KAFKA_CA", str(tmp_path / "ca.crt"))
    monkeypatch.setenv("TONGHENG_KAFKA_CERTIFICATE", str(tmp_path / "user.crt"))
    monkeypatch.setenv("TONGHENG_KAFKA_KEY", str(tmp_path / "user.key"))
    brokers.secure.cache_clear()
    yield tmp_path
    brokers.secure.cache_clear()


def test_without_files_nothing_is_asked_for() -> None:
    assert brokers.connection() == {}


async def test_a_broker_is_checked_and_knows_us_by_our_certificate(files: Path) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=files / "ca.crt")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(files / "broker.crt", files / "broker.key")
    subject: asyncio.Future[object] = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        subject.set_result(writer.get_extra_info("peercert")["subject"])
        await reader.read()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context) as server:
        port = server.sockets[0].getsockname()[1]
        client = AIOKafkaConnection(
            host="127.0.0.1", port=port, request_timeout_ms=20_000, **brokers.connection()
        )
        # It goes on to speak Kafka's protocol, which this server does not answer.
        connecting = asyncio.create_task(client.connect())
        try:
            async with asyncio.timeout(20):
                assert await subject == ((("commonName", "user"),),)
        finally:
            connecting.cancel()
            await asyncio.gather(connecting, return_exceptions=True)
            client.close()


async def test_another_brokers_certificate_is_refused(
    files: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    _issue(other)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(other / "broker.crt", other / "broker.key")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context) as server:
        port = server.sockets[0].getsockname()[1]
        client = AIOKafkaConnection(
            host="127.0.0.1", port=port, request_timeout_ms=20_000, **brokers.connection()
        )
        with pytest.raises(ssl.SSLCertVerificationError):
            await client.connect()


@pytest.mark.usefixtures("files")
def test_the_worker_subscribes_by_tls() -> None:
    inbox = Inbox(None, toy.consumers, service="toy")  # type: ignore[arg-type]
    worker = Worker(inbox, toy.consumers, kafka="127.0.0.1:1", service="toy")

    assert worker.broker._connection_kwargs["security_protocol"] == "SSL"
    assert worker.broker._connection_kwargs["ssl_context"] is brokers.secure()
