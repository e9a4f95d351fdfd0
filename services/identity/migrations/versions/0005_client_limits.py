"""A program may have a limit of its own at the gateway."""

from alembic import op

from chassis import schema

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """0: the limit that holds for all, as until now."""
    schema.script(
        op,
        "ALTER TABLE clients ADD COLUMN IF NOT EXISTS requests_per_second integer NOT NULL DEFAULT 0"
        " CHECK (requests_per_second BETWEEN 0 AND 10000);",
    )


def downgrade() -> None:
    """The column stays: releases before this one do not mind it."""
