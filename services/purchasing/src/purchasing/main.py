"""Composition root of purchasing: the list of its features."""

from __future__ import annotations

from pathlib import Path

from chassis.service import Service, run
from purchasing import control, timers
from purchasing.agreements import api as agreements
from purchasing.approvals import api as approvals
from purchasing.merging import api as merging
from purchasing.orders import api as orders
from purchasing.orders import consumers as order_consumers
from purchasing.rebuilding import service as rebuilding
from purchasing.replicas import consumers as replica_consumers
from purchasing.requisitions import api as requisitions
from purchasing.requisitions import consumers as requisition_consumers
from purchasing.returns import api as returns
from purchasing.returns import consumers as return_consumers
from purchasing.rfqs import api as rfqs
from purchasing.settings import Settings
from purchasing.supplier_items import api as supplier_items


def build(settings: Settings | None = None) -> Service:
    """The service. Consumers run in this order: replicas first, then orders before what hangs on them."""
    return Service(
        name="purchasing",
        directory=Path(__file__).resolve().parents[2],
        settings=settings or Settings(),
        routers=[
            supplier_items.router,
            agreements.router,
            approvals.router,
            rfqs.router,
            merging.router,
            requisitions.router,
            orders.router,
            returns.router,
        ],
        consumers=[
            replica_consumers.consumers,
            order_consumers.consumers,
            requisition_consumers.consumers,
            return_consumers.consumers,
        ],
        control_totals=control.totals,
        background=[timers.settle_shortages],
        gather_seconds=0.05,
        rebuild=rebuilding.PLAN,
    )


def main() -> None:
    """The command line: serve, `migrate` or `openapi`."""
    run(build)
