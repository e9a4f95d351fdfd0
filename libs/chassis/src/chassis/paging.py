"""Lists by keyset: pages that stay right while rows come and go, with cursors that only we can make."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar, cast, overload
from uuid import UUID

from fastapi import Depends, Query, Request
from pydantic import BaseModel, SecretStr
from sqlalchemy import ColumnElement, Row, Select, and_, literal, or_, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import QueryableAttribute

from .errors import InvalidQuery

LIMIT_DEFAULT = 50
LIMIT_MAX = 1000

_LIMIT = re.compile(r"[1-9][0-9]{0,3}")
_SORT = re.compile(r"-?[a-z][a-z0-9_]{0,40}(,-?[a-z][a-z0-9_]{0,40}){0,2}")

ItemT = TypeVar("ItemT")
MadeT = TypeVar("MadeT")
SortColumn = ColumnElement[Any] | QueryableAttribute[Any]


class Page(BaseModel, Generic[ItemT]):
    """One page of a list; `next` is the cursor of the following one."""

    items: list[ItemT]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What the caller asked for: how many, from where, in which order."""

    limit: int = LIMIT_DEFAULT
    cursor: str | None = None
    sort: str | None = None
    scope: bytes = b""
    """The list and its filters: a cursor is good for these only."""
    secret: bytes = b""


async def _paging(
    request: Request,
    limit: Annotated[
        str, Query(description=f"How many, 1 to {LIMIT_MAX}.", pattern="^[0-9]+$")
    ] = str(LIMIT_DEFAULT),
    cursor: Annotated[
        str | None, Query(description="The `next` of the page before.", max_length=2000)
    ] = None,
    sort: Annotated[
        str | None, Query(description="Field names; `-` before one reverses it.", max_length=130)
    ] = None,
) -> PageRequest:
    if _LIMIT.fullmatch(limit) is None or int(limit) > LIMIT_MAX:
        raise InvalidQuery(parameter="limit")
    if sort is not None and _SORT.fullmatch(sort) is None:
        raise InvalidQuery(parameter="sort")
    filters = sorted(
        (name, value)
        for name, value in request.query_params.multi_items()
        if name not in ("limit", "cursor", "sort")
    )
    scope = json.dumps([request.scope["path"], filters]).encode()
    return PageRequest(
        limit=int(limit), cursor=cursor, sort=sort, scope=scope, secret=request.app.state.cursor_key
    )


Paging = Annotated[PageRequest, Depends(_paging)]
"""The parameters `limit`, `cursor` and `sort`."""


def cursor_key_of(configured: SecretStr, fallback: str) -> bytes:
    """The key that signs cursors: as configured, else derived from something secret of this installation."""
    text = configured.get_secret_value() or fallback
    return hashlib.sha256(b"chassis.paging\x00" + text.encode()).digest()


@overload
async def page(
    session: AsyncSession,
    query: Select[tuple[ItemT]],
    paging: PageRequest,
    *,
    key: Sequence[SortColumn],
    allowed_sorts: Mapping[str, SortColumn] | None = None,
    default_sort: str = "",
) -> Page[ItemT]: ...
@overload
async def page(
    session: AsyncSession,
    query: Select[Any],
    paging: PageRequest,
    *,
    key: Sequence[SortColumn],
    allowed_sorts: Mapping[str, SortColumn] | None = None,
    default_sort: str = "",
    make: Callable[[Row[Any]], MadeT],
) -> Page[MadeT]: ...
@overload
async def page(
    session: AsyncSession,
    query: Select[Any],
    paging: PageRequest,
    *,
    key: Sequence[SortColumn],
    allowed_sorts: Mapping[str, SortColumn] | None = None,
    default_sort: str = "",
) -> Page[Any]: ...


