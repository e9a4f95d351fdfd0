"""Requests for quotation, and what suppliers offer."""

from alembic import op

from chassis import schema

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE rfqs (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    status text NOT NULL CHECK (status IN ('open', 'awarded', 'cancelled')),
    business_date date NOT NULL, posting_date date NOT NULL, warehouse text NOT NULL, currency text NOT NULL,
    answer_until date NOT NULL CHECK (answer_until >= business_date),
    awarded_to text, order_id uuid REFERENCES purchase_orders (id), order_number text,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((status = 'awarded') = (order_id IS NOT NULL) AND (order_id IS NULL) = (awarded_to IS NULL)
        AND (order_id IS NULL) = (order_number IS NULL))
);
CREATE INDEX rfqs_listed ON rfqs (recorded_at, id);
CREATE TABLE rfq_lines (
    rfq_id uuid NOT NULL REFERENCES rfqs (id), line integer NOT NULL, company text NOT NULL, item text NOT NULL,
    quantity numeric(21, 6) NOT NULL CHECK (quantity > 0 AND quantity < 1e15), unit text NOT NULL,
    PRIMARY KEY (rfq_id, line)
);
CREATE TABLE rfq_suppliers (
    rfq_id uuid NOT NULL REFERENCES rfqs (id), supplier text NOT NULL, company text NOT NULL,
    PRIMARY KEY (rfq_id, supplier)
);
CREATE TABLE rfq_offers (
    rfq_id uuid NOT NULL, supplier text NOT NULL, line integer NOT NULL, company text NOT NULL,
    unit_price numeric(21, 6) NOT NULL CHECK (unit_price >= 0 AND unit_price < 1e15),
    lead_time_days integer NOT NULL CHECK (lead_time_days BETWEEN 0 AND 3650),
    PRIMARY KEY (rfq_id, supplier, line),
    FOREIGN KEY (rfq_id, supplier) REFERENCES rfq_suppliers (rfq_id, supplier),
    FOREIGN KEY (rfq_id, line) REFERENCES rfq_lines (rfq_id, line)
);
"""

# Who acts for some suppliers sees what these were asked, and never what another one offers.
ASKED = """
CREATE POLICY asked_scope ON rfqs AS RESTRICTIVE FOR SELECT TO {api} USING (
    current_setting('tongheng.partners', true) = '*'
    OR EXISTS (SELECT 1 FROM rfq_suppliers s WHERE s.rfq_id = rfqs.id));
REVOKE DELETE ON rfqs, rfq_lines, rfq_suppliers FROM {api}, {worker};
"""


def upgrade() -> None:
    """Offers are seen by who sees the supplier that made them."""
    schema.script(op, TABLES)
    schema.protect(op, "rfqs", "rfq_lines", "rfq_suppliers", "rfq_offers")
    schema.owned(op, "rfqs")
    schema.scope(op, "rfqs", warehouse="warehouse", owner="created_by")
    schema.scope_by(op, "rfq_lines", parent="rfqs", column="rfq_id")
    schema.scope(op, "rfq_suppliers", partner="supplier")
    schema.scope(op, "rfq_offers", partner="supplier")
    schema.script(op, ASKED)
    schema.sequence(op, "rfq_numbers")


def downgrade() -> None:
    """There is no way back without losing what was offered."""
    raise NotImplementedError
