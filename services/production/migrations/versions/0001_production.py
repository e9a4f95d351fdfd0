"""Replicas, bills of material, routings, work centres, production orders, the shop floor, cost entries."""

from alembic import op

from chassis import schema

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE boms (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL, version integer NOT NULL,
    status text NOT NULL, item text NOT NULL, warehouse text NOT NULL, revision text NOT NULL,
    valid_from date NOT NULL, valid_to date,
    base_quantity numeric(21,6) NOT NULL CHECK (base_quantity >= 0 AND base_quantity < 1e15),
    yield_rate numeric(21,6) NOT NULL CHECK (yield_rate >= 0 AND yield_rate < 1e15), business_date date NOT NULL,
    posting_date date NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (company, item, warehouse, revision)
);
CREATE TABLE calendars (
    id uuid PRIMARY KEY, company text NOT NULL, code text NOT NULL, name text NOT NULL, version integer NOT NULL,
    shifts jsonb NOT NULL, days_off date[] NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (company, code)
);
CREATE TABLE closings (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL, order_id uuid NOT NULL,
    cost numeric(18,2) NOT NULL CHECK (cost > -1e15 AND cost < 1e15), document jsonb NOT NULL,
    business_date date NOT NULL, posting_date date NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE company_replicas (
    code text PRIMARY KEY, id uuid NOT NULL UNIQUE, active boolean NOT NULL, version integer NOT NULL,
    name text NOT NULL, currency text NOT NULL, time_zone text NOT NULL
);
CREATE TABLE cost_entries (
    source uuid NOT NULL, line integer NOT NULL, element text NOT NULL, order_id uuid NOT NULL,
    company text NOT NULL, kind text NOT NULL,
    amount numeric(18,2) NOT NULL CHECK (amount > -1e15 AND amount < 1e15), number text NOT NULL,
    item text NOT NULL, quantity numeric(21,6) NOT NULL CHECK (quantity >= 0 AND quantity < 1e15),
    operation integer, recorded_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (source, line, element)
);
CREATE TABLE item_plans (
    id uuid PRIMARY KEY, company text NOT NULL, item text NOT NULL, warehouse text NOT NULL,
    version integer NOT NULL, source text, transfer_from text NOT NULL, lot_rule text NOT NULL,
    lot_quantity numeric(21,6) NOT NULL CHECK (lot_quantity >= 0 AND lot_quantity < 1e15),
    lot_minimum numeric(21,6) NOT NULL CHECK (lot_minimum >= 0 AND lot_minimum < 1e15),
    lot_multiple numeric(21,6) NOT NULL CHECK (lot_multiple >= 0 AND lot_multiple < 1e15),
    lot_maximum numeric(21,6) NOT NULL CHECK (lot_maximum >= 0 AND lot_maximum < 1e15), lead_time_days integer,
    safety_stock numeric(21,6) CHECK (safety_stock >= 0 AND safety_stock < 1e15), supplier text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(), UNIQUE (company, item, warehouse)
);
CREATE TABLE item_replicas (
    code text PRIMARY KEY, id uuid NOT NULL UNIQUE, active boolean NOT NULL, version integer NOT NULL,
    name text NOT NULL, name_en text NOT NULL, base_unit text NOT NULL, quantity_decimals integer NOT NULL,
    procurement text NOT NULL, tracking text NOT NULL, valuation_class text NOT NULL,
    standard_cost numeric(21,6) CHECK (standard_cost >= 0 AND standard_cost < 1e15), lead_time_days integer,
    safety_stock numeric(21,6) CHECK (safety_stock >= 0 AND safety_stock < 1e15), tax_code text NOT NULL
);
CREATE TABLE material_requests (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL, order_id uuid NOT NULL,
    reason text NOT NULL, document jsonb NOT NULL, business_date date NOT NULL, posting_date date NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE nonconformances (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL, business_date date NOT NULL,
    posting_date date NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now(), version integer NOT NULL,
    status text NOT NULL, order_id uuid NOT NULL, order_number text NOT NULL, item text NOT NULL,
    operation integer NOT NULL, quantity numeric(21,6) NOT NULL CHECK (quantity >= 0 AND quantity < 1e15),
    defect text NOT NULL, decision text NOT NULL, text text NOT NULL
);
CREATE TABLE operation_reports (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL, business_date date NOT NULL,
    posting_date date NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now(), order_id uuid NOT NULL,
    operation integer NOT NULL, work_centre text NOT NULL,
    good numeric(21,6) NOT NULL CHECK (good >= 0 AND good < 1e15),
    scrapped numeric(21,6) NOT NULL CHECK (scrapped >= 0 AND scrapped < 1e15),
    rework numeric(21,6) NOT NULL CHECK (rework >= 0 AND rework < 1e15),
    hours numeric(21,6) NOT NULL CHECK (hours >= 0 AND hours < 1e15),
    labour numeric(18,2) NOT NULL CHECK (labour >= 0 AND labour < 1e15),
    overhead numeric(18,2) NOT NULL CHECK (overhead >= 0 AND overhead < 1e15), document jsonb NOT NULL
);
CREATE TABLE outputs (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL, order_id uuid NOT NULL,
    status text NOT NULL, kind text NOT NULL,
    quantity numeric(21,6) NOT NULL CHECK (quantity >= 0 AND quantity < 1e15), warehouse text NOT NULL,
    lot text NOT NULL, final boolean NOT NULL, cost numeric(18,2) CHECK (cost >= 0 AND cost < 1e15), document jsonb,
    receipt text NOT NULL, business_date date NOT NULL, posting_date date NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE production_orders (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL, version integer NOT NULL,
    status text NOT NULL, item text NOT NULL, unit text NOT NULL,
    quantity numeric(21,6) NOT NULL CHECK (quantity >= 0 AND quantity < 1e15), warehouse text NOT NULL,
    start_date date, due_date date, bom uuid, routing uuid, demand_order uuid, demand_line integer,
    planned_order uuid,
    quantity_completed numeric(21,6) NOT NULL CHECK (quantity_completed >= 0 AND quantity_completed < 1e15),
    business_date date NOT NULL, posting_date date NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE routings (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL, version integer NOT NULL,
    status text NOT NULL, item text NOT NULL, warehouse text NOT NULL, revision text NOT NULL,
    valid_from date NOT NULL, valid_to date, business_date date NOT NULL, posting_date date NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(), UNIQUE (company, item, warehouse, revision)
);
CREATE TABLE subcontracts (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL, business_date date NOT NULL,
    posting_date date NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now(), version integer NOT NULL,
    status text NOT NULL, order_id uuid NOT NULL, order_number text NOT NULL, operation integer NOT NULL,
    supplier text NOT NULL, quantity numeric(21,6) NOT NULL CHECK (quantity >= 0 AND quantity < 1e15),
    good numeric(21,6) NOT NULL CHECK (good >= 0 AND good < 1e15),
    scrapped numeric(21,6) NOT NULL CHECK (scrapped >= 0 AND scrapped < 1e15),
    unit_price numeric(21,6) NOT NULL CHECK (unit_price >= 0 AND unit_price < 1e15), currency text NOT NULL,
    tax_code text NOT NULL, tax_rate numeric(21,6) NOT NULL CHECK (tax_rate >= 0 AND tax_rate < 1e15),
    payment_days integer NOT NULL
);
CREATE TABLE supplier_replicas (
    code text PRIMARY KEY, id uuid NOT NULL UNIQUE, active boolean NOT NULL, version integer NOT NULL,
    name text NOT NULL, currency text NOT NULL, payment_days integer NOT NULL, supplies boolean NOT NULL
);
CREATE TABLE tax_code_replicas (
    code text PRIMARY KEY, id uuid NOT NULL UNIQUE, active boolean NOT NULL, version integer NOT NULL,
    rate numeric(21,6) NOT NULL CHECK (rate >= 0 AND rate < 1e15)
);
CREATE TABLE warehouse_replicas (
    code text PRIMARY KEY, id uuid NOT NULL UNIQUE, active boolean NOT NULL, version integer NOT NULL,
    name text NOT NULL, company text NOT NULL, priority integer NOT NULL
);
CREATE TABLE work_centres (
    id uuid PRIMARY KEY, company text NOT NULL, code text NOT NULL, name text NOT NULL, version integer NOT NULL,
    active boolean NOT NULL, warehouse text NOT NULL, calendar text NOT NULL, capacity integer NOT NULL,
    labour_rate numeric(21,6) NOT NULL CHECK (labour_rate >= 0 AND labour_rate < 1e15),
    overhead_rate numeric(21,6) NOT NULL CHECK (overhead_rate >= 0 AND overhead_rate < 1e15),
    recorded_at timestamptz NOT NULL DEFAULT now(), UNIQUE (company, code)
);
CREATE TABLE bom_components (
    bom_id uuid NOT NULL, line integer NOT NULL, company text NOT NULL, item text NOT NULL,
    quantity numeric(21,6) NOT NULL CHECK (quantity >= 0 AND quantity < 1e15), unit text NOT NULL,
    scrap_rate numeric(21,6) NOT NULL CHECK (scrap_rate >= 0 AND scrap_rate < 1e15), operation integer,
    backflush boolean NOT NULL, alternate_of integer, priority integer NOT NULL, valid_from date, valid_to date,
    PRIMARY KEY (bom_id, line), FOREIGN KEY (bom_id) REFERENCES boms
);
CREATE TABLE bom_outputs (
    bom_id uuid NOT NULL, line integer NOT NULL, company text NOT NULL, item text NOT NULL,
    quantity numeric(21,6) NOT NULL CHECK (quantity >= 0 AND quantity < 1e15), unit text NOT NULL,
    kind text NOT NULL, cost_share numeric(21,6) NOT NULL CHECK (cost_share >= 0 AND cost_share < 1e15),
    unit_value numeric(21,6) NOT NULL CHECK (unit_value >= 0 AND unit_value < 1e15), PRIMARY KEY (bom_id, line),
    FOREIGN KEY (bom_id) REFERENCES boms
);
CREATE TABLE production_order_components (
    order_id uuid NOT NULL, line integer NOT NULL, company text NOT NULL, item text NOT NULL, unit text NOT NULL,
    quantity numeric(21,6) NOT NULL CHECK (quantity >= 0 AND quantity < 1e15), decimals integer NOT NULL,
    warehouse text NOT NULL, operation integer, backflush boolean NOT NULL,
    requested numeric(21,6) NOT NULL CHECK (requested >= 0 AND requested < 1e15),
    issued numeric(21,6) NOT NULL CHECK (issued >= 0 AND issued < 1e15), PRIMARY KEY (order_id, line),
    FOREIGN KEY (order_id) REFERENCES production_orders
);
CREATE TABLE production_order_operations (
    order_id uuid NOT NULL, operation integer NOT NULL, company text NOT NULL, work_centre text NOT NULL,
    description text NOT NULL, setup_hours numeric(21,6) NOT NULL CHECK (setup_hours >= 0 AND setup_hours < 1e15),
    run_hours numeric(21,6) NOT NULL CHECK (run_hours >= 0 AND run_hours < 1e15),
    queue_hours numeric(21,6) NOT NULL CHECK (queue_hours >= 0 AND queue_hours < 1e15), setup_family text NOT NULL,
    supplier text NOT NULL, good numeric(21,6) NOT NULL CHECK (good >= 0 AND good < 1e15),
    scrapped numeric(21,6) NOT NULL CHECK (scrapped >= 0 AND scrapped < 1e15),
    defective numeric(21,6) NOT NULL CHECK (defective >= 0 AND defective < 1e15),
    reworking numeric(21,6) NOT NULL CHECK (reworking >= 0 AND reworking < 1e15),
    outside numeric(21,6) NOT NULL CHECK (outside >= 0 AND outside < 1e15),
    hours numeric(21,6) NOT NULL CHECK (hours >= 0 AND hours < 1e15), PRIMARY KEY (order_id, operation),
    FOREIGN KEY (order_id) REFERENCES production_orders
);
CREATE TABLE routing_steps (
    routing_id uuid NOT NULL, operation integer NOT NULL, company text NOT NULL, work_centre text NOT NULL,
    description text NOT NULL, setup_hours numeric(21,6) NOT NULL CHECK (setup_hours >= 0 AND setup_hours < 1e15),
    run_hours numeric(21,6) NOT NULL CHECK (run_hours >= 0 AND run_hours < 1e15),
    queue_hours numeric(21,6) NOT NULL CHECK (queue_hours >= 0 AND queue_hours < 1e15), setup_family text NOT NULL,
    supplier text NOT NULL, PRIMARY KEY (routing_id, operation), FOREIGN KEY (routing_id) REFERENCES routings
);
CREATE TABLE subcontract_bills (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL, business_date date NOT NULL,
    posting_date date NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now(), subcontract_id uuid NOT NULL,
    supplier text NOT NULL, supplier_number text NOT NULL,
    amount_net numeric(18,2) NOT NULL CHECK (amount_net >= 0 AND amount_net < 1e15),
    amount_gross numeric(18,2) NOT NULL CHECK (amount_gross >= 0 AND amount_gross < 1e15), document jsonb NOT NULL,
    UNIQUE (company, supplier, supplier_number)
);
"""

INDEXES = """
CREATE INDEX boms_item ON boms (company, item) WHERE status = 'active';
CREATE INDEX bom_components_item ON bom_components (company, item);
CREATE INDEX routings_item ON routings (company, item) WHERE status = 'active';
CREATE INDEX warehouse_replicas_company ON warehouse_replicas (company, priority, code);
CREATE INDEX production_orders_listed ON production_orders (recorded_at, id);
CREATE INDEX production_orders_open ON production_orders (company, item) WHERE status IN ('planned', 'released');
CREATE INDEX production_orders_demand ON production_orders (demand_order) WHERE demand_order IS NOT NULL;
CREATE INDEX material_requests_order ON material_requests (order_id);
CREATE INDEX operation_reports_order ON operation_reports (order_id);
CREATE INDEX outputs_order ON outputs (order_id);
CREATE INDEX outputs_waiting ON outputs (order_id) WHERE status = 'waiting';
CREATE INDEX closings_order ON closings (order_id);
CREATE INDEX nonconformances_order ON nonconformances (order_id);
CREATE INDEX subcontracts_order ON subcontracts (order_id);
CREATE INDEX cost_entries_order ON cost_entries (order_id);
CREATE INDEX cost_entries_recorded ON cost_entries (recorded_at);
ALTER TABLE boms ADD CHECK (status IN ('active', 'ended')), ADD CHECK (base_quantity > 0), ADD CHECK (yield_rate > 0 AND yield_rate <= 1);
ALTER TABLE bom_components ADD CHECK (scrap_rate < 1), ADD CHECK (quantity > 0);
ALTER TABLE bom_outputs ADD CHECK (kind IN ('co', 'by')), ADD CHECK (cost_share < 1);
ALTER TABLE production_orders ADD CHECK (status IN ('planned', 'released', 'completed', 'closed', 'cancelled')),
    ADD CHECK (quantity > 0), ADD CHECK (quantity_completed <= quantity);
ALTER TABLE production_order_components ADD CHECK (issued <= requested);
ALTER TABLE outputs ADD CHECK (status IN ('waiting', 'stated', 'received'));
ALTER TABLE nonconformances ADD CHECK (status IN ('open', 'decided'));
ALTER TABLE subcontracts ADD CHECK (status IN ('sent', 'received')), ADD CHECK (good + scrapped <= quantity);
"""

# Documents end, they do not vanish.
KEPT = """
REVOKE DELETE ON boms, bom_components, bom_outputs, calendars, work_centres, routings, routing_steps, item_plans,
    production_orders, production_order_components, production_order_operations, outputs, nonconformances, subcontracts
    FROM {api}, {worker};
"""

PROOF = """
CREATE VIEW proof.records AS
    SELECT 'production.bom' AS kind, id, number, company, status, version FROM boms
    UNION ALL SELECT 'production.routing', id, number, company, status, version FROM routings
    UNION ALL SELECT 'production.order', id, number, company, status, version FROM production_orders
    UNION ALL SELECT 'production.nonconformance', id, number, company, status, version FROM nonconformances
    UNION ALL SELECT 'production.subcontract', id, number, company, status, version FROM subcontracts;
CREATE VIEW proof.production_orders AS
    SELECT o.id, o.number, o.company, o.item, o.quantity, o.quantity_completed, o.status, c.line, c.item AS component,
        c.quantity AS needed, c.requested, c.issued
    FROM production_orders o JOIN production_order_components c ON c.order_id = o.id;
CREATE VIEW proof.cost_entries AS
    SELECT source, line, element, order_id, company, kind, amount, item, quantity, recorded_at FROM cost_entries;
GRANT SELECT ON proof.records, proof.production_orders, proof.cost_entries TO {worker};
"""


def upgrade() -> None:
    schema.install(op)
    schema.script(op, TABLES)
    schema.script(op, INDEXES)
    schema.share(
        op,
        "item_replicas",
        "warehouse_replicas",
        "company_replicas",
        "supplier_replicas",
        "tax_code_replicas",
        read_only_for_api=True,
    )
    schema.protect(
        op,
        "boms",
        "bom_components",
        "bom_outputs",
        "calendars",
        "work_centres",
        "routings",
        "routing_steps",
        "item_plans",
        "production_orders",
        "production_order_components",
        "production_order_operations",
        "outputs",
        "nonconformances",
        "subcontracts",
    )
    schema.protect(
        op,
        "material_requests",
        "operation_reports",
        "subcontract_bills",
        "closings",
        "cost_entries",
        append_only=True,
    )
    schema.script(op, KEPT)
    schema.script(op, PROOF)
    schema.sequence(
        op, "bom_numbers", "routing_numbers", "order_numbers", "request_numbers", "report_numbers", "output_numbers",
        "nonconformance_numbers", "subcontract_numbers", "closing_numbers",
    )  # fmt: skip
