"""Transfers between warehouses as supply of the one and demand of the other."""

from alembic import op

from chassis import schema

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE transfer_supplies (
    order_id uuid NOT NULL, line integer NOT NULL, company text NOT NULL, number text NOT NULL, item text NOT NULL,
    from_warehouse text NOT NULL, warehouse text NOT NULL,
    quantity numeric(21,6) NOT NULL CHECK (quantity >= 0 AND quantity < 1e15),
    shipped numeric(21,6) NOT NULL CHECK (shipped >= 0 AND shipped < 1e15),
    received numeric(21,6) NOT NULL CHECK (received >= 0 AND received < 1e15), ship_date date, due_date date,
    planned_order uuid, active boolean NOT NULL, PRIMARY KEY (order_id, line)
);
CREATE INDEX transfer_supplies_open ON transfer_supplies (company) WHERE active AND quantity > received;
CREATE TRIGGER marks_plan_insert AFTER INSERT ON transfer_supplies REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_item_insert();
CREATE TRIGGER marks_plan_update AFTER UPDATE ON transfer_supplies REFERENCING OLD TABLE AS replaced NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mark_item_update();
"""


def upgrade() -> None:
    """What was on the road before is known after `tongheng replay`; what is made from now on at once."""
    schema.script(op, TABLES)
    schema.protect(op, "transfer_supplies")
    schema.script(op, "REVOKE DELETE ON transfer_supplies FROM {api}, {worker};")
    schema.scope(
        op,
        "transfer_supplies",
        warehouse=("from_warehouse", "warehouse"),
        reading_only=True,
        anywhere=True,
    )


def downgrade() -> None:
    """Transfers are no supply again."""
    schema.script(op, "DROP TABLE transfer_supplies;")
