"""Programs' usage also by hour, of the last days."""

from alembic import op

from chassis import schema

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


HOURS = """
CREATE TABLE client_usage_hours (
    client_id text NOT NULL, hour timestamptz NOT NULL, gateway uuid NOT NULL, calls bigint NOT NULL, refused bigint NOT NULL,
    limited bigint NOT NULL, failed bigint NOT NULL, PRIMARY KEY (client_id, hour, gateway)
);
GRANT SELECT, INSERT, UPDATE ON client_usage_hours TO {api};
GRANT SELECT, INSERT, UPDATE, DELETE ON client_usage_hours TO {worker};
"""


def upgrade() -> None:
    """Days that were counted before have no hours."""
    schema.script(op, HOURS)


def downgrade() -> None:
    """The table stays: releases before this one do not mind it."""
