"""The proof over HTTP."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel

from chassis.errors import NotFound
from chassis.http import Principal, Session, commands, requires
from finance.replicas import service as replicas

from . import service
from .rules import Equality, figure

router = commands("finance", "proof")


class InFlightView(BaseModel):
    """A document on its way between two books; it explains a difference right now."""

    document: str
    topic: str
    reason: str


class EqualityView(BaseModel):
    """Two sums that must be the same: the goods on the left, the books on the right."""

    name: str
    left: str
    right: str
    difference: str
    in_flight: list[InFlightView]


class Proof(BaseModel):
    """All equalities of a company at one moment."""

    company: str
    as_of: datetime
    equalities: list[EqualityView]


class Proofs(BaseModel):
    """The proofs of several companies."""

    as_of: datetime
    items: list[Proof]


def _view(one: Equality) -> EqualityView:
    return EqualityView(
        name=one.name, left=figure(one.left), right=figure(one.right), difference=figure(one.difference),
        in_flight=[InFlightView(document=each.document, topic=each.topic, reason=each.reason) for each in one.in_flight],
    )  # fmt: skip


@router.get("", response_model=Proof | Proofs)
async def get_proof(
    session: Session, caller: Annotated[Principal, requires("finance.proof.read")],
    company: Annotated[str | None, Query(max_length=64)] = None,
) -> Proof | Proofs:  # fmt: skip
    """Whether the books tie out: with the goods, the open items, themselves. Without a company: all in scope."""
    if company is not None:
        caller.check_company(company)
        if company not in await replicas.company_codes(session):
            raise NotFound(what=("company", "公司"))
    wanted = (
        [company]
        if company is not None
        else [c for c in await replicas.company_codes(session) if caller.sees(c)]
    )
    cut, found = await service.prove(session, wanted)
    as_of = cut or datetime.now(UTC)
    proofs = [
        Proof(company=code, as_of=as_of, equalities=[_view(one) for one in each])
        for code, each in found
    ]
    return proofs[0] if company is not None else Proofs(as_of=as_of, items=proofs)
