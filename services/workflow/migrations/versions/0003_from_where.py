"""The audit trail says from where somebody acted."""

from alembic import op

from chassis import schema

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Entries of before do not say."""
    schema.tell_address(op)
    schema.script(
        op,
        "ALTER TABLE audit_records ADD COLUMN address text NOT NULL DEFAULT '';"
        "CREATE INDEX audit_records_address ON audit_records (address, recorded_at) WHERE address <> '';",
    )


def downgrade() -> None:
    """The column stays: releases before this one do not mind it."""
