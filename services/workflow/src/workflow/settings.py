"""What workflow is told by its environment."""

from __future__ import annotations

from ipaddress import ip_network

from pydantic import Field, SecretStr, field_validator

from chassis.settings import ServiceSettings
from workflow.addresses.rules import Network


def networks_in(text: str) -> tuple[Network, ...]:
    """The networks that a setting lists."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


class Settings(ServiceSettings):
    """The chassis' settings and those of webhooks."""

    webhook_networks: str = ""
    """Networks that are not public where receivers may be, separated by commas; there also by plain http. By default
    none: only https to public addresses."""
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

    worker_pool_size: int = Field(default=6, ge=1)

    @field_validator("webhook_networks")
    @classmethod
    def _readable(cls, value: str) -> str:
        networks_in(value)
        return value

    def networks(self) -> tuple[Network, ...]:
        """The networks that are not public where receivers may be."""
        return networks_in(self.webhook_networks)
