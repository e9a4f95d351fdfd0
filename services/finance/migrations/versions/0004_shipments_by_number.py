"""Shipped lines found by their shipment's number, as invoices name them."""

from __future__ import annotations

from alembic import op

from chassis import schema

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One index; without it the whole table is read."""
    schema.script(op, "CREATE INDEX shipment_lines_number ON shipment_lines (shipment_number);")


def downgrade() -> None:
    """It is only faster with it."""
    schema.script(op, "DROP INDEX shipment_lines_number;")
