"""How Kafka's brokers are reached: in the clear on one machine, by TLS with a certificate of our own in a cluster."""

from __future__ import annotations

import ssl
from functools import cache
from typing import Any

from pydantic_settings import BaseSettings, SettingsConfigDict


class BrokerSettings(BaseSettings):
    """Files, as the environment names them; none of them: no TLS."""

    model_config = SettingsConfigDict(env_prefix="TONGHENG_KAFKA_", extra="ignore", frozen=True)

    ca: str = ""
    """The certificates that the brokers' are signed by, PEM."""
    certificate: str = ""
    """Our own certificate, by which the brokers know us, PEM."""
    key: str = ""
    """Its key, PEM."""


@cache
def secure() -> ssl.SSLContext | None:
    """The TLS context of this process's connections to Kafka; None where the environment asks for none.

    The files are read once: a renewed certificate is taken up by the next process.

    Raises:
        OSError: a file is missing, or is not what it should be.
    """
    given = BrokerSettings()
    if not given.ca:
        return None
    context = ssl.create_default_context(cafile=given.ca)
    if given.certificate:
        context.load_cert_chain(given.certificate, given.key or None)
    return context


def connection() -> dict[str, Any]:
    """What each client of aiokafka is given beside the brokers' addresses."""
    context = secure()
    if context is None:
        return {}
    return {"security_protocol": "SSL", "ssl_context": context}
