"""Data scopes: whoever acts for some partners sees their invoices, bills, payments and open items, no others'."""

from alembic import op

from chassis import schema

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Widen the replica of permissions, then restrict what the api role sees.

    Reading only, where a command settles or numbers over all partners; documents a caller enters must be his partners'.
    """
    schema.widen_access(op)
    schema.owned(op, "bills", "payments")
    schema.scope(op, "bills", partner="supplier", owner="created_by")
    schema.scope(op, "payments", partner="partner", owner="created_by")
    for table in ("invoices", "credit_notes"):
        schema.scope(op, table, partner="customer")
    schema.scope(op, "open_items", partner="partner", reading_only=True)
    schema.scope(op, "exposures", partner="customer", reading_only=True)
    schema.scope(op, "shipment_lines", partner="customer", reading_only=True)
    schema.scope(op, "receipt_lines", partner="supplier", reading_only=True)
    schema.scope(op, "purchase_order_lines", partner="supplier", reading_only=True)
    # The ledger has no partner's view: lines of one partner would be halves of vouchers.
    whole = "(SELECT current_setting('tongheng.access', true) = 'write' OR current_setting('tongheng.partners', true) = '*')"
    for table in ("vouchers", "voucher_lines", "account_balances"):
        schema.script(
            op,
            f"CREATE POLICY partner_scope ON {table} AS RESTRICTIVE FOR SELECT TO {{api}} USING ({whole});",
        )


def downgrade() -> None:
    """Whoever is restricted stays so: there is no way back that would not show him too much."""
    raise NotImplementedError