async def page(
    session: AsyncSession,
    query: Select[Any],
    paging: PageRequest,
    *,
    key: Sequence[SortColumn],
    allowed_sorts: Mapping[str, SortColumn] | None = None,
    default_sort: str = "",
    make: Callable[[Row[Any]], Any] | None = None,
) -> Page[Any]:
    """The rows of the page asked for.

    `key` makes the order total (its columns and those of the sorts are never null); `-` in `default_sort`, as in the
    parameter, reverses. Items are entities, or rows where the query has several columns, or what `make` makes of a row.
    """
    sort = paging.sort or default_sort
    order = _order(sort, key, allowed_sorts or {})
    signed = paging.scope + b"\x00" + sort.encode()
    if paging.cursor is not None:
        query = query.where(
            _after(order, _opened(paging.cursor, signed, paging.secret, len(order)))
        )
    width = len(query.column_descriptions)
    query = query.add_columns(
        *(column.label(f"_key_{index}") for index, (column, _) in enumerate(order))
    )
    query = query.order_by(None).order_by(
        *(column.desc() if descending else column.asc() for column, descending in order)
    )
    rows = (await session.execute(query.limit(paging.limit + 1))).all()
    more = len(rows) > paging.limit
    rows = rows[: paging.limit]
    following = _sealed(list(rows[-1])[width:], signed, paging.secret) if more else None
    if make is not None:
        items = [make(row) for row in rows]
    else:
        items = [row[0] for row in rows] if width == 1 else list(rows)
    return cast("Page[Any]", Page.model_construct(items=items, next=following))


def _order(
    sort: str, key: Sequence[SortColumn], allowed: Mapping[str, SortColumn]
) -> list[tuple[SortColumn, bool]]:
    order: list[tuple[SortColumn, bool]] = []
    for name in sort.split(",") if sort else ():
        descending = name.startswith("-")
        column = allowed.get(name.removeprefix("-"))
        if column is None or any(column is known for known, _ in order):
            raise InvalidQuery(parameter="sort")
        order.append((column, descending))
    last = order[-1][1] if order else False
    order.extend((column, last) for column in key if not any(column is known for known, _ in order))
    return order


def _after(
    order: Sequence[tuple[SortColumn, bool]], values: Sequence[object]
) -> ColumnElement[bool]:
    """Rows after the given one: a row comparison where the directions agree, for then an index serves it."""
    if len({descending for _, descending in order}) == 1:
        left = tuple_(*(column for column, _ in order))
        right = tuple_(
            *(literal(value, column.type) for value, (column, _) in zip(values, order, strict=True))
        )
        return left < right if order[0][1] else left > right
    steps: list[ColumnElement[bool]] = []
    for index, (column, descending) in enumerate(order):
        equal = [known == value for (known, _), value in zip(order[:index], values, strict=False)]
        steps.append(and_(*equal, column < values[index] if descending else column > values[index]))
    return or_(*steps)


def _sealed(values: Sequence[object], scope: bytes, secret: bytes) -> str:
    body = json.dumps(
        [_packed(value) for value in values], separators=(",", ":"), ensure_ascii=False
    ).encode()
    return base64.urlsafe_b64encode(_signature(body, scope, secret) + body).rstrip(b"=").decode()


def _opened(cursor: str, scope: bytes, secret: bytes, width: int) -> list[object]:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise InvalidQuery(parameter="cursor") from None
    signature, body = raw[:16], raw[16:]
    if not hmac.compare_digest(signature, _signature(body, scope, secret)):
        raise InvalidQuery(parameter="cursor")
    values = [_unpacked(value) for value in json.loads(body)]
    if len(values) != width:
        raise InvalidQuery(parameter="cursor")
    return values


def _signature(body: bytes, scope: bytes, secret: bytes) -> bytes:
    assert secret, "the application has no cursor key"
    return hmac.new(secret, hashlib.sha256(scope).digest() + body, hashlib.sha256).digest()[:16]


def _packed(value: object) -> object:
    match value:
        case bool() | int() | str():
            return value
        case UUID():
            return {"u": value.hex}
        case datetime():
            return {"t": value.isoformat()}
        case date():
            return {"d": value.isoformat()}
        case Decimal():
            return {"n": str(value)}
        case _:
            raise AssertionError(f"a list is not ordered by {type(value).__name__}")


def _unpacked(value: object) -> object:
    if not isinstance(value, dict):
        return value
    kind, text = next(iter(cast("dict[str, str]", value).items()))
    return _UNPACK[kind](text)


_UNPACK: dict[str, Callable[[str], object]] = {
    "u": UUID,
    "t": datetime.fromisoformat,
    "d": date.fromisoformat,
    "n": Decimal,
}
