"""How many people approve a purchase order, by amount and category, and who did."""

from alembic import op

from chassis import schema

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE approval_policies (
    company text PRIMARY KEY, id uuid NOT NULL UNIQUE, version integer NOT NULL CHECK (version > 0),
    rules jsonb NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE purchase_orders
    ADD COLUMN approvals_needed integer NOT NULL DEFAULT 1 CHECK (approvals_needed BETWEEN 1 AND 5),
    ADD COLUMN approvals_given integer NOT NULL DEFAULT 0 CHECK (approvals_given BETWEEN 0 AND approvals_needed);
CREATE TABLE purchase_order_approvals (
    order_id uuid NOT NULL REFERENCES purchase_orders (id), approval integer NOT NULL CHECK (approval BETWEEN 1 AND 5),
    company text NOT NULL, business_date date NOT NULL, posting_date date NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (order_id, approval)
);
ALTER TABLE item_replicas ADD COLUMN category text NOT NULL DEFAULT '';
"""


def upgrade() -> None:
    """Items are of no category until masterdata tells them again or the replicas are made anew."""
    schema.script(op, TABLES)
    schema.protect(op, "approval_policies")
    schema.protect(op, "purchase_order_approvals", append_only=True)
    schema.owned(op, "purchase_order_approvals")
    schema.scope_by(op, "purchase_order_approvals", parent="purchase_orders", column="order_id")
    schema.script(op, "REVOKE DELETE ON approval_policies FROM {api}, {worker};")


def downgrade() -> None:
    """There is no way back without losing who approved what."""
    raise NotImplementedError
