"""Composition: a service is a list of routers and consumers; this runs it as api, worker and relay."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import signal
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import structlog
import uvicorn
from fastapi import APIRouter, Depends, FastAPI
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import access, failpoints, migrations, telemetry, vitals
from chassis.audit_chain import AuditChain
from chassis.auth import Principal, TokenVerifier
from chassis.consuming import GATHER_SECONDS, Consumers, Inbox, Worker
from chassis.context import system_context
from chassis.control import ControlTotals, TotalsOf, no_totals
from chassis.database import Database
from chassis.desk import desk_router, watch
from chassis.health import health_router
from chassis.http import commands, equip, finish_commands, principal_of
from chassis.outbox import IDLE_SECONDS, Relay
from chassis.rebuilding import Rebuild
from chassis.rebuilding import command as rebuild_service
from chassis.refusals import Refusals
from chassis.settings import ServiceSettings
from chassis.upkeep import Upkeep
from chassis.watchdog import EXIT_CODE, Watchdog
from tongheng_contracts.audit import AUDIT_EVENTS
from tongheng_contracts.control import CONTROL_EVENTS

log = structlog.get_logger(__name__)

STUCK_SECONDS = 75.0
"""Longer than a batch may take before its watchdog ends it, and longer than the relay waits for Kafka."""
DRAIN_SECONDS_MAX = 28.0
GARBAGE_AFTER = 50_000

Background = Callable[[Database], Coroutine[Any, Any, None]]


@dataclass(slots=True)
class Service:
    """What makes one service: its name, its features' routers and consumers, and what else it does."""

    name: str
    directory: Path
    settings: ServiceSettings
    routers: Sequence[APIRouter] = ()
    consumers: Sequence[Consumers] = ()
    control_totals: TotalsOf | None = None
    background: Sequence[Background] = ()
    seed: Callable[[AsyncSession], Awaitable[None]] | None = None
    extra_routers: Sequence[APIRouter] = ()
    """Routers outside of /api/v1/<name>."""
    lists_parked: bool = False
    """It has a list of parked messages of its own, at the address of the usual one."""
    rebuild: Rebuild | None = None
    """What of its state is made again from the topics, and how."""
    gather_seconds: float = GATHER_SECONDS
    """How long messages gather between two small batches: the longer, the fewer transactions, and the later they are seen."""

    def all_consumers(self) -> Consumers:
        """The features' consumers, and the chassis' own replica of permissions."""
        return Consumers.join(access.consumers, *self.consumers)


@dataclass(slots=True)
class Running:
    """A service's moving parts in one process."""

    service: Service
    api: Database
    worker_database: Database
    access: access.AccessDirectory
    inbox: Inbox
    worker: Worker | None = None
    relay: Relay | None = None
    control: ControlTotals | None = None
    audit: AuditChain | None = None
    started: bool = False
    draining: bool = False
    tasks: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])
    refusals: Refusals = field(init=False)

    def __post_init__(self) -> None:
        self.refusals = Refusals(self.api)

    def stuck(self) -> list[str]:
        """The loops that have not turned for over a minute; none before they were started."""
        if not self.started:
            return []
        now = time.monotonic()
        loops = {
            "worker": self.worker,
            "relay": self.relay,
            "control": self.control,
            "audit": self.audit,
        }
        return [
            name
            for name, loop in loops.items()
            if loop is not None and now - loop.turned_at > STUCK_SECONDS
        ]


def databases(settings: ServiceSettings, name: str) -> tuple[Database, Database]:
    """The api's and the worker's way into the database."""
    api = Database(
        settings.database_url.get_secret_value(),
        pool_size=settings.pool_size,
        pool_overflow=settings.pool_overflow,
        statement_timeout_ms=int(settings.statement_timeout * 1000),
        lock_timeout_ms=int(settings.lock_timeout * 1000),
        application=f"{name}-api",
    )
    worker = Database(
        settings.worker_database_url.get_secret_value(),
        pool_size=settings.worker_pool_size,
        pool_overflow=settings.worker_pool_overflow,
        statement_timeout_ms=int(settings.worker_statement_timeout * 1000),
        lock_timeout_ms=10_000,
        application=f"{name}-worker",
    )
    return api, worker


