"""Data scopes: what is made, planned and stored elsewhere is not shown; and the audit trail says from where."""

from alembic import op

from chassis import schema

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

OF_AN_ORDER = (
    "production_order_components",
    "production_order_operations",
    "outputs",
    "material_requests",
    "operation_reports",
    "nonconformances",
    "subcontracts",
    "inspections",
    "closings",
    "cost_entries",
    "schedule_slots",
)


def upgrade() -> None:
    """Planning and promises reckon with all places of a company; what is shown and what is changed does not."""
    schema.tell_address(op)
    schema.owned(op, "production_orders")
    schema.scope(
        op, "production_orders", warehouse="warehouse", owner="created_by", read_to_decide=True
    )
    for table in ("boms", "routings", "work_centres", "item_plans"):
        schema.scope(op, table, warehouse="warehouse", read_to_decide=True, anywhere=True)
    schema.scope_by(op, "bom_components", parent="boms", column="bom_id")
    schema.scope_by(op, "bom_outputs", parent="boms", column="bom_id")
    schema.scope_by(op, "routing_steps", parent="routings", column="routing_id")
    for table in OF_AN_ORDER:
        schema.scope_by(
            op,
            table,
            parent="production_orders",
            column="order_id",
            warehouse="warehouse",
            owner="created_by",
        )
    schema.scope(op, "outputs", warehouse="warehouse")
    schema.scope(op, "subcontracts", partner="supplier")
    schema.scope(op, "subcontract_bills", partner="supplier")
    schema.scope_by(op, "subcontract_bills", parent="subcontracts", column="subcontract_id")
    schema.scope(op, "planned_orders", warehouse="warehouse", read_to_decide=True, anywhere=True)
    for table in (
        "mrp_exceptions",
        "mrp_pegs",
        "purchase_supplies",
        "sales_demands",
        "stock_flows",
        "stock_levels",
    ):
        schema.scope(op, table, warehouse="warehouse", reading_only=True, anywhere=True)


def downgrade() -> None:
    """The policies stay: releases before this one do not mind them."""
