"""The replica of permissions learns of warehouses, partners, own documents and ended sessions."""

from alembic import op

from chassis import schema

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Widen the replica."""
    schema.widen_access(op)


def downgrade() -> None:
    """What was widened stays: releases before this one do not mind."""