def assemble(service: Service) -> Running:
    """The parts, wired but not running."""
    settings = service.settings
    api, worker_database = databases(settings, service.name)
    consumers = service.all_consumers()
    inbox = Inbox(worker_database, consumers, service=service.name)
    running = Running(
        service=service,
        api=api,
        worker_database=worker_database,
        access=access.AccessDirectory(api),
        inbox=inbox,
    )
    if "worker" in settings.run:
        running.worker = Worker(
            inbox,
            consumers,
            kafka=settings.kafka,
            service=service.name,
            gather_seconds=service.gather_seconds,
        )
        if service.name in AUDIT_EVENTS:
            running.audit = AuditChain(worker_database, service=service.name)
        if service.control_totals is not None or service.name in CONTROL_EVENTS:
            running.control = ControlTotals(
                worker_database, service=service.name, totals=service.control_totals or no_totals
            )
    if "relay" in settings.run:
        # Whoever emits in this process wakes the relay; for what other processes emit it looks often.
        together = {"api", "worker"} <= set(settings.run)
        running.relay = Relay(
            worker_database,
            kafka=settings.kafka,
            service=service.name,
            idle_seconds=1.0 if together else IDLE_SECONDS,
        )
        api.on_emit = running.relay.wake
    return running


def create_app(
    service: Service, running: Running, verifier: TokenVerifier | None = None
) -> FastAPI:
    """The service's HTTP application."""
    settings = service.settings

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        yield

    app = FastAPI(
        title=f"Tongheng {service.name}",
        version=settings.version,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        lifespan=lifespan,
    )
    app.state.running = running
    app.state.service = service
    equip(
        app,
        database=running.api,
        access=running.access,
        verifier=verifier
        or TokenVerifier(
            issuer=settings.issuer, audience=settings.audience, jwks_url=settings.jwks_url
        ),
        settings=settings,
        service=service.name,
        refusals=running.refusals,
        draining=lambda: running.draining,
    )
    app.include_router(health_router)
    app.include_router(_rights_router(service.name))
    app.include_router(desk_router(service.name, lists=not service.lists_parked))
    for router in (*service.routers, *service.extra_routers):
        app.include_router(router)
    return app


class Rights(BaseModel):
    """Who the caller is to this service, and what he may do here. A list that is null: all of them."""

    subject: str
    name: str
    permissions: list[str]
    companies: list[str] | None
    warehouses: list[str] | None
    partners: list[str] | None
    own: bool


def _rights_router(name: str) -> APIRouter:
    router = commands(name, "me")

    @router.get("", response_model=Rights)
    async def show_rights(caller: Annotated[Principal, Depends(principal_of)]) -> Rights:
        """The caller's own rights: what he may not do need not be offered."""
        return Rights(
            subject=caller.subject,
            name=caller.name,
            permissions=sorted(caller.permissions),
            companies=_listed(caller.companies),
            warehouses=_listed(caller.warehouses),
            partners=_listed(caller.partners),
            own=caller.own,
        )

    return router


def _listed(codes: frozenset[str] | None) -> list[str] | None:
    return None if codes is None else sorted(codes)


async def _always(
    name: str, turn: Callable[[], Coroutine[Any, Any, None]], stopping: Callable[[], bool]
) -> None:
    """Run a loop for ever; after an error it starts anew, with nothing kept of what it held."""
    delay = 0.5
    while not stopping():
        began = time.monotonic()
        try:
            await turn()
            return
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.exception("a loop ended and starts anew", loop=name, error=type(error).__name__)
        delay = 0.5 if time.monotonic() - began > 60 else min(delay * 2, 10.0)
        await asyncio.sleep(delay)


async def _seed(running: Running) -> None:
    service = running.service
    if service.seed is None:
        return
    while True:
        try:
            async with running.worker_database.transaction(system_context(service.name)) as session:
                # Two workers that start at once seed one after the other.
                await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('seed'))"))
                await service.seed(session)
            return
        except Exception as error:
            log.warning("seeding will be tried again", error=type(error).__name__, exc_info=True)
            await asyncio.sleep(1.0)


async def _await_schema(running: Running) -> None:
    wanted = migrations.head(running.service.directory)
    while True:
        try:
            if await migrations.current(running.worker_database) >= wanted:
                return
            log.info("waiting for migrations", wanted=wanted)
        except Exception as error:
            log.info("the database is not there yet", error=type(error).__name__)
        await asyncio.sleep(0.3)


async def _work(running: Running) -> None:
    service, settings = running.service, running.service.settings
    await _await_schema(running)
    if "worker" in settings.run:
        await _seed(running)

    def spawn(name: str, turn: Callable[[], Coroutine[Any, Any, None]]) -> None:
        running.tasks.append(
            asyncio.create_task(_always(name, turn, lambda: running.draining), name=name)
        )

    if running.relay is not None:
        spawn("relay", running.relay.run)
    if running.worker is not None:
        spawn("worker", running.worker.run)
        spawn("parked", lambda: watch(running.worker_database, service.name))
        for index, loop in enumerate(service.background):
            spawn(f"background-{index}", lambda loop=loop: loop(running.worker_database))
    if running.control is not None:
        spawn("control", running.control.run)
    if running.audit is not None:
        spawn("audit", running.audit.run)
    spawn("access", running.access.run)
    spawn("refusals", running.refusals.run)
    _show_pools(running)
    if settings.run & {"worker", "relay"}:
        spawn("vitals", lambda: vitals.watch(running.worker_database, running.worker))
        spawn("upkeep", Upkeep(running.worker_database, service=service.name).run)
    running.started = True
    gc.collect()
    gc.freeze()
    # A batch makes a hundred thousand objects without a cycle; the usual 700 would have them walked over and over.
    gc.set_threshold(GARBAGE_AFTER, 20, 50)


