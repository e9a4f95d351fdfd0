"""Finance, composed: the features and what they listen to."""

from __future__ import annotations

from pathlib import Path

from chassis import vitals
from chassis.service import Service, run
from finance.accounts import api as accounts
from finance.advances import api as advances
from finance.booking import consumers as booking
from finance.control import service as control
from finance.drafts import api as drafts
from finance.exposure import service as exposure
from finance.journal import api as journal
from finance.nettings import api as nettings
from finance.openings import api as openings
from finance.payables import api as payables
from finance.payments import api as payments
from finance.periods import api as periods
from finance.posting import api as posting
from finance.proof import api as proof
from finance.proof import consumers as proof_consumers
from finance.proof import service as proof_service
from finance.rebuilding import service as rebuilding
from finance.receivables import api as receivables
from finance.replicas import consumers as replicas
from finance.reports import api as reports
from finance.settings import Settings


def build(settings: Settings | None = None) -> Service:
    """The service."""
    return Service(
        name="finance",
        directory=Path(__file__).resolve().parents[2],
        settings=settings or Settings(),
        routers=[
            accounts.router,
            accounts.settings_router,
            periods.router,
            posting.router,
            journal.router,
            drafts.router,
            receivables.invoice_router,
            receivables.credit_note_router,
            receivables.router,
            payables.bill_router,
            payables.router,
            payments.router,
            advances.router,
            nettings.router,
            openings.router,
            reports.router,
            proof.router,
        ],
        consumers=[replicas.consumers, booking.consumers, proof_consumers.consumers],
        control_totals=control.totals,
        background=[
            exposure.keep_overdue_current,
            vitals.every(proof_service.WATCH_SECONDS, proof_service.measure, service="finance"),
        ],
        rebuild=rebuilding.PLAN,
        gather_seconds=0.1,
    )


def main() -> None:
    """The command line."""
    run(build)
