"""Data scopes: a caller sees the documents of his customers, or only his own."""

from alembic import op

from chassis import schema

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Widen the replica of permissions, then restrict what the api role sees."""
    schema.widen_access(op)
    schema.owned(op, "orders", "returns")
    schema.scope(op, "orders", partner="customer", owner="created_by")
    schema.scope(op, "returns", partner="customer", owner="created_by")
    schema.scope_by(op, "order_lines", parent="orders", column="order_id")
    schema.scope_by(op, "order_reservations", parent="orders", column="order_id")
    schema.scope_by(op, "order_settlements", parent="orders", column="order_id")
    schema.scope_by(op, "return_lines", parent="returns", column="return_id")
    schema.scope_by(op, "return_receipts", parent="returns", column="return_id")
    for table in ("order_shipments", "credit_accounts", "credit_shipments", "exposure_moves"):
        schema.scope(op, table, partner="customer")


def downgrade() -> None:
    """Whoever is restricted stays so: there is no way back that would not show him too much."""
    raise NotImplementedError
