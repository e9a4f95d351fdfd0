"""Mails to customers, and what of others' records they need."""

from alembic import op

from chassis import schema

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE mails (
    id uuid PRIMARY KEY, kind text NOT NULL, company text NOT NULL, document_type text NOT NULL,
    document_id uuid NOT NULL, number text NOT NULL, partner text NOT NULL, created_by text NOT NULL,
    content jsonb NOT NULL,
    status text NOT NULL CHECK (status IN ('waiting', 'sent', 'not_sent', 'failed')), reason text NOT NULL DEFAULT '',
    attempts integer NOT NULL DEFAULT 0, due_at timestamptz NOT NULL DEFAULT now(), recipient text NOT NULL DEFAULT '',
    language text NOT NULL DEFAULT '', message_id text NOT NULL DEFAULT '', answer_code integer,
    answer text NOT NULL DEFAULT '', sent_at timestamptz, recorded_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (kind, document_id)
);
CREATE INDEX mails_listed ON mails (recorded_at, id);
CREATE INDEX mails_number ON mails (number);
CREATE INDEX mails_due ON mails (due_at, id) WHERE status = 'waiting';
CREATE TABLE mail_partners (
    code text PRIMARY KEY, name text NOT NULL, name_en text NOT NULL, language text NOT NULL, email text NOT NULL
);
CREATE TABLE mail_names (
    kind text NOT NULL, code text NOT NULL, name text NOT NULL, name_en text NOT NULL, PRIMARY KEY (kind, code)
);
"""


def upgrade() -> None:
    """The replicas are the worker's alone: names and addresses are shown with a mail or not at all."""
    schema.script(op, TABLES)
    schema.protect(op, "mails")
    schema.scope(op, "mails", partner="partner", owner="created_by")
    schema.script(
        op, "GRANT SELECT, INSERT, UPDATE, DELETE ON mail_partners, mail_names TO {worker};"
    )


def downgrade() -> None:
    """Back to before: what was not sent is not sent any more."""
    schema.script(op, "DROP TABLE mails, mail_partners, mail_names;")
