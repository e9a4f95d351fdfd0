"""Blanket orders that purchase orders draw from."""

from alembic import op

from chassis import schema

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE purchase_agreements (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    status text NOT NULL CHECK (status IN ('draft', 'approved', 'closed')),
    business_date date NOT NULL, posting_date date NOT NULL, supplier text NOT NULL, currency text NOT NULL,
    valid_from date NOT NULL, valid_until date NOT NULL CHECK (valid_until >= valid_from),
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX purchase_agreements_listed ON purchase_agreements (recorded_at, id);
CREATE TABLE purchase_agreement_lines (
    agreement_id uuid NOT NULL REFERENCES purchase_agreements (id), line integer NOT NULL, company text NOT NULL,
    item text NOT NULL, unit text NOT NULL,
    unit_price numeric(21, 6) NOT NULL CHECK (unit_price >= 0 AND unit_price < 1e15),
    quantity_limit numeric(21, 6) CHECK (quantity_limit >= 0 AND quantity_limit < 1e15),
    amount_limit numeric(18, 2) CHECK (amount_limit >= 0 AND amount_limit < 1e15),
    quantity_released numeric(21, 6) NOT NULL CHECK (quantity_released >= 0 AND quantity_released < 1e15),
    amount_released numeric(18, 2) NOT NULL CHECK (amount_released >= 0 AND amount_released < 1e15),
    quantity_received numeric(21, 6) NOT NULL CHECK (quantity_received >= 0 AND quantity_received < 1e15),
    PRIMARY KEY (agreement_id, line),
    CHECK (quantity_limit IS NOT NULL OR amount_limit IS NOT NULL)
);
CREATE INDEX purchase_agreement_lines_item ON purchase_agreement_lines (item);
ALTER TABLE purchase_order_lines
    ADD COLUMN agreement_id uuid, ADD COLUMN agreement_line integer, ADD COLUMN agreement_number text,
    ADD FOREIGN KEY (agreement_id, agreement_line) REFERENCES purchase_agreement_lines (agreement_id, line),
    ADD CHECK ((agreement_id IS NULL) = (agreement_line IS NULL)
        AND (agreement_id IS NULL) = (agreement_number IS NULL));
CREATE INDEX purchase_order_lines_agreement ON purchase_order_lines (agreement_id, agreement_line)
    WHERE agreement_id IS NOT NULL;
"""

PROOF = """
CREATE OR REPLACE VIEW proof.records AS
    SELECT 'purchasing.order' AS kind, id, number, company, status, version FROM purchase_orders
    UNION ALL SELECT 'purchasing.requisition', id, number, company, status, version FROM requisitions
    UNION ALL SELECT 'purchasing.return', id, number, company, status, version FROM purchase_returns
    UNION ALL SELECT 'purchasing.supplier_item', id, supplier || '/' || item, '',
        CASE WHEN active THEN 'active' ELSE 'inactive' END, version FROM supplier_items
    UNION ALL SELECT 'purchasing.agreement', id, number, company, status, version FROM purchase_agreements;
CREATE VIEW proof.agreement_draws AS
    SELECT a.agreement_id, a.line, a.company, a.quantity_released, a.amount_released, a.quantity_received,
        coalesce(sum(o.quantity - o.quantity_cancelled), 0) AS quantity_ordered,
        coalesce(sum(round(o.amount_net * (o.quantity - o.quantity_cancelled) / o.quantity, 2)), 0) AS amount_ordered,
        coalesce(sum(o.quantity_received), 0) AS quantity_arrived
    FROM purchase_agreement_lines a
        LEFT JOIN purchase_order_lines o ON o.agreement_id = a.agreement_id AND o.agreement_line = a.line
    GROUP BY a.agreement_id, a.line;
GRANT SELECT ON proof.agreement_draws TO {worker};
"""


def upgrade() -> None:
    """Agreements are seen by who sees their supplier: whoever cancels an order must be able to give back what it drew."""
    schema.script(op, TABLES)
    schema.protect(op, "purchase_agreements", "purchase_agreement_lines")
    schema.owned(op, "purchase_agreements")
    schema.scope(op, "purchase_agreements", partner="supplier")
    schema.scope_by(
        op, "purchase_agreement_lines", parent="purchase_agreements", column="agreement_id"
    )
    schema.script(op, "REVOKE DELETE ON purchase_agreements FROM {api}, {worker};")
    schema.script(op, PROOF)
    schema.sequence(op, "purchase_agreement_numbers")


def downgrade() -> None:
    """There is no way back without losing what was agreed."""
    raise NotImplementedError
