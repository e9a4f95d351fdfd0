"""Inspection plans and inspections."""

from alembic import op

from chassis import schema

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE inspection_plans (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL, version integer NOT NULL,
    status text NOT NULL CHECK (status IN ('active', 'ended')), item text NOT NULL,
    stage text NOT NULL CHECK (stage IN ('operation', 'final')), operation integer, sample jsonb NOT NULL,
    characteristics jsonb NOT NULL, business_date date NOT NULL, posting_date date NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(), CHECK ((stage = 'operation') = (operation IS NOT NULL))
);
CREATE TABLE inspections (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL, version integer NOT NULL,
    status text NOT NULL CHECK (status IN ('open', 'accepted', 'rejected')), order_id uuid NOT NULL,
    order_number text NOT NULL, item text NOT NULL, operation integer NOT NULL,
    plan_id uuid NOT NULL REFERENCES inspection_plans,
    quantity numeric(21,6) NOT NULL CHECK (quantity >= 0 AND quantity < 1e15), sample_size integer NOT NULL,
    accept integer NOT NULL, characteristics jsonb NOT NULL, results jsonb NOT NULL, nonconforming integer NOT NULL,
    rejected numeric(21,6) NOT NULL CHECK (rejected >= 0 AND rejected < 1e15), inspector text NOT NULL,
    text text NOT NULL, decided_on date, business_date date NOT NULL, posting_date date NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(), CHECK (rejected <= quantity)
);
CREATE UNIQUE INDEX inspection_plans_one ON inspection_plans (company, item, stage, coalesce(operation, 0))
    WHERE status = 'active';
CREATE INDEX inspection_plans_listed ON inspection_plans (recorded_at, id);
CREATE INDEX inspections_order ON inspections (order_id) WHERE status = 'open';
CREATE INDEX inspections_listed ON inspections (recorded_at, id);
"""


def upgrade() -> None:
    schema.script(op, TABLES)
    schema.protect(op, "inspection_plans", "inspections")
    schema.script(op, "REVOKE DELETE ON inspection_plans, inspections FROM {api}, {worker};")
    schema.sequence(op, "inspection_plan_numbers", "inspection_numbers")
