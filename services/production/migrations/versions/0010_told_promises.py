"""When sales order lines can be delivered, as it was told last."""

from alembic import op

from chassis import schema

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE told_promises (
    order_id uuid NOT NULL, order_line integer NOT NULL, company text NOT NULL, item text NOT NULL,
    told_date date, sequence integer NOT NULL CHECK (sequence >= 0),
    recorded_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (order_id, order_line)
);
CREATE INDEX told_promises_company ON told_promises (company);
"""


def upgrade() -> None:
    """Nothing was told yet."""
    schema.script(op, TABLES)
    schema.protect(op, "told_promises")


def downgrade() -> None:
    """What was told is forgotten: releases before this one tell nothing."""
    op.drop_table("told_promises")
