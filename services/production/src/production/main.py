"""Composition root of production: the list of its features."""

from __future__ import annotations

from pathlib import Path

from chassis.service import Service, run
from production.boms import api as boms
from production.control import service as control
from production.engineering import api as engineering
from production.engineering import consumers as engineering_consumers
from production.execution import api as execution
from production.explaining import api as explaining
from production.item_plans import api as item_plans
from production.orders import api as orders
from production.outlook import consumers as outlook
from production.outputs import api as outputs
from production.outputs import consumers as outputs_consumers
from production.planning import api as planning
from production.planning import service as planning_service
from production.pre_production import api as pre_production
from production.process_costs import api as process_costs
from production.quality import api as quality
from production.rebuilding import service as rebuilding
from production.replicas import consumers as replicas
from production.routings import api as routings
from production.settings import Settings
from production.shop_floor import api as shop_floor
from production.standards import api as standards
from production.work_centres import api as work_centres


def build(settings: Settings | None = None) -> Service:
    """The service. Consumers run in the order given: what is known before what is done."""
    return Service(
        name="production",
        directory=Path(__file__).resolve().parents[2],
        settings=settings or Settings(),
        routers=[
            item_plans.router,
            boms.router,
            work_centres.calendar_router,
            work_centres.router,
            routings.router,
            orders.router,
            outputs.router,
            execution.order_router,
            execution.report_router,
            execution.nonconformance_router,
            execution.subcontract_router,
            quality.plan_router,
            quality.router,
            shop_floor.router,
            shop_floor.schedule_router,
            shop_floor.board_router,
            shop_floor.downtime_router,
            standards.router,
            standards.order_router,
            process_costs.router,
            planning.router,
            planning.planned_router,
            planning.promise_router,
            engineering.router,
            pre_production.router,
            explaining.router,
            explaining.trace_router,
        ],
        consumers=[
            replicas.consumers,
            outputs_consumers.consumers,
            outlook.consumers,
            engineering_consumers.consumers,
        ],
        control_totals=control.totals,
        background=[planning_service.keep_running],
        gather_seconds=0.2,
        rebuild=rebuilding.PLAN,
    )


def main() -> None:
    """The command line: serve, `migrate` or `openapi`."""
    run(build)
