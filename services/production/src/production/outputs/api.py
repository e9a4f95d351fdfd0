"""Completing and closing orders over HTTP, and what they have cost."""

from datetime import date, datetime
from uuid import UUID

from fastapi import Response
from pydantic import BaseModel
from sqlalchemy import RowMapping

from chassis.http import IfMatch, Session, commands, requires
from chassis.values import CodeIn, DateIn, Input, QuantityIn
from production.costing import service as costing
from production.costing.rules import Costs
from production.orders import service as orders
from production.orders.api import OrderView, shown
from production.outputs import service
from production.outputs.service import Completion
from tongheng_contracts.values import Amount, Price, Quantity

router = commands("production", "orders")
READ = requires("production.order.read")


class CompletionIn(Input):
    """Good pieces to hand over; `final` ends the order even if fewer than started are good."""

    quantity: QuantityIn
    warehouse: CodeIn | None = None
    lot: CodeIn | None = None
    final: bool = False
    business_date: DateIn | None = None


class ClosingIn(Input):
    """The day of the closing."""

    business_date: DateIn | None = None


class CostsView(BaseModel):
    """An amount by element."""

    material: Amount
    labour: Amount
    overhead: Amount
    subcontract: Amount
    total: Amount


class CostEntryView(BaseModel):
    """A cost that came to the order or, negative, left it."""

    kind: str
    element: str
    amount: Amount
    number: str
    item: str
    quantity: Quantity
    operation: int | None
    recorded_at: datetime


class OutputView(BaseModel):
    """What was handed over: waiting for its cost, stated, or received by inventory."""

    id: UUID
    number: str
    status: str
    kind: str
    quantity: Quantity
    warehouse: str
    lot: str
    final: bool
    cost: Amount | None
    receipt: str
    business_date: date


class CostSheet(BaseModel):
    """What came to an order, what left it, and what is still in work."""

    order: UUID
    number: str
    item: str
    came: CostsView
    left: CostsView
    in_work: CostsView
    quantity_completed: Quantity
    cost_completed: Amount
    unit_cost: Price | None
    outputs: list[OutputView]
    entries: list[CostEntryView]


def _costs(costs: Costs) -> CostsView:
    return CostsView(
        material=costs.material,
        labour=costs.labour,
        overhead=costs.overhead,
        subcontract=costs.subcontract,
        total=costs.total,
    )


def _output(row: RowMapping) -> OutputView:
    return OutputView.model_validate({name: row[name] for name in OutputView.model_fields})


@router.post(
    "/{ref}/complete",
    response_model=OrderView,
    dependencies=[requires("production.order.complete")],
)
async def complete_order(
    ref: str, body: CompletionIn, response: Response, session: Session, version: IfMatch
) -> OrderView:
    """Hand good pieces over to stock, at what they cost."""
    asked = Completion(
        body.quantity, body.warehouse, body.lot or "", body.final, body.business_date
    )
    return shown(response, await service.complete_order(session, ref, asked, expected=version))


@router.post(
    "/{ref}/close", response_model=OrderView, dependencies=[requires("production.order.close")]
)
async def close_order(
    ref: str, body: ClosingIn, response: Response, session: Session, version: IfMatch
) -> OrderView:
    """End an order; what is left in work is its variance."""
    order = await service.close_order(session, ref, expected=version, day=body.business_date)
    return shown(response, order)


@router.get("/{ref}/cost-sheet", response_model=CostSheet, dependencies=[READ])
async def cost_sheet(ref: str, session: Session) -> CostSheet:
    """What an order has cost, entry by entry."""
    order = await orders.get(session, ref)
    entries = await costing.entries(session, order.id)
    came, left = Costs(), Costs()
    made = Costs()
    for row in entries:
        part = Costs(**{row["element"]: row["amount"]})
        if row["kind"] in ("output", "by_product", "variance"):
            left += part
            made += part if row["kind"] == "output" and row["item"] == order.item else Costs()
        else:
            came += part
    completed = -made.total
    return CostSheet(
        order=order.id,
        number=order.number,
        item=order.item,
        came=_costs(came),
        left=_costs(left),
        in_work=_costs(came + left),
        quantity_completed=order.quantity_completed,
        cost_completed=completed,
        unit_cost=round(completed / order.quantity_completed, 6)
        if order.quantity_completed
        else None,
        outputs=[_output(row) for row in await service.outputs_of(session, [order.id])],
        entries=[
            CostEntryView.model_validate({name: row[name] for name in CostEntryView.model_fields})
            for row in entries
        ],
    )
