"""Composition root of workflow: the list of its features."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from chassis.database import Database
from chassis.service import Service, run
from workflow.addresses.resolving import Lookup, look_up
from workflow.audit_trail import api as audit_trail
from workflow.audit_trail import consumers as audit_trail_consumers
from workflow.deliveries import api as deliveries
from workflow.deliveries import consumers as deliveries_consumers
from workflow.deliveries import service as deliveries_service
from workflow.deliveries.dispatcher import Dispatcher
from workflow.deliveries.sending import Sender
from workflow.mails import api as mails
from workflow.mails import consumers as mails_consumers
from workflow.mails import service as mails_service
from workflow.notifications import api as notifications
from workflow.parked import api as parked
from workflow.parked import consumers as parked_consumers
from workflow.parked import service as parked_service
from workflow.rebuilding import service as rebuilding
from workflow.settings import Settings
from workflow.webhooks.api import webhooks_router
from workflow.webhooks.sealing import Sealing


def build(settings: Settings | None = None, *, lookup: Lookup = look_up) -> Service:
    """The service."""
    settings = settings or Settings()
    sealing = Sealing(settings.key_encryption_key.get_secret_value())
    networks = settings.networks()

    async def dispatch(database: Database) -> None:
        """Send what is due, until cancelled."""
        sender = Sender(networks, seconds=settings.webhook_seconds, lookup=lookup)
        await Dispatcher(
            database,
            sender,
            sealing,
            connections=settings.webhook_connections,
            receivers=settings.webhook_receivers,
            kept=timedelta(days=settings.webhook_days),
        ).run()

    async def send_mails(database: Database) -> None:
        """Send the mails that are due, until cancelled."""
        await mails_service.keep_posting(database, settings.mail_server())

    return Service(
        name="workflow",
        directory=Path(__file__).resolve().parents[2],
        settings=settings,
        routers=[
            webhooks_router(sealing, networks, deliveries_service.resume, lookup),
            deliveries.router,
            parked.router,
            audit_trail.router,
            audit_trail.chains_router,
            notifications.router,
            mails.router,
        ],
        consumers=[
            deliveries_consumers.consumers,
            audit_trail_consumers.consumers,
            parked_consumers.consumers,
            mails_consumers.records,
            mails_consumers.consumers,
        ],
        background=[
            *([dispatch] if settings.webhook_deliveries else []),
            parked_service.watch,
            send_mails,
        ],
        lists_parked=True,
        gather_seconds=0.3,
        rebuild=rebuilding.PLAN,
    )


def main() -> None:
    """The command line: serve, `migrate` or `openapi`."""
    run(build)
