"""Stock ledger, valuation, reservations, and the documents that move goods."""

from alembic import op

from chassis import schema

revision = "0001"
down_revision = None

REPLICAS = """
CREATE TABLE item_replicas (
    code text PRIMARY KEY, id uuid NOT NULL UNIQUE, active boolean NOT NULL, version integer NOT NULL,
    name text NOT NULL, name_en text NOT NULL, base_unit text NOT NULL, quantity_decimals integer NOT NULL,
    tracking text NOT NULL, valuation_class text NOT NULL,
    standard_cost numeric(21,6) CHECK (standard_cost >= 0 AND standard_cost < 1e15)
);
CREATE TABLE warehouse_replicas (
    code text PRIMARY KEY, id uuid NOT NULL UNIQUE, active boolean NOT NULL, version integer NOT NULL,
    name text NOT NULL, company text NOT NULL, priority integer NOT NULL
);
CREATE INDEX warehouse_replicas_company ON warehouse_replicas (company, priority, code);
CREATE TABLE company_replicas (
    code text PRIMARY KEY, id uuid NOT NULL UNIQUE, active boolean NOT NULL, version integer NOT NULL,
    name text NOT NULL, currency text NOT NULL, time_zone text NOT NULL
);
"""

STOCK = """
CREATE TABLE tallies (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company text NOT NULL, name text NOT NULL, key text NOT NULL,
    amount numeric(18,2) NOT NULL CHECK (amount > -1e15 AND amount < 1e15),
    quantity numeric(21,6) NOT NULL CHECK (quantity > -1e15 AND quantity < 1e15),
    count integer NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX tallies_recorded ON tallies (recorded_at);

CREATE TABLE moves (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company text NOT NULL, item text NOT NULL, unit text NOT NULL,
    quantity numeric(21,6) NOT NULL CHECK (quantity >= 0 AND quantity < 1e15),
    source_place text NOT NULL, source_bin text NOT NULL, source_status text NOT NULL,
    target_place text NOT NULL, target_bin text NOT NULL, target_status text NOT NULL,
    lot text NOT NULL,
    direction smallint NOT NULL CHECK (direction IN (-1, 0, 1)),
    amount numeric(18,2) NOT NULL CHECK (amount > -1e15 AND amount < 1e15),
    carried numeric(18,2) NOT NULL CHECK (carried >= 0 AND carried < 1e15),
    valuation_class text NOT NULL,
    destination text NOT NULL,
    flow_end numeric(21,6) NOT NULL CHECK (flow_end >= 0 AND flow_end < 1e15),
    document_topic text NOT NULL, document_id uuid NOT NULL, document_number text NOT NULL,
    document_line integer NOT NULL,
    business_date date NOT NULL, posting_date date NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    CHECK (direction = 0 OR (direction = 1 AND (amount >= 0 OR quantity = 0)) OR (direction = -1 AND amount <= 0)),
    CHECK (direction <> 0 OR amount = 0)
);
CREATE INDEX moves_item ON moves (company, item, id);
CREATE INDEX moves_outflow ON moves (company, item, flow_end) WHERE direction = -1;
CREATE INDEX moves_document ON moves (document_id, document_line);
CREATE INDEX moves_recorded ON moves (recorded_at);
CREATE INDEX moves_transit ON moves (company, recorded_at) WHERE source_place = '@transit' OR target_place = '@transit';

CREATE TABLE balances (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company text NOT NULL, item text NOT NULL, warehouse text NOT NULL,
    bin text NOT NULL, lot text NOT NULL, status text NOT NULL, owner text NOT NULL,
    expiry_date date,
    on_hand numeric(21,6) NOT NULL CHECK (on_hand >= 0 AND on_hand < 1e15),
    reserved numeric(21,6) NOT NULL DEFAULT 0 CHECK (reserved >= 0 AND reserved < 1e15),
    CHECK (reserved <= on_hand),
    UNIQUE (company, item, warehouse, bin, lot, status, owner)
);
CREATE INDEX balances_warehouse ON balances (warehouse, item);

CREATE TABLE stock_values (
    company text NOT NULL, item text NOT NULL,
    quantity numeric(21,6) NOT NULL DEFAULT 0 CHECK (quantity >= 0 AND quantity < 1e15),
    amount numeric(18,2) NOT NULL DEFAULT 0 CHECK (amount >= 0 AND amount < 1e15),
    valuation_class text NOT NULL DEFAULT '',
    inflow numeric(21,6) NOT NULL DEFAULT 0 CHECK (inflow >= 0 AND inflow < 1e15),
    outflow numeric(21,6) NOT NULL DEFAULT 0 CHECK (outflow >= 0 AND outflow < 1e15),
    PRIMARY KEY (company, item),
    CHECK (quantity > 0 OR amount = 0),
    CHECK (inflow - outflow = quantity)
);

CREATE TABLE cost_adjustments (
    id uuid PRIMARY KEY, number text NOT NULL, company text NOT NULL,
    cause_id uuid NOT NULL UNIQUE, cause_number text NOT NULL,
    amount numeric(18,2) NOT NULL CHECK (amount > -1e15 AND amount < 1e15),
    document jsonb NOT NULL,
    business_date date NOT NULL, posting_date date NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
"""

