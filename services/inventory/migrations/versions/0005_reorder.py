"""Reorder rules."""

from alembic import op

from chassis import schema

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE reorder_rules (
    id uuid PRIMARY KEY, company text NOT NULL, version integer NOT NULL, item text NOT NULL, warehouse text NOT NULL,
    unit text NOT NULL, minimum numeric(21,6) NOT NULL CHECK (minimum >= 0 AND minimum < 1e15),
    maximum numeric(21,6) NOT NULL CHECK (maximum >= minimum AND maximum < 1e15), active boolean NOT NULL,
    told_version integer NOT NULL DEFAULT 0,
    told_quantity numeric(21,6) NOT NULL DEFAULT 0 CHECK (told_quantity >= 0 AND told_quantity < 1e15),
    told_counted uuid[] NOT NULL DEFAULT '{{}}', told_at timestamptz,
    recorded_at timestamptz NOT NULL DEFAULT now(), UNIQUE (company, warehouse, item)
);
"""


def upgrade() -> None:
    """A rule is seen by who serves its warehouse."""
    schema.script(op, TABLES)
    schema.protect(op, "reorder_rules")
    schema.scope(op, "reorder_rules", warehouse="warehouse")


def downgrade() -> None:
    """Back to before: requisitions that were raised stay."""
    schema.script(op, "DROP TABLE reorder_rules;")
