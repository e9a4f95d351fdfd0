"""Composition of the sales service: its features' routers and consumers."""

from __future__ import annotations

from pathlib import Path

from chassis import vitals
from chassis.service import Service, run
from sales import control
from sales.credit import api as credit_api
from sales.credit import consumers as credit_consumers
from sales.orders import api as orders_api
from sales.orders import consumers as orders_consumers
from sales.orders import unanswered
from sales.outlook import consumers as outlook_consumers
from sales.prices import api as prices_api
from sales.quotations import api as quotations_api
from sales.quotations import consumers as quotations_consumers
from sales.rebuilding import service as rebuilding
from sales.replicas import consumers as replicas_consumers
from sales.returns import api as returns_api
from sales.returns import consumers as returns_consumers
from sales.settings import Settings


def build(settings: Settings | None = None) -> Service:
    """The sales service."""
    return Service(
        name="sales",
        directory=Path(__file__).resolve().parents[2],
        settings=settings or Settings(),
        routers=[
            credit_api.router,
            prices_api.router,
            prices_api.asking,
            quotations_api.router,
            orders_api.router,
            returns_api.router,
        ],
        consumers=[
            replicas_consumers.consumers,
            orders_consumers.consumers,
            returns_consumers.consumers,
            credit_consumers.consumers,
            outlook_consumers.consumers,
            quotations_consumers.consumers,
        ],
        control_totals=control.totals,
        background=[vitals.every(unanswered.WATCH_SECONDS, unanswered.measure, service="sales")],
        rebuild=rebuilding.PLAN,
    )


def main() -> None:
    """Run it, migrate its database, or print its OpenAPI document."""
    run(build)
