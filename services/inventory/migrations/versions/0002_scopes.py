"""Data scopes: a keeper sees and moves the stock of his warehouses, a partner sees the documents made out to him."""

from alembic import op

from chassis import schema

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Widen the replica of permissions, then restrict what the api role sees and writes."""
    schema.widen_access(op)
    for table, partner in {
        "deliveries": "customer",
        "shipments": "customer",
        "receipts": "supplier",
        "purchase_orders": "supplier",
        "authorisations": "partner",
        "goods_returns": "partner",
    }.items():
        schema.scope(op, table, partner=partner, warehouse="warehouse")
    schema.scope(op, "transfers", warehouse=("from_warehouse", "to_warehouse"))
    schema.scope(op, "demand_orders", partner="customer")
    schema.scope_by(op, "receipt_lines", parent="receipts", column="receipt_id")
    schema.scope_by(op, "shipment_lines", parent="shipments", column="shipment_id")
    schema.scope_by(op, "transfer_lines", parent="transfers", column="transfer_id")
    schema.scope_by(op, "transfer_movements", parent="transfers", column="transfer_id")
    schema.scope_by(op, "authorisation_lines", parent="authorisations", column="authorisation_id")
    schema.scope_by(op, "goods_return_lines", parent="goods_returns", column="goods_return_id")

    # Deciding what may leave and what it costs looks at all of an item; what is shown does not.
    schema.scope(op, "balances", warehouse="warehouse", reading_only=True)
    schema.scope(op, "moves", warehouse=("source_place", "target_place"), reading_only=True)
    for table in ("reservations", "pegs"):
        schema.scope(op, table, warehouse="warehouse", reading_only=True)
    # Whatever the document: nothing enters or leaves a warehouse by somebody who does not serve it.
    served = " OR ".join(
        f"{place} = ANY ((SELECT string_to_array(current_setting('tongheng.warehouses', true), ','))::text[])"
        for place in ("source_place", "target_place")
    )
    schema.script(
        op,
        f"""
        CREATE POLICY warehouse_moved ON moves AS RESTRICTIVE FOR INSERT TO {{api}} WITH CHECK (
            (SELECT current_setting('tongheng.warehouses', true)) = '*'
            OR (source_place LIKE '@%' AND target_place LIKE '@%') OR {served});
        """,
    )
    # Adjustments and issues name warehouses in their lines only.
    for table in ("adjustments", "issues"):
        schema.script(
            op,
            f"""
            CREATE POLICY warehouse_scope ON {table} AS RESTRICTIVE FOR SELECT TO {{api}} USING (
                (SELECT current_setting('tongheng.access', true) = 'write'
                     OR current_setting('tongheng.warehouses', true) = '*')
                OR EXISTS (SELECT 1 FROM moves WHERE moves.document_id = {table}.id));
            """,
        )


def downgrade() -> None:
    """Whoever is restricted stays so: there is no way back that would not show him too much."""
    raise NotImplementedError
