"""What the inventory service is told by its environment."""

from __future__ import annotations

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Inventory needs no settings beyond those that all services have."""
