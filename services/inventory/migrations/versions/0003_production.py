"""Production orders: what is set aside for them, what they ask for, and what they hand over."""

from alembic import op

from chassis import schema

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE work_orders (
    id uuid PRIMARY KEY, number text NOT NULL, company text NOT NULL, version integer NOT NULL, status text NOT NULL,
    item text NOT NULL, warehouse text NOT NULL, demand_order uuid, recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX work_orders_number ON work_orders (number);
CREATE TABLE work_order_components (
    order_id uuid NOT NULL, line integer NOT NULL, company text NOT NULL, item text NOT NULL, unit text NOT NULL,
    warehouse text NOT NULL, quantity numeric(21,6) NOT NULL CHECK (quantity >= 0 AND quantity < 1e15),
    issued numeric(21,6) NOT NULL CHECK (issued >= 0 AND issued < 1e15), PRIMARY KEY (order_id, line)
);
CREATE INDEX work_order_components_lacking ON work_order_components (company, item) WHERE quantity > issued;
CREATE TABLE work_order_holds (
    order_id uuid NOT NULL, line integer NOT NULL, balance_id bigint NOT NULL REFERENCES balances, company text NOT NULL,
    item text NOT NULL, quantity numeric(21,6) NOT NULL CHECK (quantity >= 0 AND quantity < 1e15),
    recorded_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (order_id, line, balance_id)
);
CREATE INDEX work_order_holds_balance ON work_order_holds (balance_id);
CREATE TABLE material_requests (
    id uuid NOT NULL, line integer NOT NULL, company text NOT NULL, number text NOT NULL, order_id uuid NOT NULL,
    order_number text NOT NULL, component integer NOT NULL, item text NOT NULL, unit text NOT NULL,
    warehouse text NOT NULL, quantity numeric(21,6) NOT NULL CHECK (quantity >= 0 AND quantity < 1e15),
    issued numeric(21,6) NOT NULL CHECK (issued >= 0 AND issued < 1e15), business_date date NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (id, line), CHECK (issued <= quantity)
);
CREATE INDEX material_requests_waiting ON material_requests (company, item) WHERE quantity > issued;
CREATE INDEX material_requests_order ON material_requests (order_id) WHERE quantity > issued;
CREATE TABLE material_shortages (
    order_id uuid PRIMARY KEY, company text NOT NULL, version integer NOT NULL, document jsonb NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE production_receipts (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL, version integer NOT NULL DEFAULT 1,
    status text NOT NULL DEFAULT 'posted', output uuid NOT NULL UNIQUE, production_order uuid NOT NULL,
    production_order_number text NOT NULL, warehouse text NOT NULL,
    cost numeric(18,2) NOT NULL CHECK (cost >= 0 AND cost < 1e15), document jsonb NOT NULL, business_date date NOT NULL,
    posting_date date NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX production_receipts_order ON production_receipts (production_order_number);
"""

# What is set aside for production counts as a reservation like any other.
PROOF = """
CREATE OR REPLACE VIEW proof.reservations AS
    SELECT r.order_id, r.line, r.company, r.item, b.warehouse AS place, b.bin, b.lot, b.status, r.quantity, r.picked
    FROM reservations r JOIN balances b ON b.id = r.balance_id
    UNION ALL
    SELECT h.order_id, h.line, h.company, h.item, b.warehouse, b.bin, b.lot, b.status, h.quantity, false
    FROM work_order_holds h JOIN balances b ON b.id = h.balance_id;
CREATE VIEW proof.work_orders AS
    SELECT o.id, o.number, o.company, o.status, c.line, c.item, c.quantity, c.issued
    FROM work_orders o JOIN work_order_components c ON c.order_id = o.id;
GRANT SELECT ON proof.reservations, proof.work_orders TO {worker};
"""


def upgrade() -> None:
    schema.script(op, TABLES)
    schema.protect(
        op,
        "work_orders",
        "work_order_components",
        "work_order_holds",
        "material_requests",
        "material_shortages",
    )
    schema.protect(op, "production_receipts", append_only=True)
    schema.scope(op, "production_receipts", warehouse="warehouse")
    schema.scope(op, "work_orders", warehouse="warehouse", reading_only=True)
    schema.script(op, PROOF)
    schema.sequence(op, "production_receipt_numbers")
