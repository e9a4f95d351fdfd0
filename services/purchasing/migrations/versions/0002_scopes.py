"""Data scopes: a caller sees the documents of his suppliers and warehouses, or only his own."""

from alembic import op

from chassis import schema

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Widen the replica of permissions, then restrict what the api role sees."""
    schema.widen_access(op)
    schema.owned(op, "requisitions", "purchase_orders", "purchase_returns")
    # Prices are agreed per supplier and shared by all companies: here partners are the only scope.
    schema.script(
        op,
        """
        ALTER TABLE supplier_items ENABLE ROW LEVEL SECURITY;
        ALTER TABLE supplier_items FORCE ROW LEVEL SECURITY;
        CREATE POLICY shared ON supplier_items USING (true) WITH CHECK (true);
        """,
    )
    schema.scope(op, "supplier_items", partner="supplier")
    for table in ("purchase_orders", "purchase_returns"):
        schema.scope(op, table, partner="supplier", warehouse="warehouse", owner="created_by")
    schema.scope(op, "requisitions", owner="created_by")
    # A line without a supplier is nobody's yet: whoever acts for one supplier does not see it.
    schema.scope(op, "requisition_lines", partner="supplier", warehouse="warehouse")
    schema.scope_by(op, "requisition_lines", parent="requisitions", column="requisition_id")
    schema.scope_by(op, "purchase_order_lines", parent="purchase_orders", column="order_id")
    schema.scope_by(op, "order_movements", parent="purchase_orders", column="order_id")
    schema.scope_by(op, "billed_lines", parent="purchase_orders", column="order_id")
    schema.scope_by(op, "commitments", parent="purchase_orders", column="order_id")
    schema.scope_by(op, "purchase_return_lines", parent="purchase_returns", column="return_id")
    schema.scope(op, "shortage_demands", warehouse="warehouse")
    # A requisition all of whose lines are elsewhere is no business of the caller's.
    schema.script(
        op,
        """
        CREATE FUNCTION requisition_in_scope(wanted uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
            SET search_path = public AS $$
            SELECT EXISTS (
                SELECT 1 FROM requisition_lines
                WHERE requisition_id = wanted
                  AND (current_setting('tongheng.warehouses', true) = '*'
                       OR warehouse = ANY (string_to_array(current_setting('tongheng.warehouses', true), ',')))
                  AND (current_setting('tongheng.partners', true) = '*'
                       OR supplier = ANY (string_to_array(current_setting('tongheng.partners', true), ',')))) $$;
        CREATE POLICY lines_scope ON requisitions AS RESTRICTIVE FOR SELECT TO {api} USING (
            (SELECT current_setting('tongheng.access', true) = 'write'
                 OR (current_setting('tongheng.warehouses', true) = '*' AND current_setting('tongheng.partners', true) = '*'))
            OR requisition_in_scope(id));
        """,
    )


def downgrade() -> None:
    """Whoever is restricted stays so: there is no way back that would not show him too much."""
    raise NotImplementedError
