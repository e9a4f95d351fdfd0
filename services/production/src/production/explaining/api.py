"""Why something costs what it costs, and where a lot has gone, over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel

from chassis.errors import NotFound
from chassis.http import Session, commands, requires
from production.explaining import service
from production.explaining.rules import Step
from production.replicas import service as replicas
from tongheng_contracts.values import Amount, Price, Quantity

router = commands("production", "cost-trees")
trace_router = commands("production", "lot-traces")


class StepView(BaseModel):
    """One part of a cost, and what it is made of; what goes off is negative."""

    kind: str
    item: str
    number: str
    quantity: Quantity
    amount: Amount
    children: list["StepView"]


class CostTree(BaseModel):
    """What all of an item that came into stock has cost: inputs less what went off, as a tree that sums to the cent."""

    company: str
    item: str
    quantity: Quantity
    unit_cost: Price | None
    inputs: Amount
    went_off: Amount
    amount: Amount
    tree: StepView


class TraceView(BaseModel):
    """A step on the way of a lot."""

    level: int
    kind: str
    item: str
    lot: str
    quantity: Quantity
    number: str
    order: UUID | None


def view(step: Step) -> StepView:
    """A step as answered."""
    return StepView(
        kind=step.kind,
        item=step.item,
        number=step.number,
        quantity=step.quantity,
        amount=step.amount,
        children=[view(child) for child in step.children],
    )


@router.get("", response_model=CostTree, dependencies=[requires("production.cost.read")])
async def why(
    session: Session,
    company: Annotated[str, Query(max_length=64)],
    item: Annotated[str, Query(max_length=64)],
) -> CostTree:
    """Why does it cost this: down to receipts, openings, labour, overhead, subcontracting."""
    code = await _item(session, item)
    step = await service.why(session, company, code)
    leaves = [leaf.amount for leaf in step.leaves()]
    return CostTree(
        company=company,
        item=code,
        quantity=step.quantity,
        unit_cost=round(step.amount / step.quantity, 6) if step.quantity else None,
        inputs=sum((a for a in leaves if a > 0), step.amount * 0),
        went_off=-sum((a for a in leaves if a < 0), step.amount * 0),
        amount=step.amount,
        tree=view(step),
    )


@trace_router.get(
    "", response_model=list[TraceView], dependencies=[requires("production.cost.read")]
)
async def whither(
    session: Session,
    company: Annotated[str, Query(max_length=64)],
    item: Annotated[str, Query(max_length=64)],
    lot: Annotated[str, Query(max_length=64)] = "",
) -> list[TraceView]:
    """Where a lot has gone: into which orders, what they made, to whom it was shipped."""
    code = await _item(session, item)
    found = await service.whither(session, company, code, lot)
    return [
        TraceView(
            level=t.level, kind=t.kind, item=t.item, lot=t.lot, quantity=t.quantity,
            number=t.number, order=t.order,
        )
        for t in found
    ]  # fmt: skip


async def _item(session: Session, ref: str) -> str:
    known = (await replicas.find_items(session, [ref])).get(ref)
    if known is None:
        raise NotFound(what=("item", "物料"))
    return known.code
