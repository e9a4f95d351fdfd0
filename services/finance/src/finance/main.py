"""Finance, composed: the features and what they listen to."""

from __future__ import annotations

from pathlib import Path

from chassis.service import Service, run
from finance.booking import consumers as booking
from finance.replicas import consumers as replicas
from finance.settings import Settings


def build(settings: Settings | None = None) -> Service:
    """The service."""
    return Service(
        name="finance",
        directory=Path(__file__).resolve().parents[2],
        settings=settings or Settings(),
        routers=[],
        consumers=[replicas.consumers, booking.consumers],
    )


def main() -> None:
    """The command line."""
    run(build)
