"""Requisitions by reorder rules."""

from alembic import op

from chassis import schema

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What is missing by a reorder rule is netted like what is missing for an order, in requisitions of its own."""
    schema.script(
        op,
        """
        ALTER TABLE shortage_demands ADD COLUMN origin text NOT NULL DEFAULT 'shortage'
            CHECK (origin IN ('shortage', 'reorder'));
        CREATE UNIQUE INDEX requisitions_open_reorder ON requisitions (demand_order)
            WHERE origin = 'reorder' AND status = 'open';
        """,
    )


def downgrade() -> None:
    """Back to before: what rules ask for is forgotten, requisitions that were raised stay."""
    schema.script(
        op,
        """
        DROP INDEX requisitions_open_reorder;
        DELETE FROM shortage_demands WHERE origin = 'reorder';
        ALTER TABLE shortage_demands DROP COLUMN origin;
        """,
    )