# Reservations, demands and pegs have no foreign keys: their parents are never deleted, and each check would cost
# as much as the row itself on the path from order to reservation.
RESERVATIONS = """
CREATE TABLE purchase_orders (
    id uuid PRIMARY KEY, number text NOT NULL, company text NOT NULL, version integer NOT NULL, status text NOT NULL,
    supplier text NOT NULL, warehouse text NOT NULL, currency text NOT NULL,
    tolerance numeric(21,6) NOT NULL CHECK (tolerance >= 0 AND tolerance < 1e15),
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX purchase_orders_number ON purchase_orders (number);
CREATE TABLE purchase_order_lines (
    order_id uuid NOT NULL REFERENCES purchase_orders, line integer NOT NULL, company text NOT NULL,
    item text NOT NULL, unit text NOT NULL, warehouse text NOT NULL,
    quantity numeric(21,6) NOT NULL CHECK (quantity >= 0 AND quantity < 1e15),
    cancelled numeric(21,6) NOT NULL CHECK (cancelled >= 0 AND cancelled < 1e15),
    accepted numeric(21,6) NOT NULL DEFAULT 0 CHECK (accepted >= 0 AND accepted < 1e15),
    unit_price numeric(21,6) NOT NULL CHECK (unit_price >= 0 AND unit_price < 1e15),
    tax_code text NOT NULL,
    tax_rate numeric(21,6) NOT NULL CHECK (tax_rate >= 0 AND tax_rate < 1e15),
    due_date date,
    active boolean NOT NULL,
    PRIMARY KEY (order_id, line)
);
CREATE INDEX purchase_order_lines_open ON purchase_order_lines (company, item) WHERE active;

CREATE TABLE deliveries (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL, version integer NOT NULL,
    status text NOT NULL CHECK (status IN ('released', 'picked', 'shipped', 'cancelled')),
    order_id uuid NOT NULL, order_number text NOT NULL, customer text NOT NULL, warehouse text NOT NULL,
    business_date date NOT NULL, posting_date date NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX deliveries_order ON deliveries (order_id, warehouse);
CREATE INDEX deliveries_order_number ON deliveries (order_number);
CREATE INDEX deliveries_open ON deliveries (company, warehouse, id) WHERE status IN ('released', 'picked');
CREATE UNIQUE INDEX deliveries_released ON deliveries (order_id, warehouse) WHERE status = 'released';

CREATE TABLE demand_orders (
    id uuid PRIMARY KEY, number text NOT NULL, company text NOT NULL, customer text NOT NULL, currency text NOT NULL,
    status text NOT NULL, priority integer NOT NULL, requested_date date, placed_at timestamptz NOT NULL,
    order_version integer NOT NULL, version integer NOT NULL,
    business_date date NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX demand_orders_number ON demand_orders (number);
CREATE TABLE demands (
    order_id uuid NOT NULL, line integer NOT NULL, company text NOT NULL,
    item text NOT NULL, unit text NOT NULL, warehouse text,
    quantity numeric(21,6) NOT NULL CHECK (quantity >= 0 AND quantity < 1e15),
    cancelled numeric(21,6) NOT NULL CHECK (cancelled >= 0 AND cancelled < 1e15),
    held numeric(21,6) NOT NULL CHECK (held >= 0 AND held < 1e15),
    shipped numeric(21,6) NOT NULL CHECK (shipped >= 0 AND shipped < 1e15),
    cancel_requested numeric(21,6) NOT NULL CHECK (cancel_requested >= 0 AND cancel_requested < 1e15),
    amount_net numeric(18,2) NOT NULL CHECK (amount_net >= 0 AND amount_net < 1e15),
    amount_tax numeric(18,2) NOT NULL CHECK (amount_tax >= 0 AND amount_tax < 1e15),
    tax_code text NOT NULL,
    tax_rate numeric(21,6) NOT NULL CHECK (tax_rate >= 0 AND tax_rate < 1e15),
    active boolean NOT NULL,
    PRIMARY KEY (order_id, line),
    CHECK (cancelled + held + shipped <= quantity)
);
CREATE INDEX demands_waiting ON demands (company, item) WHERE active AND quantity > cancelled + held + shipped;

CREATE TABLE reservations (
    order_id uuid NOT NULL, line integer NOT NULL, delivery_id uuid NOT NULL,
    balance_id bigint NOT NULL,
    company text NOT NULL, item text NOT NULL, warehouse text NOT NULL, lot text NOT NULL,
    quantity numeric(21,6) NOT NULL CHECK (quantity > 0 AND quantity < 1e15),
    picked boolean NOT NULL DEFAULT false,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (order_id, line, delivery_id, balance_id)
);
CREATE INDEX reservations_delivery ON reservations (delivery_id);
CREATE INDEX reservations_balance ON reservations (balance_id);

CREATE TABLE pegs (
    order_id uuid NOT NULL, line integer NOT NULL, source_id uuid NOT NULL, source_line integer NOT NULL,
    company text NOT NULL, item text NOT NULL, warehouse text NOT NULL, source text NOT NULL,
    due_date date,
    quantity numeric(21,6) NOT NULL CHECK (quantity > 0 AND quantity < 1e15),
    PRIMARY KEY (order_id, line, source_id, source_line)
);
CREATE INDEX pegs_item ON pegs (company, item);
"""

