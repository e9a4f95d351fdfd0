"""Reorder rules over HTTP."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel

from chassis.errors import NotFound
from chassis.http import IfMatch, Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging
from chassis.values import CodeIn, Input, PriceIn
from inventory.reorder import service
from inventory.reorder.service import RuleAsked
from tongheng_contracts.values import Quantity

router = commands("inventory", "reorder-rules")

READ = requires("inventory.reorder_rule.read")
CHANGE = requires("inventory.reorder_rule.change")
Ref = Annotated[str | None, Query(max_length=64)]


class ReorderRuleIn(Input):
    """Below `minimum` the item is asked for, up to `maximum`; both in its base unit."""

    company: CodeIn
    item: CodeIn
    warehouse: CodeIn
    minimum: PriceIn
    maximum: PriceIn


class ReorderRuleChange(Input):
    """What may change of a rule; what is left out stays. A rule that is not active asks for nothing."""

    minimum: PriceIn = Decimal(0)
    maximum: PriceIn = Decimal(0)
    active: bool = True


class ReorderRuleView(BaseModel):
    """A rule. `missing`: what it asked for when last looked at, seconds ago; 0 while there is enough."""

    id: UUID
    company: str
    version: int
    item: str
    warehouse: str
    unit: str
    minimum: Quantity
    maximum: Quantity
    active: bool
    missing: Quantity
    changed_at: datetime | None
    """When what it asks for last changed."""
    recorded_at: datetime


def _view(row: dict[str, object]) -> ReorderRuleView:
    return ReorderRuleView.model_validate(
        {**row, "missing": row["told_quantity"], "changed_at": row["told_at"]}
    )


def _shown(response: Response, row: dict[str, object]) -> ReorderRuleView:
    made = _view(row)
    etag(response, made.version)
    return made


@router.post("", status_code=201, response_model=ReorderRuleView)
async def add_rule(
    body: ReorderRuleIn,
    request: Request,
    response: Response,
    session: Session,
    caller: Annotated[Principal, CHANGE],
) -> ReorderRuleView:
    """Have an item watched in a warehouse: when it runs low, a requisition is raised."""
    caller.check_company(body.company)
    made = await service.add_rule(
        session, RuleAsked(body.company, body.item, body.warehouse, body.minimum, body.maximum)
    )
    response.headers["Location"] = f"{request.url.path}/{made['id']}"
    return _shown(response, made)


@router.patch("/{rule}", response_model=ReorderRuleView, dependencies=[CHANGE])
async def change_rule(
    rule: str, body: ReorderRuleChange, response: Response, session: Session, version: IfMatch
) -> ReorderRuleView:
    """Change its quantities, or have it rest: what it asked for and nobody has ordered is given up then."""
    changes = body.model_dump(exclude_unset=True)
    return _shown(
        response, await service.change_rule(session, _id(rule), changes, expected=version)
    )


@router.get("", response_model=Page[ReorderRuleView], dependencies=[READ])
async def list_rules(
    session: Session,
    paging: Paging,
    company: Ref = None,
    warehouse: Ref = None,
    item: Ref = None,
    low: Literal["true", "false"] | None = None,
) -> Page[ReorderRuleView]:
    """Rules by warehouse and item; `low=true`: what is asked for now."""
    found = await service.list_rules(
        session,
        paging,
        low=None if low is None else low == "true",
        company=company,
        warehouse=warehouse,
        item=item,
    )
    return Page(items=[_view(each) for each in found.items], next=found.next)


@router.get("/{rule}", response_model=ReorderRuleView, dependencies=[READ])
async def get_rule(rule: str, response: Response, session: Session) -> ReorderRuleView:
    """One rule."""
    return _shown(response, await service.get(session, _id(rule)))


def _id(ref: str) -> UUID:
    try:
        return UUID(ref)
    except ValueError:
        raise NotFound(what=("reorder rule", "补货规则")) from None
