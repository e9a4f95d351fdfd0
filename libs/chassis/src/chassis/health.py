"""Probes, metrics and what is pending: for Kubernetes, for the supervisor, and for whoever waits for quiet."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text

from chassis.rebuilding import LOCK
from tongheng_contracts.catalogue import contracts
from tongheng_contracts.envelope import Kind

if TYPE_CHECKING:
    from chassis.service import Running

health_router = APIRouter(include_in_schema=False)
LAG_SECONDS_MAX = 5.0
STATUS_SECONDS_MAX = 8.5
"""Of both together; less than the gateway waits for a status."""

REBUILDING = text(
    "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = :key AND objsubid = 1 AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
)

# Asked many times a minute while somebody waits for quiet: nothing here may grow with what has ever happened.
PENDING = text(
    "SELECT (SELECT count(*) FROM outbox WHERE published_at IS NULL AND NOT (topic = ANY(:own))) AS pending,"
    " (SELECT extract(epoch FROM clock_timestamp() - min(recorded_at)) FROM outbox WHERE published_at IS NULL) AS age,"
    " (SELECT count(*) FROM parked WHERE status IN ('parked', 'waiting')) AS parked,"
    " (SELECT extract(epoch FROM clock_timestamp() - min(parked_at)) FROM parked"
    "   WHERE status IN ('parked', 'waiting')) AS parked_age,"
    # Each publication moves an offset on: two looks that see the same sum, with nothing pending, saw nothing emitted between.
    ' (SELECT coalesce(sum("offset" + 1), 0)::bigint FROM outbox_offsets WHERE NOT (topic = ANY(:own))) AS emitted,'
    " (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    "   AND backend_xid IS NOT NULL) AS writing"
)


def _running(request: Request) -> Running:
    return request.app.state.running


@health_router.get("/livez")
async def livez(request: Request) -> Response:
    """Whether the loops turn; never asks a dependency."""
    stuck = _running(request).stuck()
    return JSONResponse({"alive": not stuck, "stuck": stuck}, status_code=503 if stuck else 200)


@health_router.get("/startupz")
async def startupz(request: Request) -> Response:
    """Whether the schema is there and the seed is done."""
    started = _running(request).started
    return JSONResponse({"started": started}, status_code=200 if started else 503)


@health_router.get("/readyz")
async def readyz(request: Request) -> Response:
    """Whether requests can be served: schema, rights, pool, not draining. A dead Kafka leaves the api ready."""
    running = _running(request)
    reason = ""
    if running.draining:
        reason = "draining"
    elif not running.started:
        reason = "starting"
    elif not running.access.known:
        reason = "rights are not read yet"
    else:
        try:
            async with asyncio.timeout(3), running.api.engine.connect() as connection:
                if await connection.scalar(REBUILDING, {"key": LOCK}):
                    reason = "rebuilding"
        except Exception as error:
            reason = f"database: {type(error).__name__}"
    return JSONResponse({"ready": not reason, "reason": reason}, status_code=503 if reason else 200)


@health_router.get("/metrics")
async def metrics() -> Response:
    """Prometheus metrics."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


@health_router.get("/version")
async def version(request: Request) -> dict[str, str]:
    """The service's name and version."""
    service = request.app.state.service
    return {"service": service.name, "version": service.settings.version}


@health_router.get("/status")
async def status(request: Request) -> Response:
    """What is pending here: unpublished events, messages not yet applied, parked messages. No business data."""
    running = _running(request)
    body: dict[str, Any] = {
        "service": running.service.name,
        "started": running.started,
        "stuck": running.stuck(),
    }
    own = [c.topic for c in contracts() if c.kind is Kind.CONTROL]
    # First what is still to be read: what was applied by then is in the snapshot that follows, with what came of it.
    lag, trouble = dict[str, int](), ""
    deadline = asyncio.get_running_loop().time() + STATUS_SECONDS_MAX
    if running.worker is not None:
        try:
            async with asyncio.timeout(LAG_SECONDS_MAX):
                lag = await running.worker.lag()
        except Exception as error:
            trouble = type(error).__name__
    try:
        async with (
            asyncio.timeout_at(deadline),
            running.worker_database.engine.connect() as connection,
        ):
            row = (await connection.execute(PENDING, {"own": own})).one()
    except Exception as error:
        return JSONResponse(
            {**body, "answers": False, "error": type(error).__name__}, status_code=503
        )
    counts = running.inbox.counts
    body |= {
        "outbox_pending": row.pending,
        "outbox_age_seconds": float(row.age or 0),
        "parked": row.parked,
        "parked_oldest_seconds": float(row.parked_age or 0),
        "emitted": row.emitted,
        "writing": row.writing,
        "applied": counts.applied,
        "superseded": counts.superseded,
        "duplicates_dropped": counts.duplicates,
        "batches_retried": counts.retries,
    }
    if trouble:
        # With Kafka away how much waits to be told is what one looks for.
        return JSONResponse({**body, "answers": False, "error": trouble}, status_code=503)
    behind = {topic: count for topic, count in lag.items() if count and topic not in own}
    return JSONResponse(
        {
            **body,
            "answers": True,
            "lag": sum(behind.values()),
            "lag_seconds": round(running.worker.progress.seconds, 1) if running.worker else 0.0,
            "behind": behind,
        }
    )
