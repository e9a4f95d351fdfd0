"""A closed period may be reopened; each closing that was undone stays on record."""

from alembic import op

from chassis import schema

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLE = """
ALTER TABLE periods ADD COLUMN closing integer NOT NULL DEFAULT 0;
UPDATE periods SET closing = 1 WHERE status = 'closed';
CREATE TABLE period_reopenings (
    company text NOT NULL, period text NOT NULL, closing integer NOT NULL CHECK (closing > 0),
    sealed_vouchers bigint NOT NULL, sealed_lines bigint NOT NULL, sealed_debit numeric(18, 2) NOT NULL,
    sealed_credit numeric(18, 2) NOT NULL, sealed_hash text NOT NULL, closed_at timestamptz NOT NULL, closed_by text NOT NULL,
    reason text NOT NULL CHECK (reason <> ''), reopened_at timestamptz NOT NULL DEFAULT now(), reopened_by text NOT NULL,
    PRIMARY KEY (company, period, closing), FOREIGN KEY (company, period) REFERENCES periods
);
"""


def upgrade() -> None:
    """Nobody changes or removes what a period held when it was closed."""
    schema.script(op, TABLE)
    schema.protect(op, "period_reopenings", append_only=True)


def downgrade() -> None:
    """The table goes; the count of closings stays: releases before this one do not mind it."""
    schema.script(op, "DROP TABLE period_reopenings;")
