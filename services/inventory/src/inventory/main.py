"""Composition root of inventory: the list of its features."""

from __future__ import annotations

from pathlib import Path

from chassis.service import Service, run
from inventory.adjustments import api as adjustments
from inventory.availability import api as availability
from inventory.bins import api as bins
from inventory.control import service as control
from inventory.counts import api as counts
from inventory.intake import consumers as intake
from inventory.issues import api as issues
from inventory.production_receipts import api as production_receipts
from inventory.rebuilding import service as rebuilding
from inventory.receipts import api as receipts
from inventory.relocations import api as relocations
from inventory.reorder import api as reorder
from inventory.reorder import service as reorder_service
from inventory.replicas import consumers as replicas
from inventory.reservations import api as reservations
from inventory.returns import api as returns
from inventory.returns import consumers as returns_consumers
from inventory.settings import Settings
from inventory.shipping import api as shipping
from inventory.stock import api as stock
from inventory.tallies import service as tallies
from inventory.transfers import api as transfers
from inventory.transfers import consumers as transfers_consumers


def build(settings: Settings | None = None) -> Service:
    """The service. Consumers run in the order given: what is known before what is wanted."""
    return Service(
        name="inventory",
        directory=Path(__file__).resolve().parents[2],
        settings=settings or Settings(),
        routers=[
            availability.router,
            stock.router,
            reservations.router,
            receipts.router,
            shipping.router,
            returns.router,
            transfers.router,
            bins.router,
            relocations.router,
            adjustments.router,
            counts.router,
            reorder.router,
            issues.router,
            production_receipts.router,
        ],
        consumers=[
            replicas.consumers,
            intake.consumers,
            returns_consumers.consumers,
            transfers_consumers.consumers,
        ],
        control_totals=control.totals,
        background=[tallies.keep_folded, reorder_service.keep_looking],
        rebuild=rebuilding.PLAN,
    )


def main() -> None:
    """The command line: serve, `migrate` or `openapi`."""
    run(build)
