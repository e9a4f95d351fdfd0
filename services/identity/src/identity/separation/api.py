"""Separation of duties over HTTP."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Response
from pydantic import BaseModel

from chassis.http import IfMatch, Principal, Session, commands, etag, requires
from chassis.values import CodeIn, Input, NameIn, TextIn
from identity.separation import service
from identity.separation.rules import Conflict, Rule, Side

router = commands("identity")


class AddRule(Input):
    """Two rights, or patterns of them, that one person should not have together."""

    first: CodeIn
    second: CodeIn
    name: NameIn
    name_en: TextIn = ""


class RuleView(BaseModel):
    """A rule of separation."""

    id: UUID
    first: str
    second: str
    name: str
    name_en: str
    active: bool
    ready_made: bool
    version: int
    recorded_at: datetime


class RulesView(BaseModel):
    """The rules of separation."""

    items: list[RuleView]


class SideView(BaseModel):
    """A right, and the roles that give it."""

    permission: str
    roles: list[str]


class ConflictView(BaseModel):
    """Somebody who has both rights of a rule."""

    kind: str
    id: UUID
    name: str
    rule: UUID
    rule_name: str
    rule_name_en: str
    first: SideView
    second: SideView


class ReportView(BaseModel):
    """Who has rights that are kept apart."""

    items: list[ConflictView]


def _rule(rule: Rule) -> RuleView:
    return RuleView(
        id=rule.id, first=rule.first, second=rule.second, name=rule.name, name_en=rule.name_en, active=rule.active,
        ready_made=rule.ready_made, version=rule.version, recorded_at=rule.recorded_at,
    )  # fmt: skip


def _side(side: Side) -> SideView:
    return SideView(permission=side.permission, roles=list(side.roles))


def _conflict(found: Conflict) -> ConflictView:
    return ConflictView(
        kind=found.holder.kind, id=found.holder.id, name=found.holder.name, rule=found.rule.id,
        rule_name=found.rule.name, rule_name_en=found.rule.name_en, first=_side(found.first),
        second=_side(found.second),
    )  # fmt: skip


@router.get("/separation-report", response_model=ReportView)
async def report_separation(
    session: Session, caller: Annotated[Principal, requires("identity.separation.read")]
) -> ReportView:
    """Who, within your scope, has rights that are kept apart: by which roles, under which rule."""
    return ReportView(items=[_conflict(each) for each in await service.report(session)])


@router.get("/separation-rules", response_model=RulesView)
async def list_separation_rules(
    session: Session, caller: Annotated[Principal, requires("identity.separation.read")]
) -> RulesView:
    """Which rights are kept apart."""
    return RulesView(items=[_rule(each) for each in await service.list_rules(session)])


@router.post("/separation-rules", status_code=201, response_model=RuleView)
async def add_separation_rule(
    body: AddRule,
    session: Session,
    caller: Annotated[Principal, requires("identity.separation.change")],
    response: Response,
) -> RuleView:
    """Keep two rights apart from now on."""
    rule = await service.add_rule(
        session, first=body.first, second=body.second, name=body.name, name_en=body.name_en
    )
    etag(response, rule.version)
    return _rule(rule)


@router.post("/separation-rules/{id}/disable", response_model=RuleView)
async def disable_separation_rule(
    id: UUID,
    session: Session,
    caller: Annotated[Principal, requires("identity.separation.change")],
    version: IfMatch,
    response: Response,
) -> RuleView:
    """Report a pair of rights no more."""
    rule = await service.set_active(session, id, version=version, active=False)
    etag(response, rule.version)
    return _rule(rule)


@router.post("/separation-rules/{id}/enable", response_model=RuleView)
async def enable_separation_rule(
    id: UUID,
    session: Session,
    caller: Annotated[Principal, requires("identity.separation.change")],
    version: IfMatch,
    response: Response,
) -> RuleView:
    """Report a pair of rights again."""
    rule = await service.set_active(session, id, version=version, active=True)
    etag(response, rule.version)
    return _rule(rule)
