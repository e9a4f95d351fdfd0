"""Posting rules over HTTP: a bookkeeper reads and changes them."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query, Response
from pydantic import BaseModel, Field

from chassis.http import IfMatch, Principal, Session, commands, etag, requires
from chassis.values import CodeIn, Input, TextIn
from finance.vouchers.rules import VoucherType

from . import service
from .rules.entries import Condition, PostingRule, RuleLine

router = commands("finance", "posting-rules")
READ = requires("finance.posting_rule.read")


class ConditionIn(Input):
    """An attribute of the fact that has one of these values; or none of them."""

    attribute: CodeIn
    values: Annotated[list[TextIn], Field(min_length=1, max_length=100)]
    negated: bool = False


class RuleLineIn(Input):
    """One side of the voucher: an account, or an attribute that finds it, and the amount that it takes."""

    side: Literal["debit", "credit"]
    amount: CodeIn
    account: TextIn = ""
    by: TextIn = ""
    accounts: Annotated[dict[str, CodeIn], Field(max_length=200)] = Field(default_factory=dict)
    of: Literal["document", "lines"] = "document"
    per: Literal["document", "item"] = "document"
    partner: bool = False
    text: TextIn = ""
    text_en: TextIn = ""


class RuleIn(Input):
    """A posting rule: an event, under conditions, makes one voucher with these lines."""

    company: CodeIn
    topic: CodeIn
    voucher_type: VoucherType
    active: bool = True
    conditions: Annotated[list[ConditionIn], Field(max_length=20)] = Field(default_factory=list)
    text: TextIn = ""
    text_en: TextIn = ""
    explanation: TextIn = ""
    explanation_en: TextIn = ""
    lines: Annotated[list[RuleLineIn], Field(min_length=2, max_length=50)]

    def rule(self, code: str) -> PostingRule:
        """The rule as proposed."""
        return PostingRule(
            code=code, version=0, topic=self.topic, voucher_type=self.voucher_type.value, active=self.active,
            conditions=tuple(Condition(one.attribute, tuple(one.values), one.negated) for one in self.conditions),
            text=self.text, text_en=self.text_en, explanation=self.explanation, explanation_en=self.explanation_en,
            lines=tuple(RuleLine(**one.model_dump()) for one in self.lines),
        )  # fmt: skip


class ConditionView(BaseModel):
    """A condition."""

    attribute: str
    values: list[str]
    negated: bool


class RuleLineView(BaseModel):
    """One side of the voucher."""

    side: str
    amount: str
    account: str
    by: str
    accounts: dict[str, str]
    of: str
    per: str
    partner: bool
    text: str
    text_en: str


class RuleView(BaseModel):
    """A posting rule in force."""

    company: str
    code: str
    version: int
    topic: str
    voucher_type: str
    active: bool
    conditions: list[ConditionView]
    text: str
    text_en: str
    explanation: str
    explanation_en: str
    lines: list[RuleLineView]


class RuleVersionView(RuleView):
    """A version of a posting rule, with who put it in force."""

    actor: str
    recorded_at: datetime


class Rules(BaseModel):
    """A company's posting rules; there are few, so they come at once."""

    items: list[RuleView]
    next: None = None


class RuleVersions(BaseModel):
    """All versions of a rule, the newest first."""

    items: list[RuleVersionView]
    next: None = None


def _values(company: str, rule: PostingRule) -> dict[str, object]:
    return {
        "company": company, "code": rule.code, "version": rule.version, "topic": rule.topic,
        "voucher_type": rule.voucher_type, "active": rule.active, "text": rule.text, "text_en": rule.text_en,
        "explanation": rule.explanation, "explanation_en": rule.explanation_en,
        "conditions": [
            ConditionView(attribute=one.attribute, values=list(one.values), negated=one.negated) for one in rule.conditions
        ],
        "lines": [
            RuleLineView(
                side=one.side, amount=one.amount, account=one.account, by=one.by, accounts=dict(one.accounts), of=one.of,
                per=one.per, partner=one.partner, text=one.text, text_en=one.text_en,
            )
            for one in rule.lines
        ],
    }  # fmt: skip


Company = Annotated[str, Query(max_length=64)]


@router.get("", response_model=Rules)
async def list_rules(
    session: Session, caller: Annotated[Principal, READ], company: Company, topic: str | None = None
) -> Rules:
    """The rules in force: which fact makes which voucher."""
    caller.check_company(company)
    rules = await service.rules_of(session, company)
    return Rules(
        items=[
            RuleView.model_validate(_values(company, one))
            for one in rules
            if topic in (None, one.topic)
        ]
    )


@router.get("/{code}", response_model=RuleVersions)
async def get_rule(
    code: str, session: Session, caller: Annotated[Principal, READ], company: Company
) -> RuleVersions:
    """A rule with all its versions."""
    caller.check_company(company)
    return RuleVersions(
        items=[
            RuleVersionView.model_validate(
                {**_values(company, rule), "actor": actor, "recorded_at": at}
            )
            for rule, actor, at in await service.versions_of(session, company, code)
        ]
    )


@router.put("/{code}", response_model=RuleView)
async def change_rule(
    code: str, body: RuleIn, session: Session,
    caller: Annotated[Principal, requires("finance.posting_rule.change")], version: IfMatch, response: Response,
) -> RuleView:  # fmt: skip
    """Put a new version of a rule in force; If-Match 0 makes a new rule."""
    caller.check_company(body.company)
    rule = await service.change_rule(session, body.company, body.rule(code), version)
    etag(response, rule.version)
    return RuleView.model_validate(_values(body.company, rule))
