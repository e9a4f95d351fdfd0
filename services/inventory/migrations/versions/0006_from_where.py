"""The audit trail says from where somebody acted; lines are narrowed as their documents are."""

from alembic import op

from chassis import schema

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Entries of before do not say."""
    schema.tell_address(op)
    for table in ("demands", "material_requests", "purchase_order_lines", "work_order_components"):
        schema.scope(op, table, warehouse="warehouse", reading_only=True, anywhere=True)


def downgrade() -> None:
    """Column and policies stay: releases before this one do not mind them."""
