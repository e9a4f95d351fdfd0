"""When order lines can be delivered by production's plan, beside what was promised."""

from alembic import op

from chassis import schema

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE promise_changes (
    order_id uuid NOT NULL, line integer NOT NULL, company text NOT NULL, sequence integer NOT NULL,
    told_on date NOT NULL, wanted_date date NOT NULL, old_date date, new_date date, cause text NOT NULL,
    waiting_item text NOT NULL, waiting_document text NOT NULL, reason text NOT NULL, reason_en text NOT NULL,
    PRIMARY KEY (order_id, line)
);
CREATE INDEX promise_changes_moved ON promise_changes (company, order_id) WHERE cause <> 'on_time';
"""


def upgrade() -> None:
    """Nothing was told yet."""
    schema.script(op, TABLES)
    schema.protect(op, "promise_changes")


def downgrade() -> None:
    """Production's topic still holds what it told."""
    op.drop_table("promise_changes")
