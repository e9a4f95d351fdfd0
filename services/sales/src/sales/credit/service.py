"""Credit: granting it, deciding by it, and following what customers owe."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.errors import NotFound, PreconditionFailed, PreconditionRequired
from chassis.ids import uuid7
from chassis.paging import Page, PageRequest, page
from sales.credit import store
from sales.credit.rules import AccountKey, Request, Terms, decide_holds
from sales.credit.store import Move, Owed, Profile, Shipped
from sales.credit.tables import accounts
from tongheng_contracts.finance import CreditExposure

ZERO = Decimal(0)

__all__ = [
    "Move", "Profile", "Shipped", "acknowledge", "company_of", "decide", "find_profile", "grant", "list_profiles",
    "lock", "move_exposure", "record_shipments", "totals_at",
]  # fmt: skip


async def lock(session: AsyncSession, keys: Iterable[AccountKey]) -> None:
    """Lock customers' accounts until the end of this transaction."""
    await store.lock_accounts(session, keys)


async def decide(session: AsyncSession, requests: Sequence[Request]) -> list[tuple[str, ...]]:
    """Why each order is held, under the lock of the customers' accounts."""
    locked = await store.lock_accounts(session, {request.account for request in requests})
    return decide_holds(requests, locked)


async def move_exposure(
    session: AsyncSession, moves: Sequence[Move], *, locked: bool = False
) -> None:
    """Book what orders count against their customers' credit; `locked`: by `decide` in this transaction."""
    changed = [move for move in moves if move.amount or move.orders]
    if not locked:
        await store.lock_accounts(session, (move.account for move in changed))
    await store.move(session, changed)


async def record_shipments(session: AsyncSession, shipped: Sequence[Shipped]) -> None:
    """Count shipments as owed until finance names them; those that it has named already never count."""
    if not shipped:
        return
    await store.lock_accounts(session, (one.account for one in shipped))
    pending = await store.insert_shipments(session, sorted(shipped, key=lambda one: one.shipment))
    figures: dict[AccountKey, tuple[Decimal, Decimal, int]] = {}
    for one in shipped:
        _, gross, count = figures.get(one.account, (ZERO, ZERO, 0))
        figures[one.account] = (pending.get(one.account, ZERO), gross + one.amount_gross, count + 1)
    await store.count_shipped(session, figures)


async def acknowledge(session: AsyncSession, exposures: Sequence[CreditExposure]) -> None:
    """Take finance's figures: the newest by sequence, and each named shipment out of what is unacknowledged."""
    owed = [
        Owed((one.company, one.customer), one.sequence, one.receivable, one.overdue)
        for one in exposures
    ]
    named: dict[UUID, AccountKey] = {
        shipment: (one.company, one.customer) for one in exposures for shipment in one.shipments
    }
    await store.lock_accounts(session, (one.account for one in owed))
    acknowledged = await store.acknowledge_shipments(session, named)
    await store.take_owed(session, owed, acknowledged)


async def grant(
    session: AsyncSession, *, key: AccountKey, terms: Terms, expected: int | None
) -> Profile:
    """Grant or change a customer's credit; `expected` is the version that the caller read (none for the first).

    Raises:
        PreconditionRequired: there is a profile and the caller does not say which version he read.
        PreconditionFailed: it has changed since.
    """
    await store.lock_accounts(session, [key])
    found = await store.load_profile(session, key)
    if found.version and expected is None:
        raise PreconditionRequired
    if expected is not None and expected != found.version:
        raise PreconditionFailed(current=found.version)
    profile_id = found.id or uuid7()
    await store.save_profile(
        session, id=profile_id, key=key, version=found.version + 1, terms=terms
    )
    await record(
        session,
        AuditEntry(
            action="sales.credit_profile.set", document_type="credit_profile", document_id=profile_id,
            number=key[1], company=key[0], before=_told(found.terms) if found.version else None,
            after=_told(terms),
        ),
    )  # fmt: skip
    return await store.load_profile(session, key)


def _told(terms: Terms) -> Mapping[str, object]:
    return {
        "credit_limit": terms.credit_limit, "check_overdue": terms.check_overdue, "valid_until": terms.valid_until,
    }  # fmt: skip


async def find_profile(session: AsyncSession, key: AccountKey) -> Profile:
    """What was granted (version 0: nothing, so credit is unlimited), and what is used."""
    return await store.load_profile(session, key)


async def list_profiles(
    session: AsyncSession, paging: PageRequest, *, company: str | None, customer: str | None
) -> Page[Profile]:
    """Profiles with what is used of them, by customer."""
    return await page(
        session,
        store.profiles_query(company=company, customer=customer),
        paging,
        key=[accounts.c.customer, accounts.c.company],
        allowed_sorts={"customer": accounts.c.customer, "company": accounts.c.company},
        make=store.profile_of,
    )


async def company_of(session: AsyncSession, customer: str) -> str:
    """The one company that has dealings with this customer.

    Raises:
        NotFound: none has, or several: then the caller says which.
    """
    found = await store.companies_of(session, customer)
    if len(found) != 1:
        raise NotFound(
            what=("credit profile, or say in `company` which", "信用档案，或请用 company 指明公司")
        )
    return found[0]


async def totals_at(
    session: AsyncSession, cut: datetime
) -> dict[str, tuple[Decimal, int, Decimal, int]]:
    """Per company as of a cut: open orders gross and their number; shipped gross and number, as of now."""
    now = await store.totals_now(session)
    later = await store.moved_after(session, cut)
    return {
        company: (
            totals.open_orders - later.get(company, (ZERO, 0))[0],
            totals.open_count - later.get(company, (ZERO, 0))[1],
            totals.shipped_gross,
            totals.shipped_count,
        )
        for company, totals in now.items()
    }
