"""Stocktakes."""

from alembic import op

from chassis import schema

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE counts (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL, version integer NOT NULL,
    status text NOT NULL CHECK (status IN ('open', 'posted', 'cancelled')), warehouse text NOT NULL,
    blind boolean NOT NULL, text text NOT NULL, adjustment uuid, adjustment_number text NOT NULL DEFAULT '',
    business_date date NOT NULL, posting_date date NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX counts_open ON counts (company, warehouse) WHERE status = 'open';
CREATE TABLE count_lines (
    count_id uuid NOT NULL REFERENCES counts, line integer NOT NULL, company text NOT NULL, item text NOT NULL,
    bin text NOT NULL, lot text NOT NULL, unit text NOT NULL,
    book numeric(21,6) NOT NULL CHECK (book >= 0 AND book < 1e15),
    expected numeric(21,6) CHECK (expected >= 0 AND expected < 1e15),
    counted numeric(21,6) CHECK (counted >= 0 AND counted < 1e15),
    PRIMARY KEY (count_id, line), UNIQUE (count_id, item, bin, lot), CHECK ((counted IS NULL) = (expected IS NULL))
);
"""


def upgrade() -> None:
    """A stocktake is seen by who serves its warehouse."""
    schema.script(op, TABLES)
    schema.sequence(op, "count_numbers")
    schema.protect(op, "counts", "count_lines")
    schema.scope(op, "counts", warehouse="warehouse")
    schema.scope_by(op, "count_lines", parent="counts", column="count_id")


def downgrade() -> None:
    """Back to before: what was posted stays in the ledger."""
    schema.script(op, "DROP TABLE count_lines, counts; DROP SEQUENCE count_numbers;")
