"""Bins, where receipts lie in them, and goods moved between them."""

from alembic import op

from chassis import schema

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE bins (
    id uuid PRIMARY KEY, company text NOT NULL, version integer NOT NULL, warehouse text NOT NULL,
    code text NOT NULL CHECK (code <> ''), zone text NOT NULL,
    pick_order integer NOT NULL CHECK (pick_order BETWEEN 0 AND 1000000), active boolean NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(), UNIQUE (company, warehouse, code)
);
ALTER TABLE receipt_lines ADD COLUMN IF NOT EXISTS bin text NOT NULL DEFAULT '';
CREATE TABLE relocations (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL,
    version integer NOT NULL DEFAULT 1, status text NOT NULL DEFAULT 'posted', warehouse text NOT NULL,
    document jsonb NOT NULL,
    business_date date NOT NULL, posting_date date NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now()
);
"""


def upgrade() -> None:
    """Both are seen by who serves the warehouse."""
    schema.script(op, TABLES)
    schema.sequence(op, "relocation_numbers")
    schema.protect(op, "bins")
    schema.protect(op, "relocations", append_only=True)
    schema.scope(op, "bins", warehouse="warehouse")
    schema.scope(op, "relocations", warehouse="warehouse")


def downgrade() -> None:
    """Back to before: what was moved stays in the ledger; the column stays, releases before this one do not mind it."""
    schema.script(op, "DROP TABLE relocations, bins; DROP SEQUENCE relocation_numbers;")
