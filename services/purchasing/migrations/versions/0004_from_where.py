"""The audit trail says from where somebody acted."""

from alembic import op

from chassis import schema

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Entries of before do not say."""
    schema.tell_address(op)


def downgrade() -> None:
    """The column stays: releases before this one do not mind it."""
