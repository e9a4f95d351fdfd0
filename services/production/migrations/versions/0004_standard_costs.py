"""Standard costs by version, and the lines that say why."""

from alembic import op

from chassis import schema

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _signed(name: str) -> str:
    return f"{name} numeric(21,6) NOT NULL CHECK ({name} > -1e15 AND {name} < 1e15)"


TABLES = f"""
CREATE TABLE standard_cost_versions (
    id uuid PRIMARY KEY, number text NOT NULL UNIQUE, company text NOT NULL, version integer NOT NULL,
    status text NOT NULL CHECK (status IN ('draft', 'frozen')), name text NOT NULL, valid_from date NOT NULL,
    lot_size numeric(21,6) NOT NULL CHECK (lot_size > 0 AND lot_size < 1e15), missing text[] NOT NULL,
    items integer NOT NULL, business_date date NOT NULL, posting_date date NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE standard_costs (
    version_id uuid NOT NULL REFERENCES standard_cost_versions, item text NOT NULL, company text NOT NULL,
    level integer NOT NULL, made boolean NOT NULL,
    lot_size numeric(21,6) NOT NULL CHECK (lot_size > 0 AND lot_size < 1e15),
    yield_rate numeric(21,6) NOT NULL CHECK (yield_rate > 0 AND yield_rate <= 1),
    {_signed("material")}, {_signed("labour")}, {_signed("overhead")}, {_signed("subcontract")},
    PRIMARY KEY (version_id, item)
);
CREATE TABLE standard_cost_lines (
    version_id uuid NOT NULL, item text NOT NULL, line integer NOT NULL, company text NOT NULL, kind text NOT NULL,
    element text NOT NULL, component text NOT NULL, operation integer, work_centre text NOT NULL,
    {_signed("quantity")}, {_signed("price")}, {_signed("amount")}, PRIMARY KEY (version_id, item, line),
    FOREIGN KEY (version_id, item) REFERENCES standard_costs
);
CREATE UNIQUE INDEX standard_cost_versions_frozen ON standard_cost_versions (company, valid_from)
    WHERE status = 'frozen';
CREATE INDEX standard_cost_versions_listed ON standard_cost_versions (recorded_at, id);
"""

# A frozen standard stays as it is: only a draft is changed, and only into a frozen one.
FROZEN = """
CREATE FUNCTION standard_cost_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'frozen' THEN
        RAISE EXCEPTION 'a frozen standard cost does not change' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER standard_cost_stays BEFORE UPDATE ON standard_cost_versions
    FOR EACH ROW EXECUTE FUNCTION standard_cost_stays();
REVOKE DELETE ON standard_cost_versions FROM {api}, {worker};
"""


def upgrade() -> None:
    schema.script(op, TABLES)
    schema.protect(op, "standard_cost_versions")
    schema.protect(op, "standard_costs", "standard_cost_lines", append_only=True)
    schema.script(op, FROZEN)
    schema.sequence(op, "standard_cost_numbers")
