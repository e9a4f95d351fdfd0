"""Quotations of what has no item yet, and how far production is with it."""

from alembic import op

from chassis import schema

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = """
ALTER TABLE quotation_lines ALTER COLUMN item DROP NOT NULL;
ALTER TABLE quotation_lines ADD COLUMN engineering_request uuid, ADD COLUMN non_standard jsonb;
ALTER TABLE quotation_lines ADD CONSTRAINT quotation_lines_of_something
    CHECK ((item IS NOT NULL OR non_standard IS NOT NULL)
        AND (non_standard IS NULL) = (engineering_request IS NULL)) NOT VALID;
CREATE UNIQUE INDEX quotation_lines_engineering ON quotation_lines (engineering_request)
    WHERE engineering_request IS NOT NULL;
CREATE TABLE engineering_requests (
    id uuid PRIMARY KEY, company text NOT NULL, customer text NOT NULL, number text NOT NULL, status text NOT NULL,
    item text NOT NULL, due_date date, lead_time_days integer, reason text NOT NULL
);
"""


def upgrade() -> None:
    """A line names an item, or describes what has none yet."""
    schema.script(op, TABLES)
    schema.protect(op, "engineering_requests")
    schema.scope(op, "engineering_requests", partner="customer", anywhere=True)


def downgrade() -> None:
    """There is no way back without losing what was offered."""
    raise NotImplementedError
