"""Engineering requests for what nobody has made yet, and the quotations that they come from."""

from alembic import op

from chassis import schema

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE quoted_lines (
    quotation_id uuid NOT NULL, line integer NOT NULL, company text NOT NULL, number text NOT NULL, status text NOT NULL,
    customer text NOT NULL, item text NOT NULL, description text NOT NULL, unit text NOT NULL,
    quantity numeric(21,6) NOT NULL CHECK (quantity >= 0 AND quantity < 1e15), requested_date date,
    engineering_request uuid, order_id uuid, PRIMARY KEY (quotation_id, line)
);
CREATE INDEX quoted_lines_number ON quoted_lines (number);
CREATE INDEX quoted_lines_order ON quoted_lines (order_id, line) WHERE order_id IS NOT NULL;
CREATE INDEX sales_demands_number ON sales_demands (number);
CREATE TABLE engineering_requests (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    status text NOT NULL
        CHECK (status IN ('requested', 'in_engineering', 'designed', 'released', 'rejected', 'cancelled')),
    customer text NOT NULL, quotation_id uuid, quotation_number text NOT NULL, quotation_line integer,
    order_id uuid, order_number text NOT NULL, order_line integer,
    description text NOT NULL CHECK (description <> ''), description_en text NOT NULL, specification text NOT NULL,
    attributes jsonb NOT NULL, quantity numeric(21,6) NOT NULL CHECK (quantity > 0 AND quantity < 1e15),
    unit text NOT NULL, requested_date date, assignee text NOT NULL, due_date date,
    lead_time_days integer CHECK (lead_time_days >= 0), item text NOT NULL, bom text NOT NULL, routing text NOT NULL,
    released_on date, reason text NOT NULL, business_date date NOT NULL, posting_date date NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    CHECK (status NOT IN ('designed', 'released') OR item <> ''),
    CHECK ((status = 'released') = (released_on IS NOT NULL)),
    CHECK (status <> 'released' OR bom <> ''),
    CHECK ((quotation_id IS NULL) = (quotation_line IS NULL)),
    CHECK (order_line IS NULL OR order_id IS NOT NULL)
);
CREATE INDEX engineering_requests_listed ON engineering_requests (company, status, recorded_at, id);
CREATE INDEX engineering_requests_quotation ON engineering_requests (quotation_id) WHERE quotation_id IS NOT NULL;
CREATE INDEX engineering_requests_order ON engineering_requests (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX engineering_requests_item ON engineering_requests (item) WHERE item <> '';
"""


def upgrade() -> None:
    """What was quoted before is known after `tongheng replay`; what is issued from now on at once."""
    schema.script(op, TABLES)
    schema.protect(op, "quoted_lines", "engineering_requests")
    schema.script(op, "REVOKE DELETE ON engineering_requests FROM {api}, {worker};")
    schema.scope(op, "quoted_lines", partner="customer")
    schema.scope(op, "engineering_requests", partner="customer", anywhere=True)
    schema.sequence(op, "engineering_request_numbers")


def downgrade() -> None:
    """There is no way back without losing what was asked for."""
    raise NotImplementedError
