"""Customers' advances and prepayments to suppliers, the accounts that hold them, and their posting rules."""

import json

from alembic import op
from sqlalchemy import text

from chassis import schema
from finance.posting.rules.defaults import (
    ADVANCE_APPLIED,
    ADVANCE_IN,
    ADVANCE_OUT,
    DEFAULT_RULES,
)
from finance.posting.rules.definitions import definition_of

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE advances (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL, version integer NOT NULL DEFAULT 1,
    direction text NOT NULL CHECK (direction IN ('received', 'paid')), account text NOT NULL, partner text NOT NULL,
    currency text NOT NULL, bank_account text NOT NULL, reference text NOT NULL,
    amount numeric(18,2) NOT NULL CHECK (amount > 0 AND amount < 1e15),
    open_amount numeric(18,2) NOT NULL CHECK (open_amount BETWEEN 0 AND amount),
    business_date date NOT NULL, posting_date date NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX advances_listed ON advances (recorded_at, id);
CREATE INDEX advances_open ON advances (company, direction, partner) WHERE open_amount > 0;
CREATE TABLE advance_applications (
    id uuid PRIMARY KEY, number text NOT NULL, company text NOT NULL, advance uuid NOT NULL REFERENCES advances (id),
    payment uuid NOT NULL UNIQUE, partner text NOT NULL,
    amount numeric(18,2) NOT NULL CHECK (amount > 0 AND amount < 1e15),
    business_date date NOT NULL, posting_date date NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX advance_applications_advance ON advance_applications (advance);
CREATE VIEW proof.advances AS
    SELECT id, company, direction, account, partner, number, amount, open_amount FROM advances;
GRANT SELECT ON proof.advances TO {worker};
"""

# From now on documents keep both; what was posted to 1123 by hand can still be reversed, and entered as an advance.
ACCOUNTS = """
INSERT INTO accounts (company, code, name, name_en, kind, parent, postable, control, active, version)
SELECT company, '2203', '预收账款', 'Advances from customers', 'liability', NULL, true, true, true, 1
FROM company_settings ON CONFLICT DO NOTHING;
UPDATE accounts SET control = true, version = version + 1 WHERE code IN ('1123', '2203') AND NOT control;
"""


def upgrade() -> None:
    """An advance is seen by who acts for its partner; companies founded from now on have accounts and rules at once."""
    schema.script(op, TABLES)
    schema.sequence(op, "advance_numbers")
    schema.protect(op, "advances")
    schema.protect(op, "advance_applications", append_only=True)
    schema.owned(op, "advances")
    schema.scope(op, "advances", partner="partner", owner="created_by")
    schema.scope(op, "advance_applications", partner="partner")
    schema.script(op, ACCOUNTS)
    for rule in DEFAULT_RULES:
        if rule.topic in (ADVANCE_IN, ADVANCE_OUT, ADVANCE_APPLIED):
            op.get_bind().execute(
                text(
                    "INSERT INTO posting_rules (company, code, version, current, topic, active, definition, actor)"
                    " SELECT company, :code, 1, true, :topic, true, CAST(:definition AS jsonb), 'system:migration'"
                    " FROM company_settings ON CONFLICT DO NOTHING"
                ),
                {
                    "code": rule.code,
                    "topic": rule.topic,
                    "definition": json.dumps(definition_of(rule), ensure_ascii=False),
                },
            )


def downgrade() -> None:
    """Money that was booked is not thrown away."""
    raise NotImplementedError("advances are in the books")
