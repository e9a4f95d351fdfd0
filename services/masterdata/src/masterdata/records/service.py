"""What can be done with any master record: load, resolve, create, change, switch on and off."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Table
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.audit import AuditEntry, record
from chassis.errors import (
    BusinessError,
    Duplicate,
    InvalidState,
    NotFound,
    PreconditionFailed,
    UnknownReference,
)
from chassis.outbox import emit
from chassis.paging import Page, PageRequest, page
from masterdata.records import store
from masterdata.records.rules import (
    RECORD_LIFECYCLE,
    RecordStatus,
    code_key,
    id_of,
    search_key,
    status_of,
)
from tongheng_contracts.envelope import Event, Part


class Kept(Part):
    """What every record shows that is kept here."""

    id: UUID
    code: str
    version: int
    recorded_at: datetime
    """When this version was written."""


class KeptRecord(Kept):
    """What can be switched off: new documents then may not name it."""

    active: bool


RecordT = TypeVar("RecordT", bound=Kept)
SwitchedT = TypeVar("SwitchedT", bound=KeptRecord)
DraftT = TypeVar("DraftT", bound=Part)
NewT = TypeVar("NewT")

SORTS = {
    "code": "code_key",
    "name": "name_key",
    "name_en": "name_en_key",
    "recorded_at": "recorded_at",
    "valid_from": "valid_from",
}
"""What lists may be sorted by, and the column that serves it."""


@dataclass(frozen=True, slots=True)
class Kind(Generic[RecordT]):
    """What the steps below must know of one kind of master record."""

    name: str
    """As in permissions and the audit trail: item, tax_code."""
    noun: tuple[str, str]
    table: Table
    model: type[RecordT]
    event: Callable[[RecordT], Event] | None = None
    """The event that tells others of a version; None for what only other master records refer to."""


class Inactive(InvalidState):
    """A record that new documents may not name."""

    en = "{what} {reference} is inactive."
    zh = "{what}“{reference}”已停用。"


@dataclass(frozen=True, slots=True)
class References(Generic[RecordT]):
    """Records as a request names them: by code, in any width and case, or by id."""

    kind: Kind[RecordT]
    by_key: Mapping[str, RecordT]

    def get(self, reference: str, *, field: str) -> RecordT:
        """The record that a field names; it must exist and be active."""
        known = self.by_key.get(_reference_key(reference))
        if known is None:
            raise UnknownReference(field=field, what=self.kind.noun, reference=reference)
        if isinstance(known, KeptRecord) and not known.active:
            raise Inactive(field=field, what=_beginning(self.kind), reference=reference)
        return known


async def resolve(
    session: AsyncSession, kind: Kind[RecordT], references: Collection[str]
) -> References[RecordT]:
    """Look up all that a request refers to, at once."""
    rows = await store.rows_by_reference(session, kind.table, set(references))
    records = [kind.model.model_validate(row) for row in rows]
    return References(kind, {key: r for r in records for key in (search_key(r.code), str(r.id))})


async def load(
    session: AsyncSession,
    kind: Kind[RecordT],
    reference: str,
    *,
    expected: int | None = None,
    lock: bool = False,
) -> RecordT:
    """The record of this code or id, at the version that the caller expects; locked if it is to be changed."""
    rows = await store.rows_by_reference(session, kind.table, [reference], lock=lock)
    if not rows:
        raise NotFound(what=kind.noun)
    found = kind.model.model_validate(rows[0])
    if expected is not None and expected != found.version:
        raise PreconditionFailed(current=found.version)
    return found


async def code_of(session: AsyncSession, kind: Kind[RecordT], reference: str) -> str:
    """The code that a list is filtered by, given as code or id; what is unknown stays as it is and finds nothing."""
    rows = await store.rows_by_reference(session, kind.table, [reference])
    return str(rows[0]["code"]) if rows else reference


async def search(
    session: AsyncSession,
    kind: Kind[RecordT],
    paging: PageRequest,
    *,
    prefix: str | None = None,
    equal: Mapping[str, object] | None = None,
    where: Sequence[ColumnElement[bool]] = (),
) -> Page[RecordT]:
    """A page of the records that begin with `prefix` and have the values asked for; None asks for nothing."""
    columns = kind.table.c
    names = [column.name for column in columns]
    conditions = [
        columns[name] == value for name, value in (equal or {}).items() if value is not None
    ]
    if prefix:
        conditions.append(store.having_prefix(kind.table, prefix))
    sorts = {name: columns[key] for name, key in SORTS.items() if key in columns}
    return await page(
        session,
        store.all_of(kind.table, [*conditions, *where]),
        paging,
        key=[columns.code_key],
        allowed_sorts=sorts,
        make=lambda row: kind.model.model_validate(dict(zip(names, row, strict=False))),
    )


def drafted(
    draft: Callable[[NewT], DraftT], proposals: Sequence[NewT | BusinessError]
) -> list[DraftT | BusinessError]:
    """A draft for each proposal, or the reason why there is none."""

    def attempt(proposal: NewT | BusinessError) -> DraftT | BusinessError:
        if isinstance(proposal, BusinessError):
            return proposal
        try:
            return draft(proposal)
        except BusinessError as refusal:
            return refusal

    return [attempt(proposal) for proposal in proposals]


async def create(
    session: AsyncSession,
    kind: Kind[RecordT],
    drafts: Sequence[Part | BusinessError],
    *,
    unique: tuple[str, ...] = (),
) -> list[RecordT | BusinessError]:
    """Keep new records and tell of them; each draft gets its record or the reason why not.

    `unique` names further columns, besides the code, whose values two records can't share unless empty.
    """
    answers: list[RecordT | BusinessError | None] = [
        d if isinstance(d, BusinessError) else None for d in drafts
    ]
    rows: dict[int, dict[str, object]] = {}
    for index, draft in enumerate(drafts):
        if not isinstance(draft, BusinessError):
            try:
                rows[index] = _row_of(draft)
            except BusinessError as refusal:
                answers[index] = refusal

    for column in ("code_key", *unique):
        wanted = {str(row[column]) for row in rows.values() if row[column]}
        taken = await store.taken_values(session, kind.table, column, wanted)
        for index, row in list(rows.items()):
            value = str(row[column] or "")
            if value in taken:
                answers[index] = _duplicate(kind, column)
                del rows[index]
            elif value:
                taken.add(value)

    inserted = await store.insert_rows(session, kind.table, list(rows.values()))
    created = {str(r.id): r for r in map(kind.model.model_validate, inserted)}
    for index, row in rows.items():
        # What was free a moment ago and could not be inserted was taken by a command at the same time.
        answers[index] = created.get(str(row["id"])) or _duplicate(kind, "code_key")

    told = [answer for answer in answers if isinstance(answer, kind.model)]
    await _tell(session, kind, "create", [(None, after) for after in told])
    return [answer for answer in answers if answer is not None]


async def create_one(
    session: AsyncSession, kind: Kind[RecordT], draft: Part, *, unique: tuple[str, ...] = ()
) -> RecordT:
    """Keep one new record, or refuse."""
    return only(await create(session, kind, [draft], unique=unique))


def only(answers: Sequence[RecordT | BusinessError]) -> RecordT:
    """The one record of a list of one; a refusal is raised."""
    (answer,) = answers
    if isinstance(answer, BusinessError):
        raise answer
    return answer


async def replace(
    session: AsyncSession,
    kind: Kind[RecordT],
    before: RecordT,
    changes: Mapping[str, object],
    *,
    action: str = "change",
    unique: tuple[str, ...] = (),
) -> RecordT:
    """Write the next version of a loaded record and tell of it; without any difference nothing happens."""
    after = kind.model.model_validate(
        {**before.model_dump(), **changes, "version": before.version + 1}
    )
    if after == before.model_copy(update={"version": after.version}):
        return before
    row = _row_of(after)
    for column in unique:
        value = str(row[column])
        if (
            value
            and value != getattr(before, column)
            and await store.taken_values(session, kind.table, column, {value})
        ):
            raise _duplicate(kind, column)
    updated = await store.update_row(session, kind.table, row)
    if updated is None:
        raise PreconditionFailed
    written = kind.model.model_validate(updated)
    await _tell(session, kind, action, [(before, written)])
    return written


async def switch(
    session: AsyncSession,
    kind: Kind[SwitchedT],
    reference: str,
    status: RecordStatus,
    *,
    expected: int | None,
) -> SwitchedT:
    """Let new documents name a record again, or no more."""
    before = await load(session, kind, reference, expected=expected, lock=True)
    now = status_of(active=before.active)
    after = RECORD_LIFECYCLE.advance(now, status)
    action = "activate" if after is RecordStatus.ACTIVE else "deactivate"
    return await replace(
        session, kind, before, {"active": after is RecordStatus.ACTIVE}, action=action
    )


def company_of(record: Kept) -> str:
    """The company that a record belongs to; empty for what all companies share."""
    return str(getattr(record, "company", ""))


async def _tell(
    session: AsyncSession,
    kind: Kind[RecordT],
    action: str,
    changes: Sequence[tuple[RecordT | None, RecordT]],
) -> None:
    if not changes:
        return
    await record(
        session,
        *(
            AuditEntry(
                action=f"masterdata.{kind.name}.{action}",
                document_type=f"masterdata.{kind.name}",
                document_id=after.id,
                number=after.code,
                company=company_of(after),
                before=None if before is None else before.model_dump(mode="json"),
                after=after.model_dump(mode="json"),
            )
            for before, after in changes
        ),
    )
    if kind.event is not None:
        await emit(session, *(kind.event(after) for _, after in changes))


def _row_of(draft: Part) -> dict[str, object]:
    """The columns of a record: its fields and the keys by which it is found."""
    row: dict[str, object] = draft.model_dump(mode="json", exclude={"recorded_at"})
    row["code_key"] = code_key(str(row["code"]))
    if "name" in row:
        row["name_key"] = search_key(str(row["name"]))
        row["name_en_key"] = search_key(str(row["name_en"]))
    return row


def _duplicate(kind: Kind[RecordT], column: str) -> Duplicate:
    return Duplicate(field=f"/{column.removesuffix('_key')}", what=_beginning(kind))


def _reference_key(reference: str) -> str:
    found = id_of(reference)
    return search_key(reference) if found is None else str(found)


def _beginning(kind: Kind[RecordT]) -> tuple[str, str]:
    """What a sentence about a record begins with."""
    en, zh = kind.noun
    return en.capitalize(), zh
