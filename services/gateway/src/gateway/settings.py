"""What the gateway is told by its environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from chassis.settings import ServiceSettings

SERVICES = (
    "identity",
    "masterdata",
    "purchasing",
    "sales",
    "inventory",
    "production",
    "finance",
    "workflow",
)


class Settings(ServiceSettings):
    """The chassis' settings and those of routing and limits."""

    port: int = Field(default=8080, ge=0, le=65535)
    """The port that everybody uses."""
    upstreams: Mapping[str, str] = {}
    """Service → its address, or those of its replicas with spaces between. Where it is empty, TONGHENG_<SERVICE>_URL of each service that has one."""

    trusted_proxies: tuple[str, ...] = ()
    """Networks of the load balancers in front, whose X-Forwarded-For is believed."""

    cors_origins: tuple[str, ...] = ()
    """Origins whose pages may call the API from a browser, `["https://shop.example"]`; none."""

    tls_port: int = Field(default=0, ge=0, le=65535)
    """Where TLS is served, beside the plain port; 0: nowhere."""
    tls_certificate: str = ""
    """The file of the certificate chain, PEM."""
    tls_key: str = ""
    """The file of its key, PEM."""

    connect_seconds: float = Field(default=3.0, gt=0)
    """How long connecting to a service may take."""
    answer_seconds: float = Field(default=20.0, gt=0)
    """How long a service may be silent."""
    batch_seconds: float = Field(default=60.0, gt=0)
    """The same for `:batch`."""
    body_seconds: float = Field(default=20.0, gt=0)
    """How long a caller may pause within his body."""
    connections_per_service: int = Field(default=200, ge=1)
    """Connections kept open to each service, at most."""

    body_max: int = Field(default=1024 * 1024, ge=1)
    """Bytes of a request."""
    batch_body_max: int = Field(default=16 * 1024 * 1024, ge=1)
    """Bytes of a `:batch`."""

    rate_window: float = Field(default=2.0, gt=0)
    """Seconds over which requests are counted."""
    rate_limit: int = Field(default=1600, ge=1)
    """Requests of one caller within the window."""
    rate_limit_heavy: int = Field(default=200, ge=1)
    """Batches and reports of one caller within the window; they count as requests too."""
    rate_limit_anonymous: int = Field(default=400, ge=1)
    """Requests without a valid token from one address within the window."""
    rate_limit_sign_in: int = Field(default=40, ge=1)
    """Token requests from one address within the window."""

    console_directory: str = ""
    """Where the built console is; without it the gateway shows a page of links."""

    documents_seconds: float = Field(default=30.0, gt=0)
    """How often the services' API documents are read again."""
    drain_seconds: float = Field(default=0.0, ge=0)
    """How long a gateway that is told to end stays in service, unready; 5 behind a load balancer."""

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            ip_network(each)
        return value

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            parts = urlsplit(each)
            if parts.scheme not in ("https", "http") or each != f"{parts.scheme}://{parts.netloc}":
                raise ValueError("an origin is https://host or https://host:port, without a path")
        return value

    @model_validator(mode="after")
    def _keys(self) -> Self:
        if not self.jwks_url and len(self.replicas().get("identity", ())) > 1:
            raise ValueError(
                "with several addresses of identity, jwks_url must say where its keys are"
            )
        return self

    @model_validator(mode="after")
    def _tls(self) -> Self:
        if self.tls_port and not (self.tls_certificate and self.tls_key):
            raise ValueError("TLS needs a certificate and its key")
        return self

    def replicas(self) -> dict[str, tuple[str, ...]]:
        """Service → the addresses of its replicas, without a slash at their ends."""
        found = dict(self.upstreams) or {
            name: os.environ[f"TONGHENG_{name.upper()}_URL"]
            for name in SERVICES
            if os.environ.get(f"TONGHENG_{name.upper()}_URL")
        }
        return {
            name: tuple(each.rstrip("/") for each in addresses.split())
            for name, addresses in found.items()
            if addresses.split()
        }

    def keys_address(self) -> str:
        """Where the issuer's keys are."""
        identity = self.replicas().get("identity", ())
        return self.jwks_url or (f"{identity[0]}/.well-known/jwks.json" if identity else "")

    def proxy_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The networks of the load balancers in front."""
        return tuple(ip_network(each) for each in self.trusted_proxies)
