"""The audit trail of all services, and what mails know of partners and names, made again by their own handlers.

See `chassis.rebuilding`. Webhooks, their log and mails are workflow's own: they come from the backup of its database.
"""

from __future__ import annotations

from chassis.consuming import Consumers
from chassis.rebuilding import Rebuild
from workflow.audit_trail import consumers as audit_trail
from workflow.mails import consumers as mails

PLAN = Rebuild(
    tables=("audit_chapters", "audit_records", "mail_partners", "mail_names"),
    replicas=Consumers.join(audit_trail.consumers, mails.records),
    unhashed={"audit_chapters": ("recorded_at",)},
)
