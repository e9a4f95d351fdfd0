"""A pytest plugin: real PostgreSQL per run, a migrated database per service, a transaction per test that is rolled back.

A service's `tests/conftest.py` names this plugin and has a session-wide fixture `service` that returns what `build()` makes.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg
import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from chassis import migrations
from chassis.access import AccessDirectory
from chassis.auth import Claims, TokenVerifier
from chassis.consuming import Inbox, Message
from chassis.context import Context
from chassis.database import Database
from chassis.ids import uuid7
from chassis.outbox import headers_of
from chassis.schema import database_grants
from chassis.service import Running, Service, create_app
from tongheng_contracts.catalogue import event_type
from tongheng_contracts.envelope import Event

EventT = TypeVar("EventT", bound=Event)
PASSWORD = "test"


def pytest_configure() -> None:
    """Property tests try the same examples in every run, so that a run says something of the change alone.

    New examples are looked for with TONGHENG_RANDOM=1, by hand and at night.
    """
    from hypothesis import HealthCheck, settings

    # An example that took long says that the machine was busy, and nothing of what is tested.
    patient = settings(print_blob=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.register_profile("new", patient)
    settings.register_profile("same", patient, derandomize=True)
    settings.load_profile("new" if os.environ.get("TONGHENG_RANDOM") else "same")


def _asyncpg(
    url: str, *, database: str | None = None, user: str | None = None, driver: str = "postgresql"
) -> str:
    parts = urlsplit(url)
    credentials = parts.netloc.rpartition("@")[0]
    if user is not None:
        credentials = f"{user}:{PASSWORD}"
    place = parts.netloc.rpartition("@")[2]
    path = f"/{database}" if database is not None else parts.path
    return urlunsplit(
        (driver, f"{credentials}@{place}" if credentials else place, path, parts.query, "")
    )


@contextmanager
def _embedded() -> Generator[str]:
    # The local stack's own way to run the wheel; tests may know it, services may not.
    from operations.ports import free_ports
    from operations.postgres import STOP_SIGNAL, Postgres, wait_until_ready

    with tempfile.TemporaryDirectory(prefix="tongheng-test-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        fast = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
        server = Postgres(Path(folder) / "data", free_ports().postgres, PASSWORD, fast)
        server.initialise()
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(
                server.command(),
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                **server.popen_user(),
            )
            try:
                wait_until_ready(server, process)
                yield server.url()
            finally:
                process.send_signal(STOP_SIGNAL)
                process.wait(timeout=30)


@contextmanager
def postgres_container(password: str = PASSWORD) -> Generator[str]:
    """PostgreSQL in a container, its image named in POSTGRES_IMAGE; gives a superuser's URL."""
    from testcontainers.community.postgres import PostgresContainer

    image = os.environ.get("POSTGRES_IMAGE", "postgres:18")
    made = PostgresContainer(image, username="postgres", password=password, driver=None)
    made.with_command("postgres -c max_connections=300")
    with made as container:
        yield container.get_connection_url()


@contextmanager
def kafka_container(port: int) -> Generator[str]:
    """Kafka in a container, its image (KAFKA_IMAGE) configured like the official one; gives its address.

    A broker says itself where it is found, so its port outside has to be known before it starts.
    """
    from testcontainers.core.container import DockerContainer

    made = DockerContainer(os.environ.get("KAFKA_IMAGE", "apache/kafka:4.1.1"))
    made.with_bind_ports(9092, port)
    for name, value in {
        "NODE_ID": "1",
        "PROCESS_ROLES": "broker,controller",
        "LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093",
        "ADVERTISED_LISTENERS": f"PLAINTEXT://127.0.0.1:{port}",
        "LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "CONTROLLER_QUORUM_VOTERS": "1@127.0.0.1:9093",
        "AUTO_CREATE_TOPICS_ENABLE": "false",
        "MESSAGE_MAX_BYTES": str(4 * 1024 * 1024),
        "OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "OFFSETS_TOPIC_NUM_PARTITIONS": "6",
        "GROUP_INITIAL_REBALANCE_DELAY_MS": "500",
        "LOG_INDEX_SIZE_MAX_BYTES": str(1024 * 1024),
    }.items():
        made.with_env(f"KAFKA_{name}", value)
    with made:
        yield f"127.0.0.1:{port}"


