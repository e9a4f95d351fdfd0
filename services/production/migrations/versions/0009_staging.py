"""The worker may make temporary tables: a planning run's result comes by COPY into them first."""

from alembic import op

from chassis import schema

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """New databases have it from the roles' script; this is for those made before."""
    schema.script(
        op,
        "DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO {worker}', current_database()); END $$;",
    )


def downgrade() -> None:
    """The right stays: releases before this one do not mind it."""
