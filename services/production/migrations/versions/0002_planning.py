"""What is there, on its way and wanted; planning runs, planned orders, what is for what."""

from alembic import op

from chassis import schema

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE mrp_exceptions (
    run_id uuid NOT NULL, line integer NOT NULL, company text NOT NULL, kind text NOT NULL, item text NOT NULL,
    warehouse text NOT NULL, document text NOT NULL,
    quantity numeric(21,6) NOT NULL CHECK (quantity >= 0 AND quantity < 1e15), day date NOT NULL, to_day date,
    PRIMARY KEY (run_id, line)
);
CREATE TABLE mrp_pegs (
    run_id uuid NOT NULL, line integer NOT NULL, company text NOT NULL, item text NOT NULL, warehouse text NOT NULL,
    quantity numeric(21,6) NOT NULL CHECK (quantity >= 0 AND quantity < 1e15), supply_kind text NOT NULL,
    supply text NOT NULL, supply_date date NOT NULL, need_kind text NOT NULL, need text NOT NULL,
    need_line integer NOT NULL, need_date date NOT NULL, PRIMARY KEY (run_id, line)
);
CREATE TABLE mrp_runs (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL, version integer NOT NULL,
    status text NOT NULL, items integer NOT NULL, planned_orders integer NOT NULL, exceptions integer NOT NULL,
    horizon date, error text NOT NULL, business_date date NOT NULL, posting_date date NOT NULL,
    started_at timestamptz, finished_at timestamptz, recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE planned_orders (
    id uuid PRIMARY KEY, run_id uuid NOT NULL, line integer NOT NULL, company text NOT NULL, status text NOT NULL,
    kind text NOT NULL, item text NOT NULL, unit text NOT NULL, warehouse text NOT NULL,
    from_warehouse text NOT NULL, quantity numeric(21,6) NOT NULL CHECK (quantity >= 0 AND quantity < 1e15),
    good numeric(21,6) NOT NULL CHECK (good >= 0 AND good < 1e15), start_date date NOT NULL, due_date date NOT NULL,
    late boolean NOT NULL, supplier text NOT NULL, demand_order uuid, demand_line integer, document text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE purchase_supplies (
    order_id uuid NOT NULL, line integer NOT NULL, company text NOT NULL, kind text NOT NULL, number text NOT NULL,
    item text NOT NULL, warehouse text NOT NULL,
    quantity numeric(21,6) NOT NULL CHECK (quantity >= 0 AND quantity < 1e15),
    received numeric(21,6) NOT NULL CHECK (received >= 0 AND received < 1e15), due_date date,
    active boolean NOT NULL, PRIMARY KEY (order_id, line)
);
CREATE TABLE sales_demands (
    order_id uuid NOT NULL, line integer NOT NULL, company text NOT NULL, number text NOT NULL, item text NOT NULL,
    warehouse text NOT NULL, quantity numeric(21,6) NOT NULL CHECK (quantity >= 0 AND quantity < 1e15),
    shipped numeric(21,6) NOT NULL CHECK (shipped >= 0 AND shipped < 1e15), wanted date, priority integer NOT NULL,
    active boolean NOT NULL, PRIMARY KEY (order_id, line)
);
CREATE TABLE stock_flows (
    source uuid NOT NULL, line integer NOT NULL, company text NOT NULL, item text NOT NULL, warehouse text NOT NULL,
    kind text NOT NULL, quantity numeric(21,6) NOT NULL CHECK (quantity > -1e15 AND quantity < 1e15),
    amount numeric(18,2) NOT NULL CHECK (amount > -1e15 AND amount < 1e15), number text NOT NULL, order_id uuid,
    lot text NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (source, line)
);
CREATE TABLE stock_levels (
    company text NOT NULL, item text NOT NULL, warehouse text NOT NULL,
    quantity numeric(21,6) NOT NULL CHECK (quantity > -1e15 AND quantity < 1e15),
    PRIMARY KEY (company, item, warehouse)
);
CREATE TABLE supplier_offers (
    id uuid PRIMARY KEY, supplier text NOT NULL, item text NOT NULL, unit text NOT NULL,
    lead_time_days integer NOT NULL,
    minimum_quantity numeric(21,6) NOT NULL CHECK (minimum_quantity >= 0 AND minimum_quantity < 1e15),
    multiple_quantity numeric(21,6) NOT NULL CHECK (multiple_quantity >= 0 AND multiple_quantity < 1e15),
    preferred boolean NOT NULL, active boolean NOT NULL
);
"""

INDEXES = """
CREATE INDEX stock_flows_item ON stock_flows (company, item, recorded_at);
CREATE INDEX stock_flows_order ON stock_flows (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX sales_demands_open ON sales_demands (company) WHERE active AND quantity > shipped;
CREATE INDEX purchase_supplies_open ON purchase_supplies (company) WHERE active AND quantity > received;
CREATE INDEX supplier_offers_item ON supplier_offers (item) WHERE active;
CREATE INDEX mrp_runs_queued ON mrp_runs (recorded_at) WHERE status = 'queued';
CREATE INDEX mrp_runs_listed ON mrp_runs (recorded_at, id);
CREATE INDEX planned_orders_company ON planned_orders (company, status, start_date);
CREATE INDEX mrp_pegs_supply ON mrp_pegs (supply);
CREATE INDEX mrp_pegs_need ON mrp_pegs (need);
CREATE INDEX mrp_pegs_company ON mrp_pegs (company);
CREATE INDEX mrp_exceptions_company ON mrp_exceptions (company);
ALTER TABLE mrp_runs ADD CHECK (status IN ('queued', 'completed', 'failed'));
ALTER TABLE planned_orders ADD CHECK (status IN ('planned', 'firmed')), ADD CHECK (kind IN ('buy', 'make', 'transfer'));
"""

KEPT = """
REVOKE DELETE ON mrp_runs, stock_levels, sales_demands, purchase_supplies FROM {api}, {worker};
"""

PROOF = """
CREATE VIEW proof.stock_levels AS SELECT company, item, warehouse, quantity FROM stock_levels;
GRANT SELECT ON proof.stock_levels TO {worker};
"""


def upgrade() -> None:
    schema.script(op, TABLES)
    schema.script(op, INDEXES)
    schema.share(op, "supplier_offers", read_only_for_api=True)
    schema.protect(op, "stock_flows", append_only=True)
    schema.protect(
        op,
        "stock_levels",
        "sales_demands",
        "purchase_supplies",
        "mrp_runs",
        "planned_orders",
        "mrp_pegs",
        "mrp_exceptions",
    )
    schema.script(op, KEPT)
    schema.script(op, PROOF)
    schema.sequence(op, "mrp_numbers")