def container_engine_answers() -> bool:
    """Whether a Docker engine can be asked for containers."""
    address = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if address.startswith("unix://") and not Path(address.removeprefix("unix://")).is_socket():
        return False
    import docker
    from docker.errors import APIError, DockerException

    try:
        client = cast("Any", docker.from_env(timeout=3))
    except DockerException:
        return False
    try:
        return bool(client.ping())
    except APIError:
        return False
    finally:
        client.close()


@pytest.fixture(scope="session")
def postgres_url() -> Generator[str]:
    """A superuser's URL: the server named in TONGHENG_TEST_POSTGRES, else a container, else the embedded one."""
    given = os.environ.get("TONGHENG_TEST_POSTGRES")
    if given:
        yield given
    elif container_engine_answers():
        with postgres_container() as url:
            yield url
    else:
        with _embedded() as url:
            yield url


@contextmanager
def _embedded_kafka() -> Generator[str]:
    from operations.kafka.broker import Broker
    from operations.kafka.topics import create_all
    from operations.ports import free_ports

    ports = free_ports()
    with tempfile.TemporaryDirectory(prefix="tongheng-test-", ignore_cleanup_errors=True) as folder:
        broker = Broker(Path(folder), ports.kafka, ports.kafka_controller)
        broker.prepare()
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(
                broker.command(), stdout=log, stderr=log, start_new_session=True
            )
            try:
                _create_topics_when_it_answers(broker.bootstrap, create_all)
                yield broker.bootstrap
            finally:
                process.terminate()
                process.wait(timeout=30)


def _create_topics_when_it_answers(bootstrap: str, create_all: Callable[[str], object]) -> None:
    deadline = time.monotonic() + 60
    host, _, port = bootstrap.rpartition(":")
    while time.monotonic() < deadline:  # the client leaves its sockets open when nobody listens yet
        try:
            socket.create_connection((host.rpartition("/")[2], int(port)), timeout=1).close()
            break
        except OSError:
            time.sleep(0.2)
    with ThreadPoolExecutor(1) as thread:  # it runs an event loop, and the tests' own must stay
        while True:
            try:
                thread.submit(create_all, bootstrap).result()
                return
            except Exception:  # a broker that is starting refuses in many ways
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)


@contextmanager
def _container_kafka() -> Generator[str]:
    from operations.kafka.topics import create_all
    from operations.ports import free_ports

    with kafka_container(free_ports().kafka) as bootstrap:
        _create_topics_when_it_answers(bootstrap, create_all)
        yield bootstrap


@pytest.fixture(scope="session")
def kafka_bootstrap() -> Generator[str]:
    """A broker with all topics: the one named in TONGHENG_TEST_KAFKA, else a container, else the embedded one."""
    given = os.environ.get("TONGHENG_TEST_KAFKA")
    if given:
        yield given
    elif container_engine_answers():
        with _container_kafka() as bootstrap:
            yield bootstrap
    else:
        with _embedded_kafka() as bootstrap:
            yield bootstrap


async def _create(url: str, name: str, database: str) -> None:
    connection: Any = await cast("Any", asyncpg).connect(_asyncpg(url))
    try:
        await connection.execute(
            "SELECT pg_advisory_lock(20261122)"
        )  # roles are the server's: two runs may meet here
        for role in ("owner", "api", "worker"):
            user = f"{name}_{role}"
            if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", user):
                await connection.execute(f"CREATE ROLE {user} LOGIN PASSWORD '{PASSWORD}'")
        await connection.execute(f"ALTER ROLE {name}_owner PASSWORD '{PASSWORD}'")
        await connection.execute(f"GRANT pg_read_all_stats TO {name}_worker")
        await connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        await connection.execute(f'CREATE DATABASE "{database}" OWNER {name}_owner')
        await connection.execute("SELECT pg_advisory_unlock(20261122)")
    finally:
        await connection.close()
    connection = await cast("Any", asyncpg).connect(_asyncpg(url, database=database))
    try:
        # As in operation: a role that may more here would hide what it may not there.
        for statement in database_grants(name, database):
            await connection.execute(statement)
    finally:
        await connection.close()


