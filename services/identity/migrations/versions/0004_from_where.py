"""The audit trail says from where somebody acted; programs' usage by day."""

from alembic import op

from chassis import schema

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


USAGE = """
CREATE TABLE client_usage (
    client_id text NOT NULL, day date NOT NULL, gateway uuid NOT NULL, calls bigint NOT NULL, refused bigint NOT NULL,
    limited bigint NOT NULL, failed bigint NOT NULL, PRIMARY KEY (client_id, day, gateway)
);
GRANT SELECT, INSERT, UPDATE ON client_usage TO {api};
GRANT SELECT, INSERT, UPDATE, DELETE ON client_usage TO {worker};
"""


def upgrade() -> None:
    """Entries of before do not say."""
    schema.tell_address(op)
    schema.script(op, USAGE)


def downgrade() -> None:
    """The column stays: releases before this one do not mind it."""
