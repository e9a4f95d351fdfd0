"""Whoever is limited to partners, warehouses or his own documents sees of the audit trail what he did himself."""

from alembic import op

from chassis import schema

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An entry holds whole documents before and after, and does not say whose partner's or warehouse's they are."""
    whole = " AND ".join(
        f"current_setting('tongheng.{each}', true) = '*'"
        for each in ("partners", "warehouses", "owner")
    )
    schema.script(
        op,
        "CREATE POLICY narrow_scope ON audit_records AS RESTRICTIVE FOR SELECT TO {api}"
        f" USING ((SELECT {whole}) OR actor = (SELECT current_setting('tongheng.subject', true)));",
    )


def downgrade() -> None:
    """Releases before this one see as much as they did."""
    schema.script(op, "DROP POLICY narrow_scope ON audit_records;")
