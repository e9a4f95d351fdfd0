"""Slices of others' master records: a row per code, kept at the newest version heard of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from typing import Any, Generic, Protocol, TypeVar, cast
from uuid import UUID

from sqlalchemy import Boolean, Column, Integer, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.rows import rows_of
from chassis.statements import Statement


class Record(Protocol):
    """A master record as its owner tells of it."""

    @property
    def code(self) -> str: ...

    @property
    def version(self) -> int: ...


class Referable(Protocol):
    """What a person may name by code or by id."""

    @property
    def id(self) -> UUID: ...

    @property
    def code(self) -> str: ...


RecordT = TypeVar("RecordT", bound=Record)
ReferableT = TypeVar("ReferableT", bound=Referable)


def record_columns() -> list[Column[Any]]:
    """What every replica has."""
    return [
        Column("code", Text, primary_key=True),
        Column("id", Uuid(), nullable=False, unique=True),
        Column("active", Boolean, nullable=False),
        Column("version", Integer, nullable=False),
    ]


async def keep(
    session: AsyncSession,
    table: Table,
    records: Sequence[RecordT],
    **given: Callable[[RecordT], object],
) -> None:
    """Keep the newest version of each record by code; an older one changes nothing.

    Args:
        session: in whose transaction.
        table: has a column of the name of each attribute that is kept; what it gives itself (an identity) is left out.
        records: in any order, several versions of one among them.
        given: for columns that are no attribute of the record, what they hold.
    """
    newest = {each.code: each for each in sorted(records, key=lambda each: each.version)}
    if not newest:
        return
    names = [column.name for column in table.c if column.identity is None]
    # In the order of codes, so that two batches take the rows' locks in one order.
    # The rows are given apart: as values of the statement, each batch would be a new one to compile.
    statement = insert(table)
    heard = statement.excluded
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[table.c["code"]],
            set_={name: heard[name] for name in names if name not in ("code", "id")},
            where=heard["version"] > table.c["version"],
        ),
        [
            {name: given[name](each) if name in given else getattr(each, name) for name in names}
            for _, each in sorted(newest.items())
        ],
    )


class Named(Generic[ReferableT]):
    """Finds records by code or by id: a table's rows as a dataclass, whose fields are columns of it."""

    def __init__(
        self, table: Table, kind: Callable[..., ReferableT], **read: Callable[[Any], object]
    ) -> None:
        """`read`: what a field is made of its column's value, as the driver gives it, where that is not the value itself."""
        names = [field.name for field in fields(cast("type[Any]", kind))]
        self._kind = kind
        self._read = [(place, read[name]) for place, name in enumerate(names) if name in read]
        self._statement = Statement(
            f"SELECT {', '.join(names)} FROM {table.name} WHERE code = ANY(CAST(:codes AS text[]))"
            " OR id = ANY(CAST(:ids AS uuid[]))"
        )

    async def find(self, session: AsyncSession, refs: Iterable[str]) -> dict[str, ReferableT]:
        """Those that are known, active or not, by code and by id."""
        wanted = sorted(set(refs))
        if not wanted:
            return {}
        ids = [found for ref in wanted if (found := as_id(ref)) is not None]
        rows = await rows_of(session, self._statement, {"codes": wanted, "ids": ids})
        return by_reference([self._made(row) for row in rows])

    def _made(self, row: Sequence[Any]) -> ReferableT:
        if not self._read:
            return self._kind(*row)
        values = list(row)
        for place, read in self._read:
            values[place] = read(values[place])
        return self._kind(*values)


def by_reference(records: Sequence[ReferableT]) -> dict[str, ReferableT]:
    """The records by id and by code; a code that looks like another's id names the record with that code."""
    return {str(each.id): each for each in records} | {each.code: each for each in records}


def as_id(reference: str) -> UUID | None:
    """The id that a reference is, if it is one."""
    if len(reference) != 36:
        return None
    try:
        return UUID(reference)
    except ValueError:
        return None
