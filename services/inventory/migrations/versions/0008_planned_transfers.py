"""When a transfer is to leave and to be there, and the planned order that it was made of."""

from alembic import op

from chassis import schema

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Transfers of before have no days."""
    schema.script(
        op,
        "ALTER TABLE transfers ADD COLUMN ship_date date, ADD COLUMN due_date date, ADD COLUMN planned_order uuid;"
        " ALTER TABLE transfers ADD CONSTRAINT transfers_dates CHECK (due_date >= ship_date) NOT VALID;"
        " CREATE UNIQUE INDEX transfers_planned_order ON transfers (planned_order) WHERE planned_order IS NOT NULL;",
    )


def downgrade() -> None:
    """The columns go; the transfers stay."""
    schema.script(
        op,
        "ALTER TABLE transfers DROP COLUMN ship_date, DROP COLUMN due_date, DROP COLUMN planned_order;",
    )
