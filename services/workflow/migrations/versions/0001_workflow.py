"""Webhooks with their deliveries, the collected audit trail, parked messages of all services, notifications."""

from alembic import op

from chassis import schema

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE webhooks (
    id uuid PRIMARY KEY, version integer NOT NULL, url text NOT NULL, description text NOT NULL,
    types text[] NOT NULL, companies text[] NOT NULL, partners text[] NOT NULL, fields jsonb NOT NULL,
    status text NOT NULL CHECK (status IN ('on', 'paused', 'off', 'deleted')), off_because text NOT NULL DEFAULT '',
    owner text NOT NULL, owner_name text NOT NULL, client text NOT NULL,
    scope_companies text[], scope_warehouses text[], scope_partners text[], scope_own boolean NOT NULL,
    secret bytea NOT NULL, secret_previous bytea, previous_until timestamptz,
    recorded_at timestamptz NOT NULL DEFAULT now(), changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE webhook_health (
    webhook uuid PRIMARY KEY REFERENCES webhooks ON DELETE CASCADE, failures integer NOT NULL DEFAULT 0,
    failing_since timestamptz, retry_at timestamptz, succeeded_at timestamptz
);
CREATE TABLE webhook_events (
    id uuid PRIMARY KEY, topic text NOT NULL, key uuid NOT NULL, version integer NOT NULL, company text NOT NULL,
    subject text NOT NULL, actor text NOT NULL, time timestamptz NOT NULL, correlation_id text NOT NULL,
    causation_id text NOT NULL, data bytea NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX webhook_events_recorded ON webhook_events (recorded_at);
CREATE TABLE webhook_documents (
    key uuid PRIMARY KEY, version integer NOT NULL, seen_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX webhook_documents_seen ON webhook_documents (seen_at);
CREATE TABLE deliveries (
    id uuid PRIMARY KEY, sequence bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    webhook uuid NOT NULL REFERENCES webhooks ON DELETE CASCADE, event uuid NOT NULL REFERENCES webhook_events,
    topic text NOT NULL, subject text NOT NULL, company text NOT NULL, key uuid NOT NULL, version integer NOT NULL,
    lane uuid NOT NULL, time timestamptz NOT NULL,
    status text NOT NULL CHECK (status IN ('waiting', 'delivered', 'failed', 'withheld')),
    attempts integer NOT NULL DEFAULT 0, due_at timestamptz NOT NULL DEFAULT now(), first_attempt_at timestamptz,
    settled_at timestamptz, last_status integer, recorded_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (webhook, event)
);
CREATE INDEX deliveries_listed ON deliveries (webhook, sequence);
CREATE INDEX deliveries_event ON deliveries (event);
CREATE INDEX deliveries_waiting ON deliveries (webhook, sequence) WHERE status = 'waiting';
CREATE INDEX deliveries_due ON deliveries (webhook, due_at) WHERE status = 'waiting';
CREATE INDEX deliveries_lane ON deliveries (webhook, lane, due_at) WHERE status = 'waiting';
CREATE TABLE delivery_attempts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    delivery uuid NOT NULL REFERENCES deliveries ON DELETE CASCADE, webhook uuid NOT NULL, at timestamptz NOT NULL,
    status integer, error text NOT NULL, milliseconds integer NOT NULL, answer text NOT NULL
);
CREATE INDEX delivery_attempts_delivery ON delivery_attempts (delivery, id);

CREATE TABLE audit_records (
    service text NOT NULL, seq bigint NOT NULL, recorded_at timestamptz NOT NULL, actor text NOT NULL,
    client text NOT NULL, request_id text NOT NULL, trace text NOT NULL, action text NOT NULL, outcome text NOT NULL,
    document_type text NOT NULL, document_id text NOT NULL, number text NOT NULL, company text NOT NULL,
    before jsonb, after jsonb, code text NOT NULL, digest bytea NOT NULL, shortened boolean NOT NULL,
    PRIMARY KEY (service, seq)
);
CREATE INDEX audit_records_at ON audit_records (recorded_at, service, seq);
CREATE INDEX audit_records_document ON audit_records (document_id, recorded_at);
CREATE INDEX audit_records_number ON audit_records (number, recorded_at);
CREATE INDEX audit_records_actor ON audit_records (actor, recorded_at);
CREATE TABLE audit_chapters (
    service text NOT NULL, first bigint NOT NULL, last bigint NOT NULL, previous_hash bytea NOT NULL,
    hash bytea NOT NULL, intact boolean NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (service, first)
);

CREATE TABLE parked_reports (
    service text PRIMARY KEY, version integer NOT NULL, reported_at timestamptz NOT NULL
);
CREATE TABLE parked_messages (
    service text NOT NULL, event_id uuid NOT NULL, topic text NOT NULL, key text NOT NULL, company text NOT NULL,
    status text NOT NULL, reason text NOT NULL, parked_at timestamptz NOT NULL, told boolean NOT NULL DEFAULT false,
    PRIMARY KEY (service, event_id)
);
CREATE INDEX parked_messages_at ON parked_messages (parked_at, service, event_id);

CREATE TABLE notifications (
    id uuid PRIMARY KEY, recipient text NOT NULL, permission text NOT NULL, kind text NOT NULL,
    text_en text NOT NULL, text_zh text NOT NULL, document_type text NOT NULL, document_id text NOT NULL,
    company text NOT NULL DEFAULT '', recorded_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((recipient = '') <> (permission = ''))
);
CREATE INDEX notifications_recipient ON notifications (recipient, id);
CREATE TABLE notification_reads (
    notification uuid NOT NULL REFERENCES notifications ON DELETE CASCADE, subject text NOT NULL,
    read_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (notification, subject)
);
"""

# Everybody sees his own; whoever has no limit of any kind may see all, which the api shows with the permission only.
SECURE = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY caller_scope ON {table} TO {{api}} USING ({condition}) WITH CHECK ({condition});
CREATE POLICY all_rows ON {table} TO {{worker}} USING (true) WITH CHECK (true);
CREATE POLICY owner_all ON {table} TO {{owner}} USING (true) WITH CHECK (true);
GRANT {rights} ON {table} TO {{api}};
GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {{worker}};
"""

SUBJECT = "(SELECT current_setting('tongheng.subject', true))"
UNLIMITED = (
    "(SELECT current_setting('tongheng.companies', true) = '*' AND current_setting('tongheng.warehouses', true) = '*'"
    " AND current_setting('tongheng.partners', true) = '*' AND current_setting('tongheng.owner', true) = '*')"
)


def secure(table: str, condition: str, *, rights: str) -> None:
    """Row-level security for a table that has another owner than a company."""
    schema.script(op, SECURE.format(table=table, condition=condition, rights=rights))


def of_webhook(column: str) -> str:
    """The rows of webhooks that the caller sees."""
    return f"EXISTS (SELECT 1 FROM webhooks AS parent WHERE parent.id = {column})"


def upgrade() -> None:
    schema.install(op)
    schema.script(op, TABLES.replace("{", "{{").replace("}", "}}"))
    secure("webhooks", f"owner = {SUBJECT} OR {UNLIMITED}", rights="SELECT, INSERT, UPDATE")
    secure("webhook_health", of_webhook("webhook"), rights="SELECT, INSERT, UPDATE")
    secure("deliveries", of_webhook("webhook"), rights="SELECT, INSERT, UPDATE")
    secure("delivery_attempts", of_webhook("webhook"), rights="SELECT")
    secure(
        "webhook_events",
        "EXISTS (SELECT 1 FROM deliveries AS parent WHERE parent.event = webhook_events.id)",
        rights="SELECT",
    )
    schema.script(op, "GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_documents TO {worker};")
    # A test's event is written before its delivery is.
    schema.script(
        op,
        "GRANT INSERT ON webhook_events TO {api};"
        " CREATE POLICY ping ON webhook_events FOR INSERT TO {api} WITH CHECK (topic = 'workflow.Ping');",
    )
    schema.protect(op, "audit_records", append_only=True)
    schema.share(op, "audit_chapters", "parked_reports", "parked_messages", read_only_for_api=True)
    secure(
        "notifications",
        f"recipient = {SUBJECT} OR (permission <> '' AND {UNLIMITED})",
        rights="SELECT",
    )
    secure("notification_reads", f"subject = {SUBJECT}", rights="SELECT, INSERT")
    schema.script(
        op,
        "CREATE VIEW proof.deliveries AS SELECT id, webhook, event, topic, status FROM deliveries;"
        " CREATE VIEW proof.audit_records AS SELECT service, seq, digest FROM audit_records;"
        " GRANT SELECT ON ALL TABLES IN SCHEMA proof TO {worker};",
    )
