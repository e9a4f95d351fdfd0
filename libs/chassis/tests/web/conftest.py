"""A small application with routes as services write them, on a real PostgreSQL."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated
from uuid import UUID, uuid4

import asyncpg
import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import APIRouter, FastAPI, Request, Response
from jwt import algorithms
from pydantic import BaseModel
from sqlalchemy import Column, Integer, MetaData, Table, Text, func, insert, select, text, update

from chassis import schema
from chassis.access import AccessDirectory
from chassis.auth import Principal, TokenVerifier
from chassis.batches import Batch, BatchAnswer, batch_answer
from chassis.columns import quantity
from chassis.database import Database
from chassis.errors import InvalidState, NotFound, OutOfScope
from chassis.http import IfMatch, Session, check_version, commands, equip, etag, requires
from chassis.paging import Page, Paging, page
from chassis.settings import ServiceSettings
from chassis.values import CodeIn, DateIn, Input, QuantityIn, TextIn

ISSUER = "https://tongheng.local"
AUDIENCE = "tongheng"

TABLES = """
CREATE TABLE notes (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code text NOT NULL UNIQUE, quantity numeric(21,6) NOT NULL
        CHECK (quantity >= 0 AND quantity < 1e15), version integer NOT NULL DEFAULT 1
);
CREATE TABLE handled (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code text NOT NULL);
"""

metadata = MetaData()
notes = Table(
    "notes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("code", Text, nullable=False),
    quantity("quantity"),
    Column("version", Integer, nullable=False),
)


class Line(Input):
    item: CodeIn
    quantity: QuantityIn


class PlaceNote(Input):
    code: CodeIn
    quantity: QuantityIn
    remark: TextIn = ""
    reference: UUID | None = None
    wanted: DateIn | None = None
    lines: tuple[Line, ...] = ()


class NoteView(BaseModel):
    id: int
    code: str
    quantity: Decimal
    version: int


@dataclass
class Doors:
    """What a test can do to a command that is running."""

    entered: asyncio.Event = field(default_factory=asyncio.Event)
    leave: asyncio.Event = field(default_factory=asyncio.Event)
    runs: int = 0
    failures: list[str] = field(default_factory=list)


def routes(doors: Doors) -> APIRouter:  # noqa: C901
    router = commands("toys", "notes")

    @router.post("", status_code=201, response_model=NoteView)
    async def place_note(
        body: PlaceNote,
        session: Session,
        response: Response,
        caller: Annotated[Principal, requires("toys.note.place")],
    ) -> NoteView:
        doors.runs += 1
        if doors.failures:
            state = doors.failures.pop()
            await session.execute(
                text(f"DO $$ BEGIN RAISE EXCEPTION 'asked for' USING ERRCODE = '{state}'; END $$")
            )
        added = (
            insert(notes)
            .values(code=body.code, quantity=body.quantity, version=1)
            .returning(notes.c.id)
        )
        number = (await session.execute(added)).scalar_one()
        if body.code == "REFUSE":
            raise InvalidState(now="closed")
        if body.code == "BREAK":
            raise RuntimeError("inner words that nobody may see")
        if body.code == "WAIT":
            doors.entered.set()
            await doors.leave.wait()
        etag(response, 1)
        response.headers["Location"] = f"/api/v1/toys/notes/{number}"
        return NoteView(id=number, code=body.code, quantity=body.quantity, version=1)

    @router.post(":batch", response_model=BatchAnswer[PlaceNote])
    async def place_batch(
        body: Batch[PlaceNote],
        request: Request,
        session: Session,
        caller: Annotated[Principal, requires("toys.note.place")],
    ) -> Response:
        return batch_answer(
            request,
            [
                OutOfScope(what=("Company E02", "公司“E02”"))
                if isinstance(row, PlaceNote) and row.code == "FOREIGN"
                else row
                for row in body.proposals()
            ],
        )

    @router.post("/{number}/approve")
    async def approve(
        number: int,
        session: Session,
        expected: IfMatch,
        caller: Annotated[Principal, requires("toys.note.approve")],
    ) -> dict[str, int]:
        version = (
            await session.execute(select(notes.c.version).where(notes.c.id == number))
        ).scalar_one_or_none()
        if version is None:
            raise NotFound(what=("note", "单据"))
        check_version(expected, version)
        return {"version": version}

    @router.patch("/{number}", response_model=NoteView)
    async def change_note(
        number: int,
        body: PlaceNote,
        session: Session,
        expected: IfMatch,
        caller: Annotated[Principal, requires("toys.note.place")],
    ) -> object:
        found = await session.execute(
            select(notes.c.version).where(notes.c.id == number).with_for_update()
        )
        version = found.scalar_one_or_none()
        if version is None:
            raise NotFound(what=("note", "单据"))
        check_version(expected, version)
        change = update(notes).where(notes.c.id == number)
        changed = change.values(quantity=body.quantity, version=notes.c.version + 1).returning(
            *notes.c
        )
        return (await session.execute(changed)).one()

    @router.get("", response_model=Page[NoteView])
    async def list_notes(
        session: Session,
        paging: Paging,
        caller: Annotated[Principal, requires("toys.note.read")],
        code: str | None = None,
    ) -> object:
        query = select(notes)
        if code is not None:
            query = query.where(notes.c.code == code)
        sorts = {"quantity": notes.c.quantity, "code": notes.c.code}
        return await page(session, query, paging, key=[notes.c.id], allowed_sorts=sorts)

    @router.get("/scope")
    async def scope(
        session: Session, company: str, caller: Annotated[Principal, requires("toys.note.read")]
    ) -> object:
        caller.check_company(company)
        current = await session.execute(select(func.current_setting("tongheng.companies")))
        return {"companies": current.scalar_one(), "actor": caller.subject}

    @router.get("/{number}", response_model=NoteView)
    async def one_note(
        number: int, session: Session, caller: Annotated[Principal, requires("toys.note.read")]
    ) -> object:
        row = (await session.execute(select(notes).where(notes.c.id == number))).one_or_none()
        if row is None:
            raise NotFound(what=("note", "单据"))
        return row

    return router


@pytest.fixture(scope="session")
def database_url(postgres_url: str) -> Generator[str]:
    """A database of this session's own, with the chassis' tables."""
    server = postgres_url
    name = f"chassis_web_{uuid4().hex[:12]}"
    url = server.rsplit("/", 1)[0] + "/" + name

    async def create() -> None:
        connection = await asyncpg.connect(server)
        await connection.execute(f"CREATE DATABASE {name}")
        role = await connection.fetchval("SELECT current_user")
        await connection.close()
        connection = await asyncpg.connect(url)
        await connection.execute(schema.INSTALL.format(owner=role, api=role, worker=role))
        await connection.execute(TABLES)
        await connection.close()

    async def drop() -> None:
        connection = await asyncpg.connect(server)
        await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await connection.close()

    with ThreadPoolExecutor(
        1
    ) as thread:  # `asyncio.run` would take the tests' event loop away from this one
        thread.submit(lambda: asyncio.run(create())).result()
        yield url.replace("postgresql://", "postgresql+asyncpg://", 1)
        thread.submit(lambda: asyncio.run(drop())).result()


@pytest.fixture
async def database(database_url: str) -> AsyncGenerator[Database]:
    database = Database(database_url, pool_size=8, pool_overflow=4)
    yield database
    async with database.engine.begin() as connection:
        await connection.execute(
            text(
                "TRUNCATE notes, handled, idempotency_keys, audit_entries, access_users, access_roles RESTART IDENTITY"
            )
        )
    await database.close()


@dataclass
class Issuer:
    """Signs tokens as the identity service does, and as an attacker would."""

    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    kid: str = "2026-1"

    def keys(self) -> dict[str, object]:
        member = algorithms.OKPAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {"keys": [{**member, "kid": self.kid, "use": "sig", "alg": "EdDSA"}]}

    def token(
        self,
        subject: str = "ada",
        *,
        algorithm: str = "EdDSA",
        key: object = None,
        headers: dict[str, object] | None = None,
        without: str = "",
        **claims: object,
    ) -> str:
        now = int(time.time())
        payload: dict[str, object] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": subject,
            "iat": now,
            "exp": now + 600,
            "jti": uuid4().hex,
            "roles": ["clerk"],
            "companies": ["CN01"],
            **claims,
        }
        payload.pop(without, None)
        return jwt.encode(
            payload,
            key if key is not None else self.key,  # pyright: ignore[reportArgumentType]
            algorithm=algorithm,
            headers={"kid": self.kid, "typ": "at+jwt", **(headers or {})},
        )


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def doors() -> Doors:
    return Doors()


@pytest.fixture
def directory(database: Database) -> AccessDirectory:
    directory = AccessDirectory(database)
    directory.load(roles={"clerk": ["toys.*"], "reader": ["toys.note.read"]})
    return directory


@pytest.fixture
def app(database: Database, issuer: Issuer, doors: Doors, directory: AccessDirectory) -> FastAPI:
    async def fetch() -> dict[str, object]:
        return issuer.keys()

    app = FastAPI(docs_url=None, redoc_url=None)
    equip(
        app,
        database=database,
        access=directory,
        verifier=TokenVerifier(issuer=ISSUER, audience=AUDIENCE, fetch=fetch),
        settings=ServiceSettings(),
        service="toys",
    )
    app.include_router(routes(doors))
    return app


class Client:
    """An HTTP client that signs in and sends a key by itself."""

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        self.http = http
        self.token = token

    async def send(
        self,
        method: str,
        path: str,
        *,
        key: str | None = "",
        token: str | None = "",
        **options: object,
    ) -> httpx.Response:
        headers = dict(options.pop("headers", None) or {})  # type: ignore[call-overload]
        if token is not None:
            headers.setdefault("Authorization", f"Bearer {token or self.token}")
        if method == "POST" and key is not None:
            headers.setdefault("Idempotency-Key", key or uuid4().hex)
        return await self.http.request(
            method, f"/api/v1/toys/notes{path}", headers=headers, **options
        )  # type: ignore[arg-type]

    async def post(self, path: str = "", **options: object) -> httpx.Response:
        return await self.send("POST", path, **options)  # type: ignore[arg-type]

    async def get(self, path: str = "", **options: object) -> httpx.Response:
        return await self.send("GET", path, **options)  # type: ignore[arg-type]


@pytest.fixture
async def api(app: FastAPI, issuer: Issuer) -> AsyncGenerator[Client]:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://toys") as http:
        yield Client(http, issuer.token())


@pytest.fixture
def count(database: Database) -> Callable[[str], object]:
    async def counted(table: str) -> int:
        async with database.engine.connect() as connection:
            return (await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one()

    return counted
