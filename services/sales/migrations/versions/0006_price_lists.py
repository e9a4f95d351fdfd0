"""Price lists with quantity breaks, and which of them a line was priced by."""

from alembic import op

from chassis import schema

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE price_lists (
    id uuid PRIMARY KEY, company text NOT NULL, code text NOT NULL, name text NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    status text NOT NULL CHECK (status IN ('active', 'withdrawn')),
    customer text NOT NULL, valid_from date NOT NULL, valid_until date CHECK (valid_until >= valid_from),
    recorded_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (company, code)
);
CREATE TABLE price_list_prices (
    price_list_id uuid NOT NULL REFERENCES price_lists (id), company text NOT NULL, item text NOT NULL,
    from_quantity numeric(21,6) NOT NULL CHECK (from_quantity >= 0 AND from_quantity < 1e15),
    unit_price numeric(21,6) NOT NULL CHECK (unit_price >= 0 AND unit_price < 1e15),
    PRIMARY KEY (price_list_id, item, from_quantity)
);
CREATE INDEX price_list_prices_item ON price_list_prices (item, price_list_id);
"""

# Not validated: every row that is there passed the narrower check, and reading them all would hold up the orders.
SOURCES = """
ALTER TABLE order_lines ADD COLUMN price_list text, ADD COLUMN price_from numeric(21,6);
ALTER TABLE order_lines DROP CONSTRAINT order_lines_price_source_check;
ALTER TABLE order_lines ADD CONSTRAINT order_lines_price_source_check
    CHECK (price_source IN ('given', 'list_price', 'price_list', 'quotation')) NOT VALID;
ALTER TABLE order_lines ADD CONSTRAINT order_lines_price_list_check
    CHECK ((price_source = 'price_list') = (price_list IS NOT NULL) AND (price_list IS NULL) = (price_from IS NULL)) NOT VALID;
ALTER TABLE quotation_lines ADD COLUMN price_list text, ADD COLUMN price_from numeric(21,6);
ALTER TABLE quotation_lines DROP CONSTRAINT quotation_lines_price_source_check;
ALTER TABLE quotation_lines ADD CONSTRAINT quotation_lines_price_source_check
    CHECK (price_source IN ('given', 'list_price', 'price_list')) NOT VALID;
"""


def upgrade() -> None:
    """A list for one customer is seen by who sees him; one for everybody by all of the company."""
    schema.script(op, TABLES)
    schema.protect(op, "price_lists", "price_list_prices")
    schema.scope(op, "price_lists", partner="customer", anywhere=True)
    schema.scope_by(op, "price_list_prices", parent="price_lists", column="price_list_id")
    schema.script(op, "REVOKE DELETE ON price_lists FROM {api}, {worker};")
    schema.script(op, SOURCES)


def downgrade() -> None:
    """There is no way back without losing what was agreed."""
    raise NotImplementedError
