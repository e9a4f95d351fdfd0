"""Drafts of vouchers by hand."""

from alembic import op

from chassis import schema

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE voucher_drafts (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL, version integer NOT NULL DEFAULT 1,
    status text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'submitted', 'posted', 'cancelled')),
    currency text NOT NULL, text text NOT NULL, reference text NOT NULL, lines jsonb NOT NULL,
    amount numeric(18,2) NOT NULL CHECK (amount > 0 AND amount < 1e15), makers text[] NOT NULL CHECK (cardinality(makers) > 0),
    returned_because text NOT NULL DEFAULT '', voucher uuid UNIQUE, posted_by text,
    business_date date NOT NULL, posting_date date NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT posted_by_another CHECK ((status = 'posted') = (voucher IS NOT NULL) AND (status = 'posted') = (posted_by IS NOT NULL)
        AND NOT coalesce(posted_by = ANY (makers), false))
);
CREATE INDEX voucher_drafts_listed ON voucher_drafts (recorded_at, id);
"""


def upgrade() -> None:
    """A draft has lines of many partners: like the ledger, it is not for callers of some partners only."""
    schema.script(op, TABLE)
    schema.sequence(op, "voucher_draft_numbers")
    schema.protect(op, "voucher_drafts")
    schema.script(
        op,
        "CREATE POLICY partner_scope ON voucher_drafts AS RESTRICTIVE TO {api}"
        " USING ((SELECT current_setting('tongheng.partners', true)) = '*');",
    )


def downgrade() -> None:
    """What was posted stays in the books."""
    schema.script(op, "DROP TABLE voucher_drafts; DROP SEQUENCE voucher_draft_numbers;")