async def _drop(url: str, database: str) -> None:
    connection: Any = await cast("Any", asyncpg).connect(_asyncpg(url))
    try:
        await connection.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
    finally:
        await connection.close()


@contextmanager
def _migrated(url: str, service: Service, suffix: str) -> Generator[str]:
    name = f"{service.name}_test_{os.getpid()}{suffix}"
    owner_url = _asyncpg(
        url, database=name, user=f"{service.name}_owner", driver="postgresql+asyncpg"
    )
    # In a thread of their own: `asyncio.run` would take the tests' event loop away from this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(_create(url, service.name, name))).result()
        thread.submit(lambda: migrations.upgrade(service.directory, owner_url)).result()
        yield _asyncpg(url, database=name, driver="postgresql+asyncpg")
        thread.submit(lambda: asyncio.run(_drop(url, name))).result()


@pytest.fixture(scope="session")
def database_url(postgres_url: str, service: Service) -> Generator[str]:
    """A superuser's URL of the service's own freshly migrated database; nothing is ever committed there."""
    with _migrated(postgres_url, service, "") as url:
        yield url


@pytest.fixture(scope="module")
def scratch_database_url(postgres_url: str, service: Service) -> Generator[str]:
    """The same for one module whose tests commit: races, kills, real brokers. See `role_url`."""
    with _migrated(postgres_url, service, "_scratch") as url:
        yield url


def role_url(database_url: str, service: str, role: str) -> str:
    """The URL of a test database for one of the service's roles: owner, api or worker."""
    return _asyncpg(database_url, user=f"{service}_{role}", driver="postgresql+asyncpg")


@pytest_asyncio.fixture
async def connection(database_url: str) -> AsyncGenerator[AsyncConnection]:
    """A connection in a transaction that is rolled back when the test ends."""
    engine = create_async_engine(database_url, poolclass=NullPool)
    async with engine.connect() as opened:
        transaction = await opened.begin()
        yield opened
        await transaction.rollback()
    await engine.dispose()


@dataclass(slots=True)
class Harness:
    """A service on one connection: its api and worker databases, its inbox, its application."""

    service: Service
    api: Database
    worker: Database
    inbox: Inbox
    verifier: SignedByTest
    app: FastAPI


class SignedByTest(TokenVerifier):
    """Believes the tokens that the test itself made."""

    def __init__(self) -> None:
        super().__init__(issuer="https://test", audience="tongheng")
        self.known: dict[str, Claims] = {}

    async def verify(self, token: str) -> Claims:
        """The claims that the test gave to this token."""
        if token not in self.known:
            return await super().verify(token)
        return self.known[token]

    def sign(
        self,
        subject: str,
        permissions: Sequence[str],
        companies: Sequence[str] | None,
        *,
        warehouses: Sequence[str] | None = None,
        partners: Sequence[str] | None = None,
        own: bool = False,
        session: str = "",
    ) -> str:
        """A token for a caller with exactly these permissions and this scope (None: all)."""
        token = f"test-{len(self.known)}-{subject}"
        self.known[token] = Claims(
            subject=subject,
            name=subject,
            client="test",
            roles=(),
            companies=None if companies is None else frozenset(companies),
            permissions=frozenset(permissions),
            expires_at=4e9,
            token_id=token,
            warehouses=None if warehouses is None else frozenset(warehouses),
            partners=None if partners is None else frozenset(partners),
            own=own,
            session=session,
        )
        return token


@pytest_asyncio.fixture
async def harness(connection: AsyncConnection, service: Service) -> Harness:
    """The service, assembled on the test's connection."""
    api = Database.on_connection(connection, f"{service.name}_api")
    worker = Database.on_connection(connection, f"{service.name}_worker")
    inbox = Inbox(worker, service.all_consumers(), service=service.name)
    access = AccessDirectory(api)
    access.load()  # nobody is known: the token says who may do what
    running = Running(service=service, api=api, worker_database=worker, access=access, inbox=inbox)
    running.started = True
    verifier = SignedByTest()
    return Harness(service, api, worker, inbox, verifier, create_app(service, running, verifier))