DOCUMENTS = """
CREATE TABLE receipts (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL,
    version integer NOT NULL DEFAULT 1, status text NOT NULL DEFAULT 'received',
    purchase_order uuid NOT NULL, purchase_order_number text NOT NULL, supplier text NOT NULL, warehouse text NOT NULL,
    currency text NOT NULL, amount numeric(18,2) NOT NULL CHECK (amount >= 0 AND amount < 1e15),
    business_date date NOT NULL, posting_date date NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX receipts_order ON receipts (purchase_order);
CREATE TABLE receipt_lines (
    receipt_id uuid NOT NULL REFERENCES receipts, line integer NOT NULL, company text NOT NULL,
    purchase_order uuid NOT NULL, order_line integer NOT NULL, item text NOT NULL, unit text NOT NULL,
    accepted numeric(21,6) NOT NULL CHECK (accepted >= 0 AND accepted < 1e15),
    rejected numeric(21,6) NOT NULL CHECK (rejected >= 0 AND rejected < 1e15),
    returned numeric(21,6) NOT NULL DEFAULT 0 CHECK (returned >= 0 AND returned < 1e15),
    unit_price numeric(21,6) NOT NULL CHECK (unit_price >= 0 AND unit_price < 1e15),
    amount numeric(18,2) NOT NULL CHECK (amount >= 0 AND amount < 1e15),
    valuation_class text NOT NULL, lot text NOT NULL, expiry_date date, tax_code text NOT NULL,
    tax_rate numeric(21,6) NOT NULL CHECK (tax_rate >= 0 AND tax_rate < 1e15),
    business_date date NOT NULL, posting_date date NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (receipt_id, line),
    CHECK (returned <= accepted)
);
CREATE INDEX receipt_lines_order ON receipt_lines (purchase_order, order_line);

CREATE TABLE shipments (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL, delivery_id uuid NOT NULL UNIQUE,
    order_id uuid NOT NULL, order_number text NOT NULL, customer text NOT NULL, warehouse text NOT NULL,
    currency text NOT NULL, carrier text NOT NULL, tracking_number text NOT NULL,
    cost numeric(18,2) NOT NULL CHECK (cost >= 0 AND cost < 1e15),
    amount_net numeric(18,2) NOT NULL CHECK (amount_net >= 0 AND amount_net < 1e15),
    amount_tax numeric(18,2) NOT NULL CHECK (amount_tax >= 0 AND amount_tax < 1e15),
    business_date date NOT NULL, posting_date date NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX shipments_order ON shipments (order_id);
CREATE TABLE shipment_lines (
    shipment_id uuid NOT NULL REFERENCES shipments, line integer NOT NULL, company text NOT NULL,
    order_id uuid NOT NULL, order_line integer NOT NULL, item text NOT NULL, unit text NOT NULL, lot text NOT NULL,
    quantity numeric(21,6) NOT NULL CHECK (quantity > 0 AND quantity < 1e15),
    returned numeric(21,6) NOT NULL DEFAULT 0 CHECK (returned >= 0 AND returned < 1e15),
    valuation_class text NOT NULL,
    cost numeric(18,2) NOT NULL CHECK (cost >= 0 AND cost < 1e15),
    amount_net numeric(18,2) NOT NULL CHECK (amount_net >= 0 AND amount_net < 1e15),
    amount_tax numeric(18,2) NOT NULL CHECK (amount_tax >= 0 AND amount_tax < 1e15),
    tax_code text NOT NULL, tax_rate numeric(21,6) NOT NULL CHECK (tax_rate >= 0 AND tax_rate < 1e15),
    business_date date NOT NULL, posting_date date NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (shipment_id, line),
    CHECK (returned <= quantity)
);
CREATE INDEX shipment_lines_order ON shipment_lines (order_id, order_line, shipment_id);

CREATE TABLE adjustments (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL,
    version integer NOT NULL DEFAULT 1, status text NOT NULL DEFAULT 'posted',
    reason text NOT NULL, text text NOT NULL, document jsonb NOT NULL,
    business_date date NOT NULL, posting_date date NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE issues (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL,
    version integer NOT NULL DEFAULT 1, status text NOT NULL DEFAULT 'posted',
    cost_collector text NOT NULL, destination text NOT NULL,
    cost numeric(18,2) NOT NULL CHECK (cost >= 0 AND cost < 1e15), document jsonb NOT NULL,
    business_date date NOT NULL, posting_date date NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX issues_cost_collector ON issues (cost_collector);

CREATE TABLE transfers (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL, version integer NOT NULL,
    status text NOT NULL CHECK (status IN ('open', 'in_transit', 'received', 'cancelled')),
    from_warehouse text NOT NULL, to_warehouse text NOT NULL,
    business_date date NOT NULL, posting_date date NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now(),
    CHECK (from_warehouse <> to_warehouse)
);
CREATE TABLE transfer_lines (
    transfer_id uuid NOT NULL REFERENCES transfers, line integer NOT NULL, company text NOT NULL,
    item text NOT NULL, unit text NOT NULL, lot text NOT NULL,
    quantity numeric(21,6) NOT NULL CHECK (quantity > 0 AND quantity < 1e15),
    received numeric(21,6) NOT NULL DEFAULT 0 CHECK (received >= 0 AND received < 1e15),
    cost numeric(18,2) NOT NULL DEFAULT 0 CHECK (cost >= 0 AND cost < 1e15),
    shipped_lots jsonb NOT NULL DEFAULT '[]',
    PRIMARY KEY (transfer_id, line),
    CHECK (received <= quantity)
);
CREATE TABLE transfer_movements (
    id uuid PRIMARY KEY, number text NOT NULL, company text NOT NULL, transfer_id uuid NOT NULL REFERENCES transfers,
    direction smallint NOT NULL CHECK (direction IN (-1, 1)),
    quantity numeric(21,6) NOT NULL CHECK (quantity > 0 AND quantity < 1e15),
    cost numeric(18,2) NOT NULL CHECK (cost >= 0 AND cost < 1e15),
    document jsonb NOT NULL,
    business_date date NOT NULL, posting_date date NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX transfer_movements_transfer ON transfer_movements (transfer_id);

CREATE TABLE authorisations (
    id uuid PRIMARY KEY, number text NOT NULL, company text NOT NULL, version integer NOT NULL, status text NOT NULL,
    direction text NOT NULL CHECK (direction IN ('from_customer', 'to_supplier')),
    order_id uuid NOT NULL, order_number text NOT NULL, partner text NOT NULL, warehouse text NOT NULL,
    currency text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX authorisations_number ON authorisations (number);
CREATE TABLE authorisation_lines (
    authorisation_id uuid NOT NULL REFERENCES authorisations, line integer NOT NULL, company text NOT NULL,
    order_line integer NOT NULL, item text NOT NULL, unit text NOT NULL, shipment uuid,
    quantity numeric(21,6) NOT NULL CHECK (quantity > 0 AND quantity < 1e15),
    returned numeric(21,6) NOT NULL DEFAULT 0 CHECK (returned >= 0 AND returned < 1e15),
    amount_net numeric(18,2) NOT NULL CHECK (amount_net >= 0 AND amount_net < 1e15),
    amount_tax numeric(18,2) NOT NULL CHECK (amount_tax >= 0 AND amount_tax < 1e15),
    tax_code text NOT NULL, tax_rate numeric(21,6) NOT NULL CHECK (tax_rate >= 0 AND tax_rate < 1e15),
    PRIMARY KEY (authorisation_id, line)
);
CREATE TABLE goods_returns (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL, version integer NOT NULL,
    status text NOT NULL CHECK (status IN ('quarantine', 'inspected', 'returned')),
    direction text NOT NULL, authorisation uuid NOT NULL, authorisation_number text NOT NULL,
    order_id uuid NOT NULL, order_number text NOT NULL, partner text NOT NULL, warehouse text NOT NULL,
    cost numeric(18,2) NOT NULL CHECK (cost >= 0 AND cost < 1e15), document jsonb NOT NULL,
    business_date date NOT NULL, posting_date date NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX goods_returns_authorisation ON goods_returns (authorisation);
CREATE TABLE goods_return_lines (
    goods_return_id uuid NOT NULL REFERENCES goods_returns, line integer NOT NULL, company text NOT NULL,
    item text NOT NULL, lot text NOT NULL,
    quantity numeric(21,6) NOT NULL CHECK (quantity > 0 AND quantity < 1e15),
    accepted numeric(21,6) NOT NULL DEFAULT 0 CHECK (accepted >= 0 AND accepted < 1e15),
    rejected numeric(21,6) NOT NULL DEFAULT 0 CHECK (rejected >= 0 AND rejected < 1e15),
    PRIMARY KEY (goods_return_id, line),
    CHECK (accepted + rejected <= quantity)
);
"""

