"""Nettings, and the account that they go through."""

from alembic import op

from chassis import schema

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE nettings (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL, version integer NOT NULL DEFAULT 1,
    status text NOT NULL DEFAULT 'posted', partner text NOT NULL, currency text NOT NULL, reference text NOT NULL,
    amount numeric(18,2) NOT NULL CHECK (amount > 0 AND amount < 1e15),
    receivable_before numeric(18,2) NOT NULL CHECK (receivable_before <> 'NaN'),
    payable_before numeric(18,2) NOT NULL CHECK (payable_before <> 'NaN'), payment_received uuid NOT NULL,
    payment_made uuid NOT NULL, business_date date NOT NULL, posting_date date NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX nettings_listed ON nettings (recorded_at, id);
"""

# Companies founded from now on have it from the start; an account of theirs with this code stays as it is.
ACCOUNT = """
INSERT INTO accounts (company, code, name, name_en, kind, parent, postable, control, active, version)
SELECT company, '1241', '往来抵销', 'Netting clearing', 'asset', NULL, true, true, true, 1
FROM company_settings ON CONFLICT DO NOTHING;
"""


def upgrade() -> None:
    """A netting is seen by who acts for its partner."""
    schema.script(op, TABLES)
    schema.sequence(op, "netting_numbers")
    schema.protect(op, "nettings", append_only=True)
    schema.owned(op, "nettings")
    schema.scope(op, "nettings", partner="partner", owner="created_by")
    schema.script(op, ACCOUNT)


def downgrade() -> None:
    """The account stays: it may have postings."""
    schema.script(op, "DROP TABLE nettings; DROP SEQUENCE netting_numbers;")
