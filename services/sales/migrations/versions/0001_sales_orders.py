"""Orders, credit, returns and the replicas they stand on.

Revision ID: 0001
"""

from alembic import op

from chassis import schema

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

REPLICAS = """
CREATE TABLE item_replicas (
    code text PRIMARY KEY, id uuid NOT NULL UNIQUE, version integer NOT NULL,
    name text NOT NULL, name_en text NOT NULL, active boolean NOT NULL,
    base_unit text NOT NULL, quantity_decimals integer NOT NULL CHECK (quantity_decimals BETWEEN 0 AND 6),
    units jsonb NOT NULL,
    list_price numeric(21,6) CHECK (list_price >= 0 AND list_price < 1e15),
    tax_code text NOT NULL
);
CREATE TABLE partner_replicas (
    code text PRIMARY KEY, id uuid NOT NULL UNIQUE, version integer NOT NULL,
    name text NOT NULL, name_en text NOT NULL, active boolean NOT NULL,
    customer boolean NOT NULL, currency text NOT NULL, blocked boolean NOT NULL
);
CREATE TABLE warehouse_replicas (
    code text PRIMARY KEY, id uuid NOT NULL UNIQUE, version integer NOT NULL,
    company_code text NOT NULL, active boolean NOT NULL
);
CREATE TABLE company_replicas (
    code text PRIMARY KEY, id uuid NOT NULL UNIQUE, version integer NOT NULL,
    active boolean NOT NULL, currency text NOT NULL, time_zone text NOT NULL
);
CREATE TABLE tax_code_replicas (
    code text PRIMARY KEY, id uuid NOT NULL UNIQUE, version integer NOT NULL,
    active boolean NOT NULL, rate numeric(21,6) NOT NULL CHECK (rate >= 0 AND rate < 1e15)
);
"""

CREDIT = """
CREATE TABLE credit_accounts (
    company text NOT NULL, customer text NOT NULL,
    profile_id uuid, version integer NOT NULL DEFAULT 0 CHECK (version >= 0),
    credit_limit numeric(18,2) CHECK (credit_limit >= 0 AND credit_limit < 1e15),
    check_overdue boolean NOT NULL DEFAULT false, valid_until date, granted_at timestamptz,
    open_orders numeric(18,2) NOT NULL DEFAULT 0 CHECK (open_orders >= 0 AND open_orders < 1e15),
    open_count integer NOT NULL DEFAULT 0 CHECK (open_count >= 0),
    unacknowledged numeric(18,2) NOT NULL DEFAULT 0 CHECK (unacknowledged >= 0 AND unacknowledged < 1e15),
    shipped_gross numeric(18,2) NOT NULL DEFAULT 0 CHECK (shipped_gross >= 0 AND shipped_gross < 1e15),
    shipped_count integer NOT NULL DEFAULT 0,
    receivable numeric(18,2) NOT NULL DEFAULT 0 CHECK (receivable > -1e15 AND receivable < 1e15),
    overdue numeric(18,2) NOT NULL DEFAULT 0 CHECK (overdue >= 0 AND overdue < 1e15),
    sequence bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (company, customer),
    CHECK ((version = 0) = (profile_id IS NULL) AND (version = 0) = (granted_at IS NULL))
);
CREATE INDEX credit_accounts_granted ON credit_accounts (customer, company) WHERE version > 0;
CREATE TABLE exposure_moves (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company text NOT NULL, customer text NOT NULL, order_id uuid NOT NULL,
    amount numeric(18,2) NOT NULL CHECK (amount > -1e15 AND amount < 1e15),
    orders integer NOT NULL CHECK (orders BETWEEN -1 AND 1),
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX exposure_moves_recorded_at ON exposure_moves (recorded_at);
CREATE INDEX exposure_moves_order ON exposure_moves (order_id);
CREATE TABLE credit_shipments (
    shipment uuid PRIMARY KEY, company text NOT NULL, customer text NOT NULL,
    amount_gross numeric(18,2) NOT NULL DEFAULT 0 CHECK (amount_gross >= 0 AND amount_gross < 1e15),
    seen boolean NOT NULL, acknowledged boolean NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    CHECK (seen OR acknowledged)
);
CREATE INDEX credit_shipments_unacknowledged ON credit_shipments (company, customer) WHERE seen AND NOT acknowledged;
"""