@pytest_asyncio.fixture
async def session(harness: Harness) -> AsyncGenerator[AsyncSession]:
    """A session of the worker's role; flush, don't commit."""
    async with harness.worker.transaction(Context(actor="test", client="test")) as opened:
        yield opened


class Publish(Protocol):
    """Feed events to the service as if they had come from Kafka, in one batch."""

    async def __call__(self, *events: Event, time: datetime | None = None) -> None: ...


def message_of(
    event: Event, *, event_id: UUID | None = None, time: datetime | None = None, offset: int = 0
) -> Message:
    """The Kafka message that a relay would make of an event."""
    row: Mapping[str, Any] = {
        "event_id": event_id or uuid7(),
        "topic": event.contract.topic,
        "subject": event.subject,
        "recorded_at": time or datetime.now(UTC),
        "correlation_id": "case",
        "causation_id": "",
        "actor": "test",
        "company": event.company,
        "traceparent": "",
    }
    headers = {name: value.decode() for name, value in headers_of(row, event.contract.owner)}
    return Message(
        event.contract.topic, 0, offset, event.key, headers, event.model_dump_json().encode()
    )


@pytest_asyncio.fixture
async def publish(harness: Harness) -> Publish:
    """As if consumed; fails the test when a message was parked."""

    async def feed(*events: Event, time: datetime | None = None) -> None:
        parked = harness.inbox.counts.parked
        await harness.inbox.apply(
            [message_of(event, time=time, offset=n) for n, event in enumerate(events)]
        )
        if harness.inbox.counts.parked != parked:
            async with harness.worker.read(Context(actor="test")) as reading:
                why = (
                    await reading.execute(text("SELECT topic, reason, detail FROM parked"))
                ).all()
            pytest.fail(f"parked: {why}")

    return feed


class Emitted(Protocol):
    """Topics in the outbox, oldest first."""

    async def __call__(self) -> list[str]: ...


@pytest_asyncio.fixture
async def emitted(harness: Harness) -> Emitted:
    """What the service has told so far."""

    async def topics() -> list[str]:
        async with harness.worker.read(Context(actor="test")) as reading:
            return list(
                (await reading.execute(text("SELECT topic FROM outbox ORDER BY id"))).scalars()
            )

    return topics


class EmittedEvents(Protocol):
    """The events of one type in the outbox, oldest first."""

    async def __call__(self, kind: type[EventT]) -> list[EventT]: ...


@pytest_asyncio.fixture
async def emitted_events(harness: Harness) -> EmittedEvents:
    """What the service has told so far, of one type."""

    async def events(kind: type[EventT]) -> list[EventT]:
        async with harness.worker.read(Context(actor="test")) as reading:
            values = await reading.execute(
                text("SELECT value FROM outbox WHERE topic = :topic ORDER BY id"),
                {"topic": kind.contract.topic},
            )
            read = event_type(kind.contract.topic)
            found = [read.model_validate_json(bytes(value)) for value in values.scalars()]
        return [event for event in found if isinstance(event, kind)]

    return events


