"""Process cost sheets."""

from alembic import op

from chassis import schema

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE process_cost_sheets (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL, item text NOT NULL,
    period text NOT NULL CHECK (period ~ '^[0-9]{{4}}-(0[1-9]|1[0-2])$'), method text NOT NULL,
    quantity numeric(21,6) NOT NULL CHECK (quantity >= 0 AND quantity < 1e15),
    cost numeric(18,2) NOT NULL CHECK (cost > -1e15 AND cost < 1e15),
    in_work numeric(18,2) NOT NULL CHECK (in_work > -1e15 AND in_work < 1e15), document jsonb NOT NULL,
    business_date date NOT NULL, posting_date date NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (company, item, period)
);
CREATE INDEX process_cost_sheets_listed ON process_cost_sheets (recorded_at, id);
"""


def upgrade() -> None:
    schema.script(op, TABLES)
    schema.protect(op, "process_cost_sheets", append_only=True)
    schema.sequence(op, "process_cost_numbers")
