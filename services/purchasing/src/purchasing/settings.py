"""What purchasing is told by its environment."""

from __future__ import annotations

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Purchasing needs nothing beyond what all services need."""
