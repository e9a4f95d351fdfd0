"""How partners are kept."""

from sqlalchemy import Boolean, CheckConstraint, Column, Index, Integer, Text
from sqlalchemy.dialects.postgresql import ARRAY

from masterdata.records.tables import record_table

partners = record_table(
    "partners",
    Column(
        "roles", ARRAY(Text),
        CheckConstraint("cardinality(roles) > 0 AND roles <@ ARRAY['customer', 'supplier']", name="roles"), nullable=False,
    ),
    Column("currency", Text, nullable=False),
    Column("payment_term", Text, nullable=False),
    Column("payment_days", Integer, CheckConstraint("payment_days >= 0", name="payment_days"), nullable=False),
    Column("tax_id", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column(
        "billing_policy", Text,
        CheckConstraint("billing_policy IN ('manual', 'on_shipment')", name="billing_policy"), nullable=False,
    ),
    Column("blocked", Boolean, nullable=False),
    Column("region", Text, nullable=False),
    Column("email", Text, nullable=False, server_default=""),
    Index(None, "roles", postgresql_using="gin"),
)  # fmt: skip