ORDERS = """
CREATE TABLE orders (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    status text NOT NULL CHECK (status IN
        ('on_hold', 'pending', 'processing', 'cancelling', 'completed', 'closed', 'cancelled')),
    business_date date NOT NULL, posting_date date NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now(),
    customer text NOT NULL, currency text NOT NULL, priority integer NOT NULL CHECK (priority BETWEEN 0 AND 1000000),
    requested_date date, channel_number text, placed_at timestamptz NOT NULL, hold_reasons text[] NOT NULL,
    amount_net numeric(18,2) NOT NULL CHECK (amount_net >= 0 AND amount_net < 1e15),
    amount_tax numeric(18,2) NOT NULL CHECK (amount_tax >= 0 AND amount_tax < 1e15),
    amount_gross numeric(18,2) NOT NULL CHECK (amount_gross = amount_net + amount_tax AND amount_gross < 1e15),
    amount_open numeric(18,2) NOT NULL CHECK (amount_open >= 0 AND amount_open <= amount_gross),
    amount_shipped numeric(18,2) NOT NULL DEFAULT 0 CHECK (amount_shipped >= 0 AND amount_shipped < 1e15),
    amount_invoiced numeric(18,2) NOT NULL DEFAULT 0 CHECK (amount_invoiced >= 0 AND amount_invoiced < 1e15),
    amount_credited numeric(18,2) NOT NULL DEFAULT 0 CHECK (amount_credited >= 0 AND amount_credited < 1e15),
    amount_reduced numeric(18,2) NOT NULL DEFAULT 0 CHECK (amount_reduced >= 0 AND amount_reduced < 1e15),
    amount_paid numeric(18,2) NOT NULL DEFAULT 0 CHECK (amount_paid > -1e15 AND amount_paid < 1e15),
    cancel_version integer, promised_date date,
    CHECK ((status = 'on_hold') = (hold_reasons <> ARRAY[]::text[])),
    CHECK ((status = 'cancelling') = (cancel_version IS NOT NULL))
);
CREATE UNIQUE INDEX orders_channel_number ON orders (company, customer, channel_number) WHERE channel_number IS NOT NULL;
CREATE INDEX orders_company_status ON orders (company, status, id);
CREATE INDEX orders_customer ON orders (customer, id);
CREATE TABLE order_lines (
    order_id uuid NOT NULL REFERENCES orders (id), line integer NOT NULL CHECK (line BETWEEN 1 AND 5000),
    company text NOT NULL, item text NOT NULL,
    quantity numeric(21,6) NOT NULL CHECK (quantity > 0 AND quantity < 1e15),
    unit text NOT NULL, warehouse text,
    unit_price numeric(21,6) NOT NULL CHECK (unit_price >= 0 AND unit_price < 1e15),
    amount_net numeric(18,2) NOT NULL CHECK (amount_net >= 0 AND amount_net < 1e15),
    amount_tax numeric(18,2) NOT NULL CHECK (amount_tax >= 0 AND amount_tax < 1e15),
    tax_code text NOT NULL, tax_rate numeric(21,6) NOT NULL CHECK (tax_rate >= 0 AND tax_rate < 1e15),
    price_source text NOT NULL CHECK (price_source IN ('given', 'list_price')),
    quantity_cancelled numeric(21,6) NOT NULL DEFAULT 0 CHECK (quantity_cancelled >= 0),
    cancel_requested numeric(21,6) NOT NULL DEFAULT 0 CHECK (cancel_requested >= 0),
    quantity_shipped numeric(21,6) NOT NULL DEFAULT 0 CHECK (quantity_shipped >= 0),
    PRIMARY KEY (order_id, line),
    CHECK (quantity_cancelled + quantity_shipped <= quantity)
);
CREATE INDEX order_lines_item ON order_lines (item, order_id);
CREATE TABLE order_reservations (
    order_id uuid PRIMARY KEY, company text NOT NULL, version integer NOT NULL, order_version integer NOT NULL,
    lines jsonb NOT NULL
);
CREATE TABLE order_shipments (
    id uuid PRIMARY KEY, source_event uuid NOT NULL UNIQUE, number text NOT NULL, company text NOT NULL,
    order_id uuid NOT NULL, customer text NOT NULL, warehouse text NOT NULL, carrier text NOT NULL,
    tracking_number text NOT NULL,
    amount_gross numeric(18,2) NOT NULL CHECK (amount_gross >= 0 AND amount_gross < 1e15),
    lines jsonb NOT NULL,
    business_date date NOT NULL, posting_date date NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX order_shipments_order ON order_shipments (order_id);
CREATE INDEX order_shipments_recorded_at ON order_shipments (recorded_at);
CREATE TABLE order_settlements (
    source_event uuid NOT NULL, order_id uuid NOT NULL, company text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('invoice', 'credit_note', 'reduction', 'payment')),
    document uuid NOT NULL, number text NOT NULL,
    amount numeric(18,2) NOT NULL CHECK (amount > -1e15 AND amount < 1e15),
    business_date date NOT NULL, posting_date date NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source_event, order_id), UNIQUE (document, kind, order_id)
);
CREATE INDEX order_settlements_order ON order_settlements (order_id);
"""

