"""Pages by keyset: complete, stable while rows come, and cursors that nobody else can make."""

import base64
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from chassis.context import system_context
from chassis.errors import InvalidQuery
from chassis.paging import PageRequest, _opened, _sealed, page

SECRET = b"s" * 32


@pytest.fixture
async def notes(database):
    table = _table()
    async with database.transaction(system_context("test")) as session:
        rows = [
            {"code": f"N{n:03}", "quantity": Decimal(n % 7), "version": 1} for n in range(1, 101)
        ]
        await session.execute(insert(table), rows)
    return table


def _table():
    from sqlalchemy import Column, Integer, MetaData, Table, Text

    from chassis.columns import quantity

    return Table(
        "notes",
        MetaData(),
        Column("id", Integer, primary_key=True),
        Column("code", Text),
        quantity("quantity"),
        Column("version", Integer),
    )


async def walk(api, query: str, limit: int = 9) -> list[dict]:
    items: list[dict] = []
    cursor = ""
    for _ in range(50):
        answer = await api.get(f"?limit={limit}{query}{cursor}")
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert len(body["items"]) <= limit
        items += body["items"]
        if body["next"] is None:
            return items
        cursor = f"&cursor={body['next']}"
    raise AssertionError("the list does not end")


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        ("", lambda r: (r["id"],)),
        ("&sort=-quantity", lambda r: (-Decimal(r["quantity"]), -r["id"])),
        ("&sort=quantity", lambda r: (Decimal(r["quantity"]), r["id"])),
        ("&sort=quantity,code", lambda r: (Decimal(r["quantity"]), r["code"])),
        ("&sort=-quantity,code", lambda r: (-Decimal(r["quantity"]), r["code"])),
    ],
)
async def test_walking_the_pages_gives_every_row_once_and_in_order(api, notes, sort, key):
    items = await walk(api, sort)

    assert len({row["id"] for row in items}) == len(items) == 100
    assert items == sorted(items, key=key)


async def test_rows_that_come_meanwhile_shift_nothing(api, notes, database):
    first = (await api.get("?limit=50")).json()
    async with database.transaction(system_context("test")) as session:
        await session.execute(notes.delete().where(notes.c.id.in_([3, 4, 5])))
    second = (await api.get(f"?limit=50&cursor={first['next']}")).json()

    assert [row["id"] for row in second["items"]] == list(range(51, 101)) and second["next"] is None


async def test_the_limit_is_fifty_unless_said(api, notes):
    assert len((await api.get()).json()["items"]) == 50
    assert len((await api.get("?limit=1000")).json()["items"]) == 100


async def test_an_edited_or_borrowed_cursor_is_refused(api, notes):
    cursor = (await api.get("?limit=5&sort=code")).json()["next"]
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    edited = base64.urlsafe_b64encode(raw.replace(b"N005", b"N055")).rstrip(b"=").decode()

    assert raw != base64.urlsafe_b64decode(edited + "=" * (-len(edited) % 4))
    for query in (
        f"?sort=code&cursor={edited}",
        f"?sort=-code&cursor={cursor}",
        f"?cursor={cursor}",
        f"?sort=code&code=N001&cursor={cursor}",
        f"?sort=code&cursor={cursor}%3D%3D%3D%3D",
        "?sort=code&cursor=" + "A" * 60,
    ):
        answer = await api.get(query)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid-query"), query
    assert (await api.get(f"?limit=7&sort=code&cursor={cursor}")).json()["items"][0][
        "code"
    ] == "N006"


def test_a_cursor_keeps_what_lists_are_ordered_by():
    values = [
        1,
        "中",
        True,
        UUID(int=7),
        Decimal("1.50"),
        date(2026, 1, 2),
        datetime(2026, 1, 2, 3, 4, 5, 6, UTC),
    ]

    sealed = _sealed(values, b"scope", SECRET)

    assert _opened(sealed, b"scope", SECRET, len(values)) == values
    with pytest.raises(InvalidQuery):
        _opened(sealed, b"scope", b"t" * 32, len(values))
    with pytest.raises(InvalidQuery):
        _opened(sealed, b"another", SECRET, len(values))


async def test_items_are_values_rows_or_what_is_made_of_them(database, notes):
    async with database.read(system_context("test")) as session:
        asked = PageRequest(limit=2, secret=SECRET)
        codes = await page(session, select(notes.c.code), asked, key=[notes.c.id])
        rows = await page(session, select(notes.c.code, notes.c.quantity), asked, key=[notes.c.id])
        made = await page(
            session, select(notes), asked, key=[notes.c.id], make=lambda row: row.code.lower()
        )

    assert codes.items == ["N001", "N002"]
    assert [(row.code, row.quantity) for row in rows.items] == [("N001", 1), ("N002", 2)]
    assert made.items == ["n001", "n002"] and made.next
