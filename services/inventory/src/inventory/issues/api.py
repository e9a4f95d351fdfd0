"""Issuing material over HTTP."""

from datetime import datetime
from typing import Annotated

from fastapi import Response
from pydantic import Field

from chassis.errors import NotFound
from chassis.http import Principal, Session, commands, etag, requires
from chassis.paging import Page, Paging
from chassis.values import CodeIn, DateIn, Input, QuantityIn
from inventory.issues import service
from inventory.issues.rules import IssueAsked, IssueDestination, IssueLineAsked
from inventory.limits import FEW_LINES
from inventory.replicas.rules import BACKDATE, Day
from tongheng_contracts.inventory import Issue

router = commands("inventory", "issues")


class IssueLineIn(Input):
    """A quantity to give out."""

    item: CodeIn
    warehouse: CodeIn
    quantity: QuantityIn
    lot: CodeIn | None = None


class IssueIn(Input):
    """Material for a cost collector: a work order, a project, a department."""

    company: CodeIn
    cost_collector: CodeIn
    destination: IssueDestination = "work_in_process"
    lines: Annotated[list[IssueLineIn], FEW_LINES] = Field(min_length=1)
    business_date: DateIn | None = None


class IssueView(Issue):
    """An issue."""

    version: int
    status: str
    recorded_at: datetime


@router.post("", status_code=201, response_model=IssueView)
async def issue_material(
    body: IssueIn,
    session: Session,
    response: Response,
    caller: Annotated[Principal, requires("inventory.issue.create")],
) -> IssueView:
    """Give material out at the moving average: all lines, or none."""
    caller.check_company(body.company)
    lines = tuple(IssueLineAsked(x.item, x.warehouse, x.quantity, x.lot or "") for x in body.lines)
    asked = IssueAsked(
        body.company,
        body.cost_collector,
        body.destination,
        lines,
        Day(body.business_date, caller.may(BACKDATE)),
    )
    fact = await service.issue_material(session, asked)
    etag(response, 1)
    return IssueView.model_validate(await service.find_issue(session, str(fact.id)))


@router.get("", response_model=Page[IssueView])
async def list_issues(
    session: Session,
    paging: Paging,
    caller: Annotated[Principal, requires("inventory.issue.read")],
    company: str | None = None,
    cost_collector: str | None = None,
    number: str | None = None,
) -> Page[IssueView]:
    """Issues, the newest first."""
    page = await service.list_issues(
        session, paging, company=company, cost_collector=cost_collector, number=number
    )
    return Page(items=[IssueView.model_validate(each) for each in page.items], next=page.next)


@router.get("/{issue}", response_model=IssueView)
async def get_issue(
    issue: str,
    session: Session,
    response: Response,
    caller: Annotated[Principal, requires("inventory.issue.read")],
) -> IssueView:
    """One issue, by id or number."""
    found = await service.find_issue(session, issue)
    if found is None:
        raise NotFound(what=("issue", "领料单"))
    etag(response, found["version"])
    return IssueView.model_validate(found)