@dataclass(slots=True)
class Api:
    """An HTTP client on the service's application; adds an Idempotency-Key to each POST by itself."""

    harness: Harness
    token: str = ""
    headers: dict[str, str] = field(default_factory=dict[str, str])

    def as_(
        self,
        *permissions: str,
        companies: Sequence[str] | None = None,
        subject: str = "tester",
        warehouses: Sequence[str] | None = None,
        partners: Sequence[str] | None = None,
        own: bool = False,
        session: str = "",
    ) -> Api:
        """The same client as somebody with these permissions and this scope; None: all."""
        token = self.harness.verifier.sign(
            subject, permissions or ("*",), companies,
            warehouses=warehouses, partners=partners, own=own, session=session,
        )  # fmt: skip
        return Api(self.harness, token, dict(self.headers))

    async def request(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        """One request; `path` may leave out /api/v1."""
        sent = {**self.headers, **(headers or {})}
        if self.token:
            sent.setdefault("authorization", f"Bearer {self.token}")
        if method == "POST":
            sent.setdefault("idempotency-key", str(uuid7()))
        if not path.startswith(
            ("/api/", "/livez", "/readyz", "/status", "/openapi", "/.well-known", "/metrics")
        ):
            path = "/api/v1" + path
        transport = httpx.ASGITransport(app=self.harness.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            body = (
                {"content": content}
                if content is not None
                else {"json": json}
                if json is not None
                else {}
            )
            return await client.request(method, path, headers=sent, params=params, **body)  # type: ignore[arg-type]

    async def get(self, path: str, **params: str) -> httpx.Response:
        """GET with query parameters."""
        return await self.request("GET", path, params=params)

    async def post(self, path: str, json: object = None, **headers: str) -> httpx.Response:
        """POST; headers by keyword, underscores for hyphens."""
        return await self.request(
            "POST", path, json={} if json is None else json, headers=_hyphens(headers)
        )

    async def put(self, path: str, json: object, **headers: str) -> httpx.Response:
        """PUT; give `if_match`."""
        return await self.request("PUT", path, json=json, headers=_hyphens(headers))

    async def patch(self, path: str, json: object, **headers: str) -> httpx.Response:
        """PATCH; give `if_match`."""
        return await self.request("PATCH", path, json=json, headers=_hyphens(headers))


def _hyphens(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


@pytest_asyncio.fixture
async def api(harness: Harness) -> Api:
    """A client that may do everything in all companies; `api.as_(…)` for somebody else."""
    return Api(harness).as_("*")


def money(value: str) -> Decimal:
    """An exact amount, for readable assertions."""
    return Decimal(value)


async def hear_examples(service: Service, database_url: str, kafka: str) -> int:
    """Tell on a real broker an example of each event whose replicas the service can make again, and apply it; how many."""
    from aiokafka import AIOKafkaProducer

    from chassis.consuming import Consumers, Inbox
    from tongheng_contracts.examples import example

    assert service.rebuild is not None
    topics = service.rebuild.replicas.topics
    messages = [message_of(example(topic).event) for topic in topics]
    producer: Any = AIOKafkaProducer(bootstrap_servers=kafka, acks="all")
    await producer.start()
    try:
        for each in messages:
            headers = [(name, value.encode()) for name, value in each.headers.items()]
            await producer.send_and_wait(
                each.topic, each.value, key=each.key.encode(), headers=headers
            )
    finally:
        await producer.stop()
    database = Database(role_url(database_url, service.name, "worker"))
    try:
        inbox = Inbox(database, Consumers.join(*service.consumers), service=service.name)
        await inbox.apply(messages)
        assert inbox.counts.parked == 0
    finally:
        await database.close()
    return len(messages)


async def check_made_again(
    service: Service, database_url: str, kafka: str, *, damage: str, table: str
) -> None:
    """What the service keeps of others is made again to the same state; what a statement damaged is named, and mended.

    Raises:
        AssertionError: it is not so.
    """
    from chassis.rebuilding import Result, rebuild

    plan = service.rebuild
    assert plan is not None
    owner = role_url(database_url, service.name, "owner")
    told = await hear_examples(service, database_url, kafka)

    async def again(*, accept: bool = False) -> Result:
        return await rebuild(
            plan, service=service.name, owner_url=owner, kafka=kafka, accept=accept
        )

    sound = await again()
    assert sound.equal
    assert sound.events >= told
    assert all(rows > 0 for rows, _ in sound.after.tables.values())

    connection: Any = await cast("Any", asyncpg).connect(_asyncpg(owner))
    try:
        await connection.execute(damage)
    finally:
        await connection.close()

    refused = await again()
    assert (refused.kept, refused.before.differences(refused.after)) == (False, [table])
    assert (await again(accept=True)).after.hash == sound.after.hash
    assert (await again()).equal
