"""The audit trail says from where somebody acted; shipments that wait are their customer's."""

from alembic import op

from chassis import schema

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Entries of before do not say."""
    schema.tell_address(op)
    schema.scope(op, "undecided_shipments", partner="customer", reading_only=True)


def downgrade() -> None:
    """Column and policy stay: releases before this one do not mind them."""
