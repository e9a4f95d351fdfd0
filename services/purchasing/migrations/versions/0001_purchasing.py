"""Replicas, supplier items, requisitions, purchase orders and returns to suppliers."""

from alembic import op

from chassis import schema

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE item_replicas (
    code text PRIMARY KEY, id uuid NOT NULL UNIQUE, active boolean NOT NULL, version integer NOT NULL,
    name text NOT NULL, base_unit text NOT NULL, quantity_decimals integer NOT NULL, units jsonb NOT NULL,
    procurement text NOT NULL, tax_code text NOT NULL, lead_time_days integer
);
CREATE TABLE partner_replicas (
    code text PRIMARY KEY, id uuid NOT NULL UNIQUE, active boolean NOT NULL, version integer NOT NULL,
    name text NOT NULL, roles text[] NOT NULL, currency text NOT NULL, payment_days integer NOT NULL,
    blocked boolean NOT NULL
);
CREATE TABLE warehouse_replicas (
    code text PRIMARY KEY, id uuid NOT NULL UNIQUE, active boolean NOT NULL, version integer NOT NULL,
    name text NOT NULL, company text NOT NULL
);
CREATE TABLE company_replicas (
    code text PRIMARY KEY, id uuid NOT NULL UNIQUE, active boolean NOT NULL, version integer NOT NULL,
    name text NOT NULL, currency text NOT NULL, time_zone text NOT NULL
);
CREATE TABLE tax_code_replicas (
    code text PRIMARY KEY, id uuid NOT NULL UNIQUE, active boolean NOT NULL, version integer NOT NULL,
    rate numeric(21, 6) NOT NULL CHECK (rate >= 0 AND rate < 1e15)
);

CREATE TABLE supplier_items (
    id uuid PRIMARY KEY, supplier text NOT NULL, item text NOT NULL, unit text NOT NULL,
    unit_price numeric(21, 6) NOT NULL CHECK (unit_price >= 0 AND unit_price < 1e15),
    currency text NOT NULL, lead_time_days integer NOT NULL CHECK (lead_time_days >= 0),
    minimum_quantity numeric(21, 6) NOT NULL CHECK (minimum_quantity >= 0 AND minimum_quantity < 1e15),
    multiple_quantity numeric(21, 6) CHECK (multiple_quantity > 0 AND multiple_quantity < 1e15),
    maximum_quantity numeric(21, 6) CHECK (maximum_quantity > 0 AND maximum_quantity < 1e15),
    preferred boolean NOT NULL, active boolean NOT NULL,
    version integer NOT NULL CHECK (version > 0), recorded_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (supplier, item)
);
CREATE INDEX supplier_items_item ON supplier_items (item) WHERE active;