def _show_pools(running: Running) -> None:
    settings = running.service.settings
    vitals.show_pool("api", running.api, most=settings.pool_size + settings.pool_overflow)
    vitals.show_pool(
        "worker",
        running.worker_database,
        most=settings.worker_pool_size + settings.worker_pool_overflow,
    )


async def _finish_serving(
    server: uvicorn.Server, serving: asyncio.Task[None], seconds: float
) -> None:
    await asyncio.wait({serving}, timeout=seconds)
    server.should_exit = True
    await serving
    await finish_commands(15.0)


async def _stop_consuming(running: Running) -> None:
    """Finish and commit the batch in hand, and leave the group."""
    if running.control is not None:
        running.control.stop()
    if running.audit is not None:
        running.audit.stop()
    if running.worker is not None:
        await running.worker.stop()


async def _stop(running: Running) -> None:
    """Publish what the last commands told, stop the producer; bounded."""
    if running.relay is not None:
        running.relay.stop()
        relays = [task for task in running.tasks if task.get_name() == "relay"]
        await asyncio.wait(relays, timeout=5.0) if relays else None
    for task in running.tasks:
        task.cancel()
    await asyncio.gather(*running.tasks, return_exceptions=True)
    await running.refusals.flush(all_=True)
    await running.api.close()
    await running.worker_database.close()
    telemetry.shut_down()


async def _serve(service: Service) -> int:
    running = assemble(service)
    app = create_app(service, running)
    config = uvicorn.Config(
        app,
        host=service.settings.host,
        port=service.settings.port,
        log_config=None,
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=15,
        timeout_keep_alive=75,
        server_header=False,
    )
    server = uvicorn.Server(config)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    with contextlib.ExitStack() as stack:
        # uvicorn would take the signals for itself, and leave the other parts running.
        server.capture_signals = lambda: stack  # type: ignore[method-assign, assignment]
        serving = asyncio.create_task(server.serve(), name="api")
        working = asyncio.create_task(_work(running), name="work")
        stopped = asyncio.create_task(stop.wait())
        watchdog = Watchdog(
            lambda: [] if running.draining else running.stuck(),
            lambda: loop.call_soon_threadsafe(stop.set),
            patience=DRAIN_SECONDS_MAX + 2.0,
        )
        watchdog.start()
        await asyncio.wait({serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
        failed = serving.done() and not stop.is_set()
        running.draining = True
        working.cancel()
        try:
            async with asyncio.timeout(DRAIN_SECONDS_MAX):
                # The consumer's partitions go to another worker while requests are still taken here.
                await asyncio.gather(
                    _finish_serving(
                        server, serving, 0.0 if failed else service.settings.drain_seconds
                    ),
                    _stop_consuming(running),
                    working,
                    return_exceptions=True,
                )
                await _stop(running)
        except TimeoutError:
            log.warning("not everything ended in time")
        watchdog.stop()
    return EXIT_CODE if failed or watchdog.barked else 0


def run(build: Callable[[], Service]) -> None:
    """The command line of a service: nothing to serve, `migrate`, `openapi`, or `rebuild [--into DATABASE] [--accept]`."""
    arguments = sys.argv[1:]
    service = build()
    if arguments == ["migrate"]:
        migrations.upgrade(
            service.directory, service.settings.owner_database_url.get_secret_value()
        )
        return
    if arguments == ["openapi"]:
        running = assemble(service)
        print(json.dumps(create_app(service, running).openapi(), ensure_ascii=False, indent=2))
        return
    if arguments[:1] == ["rebuild"]:
        settings = service.settings
        raise SystemExit(
            rebuild_service(
                service.rebuild,
                arguments[1:],
                service=service.name,
                directory=service.directory,
                owner_url=settings.owner_database_url.get_secret_value(),
                kafka=settings.kafka,
            )
        )
    if arguments:
        print(f"usage: python -m {service.name} [migrate|openapi|rebuild]", file=sys.stderr)
        raise SystemExit(2)
    settings = service.settings
    failpoints.named(service.name)
    telemetry.setup(settings, service.name)
    raise SystemExit(asyncio.run(_serve(service)))
