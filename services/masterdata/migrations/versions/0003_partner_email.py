"""Partners have a mail address: where confirmations go."""

from alembic import op

from chassis import schema

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has one until it is entered."""
    schema.script(
        op, "ALTER TABLE partners ADD COLUMN IF NOT EXISTS email text NOT NULL DEFAULT '';"
    )


def downgrade() -> None:
    """The column stays: releases before this one do not mind it."""