PROOF = """
CREATE VIEW proof.moves AS
    SELECT id, company, item, source_place AS place, source_bin AS bin, lot, source_status AS status,
           -quantity AS quantity, CASE WHEN direction = -1 THEN amount ELSE 0 END AS amount,
           document_topic, document_id, document_line, recorded_at FROM moves
    UNION ALL
    SELECT id, company, item, target_place, target_bin, lot, target_status, quantity,
           CASE WHEN direction = 1 THEN amount ELSE 0 END,
           document_topic, document_id, document_line, recorded_at FROM moves;
CREATE VIEW proof.stock AS
    SELECT company, item, warehouse AS place, bin, lot, status, owner, on_hand, reserved FROM balances;
CREATE VIEW proof.layers AS
    SELECT company, item, quantity, amount, valuation_class, inflow, outflow FROM stock_values;
CREATE VIEW proof.reservations AS
    SELECT r.order_id, r.line, r.company, r.item, b.warehouse AS place, b.bin, b.lot, b.status, r.quantity, r.picked
    FROM reservations r JOIN balances b ON b.id = r.balance_id;
CREATE VIEW proof.demands AS
    SELECT order_id, line, company, item, quantity, cancelled, held, shipped, active FROM demands;
GRANT SELECT ON proof.moves, proof.stock, proof.layers, proof.reservations, proof.demands TO {worker};
"""


def upgrade() -> None:
    schema.install(op)
    for statements in (REPLICAS, STOCK, RESERVATIONS, DOCUMENTS, PROOF):
        schema.script(op, statements)
    schema.share(
        op, "item_replicas", "warehouse_replicas", "company_replicas", read_only_for_api=True
    )
    schema.protect(op, "moves", "cost_adjustments", append_only=True)
    schema.protect(op, "receipts", "shipments", "adjustments", "issues", append_only=True)
    schema.protect(op, "transfer_movements", append_only=True)
    schema.protect(op, "tallies", "balances", "stock_values")
    schema.protect(op, "purchase_orders", "purchase_order_lines", "deliveries")
    schema.protect(op, "demand_orders", "demands", "reservations", "pegs")
    schema.protect(op, "receipt_lines", "shipment_lines", "transfers", "transfer_lines")
    schema.protect(
        op, "authorisations", "authorisation_lines", "goods_returns", "goods_return_lines"
    )
    schema.sequence(
        op, "delivery_numbers", "receipt_numbers", "adjustment_numbers", "issue_numbers", "transfer_numbers",
        "movement_numbers", "return_numbers", "cost_adjustment_numbers",
    )  # fmt: skip
