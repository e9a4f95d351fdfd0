"""What production is told by its environment."""

from __future__ import annotations

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Production needs nothing beyond what all services need."""
