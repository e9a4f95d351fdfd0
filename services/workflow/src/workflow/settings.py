"""What workflow is told by its environment."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Literal

from pydantic import Field, SecretStr, field_validator

from chassis.settings import ServiceSettings
from workflow.addresses.rules import Network
from workflow.mails.sending import Server


def networks_in(text: str) -> tuple[Network, ...]:
    """The networks that a setting lists."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


class Settings(ServiceSettings):
    """The chassis' settings, and those of webhooks and mails."""

    webhook_networks: str = ""
    """Networks that are not public where receivers may be, separated by commas; there also by plain http. By default
    none: only https to public addresses."""
    webhook_deliveries: bool = True
    """Whether webhooks are delivered; off where a backup is restored beside the system, only to be looked at."""
    webhook_seconds: float = Field(default=10.0, gt=0, le=60)
    """How long a receiver may take for one delivery."""
    webhook_connections: int = Field(default=8, ge=1)
    """Deliveries to one receiver at the same time."""
    webhook_receivers: int = Field(default=64, ge=1)
    """Receivers that are served at the same time."""
    webhook_days: int = Field(default=35, ge=7)
    """How long events and the log of their deliveries are kept."""
    key_encryption_key: SecretStr = SecretStr("")
    """Seals the webhooks' secrets in the database when given; the same in all replicas, 32 characters or more."""

    smtp_host: str = ""
    """The mail server that takes our mails; none by default: mails are kept as not sent."""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    """The mail server's port."""
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection to it is protected; `none` for a server on the same host or network only."""
    smtp_username: str = ""
    """Whom we sign in as; nobody when empty."""
    smtp_password: SecretStr = SecretStr("")
    """The password for it."""
    smtp_seconds: float = Field(default=20.0, gt=0, le=60)
    """How long one answer of the mail server may take."""
    mail_sender: str = "tongheng@localhost.localdomain"
    """Whom our mails are from; the domain also ends their Message-IDs."""

    worker_pool_size: int = Field(default=6, ge=1)
    """Connections of consumers, relay and deliveries that are kept."""

    @field_validator("webhook_networks")
    @classmethod
    def _readable(cls, value: str) -> str:
        networks_in(value)
        return value

    def mail_server(self) -> Server | None:
        """The mail server, if there is one."""
        if not self.smtp_host:
            return None
        return Server(
            host=self.smtp_host,
            port=self.smtp_port,
            security=self.smtp_security,
            username=self.smtp_username,
            password=self.smtp_password.get_secret_value(),
            sender=self.mail_sender,
            seconds=self.smtp_seconds,
        )

    def networks(self) -> tuple[Network, ...]:
        """The networks that are not public where receivers may be."""
        return networks_in(self.webhook_networks)
