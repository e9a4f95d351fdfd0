"""Quotations, each version of them that was issued, and orders at quoted prices."""

from alembic import op

from chassis import schema

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE quotations (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    status text NOT NULL CHECK (status IN ('draft', 'issued', 'accepted', 'cancelled')),
    business_date date NOT NULL, posting_date date NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now(),
    customer text NOT NULL, currency text NOT NULL, valid_until date NOT NULL, requested_date date,
    revision integer NOT NULL CHECK (revision >= 0), reason text NOT NULL,
    amount_net numeric(18,2) NOT NULL CHECK (amount_net >= 0 AND amount_net < 1e15),
    amount_tax numeric(18,2) NOT NULL CHECK (amount_tax >= 0 AND amount_tax < 1e15),
    order_id uuid UNIQUE REFERENCES orders (id), order_number text,
    CHECK ((status = 'accepted') = (order_id IS NOT NULL) AND (order_id IS NULL) = (order_number IS NULL)),
    CHECK (revision > 0 OR status IN ('draft', 'cancelled'))
);
CREATE INDEX quotations_company_status ON quotations (company, status, id);
CREATE INDEX quotations_customer ON quotations (customer, id);
CREATE TABLE quotation_lines (
    quotation_id uuid NOT NULL REFERENCES quotations (id), line integer NOT NULL CHECK (line BETWEEN 1 AND 5000),
    company text NOT NULL, item text NOT NULL,
    quantity numeric(21,6) NOT NULL CHECK (quantity > 0 AND quantity < 1e15),
    unit text NOT NULL, warehouse text,
    unit_price numeric(21,6) NOT NULL CHECK (unit_price >= 0 AND unit_price < 1e15),
    amount_net numeric(18,2) NOT NULL CHECK (amount_net >= 0 AND amount_net < 1e15),
    amount_tax numeric(18,2) NOT NULL CHECK (amount_tax >= 0 AND amount_tax < 1e15),
    tax_code text NOT NULL, tax_rate numeric(21,6) NOT NULL CHECK (tax_rate >= 0 AND tax_rate < 1e15),
    price_source text NOT NULL CHECK (price_source IN ('given', 'list_price')),
    quoted_quantity numeric(21,6) NOT NULL CHECK (quoted_quantity > 0 AND quoted_quantity < 1e15),
    quoted_unit text NOT NULL,
    quoted_price numeric(21,6) NOT NULL CHECK (quoted_price >= 0 AND quoted_price < 1e15),
    PRIMARY KEY (quotation_id, line)
);
CREATE INDEX quotation_lines_item ON quotation_lines (item, quotation_id);
CREATE TABLE quotation_issues (
    quotation_id uuid NOT NULL REFERENCES quotations (id), revision integer NOT NULL CHECK (revision >= 1),
    company text NOT NULL, business_date date NOT NULL, posting_date date NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(), document jsonb NOT NULL,
    PRIMARY KEY (quotation_id, revision)
);
"""

# Not validated: every row that is there passed the narrower check, and reading them all would hold up the orders.
PRICES = """
ALTER TABLE order_lines DROP CONSTRAINT order_lines_price_source_check;
ALTER TABLE order_lines ADD CONSTRAINT order_lines_price_source_check
    CHECK (price_source IN ('given', 'list_price', 'quotation')) NOT VALID;
"""

PROOF = """
CREATE VIEW proof.quotations AS
    SELECT q.id, q.number, q.company, q.version, q.status, q.revision, q.amount_net, q.order_id, o.customer = q.customer
        AND o.company = q.company AS fits, o.amount_net AS ordered_net
    FROM quotations q LEFT JOIN orders o ON o.id = q.order_id;
GRANT SELECT ON proof.quotations TO {worker};
"""


def upgrade() -> None:
    """Quotations are seen by who sees their customer, or only his own."""
    schema.script(op, TABLES)
    schema.protect(op, "quotations", "quotation_lines")
    schema.protect(op, "quotation_issues", append_only=True)
    schema.owned(op, "quotations")
    schema.scope(op, "quotations", partner="customer", owner="created_by")
    schema.scope_by(op, "quotation_lines", parent="quotations", column="quotation_id")
    schema.scope_by(op, "quotation_issues", parent="quotations", column="quotation_id")
    schema.script(op, "REVOKE DELETE ON quotations FROM {api}, {worker};")
    schema.script(op, PRICES)
    schema.script(op, PROOF)
    schema.sequence(op, "quotation_numbers")


def downgrade() -> None:
    """There is no way back without losing what was offered."""
    raise NotImplementedError