RETURNS = """
CREATE TABLE returns (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    status text NOT NULL CHECK (status IN ('draft', 'authorised', 'received', 'cancelled')),
    business_date date NOT NULL, posting_date date NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now(),
    order_id uuid NOT NULL REFERENCES orders (id), order_number text NOT NULL, customer text NOT NULL,
    currency text NOT NULL, reason text NOT NULL
);
CREATE INDEX returns_order ON returns (order_id);
CREATE INDEX returns_company_status ON returns (company, status, id);
CREATE TABLE return_lines (
    return_id uuid NOT NULL REFERENCES returns (id), line integer NOT NULL CHECK (line BETWEEN 1 AND 5000),
    company text NOT NULL, order_line integer NOT NULL, item text NOT NULL,
    quantity numeric(21,6) NOT NULL CHECK (quantity > 0 AND quantity < 1e15),
    unit text NOT NULL, shipment uuid,
    amount_net numeric(18,2) NOT NULL CHECK (amount_net >= 0 AND amount_net < 1e15),
    amount_tax numeric(18,2) NOT NULL CHECK (amount_tax >= 0 AND amount_tax < 1e15),
    tax_code text NOT NULL, tax_rate numeric(21,6) NOT NULL CHECK (tax_rate >= 0 AND tax_rate < 1e15),
    quantity_received numeric(21,6) NOT NULL DEFAULT 0 CHECK (quantity_received >= 0 AND quantity_received <= quantity),
    PRIMARY KEY (return_id, line)
);
CREATE TABLE return_receipts (
    id uuid PRIMARY KEY, source_event uuid NOT NULL UNIQUE, number text NOT NULL, company text NOT NULL,
    return_id uuid NOT NULL, warehouse text NOT NULL,
    amount_gross numeric(18,2) NOT NULL CHECK (amount_gross >= 0 AND amount_gross < 1e15),
    business_date date NOT NULL, posting_date date NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX return_receipts_return ON return_receipts (return_id);
"""

# What anybody may check from outside: C5 and C6 per order line, and that credit counts what orders say.
PROOF = """
CREATE VIEW proof.orders AS
    SELECT id, number, company, customer, version, status, amount_gross, amount_open, amount_shipped, amount_invoiced,
           amount_credited + amount_reduced AS amount_credited, amount_paid, recorded_at FROM orders;
CREATE VIEW proof.order_lines AS
    SELECT l.order_id, l.line, l.company, l.item, o.status, l.quantity, l.quantity_cancelled, l.quantity_shipped,
           l.quantity - l.quantity_cancelled - l.quantity_shipped AS quantity_open, l.amount_net, l.amount_tax
    FROM order_lines l JOIN orders o ON o.id = l.order_id;
CREATE VIEW proof.credit AS
    SELECT a.company, a.customer, a.open_orders, a.unacknowledged, a.receivable, a.sequence,
           coalesce((SELECT sum(o.amount_open) FROM orders o
                     WHERE o.company = a.company AND o.customer = a.customer), 0) AS open_by_orders,
           coalesce((SELECT sum(m.amount) FROM exposure_moves m
                     WHERE m.company = a.company AND m.customer = a.customer), 0) AS open_by_moves,
           coalesce((SELECT sum(s.amount_gross) FROM credit_shipments s
                     WHERE s.company = a.company AND s.customer = a.customer AND s.seen AND NOT s.acknowledged), 0)
               AS unacknowledged_by_shipments
    FROM credit_accounts a;
CREATE VIEW proof.returns AS
    SELECT r.id, r.number, r.company, r.version, r.status, l.line, r.order_id, l.order_line, l.quantity, l.quantity_received
    FROM returns r JOIN return_lines l ON l.return_id = r.id;
GRANT SELECT ON proof.orders, proof.order_lines, proof.credit, proof.returns TO {worker};
"""


def upgrade() -> None:
    """Make the tables of sales, and who may do what with them."""
    schema.install(op)
    for script in (REPLICAS, CREDIT, ORDERS, RETURNS):
        schema.script(op, script)
    schema.script(op, PROOF)
    schema.sequence(op, "order_numbers", "return_numbers")
    schema.share(
        op, "item_replicas", "partner_replicas", "warehouse_replicas", "company_replicas", "tax_code_replicas",
        read_only_for_api=True,
    )  # fmt: skip
    schema.protect(
        op, "credit_accounts", "credit_shipments", "orders", "order_lines", "order_reservations",
        "returns", "return_lines",
    )  # fmt: skip
    schema.protect(
        op,
        "exposure_moves",
        "order_shipments",
        "order_settlements",
        "return_receipts",
        append_only=True,
    )


def downgrade() -> None:
    """There is no way back: the orders would be lost."""
    raise NotImplementedError
