"""Approval policies over HTTP."""

import re
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Header, Response
from pydantic import BaseModel, Field

from chassis.errors import InvalidHeader
from chassis.http import Principal, Session, commands, etag, requires
from chassis.values import AmountIn, CodeIn, Input
from purchasing.approvals import service
from purchasing.approvals.rules import APPROVALS_MAX, RULES_MAX, Policy, Rule
from tongheng_contracts.values import Amount

router = commands("purchasing", "approval-policies")

_VERSION = re.compile(r'"(\d{1,9})"')


class RuleIn(Input):
    """Above this net amount an order needs so many different approvers."""

    amount_above: AmountIn
    approvals: int = Field(ge=1, le=APPROVALS_MAX)
    category: CodeIn | None = None
    """Only the lines of items of this category are summed; by default the whole order."""


class PolicyIn(Input):
    """All rules of a company; the strictest that applies counts, and where none does one approval is needed."""

    rules: list[RuleIn] = Field(max_length=RULES_MAX)


class RuleView(BaseModel):
    """A rule as answered."""

    amount_above: Amount
    approvals: int
    category: str | None


class PolicyView(BaseModel):
    """A company's approval policy; version 0: none was ever set."""

    id: UUID | None
    company: str
    version: int
    rules: list[RuleView]
    recorded_at: datetime | None


def _shown(response: Response, policy: Policy) -> PolicyView:
    etag(response, policy.version)
    return PolicyView(
        id=policy.id,
        company=policy.company,
        version=policy.version,
        rules=[
            RuleView(
                amount_above=rule.amount_above,
                approvals=rule.approvals,
                category=rule.category or None,
            )
            for rule in policy.rules
        ],
        recorded_at=policy.recorded_at,
    )


def _expected(if_match: str | None) -> int | None:
    # Not the chassis' IfMatch: the first PUT of a policy has no version to name.
    if if_match is None:
        return None
    match = _VERSION.fullmatch(if_match.strip())
    if match is None:
        raise InvalidHeader(header="If-Match")
    return int(match[1])


@router.put("/{company}", response_model=PolicyView)
async def set_policy(
    company: str,
    body: PolicyIn,
    session: Session,
    caller: Annotated[Principal, requires("purchasing.approval_policy.set")],
    response: Response,
    if_match: Annotated[
        str | None, Header(alias="If-Match", description="The version that you change.")
    ] = None,
) -> PolicyView:
    """Say how many people approve a company's purchase orders; submitted ones keep what they were asked for."""
    rules = tuple(Rule(one.amount_above, one.approvals, one.category or "") for one in body.rules)
    policy = await service.set_policy(session, caller, company, rules, expected=_expected(if_match))
    return _shown(response, policy)


@router.get("/{company}", response_model=PolicyView)
async def get_policy(
    company: str,
    session: Session,
    caller: Annotated[Principal, requires("purchasing.approval_policy.read")],
    response: Response,
) -> PolicyView:
    """How many people approve a company's purchase orders."""
    return _shown(response, await service.get_policy(session, caller, company))
