"""Times at which work centres are down, and the schedules that were kept."""

from alembic import op

from chassis import schema

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE work_centre_downtimes (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL, version integer NOT NULL,
    status text NOT NULL CHECK (status IN ('active', 'cancelled')), work_centre text NOT NULL, unit integer,
    starts_at timestamptz NOT NULL, ends_at timestamptz NOT NULL, reason text NOT NULL, business_date date NOT NULL,
    posting_date date NOT NULL, recorded_at timestamptz NOT NULL DEFAULT now(), CHECK (starts_at < ends_at)
);
CREATE TABLE schedules (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL, as_of timestamptz NOT NULL,
    freeze_until timestamptz NOT NULL, business_date date NOT NULL, posting_date date NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE schedule_slots (
    schedule_id uuid NOT NULL REFERENCES schedules, order_id uuid NOT NULL, operation integer NOT NULL,
    company text NOT NULL, work_centre text NOT NULL, unit integer NOT NULL, setup_start timestamptz NOT NULL,
    starts_at timestamptz NOT NULL, ends_at timestamptz NOT NULL, frozen boolean NOT NULL,
    PRIMARY KEY (schedule_id, order_id, operation)
);
CREATE INDEX work_centre_downtimes_company ON work_centre_downtimes (company, ends_at) WHERE status = 'active';
CREATE INDEX schedules_company ON schedules (company, number);
"""


def upgrade() -> None:
    schema.script(op, TABLES)
    schema.protect(op, "work_centre_downtimes")
    schema.protect(op, "schedules", "schedule_slots", append_only=True)
    schema.script(op, "REVOKE DELETE ON work_centre_downtimes FROM {api}, {worker};")
    schema.sequence(op, "downtime_numbers", "schedule_numbers")