CREATE TABLE requisitions (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    status text NOT NULL CHECK (status IN ('open', 'ordered', 'cancelled')),
    business_date date NOT NULL, posting_date date NOT NULL,
    origin text NOT NULL CHECK (origin IN ('manual', 'shortage', 'reorder', 'mrp')),
    demand_order uuid, recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX requisitions_open_shortage ON requisitions (demand_order)
    WHERE origin = 'shortage' AND status = 'open';
CREATE INDEX requisitions_listed ON requisitions (recorded_at, id);
CREATE TABLE requisition_lines (
    requisition_id uuid NOT NULL REFERENCES requisitions (id), line integer NOT NULL, company text NOT NULL,
    item text NOT NULL, quantity numeric(21, 6) NOT NULL CHECK (quantity >= 0 AND quantity < 1e15),
    quantity_ordered numeric(21, 6) NOT NULL CHECK (quantity_ordered >= 0 AND quantity_ordered <= quantity),
    unit text NOT NULL, warehouse text NOT NULL, due_date date, supplier text,
    demand_order uuid, demand_line integer,
    PRIMARY KEY (requisition_id, line)
);
CREATE INDEX requisition_lines_item ON requisition_lines (item);
CREATE TABLE shortage_demands (
    order_id uuid NOT NULL, line integer NOT NULL, company text NOT NULL, order_number text NOT NULL,
    item text NOT NULL, unit text NOT NULL, warehouse text NOT NULL,
    uncovered numeric(21, 6) NOT NULL CHECK (uncovered >= 0 AND uncovered < 1e15),
    declined numeric(21, 6) NOT NULL CHECK (declined >= 0 AND declined < 1e15),
    stated_at timestamptz NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (order_id, line)
);
CREATE INDEX shortage_demands_item ON shortage_demands (item) WHERE uncovered > 0;
CREATE TABLE conversions (
    order_id uuid NOT NULL, order_line integer NOT NULL, requisition_id uuid NOT NULL, requisition_line integer NOT NULL,
    company text NOT NULL, quantity numeric(21, 6) NOT NULL CHECK (quantity >= 0 AND quantity < 1e15),
    demand_order uuid, demand_line integer, seen_at timestamptz, settled boolean NOT NULL DEFAULT false,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (order_id, order_line, requisition_id, requisition_line)
);
CREATE INDEX conversions_demand ON conversions (demand_order, demand_line) WHERE demand_order IS NOT NULL;
CREATE INDEX conversions_unsettled ON conversions (seen_at) WHERE seen_at IS NOT NULL AND NOT settled;

CREATE TABLE purchase_orders (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    status text NOT NULL CHECK (status IN
        ('draft', 'submitted', 'approved', 'partly_received', 'received', 'closed', 'cancelled')),
    business_date date NOT NULL, posting_date date NOT NULL, supplier text NOT NULL, warehouse text NOT NULL,
    currency text NOT NULL, tolerance numeric(21, 6) NOT NULL CHECK (tolerance >= 0 AND tolerance < 1e15),
    payment_days integer NOT NULL,
    amount_net numeric(18, 2) NOT NULL CHECK (amount_net >= 0 AND amount_net < 1e15),
    amount_tax numeric(18, 2) NOT NULL CHECK (amount_tax >= 0 AND amount_tax < 1e15),
    amount_gross numeric(18, 2) NOT NULL CHECK (amount_gross = amount_net + amount_tax),
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX purchase_orders_listed ON purchase_orders (recorded_at, id);
CREATE INDEX purchase_orders_supplier ON purchase_orders (supplier, id);
CREATE TABLE purchase_order_lines (
    order_id uuid NOT NULL REFERENCES purchase_orders (id), line integer NOT NULL, company text NOT NULL, item text NOT NULL,
    quantity numeric(21, 6) NOT NULL CHECK (quantity > 0 AND quantity < 1e15),
    unit text NOT NULL, unit_price numeric(21, 6) NOT NULL CHECK (unit_price >= 0 AND unit_price < 1e15),
    amount_net numeric(18, 2) NOT NULL CHECK (amount_net >= 0 AND amount_net < 1e15),
    amount_tax numeric(18, 2) NOT NULL CHECK (amount_tax >= 0 AND amount_tax < 1e15),
    tax_code text NOT NULL, tax_rate numeric(21, 6) NOT NULL CHECK (tax_rate >= 0 AND tax_rate < 1e15),
    due_date date NOT NULL,
    purchase_quantity numeric(21, 6) NOT NULL CHECK (purchase_quantity > 0 AND purchase_quantity < 1e15),
    purchase_unit text NOT NULL,
    quantity_cancelled numeric(21, 6) NOT NULL CHECK (quantity_cancelled >= 0 AND quantity_cancelled <= quantity),
    quantity_received numeric(21, 6) NOT NULL CHECK (quantity_received >= 0 AND quantity_received < 1e15),
    quantity_returned numeric(21, 6) NOT NULL CHECK (quantity_returned >= 0 AND quantity_returned < 1e15),
    quantity_billed numeric(21, 6) NOT NULL CHECK (quantity_billed >= 0 AND quantity_billed < 1e15),
    billed_price numeric(21, 6) CHECK (billed_price >= 0 AND billed_price < 1e15),
    PRIMARY KEY (order_id, line)
);
CREATE INDEX purchase_order_lines_item ON purchase_order_lines (item);
CREATE TABLE order_movements (
    source_event uuid NOT NULL, line integer NOT NULL, kind text NOT NULL CHECK (kind IN ('received', 'returned')),
    source_id uuid NOT NULL, source_number text NOT NULL, company text NOT NULL,
    order_id uuid NOT NULL, order_line integer NOT NULL,
    quantity numeric(21, 6) NOT NULL CHECK (quantity >= 0 AND quantity < 1e15),
    business_date date NOT NULL, posting_date date NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source_event, line)
);
CREATE INDEX order_movements_order ON order_movements (order_id, order_line);
CREATE TABLE billed_lines (
    bill_id uuid NOT NULL, line integer NOT NULL, company text NOT NULL, order_id uuid NOT NULL, order_line integer NOT NULL,
    quantity numeric(21, 6) NOT NULL CHECK (quantity >= 0 AND quantity < 1e15),
    unit_price numeric(21, 6) NOT NULL CHECK (unit_price >= 0 AND unit_price < 1e15),
    business_date date NOT NULL,
    PRIMARY KEY (bill_id, line)
);
CREATE INDEX billed_lines_order ON billed_lines (order_id, order_line);
CREATE TABLE commitments (
    id uuid PRIMARY KEY, company text NOT NULL, order_id uuid NOT NULL,
    amount numeric(18, 2) NOT NULL CHECK (amount > -1e15 AND amount < 1e15),
    quantity numeric(21, 6) NOT NULL CHECK (quantity > -1e15 AND quantity < 1e15),
    orders integer NOT NULL CHECK (orders IN (-1, 0, 1)),
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX commitments_recorded ON commitments (recorded_at);

CREATE TABLE purchase_returns (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    status text NOT NULL CHECK (status IN ('draft', 'authorised', 'returned', 'cancelled')),
    business_date date NOT NULL, posting_date date NOT NULL,
    purchase_order uuid NOT NULL REFERENCES purchase_orders (id), purchase_order_number text NOT NULL,
    supplier text NOT NULL, warehouse text NOT NULL, currency text NOT NULL, reason text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX purchase_returns_order ON purchase_returns (purchase_order);
CREATE INDEX purchase_returns_listed ON purchase_returns (recorded_at, id);
CREATE TABLE purchase_return_lines (
    return_id uuid NOT NULL REFERENCES purchase_returns (id), line integer NOT NULL, company text NOT NULL,
    order_line integer NOT NULL, item text NOT NULL,
    quantity numeric(21, 6) NOT NULL CHECK (quantity > 0 AND quantity < 1e15),
    unit text NOT NULL, unit_price numeric(21, 6) NOT NULL CHECK (unit_price >= 0 AND unit_price < 1e15),
    amount_net numeric(18, 2) NOT NULL CHECK (amount_net >= 0 AND amount_net < 1e15),
    amount_tax numeric(18, 2) NOT NULL CHECK (amount_tax >= 0 AND amount_tax < 1e15),
    tax_code text NOT NULL, tax_rate numeric(21, 6) NOT NULL CHECK (tax_rate >= 0 AND tax_rate < 1e15),
    quantity_returned numeric(21, 6) NOT NULL CHECK (quantity_returned >= 0 AND quantity_returned < 1e15),
    PRIMARY KEY (return_id, line), UNIQUE (return_id, order_line)
);
"""

# Documents end, they do not vanish; only lines of drafts and replaced bills do.
KEPT = """
REVOKE DELETE ON supplier_items, requisitions, requisition_lines, shortage_demands, conversions, purchase_orders,
    purchase_returns, purchase_return_lines FROM {api}, {worker};
"""

PROOF = """
CREATE VIEW proof.records AS
    SELECT 'purchasing.order' AS kind, id, number, company, status, version FROM purchase_orders
    UNION ALL SELECT 'purchasing.requisition', id, number, company, status, version FROM requisitions
    UNION ALL SELECT 'purchasing.return', id, number, company, status, version FROM purchase_returns
    UNION ALL SELECT 'purchasing.supplier_item', id, supplier || '/' || item, '',
        CASE WHEN active THEN 'active' ELSE 'inactive' END, version FROM supplier_items;
CREATE VIEW proof.order_lines AS
    SELECT order_id, line, company, item, quantity, quantity_cancelled, quantity_received, quantity_returned,
        quantity_billed FROM purchase_order_lines;
CREATE VIEW proof.order_movements AS
    SELECT source_event, line, kind, company, order_id, order_line, quantity, recorded_at FROM order_movements;
GRANT SELECT ON proof.records, proof.order_lines, proof.order_movements TO {worker};
"""


def upgrade() -> None:
    schema.install(op)
    schema.script(op, TABLES)
    schema.share(
        op,
        "item_replicas",
        "partner_replicas",
        "warehouse_replicas",
        "company_replicas",
        "tax_code_replicas",
        read_only_for_api=True,
    )
    schema.share(op, "supplier_items")
    schema.protect(
        op,
        "requisitions",
        "requisition_lines",
        "shortage_demands",
        "conversions",
        "purchase_orders",
        "purchase_order_lines",
        "billed_lines",
        "purchase_returns",
        "purchase_return_lines",
    )
    schema.protect(op, "order_movements", "commitments", append_only=True)
    schema.script(op, KEPT)
    schema.script(op, PROOF)
    schema.sequence(op, "requisition_numbers", "purchase_order_numbers", "purchase_return_numbers")
